# An encoder learns to foretell patches: below what saying their mean costs, the
# same bits on two threads and across a stop, and a multimodal model takes it.
T=$ROOT/tests/golden/tokenizer.json
mkdir docs
for p in rgb.png flat.jpg; do
    cp "$ROOT/tests/golden/image/$p" "docs/${p%%.*}.0.${p#*.}"
    printf '{"texts":[null,"a picture"],"images":["0.%s",null]}\n' \
        "${p#*.}" > "docs/${p%%.*}.json"
done
tar --sort=name -C docs -cf docs.tar .
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 48 --image-tokens 4 --shuffle window=8 all=1:- -o data.tar.zst
shape='--vision-layers 2 --vision-width 32 --vision-heads 2 --vision-hidden 64
    --image-size 16 --patch-size 4'
train() { mm1-pretrain -q --objective aim $shape --head-layers 2 --head-width 16 \
    -b 2 --lr 5e-3 "$@"; }
last() { sed -n 's/.*"ev":"step".*/&/p' "$1/metrics.jsonl" | tail -n 1; }
hash() { cksum < "$1/model.safetensors"; cksum < "$1/optimizer.safetensors"; }
value() { last "$1" | sed 's/.*"'"$2"'":\([0-9.]*\).*/\1/'; }

train -j 1 --steps 200 --eval-every 0 --val data.tar.zst -o run data.tar.zst
awk -v loss="$(value run loss)" -v mean="$(value run mean_patch)" \
    'BEGIN { print (loss < 0.7 * mean ? "below the mean" : loss " of " mean) }'
sed -n 's/.*"ev":"eval".*"source":{\("all"\).*"tokens":\([0-9]*\)}.*/\1 \2 patches/p' \
    run/metrics.jsonl
grep -o '"aim_head":{[^}]*}' run/step-00000200/config.json | tr -d ' \n'; echo

# the step on which a run stands depends on neither threads nor a pause
for j in 1 2; do
    train -j $j --steps 8 -o j$j data.tar.zst
done
train -j 1 --steps 8 --save-every 3 -o cut data.tar.zst
rm -r cut/step-00000008
train -j 2 --steps 8 --save-every 3 -o cut data.tar.zst
train -j 1 --steps 8 --micro-batch 1 -o pieces data.tar.zst
train -j 1 --steps 8 --recompute block -o again data.tar.zst
for other in j2 cut again; do
    [ "$(hash j1/step-00000008)" = "$(hash $other/step-00000008)" ] || echo "$other: other bits"
done
awk -v a="$(value j1 loss)" -v b="$(value pieces loss)" \
    'BEGIN { if ((a - b) ^ 2 > 1e-10) print "in pieces " b ", not " a }'

mm1-pretrain -q -j 1 $shape --encoder aim-mini --image-tokens 4 --layers 1 \
    --width 32 --heads 2 --kv-heads 2 --hidden 32 --context 48 -b 2 --steps 1 \
    --tokenizer "$T" --init-encoder run -o whole data.tar.zst
mm1-encode-image -q -j 1 --size 16 --features run docs.tar |
    zstd -qdc | tar t | grep features
mm1-pretrain plan --objective aim --encoder aim-600m --gflops 1e6 |
    grep -E '^(param|peak|FLOPs of a seq)'

# pictures as they came, decoded by the trainer
mm1-tokenize encode -q -t "$T" docs.tar |
    mm1-mix -q -T 48 --image-tokens 4 --shuffle window=8 all=1:- -o jpeg.tar.zst
train -j 1 --steps 8 -o jpeg jpeg.tar.zst
[ "$(value jpeg loss)" = "$(value j1 loss)" ] && echo 'decoded: the same loss'

try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
try train --encoder-layer -2 -o bad data.tar.zst
try train --vision-width 34 -o bad data.tar.zst
try train --patch-size 16 -o bad data.tar.zst
echo words > words.txt
mm1-tokenize import -q words.txt | mm1-tokenize encode -q -t "$T" - |
    mm1-mix -q -T 48 --image-tokens 4 --shuffle window=8 all=1:- -o text.tar.zst
try train --steps 1 -o bad text.tar.zst
mm1-tokenize import -q words.txt | mm1-tokenize encode -q -t "$T" - |
    mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 48 --image-tokens 4 --shuffle window=8 all=1:- -o text.tar.zst
try train --steps 1 -o bad text.tar.zst
try train --steps 1 -o bad --val text.tar.zst data.tar.zst
ls bad 2> /dev/null || true
try train --head-layers 3 --steps 8 -o j1 data.tar.zst
try mm1-pretrain -q $shape --head-layers 3 --layers 1 --width 32 --heads 2 \
    --kv-heads 2 --hidden 32 --image-tokens 4 -o bad data.tar.zst

# a plan without data refuses what a run would; one picture soon has all its
# patches behind the prefix, many never have
try mm1-pretrain plan --objective aim --max-images 0
try mm1-pretrain plan --objective aim --image-size 16 --patch-size 16
for n in 1 64; do
    mm1-pretrain plan --objective aim --image-size 224 --micro-batch $n \
        --gflops 1 | awk -v n=$n '/^  more/ {
            print n, ($(NF - 1) > 0 ? "more may come" : "no more") }'
done
# at a time are as many pictures as have 4096 patches, whatever a sequence has
# of text: 4096 / 256
for n in 0 16; do
    mm1-pretrain plan --objective aim --encoder aim-600m --micro-batch $n \
        --gflops 1 | grep -v time
done | sort | uniq -c | awk '$1 != 2'
