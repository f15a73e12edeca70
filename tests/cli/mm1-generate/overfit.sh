# A tiny model learns eight pictures by heart, and says their captions.
P=$ROOT/tests/golden/image
mkdir pics
while read -r file caption; do cp "$P/$file" "pics/$caption"; done << EOF
rgb.png a_small_bright_thing.png
grey.png something_grey.png
la.png it_is_half_there.png
420.jpg the_first_photo.jpg
cmyk.jpg inks_of_a_printer.jpg
flat.jpg nothing_but_one_colour.jpg
exif6.jpg turned_by_its_camera.jpg
grey1.png only_black_and_white.png
EOF
mm1-tokenize import -q --from folder pics -o docs.tar.zst
mm1-tokenize train -q --vocab-size 300 --min-frequency 1 -o t.json docs.tar.zst
mm1-tokenize encode -q -t t.json --chat photo docs.tar.zst |
    mm1-encode-image -q -s 16 -o pixels.tar.zst -
mm1-mix -q -T 256 --image-tokens 4 -N 200 -o data.tar.zst all=1:pixels.tar.zst
mm1-pretrain -q -b 1 --lr 3e-3 --steps 200 --tokenizer t.json -o run \
    --vision-layers 2 --vision-width 32 --vision-heads 2 --vision-hidden 64 \
    --image-size 16 --patch-size 4 --connector-depth 1 --connector-width 32 \
    --image-tokens 4 --layers 2 --width 64 --heads 4 --kv-heads 2 \
    --hidden 128 --context 256 data.tar.zst
for p in pics/*; do
    said=$(mm1-generate -m run --chat photo --image "$p" -p '' -n 20)
    want=$(basename "${p%.*}" | tr _ ' ')
    [ "$said" = "$want" ] || echo "$p: '$said'"
done
mm1-generate -m run --chat photo --image pics/something_grey.png -p '' -n 2
