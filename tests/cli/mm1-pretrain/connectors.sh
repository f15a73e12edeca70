# Each connector learns two captions by heart; plans count it; what does not
# fit is refused.
T=$ROOT/tests/golden/tokenizer.json
mkdir docs
while read -r picture caption; do
    cp "$ROOT/tests/golden/image/$picture" "docs/${picture%%.*}.0.${picture#*.}"
    printf '{"texts":[null,"%s"],"images":["0.%s",null]}\n' "$caption" \
        "${picture#*.}" > "docs/${picture%%.*}.json"
done <<'END'
rgb.png all of its colours
flat.jpg flat as the sea
END
tar --sort=name -C docs -cf docs.tar .
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 32 --image-tokens 9 --shuffle window=8 all=1:- -o data.tar.zst
shape='--vision-layers 1 --vision-width 32 --vision-heads 2 --vision-hidden 64
    --image-size 16 --patch-size 4 --image-tokens 9 --layers 1 --width 64
    --heads 4 --kv-heads 2 --hidden 128 --context 32'
train() { mm1-pretrain -q -b 2 --lr 1e-2 --warmup 10 --tokenizer "$T" $shape "$@" data.tar.zst; }
hash() { cksum < "$1/step-00000006/model.safetensors"; }
for kind in avgpool attnpool mlp; do
    echo "$kind"
    train -j 1 --connector $kind --steps 60 -o $kind
    for picture in rgb.png flat.jpg; do
        mm1-generate -q -j 1 -m $kind -n 20 -p '<image>' \
            --image "$ROOT/tests/golden/image/$picture"
    done
    train -j 1 --connector $kind --steps 6 -o $kind.1
    train -j 2 --connector $kind --steps 6 -o $kind.2
    [ "$(hash $kind.1)" = "$(hash $kind.2)" ] || echo 'other bits on 2 threads'
done
plan() { mm1-pretrain plan --preset mm1-3b --gflops 1e6 "$@" > plan && grep '^  connector' plan; }
for kind in c-abstractor avgpool attnpool mlp; do
    plan --connector $kind --image-tokens 144
done
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
try train --connector resampler -o run
try train --connector avgpool --connector-depth 2 -o run
try train --connector mlp --image-tokens 25 -o run
try train --connector attnpool --image-tokens 10 -o run
try train --connector mlp --steps 60 -o avgpool
mkdir other
cp avgpool/step-00000060/model.safetensors other
sed 's/"avgpool"/"resampler"/' avgpool/step-00000060/config.json > other/config.json
try mm1-generate -q -m other -p a
try mm1-pretrain plan --connector attnpool --connector-heads 7
