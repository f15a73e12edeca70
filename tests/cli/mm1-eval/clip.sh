# A CLIP that has learnt five pictures by heart finds their captions and their
# classes; what cannot be compared is left out, and said.
T=$ROOT/tests/golden/tokenizer.json
mkdir docs
i=0
for p in rgb.png flat.jpg thin.jpg grey.png; do
    cp "$ROOT/tests/golden/image/$p" docs/p$i.0.${p#*.}
    set -- colours sea ribbon shades
    shift $i
    printf '{"texts":[null,"%s"],"images":["0.%s",null]}\n' "$1" "${p#*.}" \
        > docs/p$i.json
    i=$((i + 1))
done
# the same caption and nearly the same picture twice
cp docs/p0.0.png docs/p4.0.png
sed 's/"0.png",null/"0.png",null/' docs/p0.json > docs/p4.json
(cd docs && tar --sort=name -cf ../docs.tar -- *)
mm1-mix cat docs.tar -q -o docs.tar.zst
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q --pack none -T 32 --image-tokens 1 --max-images 1 \
        --shuffle window=8 all=1:- -o pairs.tar.zst
mm1-pretrain -q --objective clip -b 5 --steps 60 --lr 3e-3 --tokenizer "$T" \
    --vision-layers 1 --vision-width 32 --vision-heads 2 --vision-hidden 64 \
    --image-size 16 --patch-size 4 --layers 1 --width 32 --heads 2 \
    --hidden 64 --clip-width 16 -o clip pairs.tar.zst
try() { st=0; "$@" || st=$?; echo "status $st"; }
mm1-eval retrieve -q -m clip --data docs.tar.zst
mm1-eval retrieve -q -m clip --data docs.tar.zst -f markdown -j 2
mm1-eval retrieve -q -m clip --data docs.tar.zst -f json |
    grep -o '"pictures".*"partial":[a-z]*'
printf 'colours\ta lot of colours\nsea\nribbon\nshades\tgrey shades\nnothing\nall\n' > classes
printf '{}\na photo of {}, only {}\n' > templates
mm1-eval zeroshot -q -m clip --data docs.tar.zst
mm1-eval zeroshot -q -m clip --data docs.tar.zst --classes classes \
    --templates templates -f json | grep -o '"n":.*"partial":[a-z]*'
# left out: a text without a picture, a broken picture, an answer of no class
printf '{"texts":["no picture"],"images":[null]}\n' > docs/q.json
printf 'broken' > docs/r.0.png
printf '{"texts":[null,"sea"],"images":["0.png",null]}\n' > docs/r.json
(cd docs && tar --sort=name -cf ../more.tar -- *)
mm1-mix cat more.tar -q -o more.tar.zst
mm1-eval retrieve -m clip --data more.tar.zst -f json |
    grep -o '"pictures".*"partial":[a-z]*'
mm1-eval retrieve -q -m clip --data more.tar.zst | tail -n 1
printf 'colours\nsea\n' > two
try mm1-eval zeroshot -m clip --data docs.tar.zst --classes two --strict
# wrong
try mm1-eval retrieve -m clip
try mm1-eval retrieve -q -m clip --data pairs.tar.zst
printf 'sea\nsea\n' > twice
try mm1-eval zeroshot -q -m clip --data docs.tar.zst --classes twice
printf 'a photo\n' > plain
try mm1-eval zeroshot -q -m clip --data docs.tar.zst --templates plain
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 32 --image-tokens 4 --shuffle window=8 all=1:- \
        -o tokens.tar.zst
mm1-pretrain -q -b 1 --steps 1 --lr 1e-3 --tokenizer "$T" --vision-layers 1 \
    --vision-width 16 --vision-heads 2 --vision-hidden 32 --image-size 16 \
    --patch-size 8 --connector avgpool --image-tokens 4 --layers 1 --width 16 \
    --heads 2 --kv-heads 2 --hidden 32 --context 64 -o mm tokens.tar.zst
try mm1-eval retrieve -q -m mm --data docs.tar.zst
# a weight that is no number: no other row is nearer, and so no score is told
rm clip/step-*/MANIFEST
for f in clip/step-*/model.safetensors; do
    printf '\000\000\300\177' |
        dd of="$f" bs=1 seek=$(($(wc -c < "$f") - 4)) conv=notrunc 2> /dev/null
done
broken=$(echo clip/step-*)
try mm1-eval retrieve -q -m "$broken" --data docs.tar.zst
try mm1-eval zeroshot -q -m "$broken" --data docs.tar.zst
