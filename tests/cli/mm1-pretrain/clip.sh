# Two towers on pairs: the same bits on one thread and on two and after a
# resume; pieces change the rounding only; the encoder goes on in a model that
# writes; what is no pair is named.
T=$ROOT/tests/golden/tokenizer.json
sh "$ROOT/tests/cli/mm1-mix/make-docs" 12 0
pack() { mm1-mix -q --pack none -T 64 --image-tokens "$1" --max-images 1 \
    --shuffle window=64 all=1:- -o "$2"; }
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    tee pixels.tar | pack 1 data.tar.zst
pack 4 tokens.tar.zst < pixels.tar
encoder='--vision-layers 1 --vision-width 16 --vision-heads 2
    --vision-hidden 32 --image-size 16 --patch-size 8'
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
pre() { mm1-pretrain -q -b 6 --lr 1e-3 --tokenizer "$T" $encoder --layers 1 \
    --width 16 --heads 2 --hidden 32 "$@"; }
clip() { pre --objective clip --clip-width 8 --text-context 12 --steps 8 "$@" \
    data.tar.zst; }
weights() { cksum < "$1/step-00000008/model.safetensors"; }
losses() { grep -o '"loss":[0-9.]*' "$1/metrics.jsonl" | cut -d: -f2; }
clip -j 1 -o whole --val data.tar.zst
clip -j 2 -o two --val data.tar.zst
[ "$(weights whole)" = "$(weights two)" ] && echo 'same bits'
clip -j 1 --micro-batch 4 -o pieces --val data.tar.zst
clip -j 2 --micro-batch 4 -o pieces2 --val data.tar.zst
[ "$(weights pieces)" = "$(weights pieces2)" ] && echo 'same bits in pieces'
losses whole > l1
losses pieces > l2
paste -d ' ' l1 l2 |
    awk '{ d = ($1 - $2) / $1; if (d * d > 1e-10) print "apart:", $0; n++ }
        END { print n, "losses" }'
mm1-pretrain -q -b 6 --lr 1e-3 --tokenizer "$T" $encoder --layers 1 \
    --width 16 --heads 2 --hidden 32 --objective clip --clip-width 8 \
    --text-context 12 --steps 8 --micro-batch 4 --save-every 3 \
    --val data.tar.zst -o cut data.tar.zst &
while [ ! -e cut/step-00000003 ]; do sleep 0.01; done
kill -9 $! 2> /dev/null || :
wait $! 2> /dev/null || :
clip --micro-batch 4 --save-every 3 -o cut --val data.tar.zst
[ "$(weights pieces)" = "$(weights cut)" ] && echo 'same bits after a kill'
# pictures and texts that change: the same changes on any threads, after a
# resume, and none in the validation
changed() { clip --micro-batch 4 --augment words=0.2,crop=0.6,flip \
    --save-every 3 --val data.tar.zst "$@"; }
changed -j 1 -o changed
changed -j 2 -o changed2
[ "$(weights changed)" = "$(weights changed2)" ] && echo 'same changes'
[ "$(weights changed)" = "$(weights pieces)" ] || echo 'other bits'
rm -r changed2/step-00000008
changed -j 2 -o changed2
[ "$(weights changed)" = "$(weights changed2)" ] &&
    echo 'same changes after a resume'
clip --lr 1e-30 -o still --val data.tar.zst
clip --lr 1e-30 -o still2 --val data.tar.zst --augment flip,crop=0.3,words=0.5
held() { grep '"ev":"eval"' "$1/metrics.jsonl" | grep -o '"loss":[0-9.]*'; }
[ "$(held still)" = "$(held still2)" ] && echo 'the same is validated'
try changed -o changed --augment flip
clip --print-config --augment flip | grep augment
try pre -o none --augment flip data.tar.zst
try clip -o none --augment zoom
try pre -o none --objective aim --augment words=0.1 data.tar.zst
clip --clip-loss siglip -o siglip
grep -o '"contrastive_loss":"[a-z]*"' siglip/step-00000008/config.json
# its encoder in a model that writes
mm() { pre --image-tokens 4 --connector avgpool --kv-heads 2 --context 64 \
    --steps 2 "$@"; }
mm -o mm --init-encoder whole tokens.tar.zst
# of pictures of another size, too: its positions are interpolated
mm -o large --init-encoder whole --image-size 32 tokens.tar.zst
grep -o '"image_size":[0-9]*' large/step-00000002/config.json
# not in another
try mm -o other --init-encoder whole --vision-heads 4 tokens.tar.zst
try mm -o other --init-lm whole tokens.tar.zst
try mm -o other --objective clip tokens.tar.zst --preset mm1-9m
try mm -o other --preset clip-demo tokens.tar.zst
try clip -o other --init-encoder mm
try mm1-sft -q -m whole -o other data.tar.zst
try mm1-generate -q -m whole -p hello
# no pairs
rm -r docs
sh "$ROOT/tests/cli/mm1-mix/make-docs" 2 2
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 64 --image-tokens 1 --max-images 4 --shuffle window=64 \
        all=1:- -o mixed.tar.zst
try pre --objective clip --steps 8 -o none mixed.tar.zst
# nor are they validated, and nothing is lost by one that comes late
try clip -o none --val mixed.tar.zst
ls none 2> /dev/null || echo 'no run'
rm -r docs
sh "$ROOT/tests/cli/mm1-mix/make-docs" 66 2
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q --pack none -T 64 --image-tokens 1 --max-images 1 \
        --shuffle none all=1:- -o late.tar.zst
try clip -o kept --eval-every 2 --val late.tar.zst
ls kept
try pre --objective clip --clip-width 8 --text-context 12 --steps 1 -b 68 \
    -o new/folders/run late.tar.zst
ls new 2> /dev/null || echo 'no folders'
# one pair has nothing to be told from; several of a sequence have
rm -r docs
sh "$ROOT/tests/cli/mm1-mix/make-docs" 6 0
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 64 --image-tokens 1 --max-images 4 --shuffle window=64 \
        all=1:- -o several.tar.zst
one() { pre --objective clip -b 1 --clip-width 8 --text-context 12 --steps 1 "$@"; }
try one -o none data.tar.zst
ls none 2> /dev/null || echo 'no run'
try one --clip-loss siglip -o one data.tar.zst
try one -o several several.tar.zst
mm1-pretrain plan --objective clip -b 64 --micro-batch 16 --gflops 100 \
    data.tar.zst | grep -E 'encoder  |connector  |model  |of a seq'
# a plan tries out what a run computes: texts short and long, several pairs
for data in data.tar.zst several.tar.zst '--seq-len 64'; do
    try mm1-pretrain plan --objective clip -b 2 $data
done
for n in 0 3; do
    try mm1-pretrain plan --objective clip --max-images $n --gflops 1
done
try mm1-pretrain plan --objective clip --seq-len 1 --gflops 1
