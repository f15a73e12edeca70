# Wrong commands, data and settings: one line each, and the right status.
. "$CASES/prepare"
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
pre() { mm1-pretrain -q -b 4 --lr 1e-3 $shape --steps 4 --tokenizer "$T" "$@"; }
try pre -o run
try pre data.tar.zst
try pre -o run missing.tar.zst
try pre -o run docs.tar
head -c 3000 data.tar.zst > cut.tar.zst
try pre -o run cut.tar.zst
try pre -o run --keep 1 data.tar.zst
try pre -o run --stepz 5 data.tar.zst
try pre -o run --preset mm1-4b data.tar.zst
try pre -o run --context 32 data.tar.zst
try pre -o run --image-tokens 9 data.tar.zst
try pre -o run --heads 5 data.tar.zst
try pre -o run --patch-size 3 data.tar.zst
try pre -o run --objective lm data.tar.zst
try pre -o run --init-lm nowhere data.tar.zst
mm1-tokenize train -q --vocab-size 300 "$T" -o other.json
try pre -o run --tokenizer other.json data.tar.zst
try pre -o run --resume must data.tar.zst
ls run 2> /dev/null || echo 'no run'
try pre -o run data.tar.zst
try pre -o run --resume never data.tar.zst
try pre -o run --batch 5 data.tar.zst
try pre -o run --hidden 96 data.tar.zst
try pre -o run --steps 5 data.tar.zst
: > run/step-00000004/model.safetensors
# how long the header is depends on the version in it
try pre -o run data.tar.zst 2> err
sed 's/says [0-9]*/says N/' err >&2
# shards that are not alike, in what
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 64 --image-tokens 9 --max-images 4 all=1:- --shuffle none -o nine.tar.zst
try pre -o none --val data.tar.zst --val nine.tar.zst data.tar.zst
# what says nothing to the objective
idle() { try mm1-pretrain plan --gflops 1 --objective "$@" 2>&1 | grep -v Try; }
idle clip --experts 4
idle aim --experts 4
idle clip --connector mlp
idle mm --clip-loss siglip
idle mm --text-context 9
idle lm --encoder vit-l-14
idle lm --vision-act gelu
# another shape is named by its field, whatever follows from it
try mm1-pretrain -q -b 4 $shape --steps 4 --tokenizer "$T" -o shape data.tar.zst
try mm1-pretrain -q -b 4 $shape --layers 3 --steps 4 --tokenizer "$T" \
    -o shape data.tar.zst
# an output that cannot be, in one status, before any work
: > file
try pre -o file missing.tar.zst
try pre -o file/below missing.tar.zst
try pre -o /proc/none/run data.tar.zst
