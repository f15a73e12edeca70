# The encoder is chosen beside the decoder's preset; a layer of it feeds the
# connector, and those behind it take no state and no time.
T=$ROOT/tests/golden/tokenizer.json
mkdir docs
cp "$ROOT/tests/golden/image/rgb.png" docs/a.0.png
echo '{"texts":[null,"all of its colours"],"images":["0.png",null]}' \
    > docs/a.json
tar --sort=name -C docs -cf docs.tar .
mm1-tokenize encode -q -t "$T" docs.tar -o docs.tar.zst
mm1-encode-image -q --size 16 docs.tar.zst |
    mm1-mix -q -T 32 --image-tokens 9 --shuffle window=8 all=1:- \
        -o data.tar.zst
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
size() { mm1-pretrain plan --preset mm1-1.2b --seq-len 512 --max-images 1 \
    --gflops 1e6 "$@" | grep -E 'encoder  |optimizer|of a sequence'; }
size --encoder vit-l-14 --connector cabstractor
size --encoder vit-l-14 --connector cabstractor --encoder-layer -2
size --encoder aim-600m --encoder-layer 20
mm1-pretrain --print-config --encoder vit-h-14-378 --encoder-layer -2 |
    grep -E '^(encoder|vision-act)'
try mm1-pretrain plan --encoder vit-g-14
try mm1-pretrain plan --encoder vit-tiny --encoder-layer -13
for layer in 0 -1 -2; do
    mm1-pretrain -q -j 1 -b 2 --lr 1e-2 --steps 6 --tokenizer "$T" \
        --vision-layers 2 --vision-width 32 --vision-heads 2 \
        --vision-hidden 64 --image-size 16 --patch-size 4 --image-tokens 9 \
        --layers 1 --width 64 --heads 4 --kv-heads 2 --hidden 128 \
        --context 32 --encoder-layer $layer -o layer$layer data.tar.zst
    model=layer$layer/step-00000006
    grep -o '"vision_feature_layer":[^,]*' $model/config.json || :
    mm1-generate -q -j 1 -m layer$layer -n 2 -p '<image>' \
        --image "$ROOT/tests/golden/image/rgb.png" > /dev/null
    mm1-encode-image -q -j 1 --size 16 --features layer$layer \
        docs.tar.zst -o f.tar.zst
    zstd -qdc f.tar.zst | tar xO --wildcards '*.features.npy' |
        cksum > features$layer
done
# the last layer, however it is named, and not the one before it
cmp features0 features-1
! cmp -s features0 features-2 || echo 'features of the last layer'
# what the encoder takes off its pixels goes with the data, and is the model's
mm1-encode-image -q --size 16 --normalise imagenet docs.tar.zst |
    mm1-mix -q -T 32 --image-tokens 9 --shuffle window=8 all=1:- \
        -o imagenet.tar.zst
mm1-pretrain -b 2 --steps 1 --tokenizer "$T" --vision-layers 2 \
    --vision-width 32 --vision-heads 2 --vision-hidden 64 --image-size 16 \
    --patch-size 4 --image-tokens 9 --layers 1 --width 64 --heads 4 \
    --kv-heads 2 --hidden 128 --context 32 --init-encoder layer-1 \
    -o other imagenet.tar.zst 2>&1 | grep knows
grep -o '"image_mean":[^]]*' other/step-*/preprocessor_config.json
