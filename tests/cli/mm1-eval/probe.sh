# What frozen features tell of two classes: of a trained encoder, one layer of
# it, random weights, a whole model; what cannot be used is said.
mkdir docs
i=0
while [ $i -lt 24 ]; do
    p=$(printf '%s\n' rgb.png flat.jpg | sed -n "$((i % 2 + 1))p")
    cp "$ROOT/tests/golden/image/$p" "docs/$i.0.${p#*.}"
    printf '{"texts":[null,"what is it?","%s"],"images":["0.%s",null,null],"roles":["user","user","assistant"]}\n' \
        "${p%%.*}" "${p#*.}" > "docs/$i.json"
    i=$((i + 1))
done
tar --sort=name -C docs -cf docs.tar .
mm1-tokenize import -q --from tar docs.tar -o docs.tar.zst
mm1-tokenize encode -q -t "$ROOT/tests/golden/tokenizer.json" docs.tar.zst |
    mm1-encode-image -q --size 12 - |
    mm1-mix -q -T 48 --image-tokens 4 --shuffle window=32 all=1:- -o data.tar.zst
shape='--vision-layers 2 --vision-width 16 --vision-heads 2 --vision-hidden 32
    --image-size 12 --patch-size 4'
mm1-pretrain -q -j 1 --objective aim $shape --head-layers 1 --head-width 16 \
    -b 4 --steps 4 -o aim data.tar.zst
probe() { mm1-eval probe -q --train docs.tar.zst --test docs.tar.zst -b 8 --lr 0.02 "$@"; }
probe -m aim
probe -m aim --kind attentive -j 2 -f json > two
probe -m aim --kind attentive -j 1 -f json | tee one | tr , '\n' | grep -E 'probe|test|accuracy|right'
cmp one two
probe -m aim --random --encoder-layer 1 --decay 0.1 -n 12 | grep -E 'features|decay|train'
probe -m "$ROOT/tests/golden/model" --grid 2 | grep -E 'features|accuracy'
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
try probe
try probe -m aim --encoder-layer 3
try probe -m aim --kind attentive --heads 3
try probe -m missing
# it has no words to be asked for
try mm1-eval retrieve -m aim --data docs.tar
try mm1-eval zeroshot -m aim --data docs.tar
try mm1-generate -m aim -p x
mkdir some
cp docs/0.json docs/0.0.png docs/1.json docs/1.0.jpg some
echo '{"texts":["words","alone"],"images":[null,null],"roles":["user","assistant"]}' \
    > some/2.json
echo '{"texts":[null,"what is it?","a third"],"images":["0.png",null,null],"roles":["user","user","assistant"]}' \
    > some/3.json
cp docs/0.0.png some/3.0.png
tar --sort=name -C some -cf some.tar .
mm1-tokenize import -q --from tar some.tar -o some.tar.zst
probe -m aim --test some.tar.zst | grep -E 'test|left|accuracy'
probe -m aim --test some.tar.zst -f json | grep -o '"n":.*'
