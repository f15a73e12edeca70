# Eight pictures with captions, learnt by heart: word for word.
T=$ROOT/tests/golden/tokenizer.json
mkdir docs
while read -r picture caption; do
    cp "$ROOT/tests/golden/image/$picture" "docs/${picture%%.*}.0.${picture#*.}"
    printf '{"texts":[null,"%s"],"images":["0.%s",null]}\n' "$caption" \
        "${picture#*.}" > "docs/${picture%%.*}.json"
done <<'END'
rgb.png a picture with all of its colours
grey.png no colour at all, only shades
flat.jpg flat as the sea on a still day
pal1.png black and white, nothing between
exif6.jpg turned by a quarter, the camera says
cmyk-plain.jpg ink on paper: four colours, not three
rgba.png one can see through parts of it
thin.jpg long and thin, like a ribbon
END
tar --sort=name -C docs -cf docs.tar .
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 64 --image-tokens 4 --shuffle window=8 all=1:- -o data.tar.zst
mm1-pretrain -q -j 1 --vision-layers 2 --vision-width 32 --vision-heads 2 \
    --vision-hidden 64 --image-size 16 --patch-size 4 --connector-depth 1 \
    --connector-width 32 --image-tokens 4 --layers 2 --width 64 --heads 4 \
    --kv-heads 2 --hidden 128 --context 64 -b 8 --steps 200 --lr 1e-2 \
    --warmup 20 --tokenizer "$T" -o run data.tar.zst
for picture in rgb.png grey.png flat.jpg pal1.png exif6.jpg cmyk-plain.jpg \
    rgba.png thin.jpg; do
    mm1-generate -q -j 1 -m run -n 40 -p '<image>' \
        --image "$ROOT/tests/golden/image/$picture"
done
