# Tiles of questions and examples, and of the last pictures only
ITEMS=6
. "$CASES/prepare"
said() { tail -n +2 "$1" | grep -o '"id":"[^"]*"\|"prediction":"[^"]*"'; }
same() {
    said "$1" > a; said "$2" > b
    if cmp -s a b; then echo "$1 = $2"; else echo "$1 is not $2"; fi
}
run -k 2 -o plain
run -k 2 -o coarse --tiles 2x2 --high-res-last 0; same plain coarse
run -k 2 -o fine --tiles 2x2; same plain fine
for n in 1 2; do
    run -k 2 -o last$n --tiles 2x2 --high-res-last $n
    run -k 2 -o again$n --tiles 2x2 --high-res-last $n --fresh -j 2; same last$n again$n
done
run -k 2 -o all --tiles 2x2 --high-res-last 3; same fine all
run -k 2 -o last3 --tiles 2x2 --high-res-last 3 --shots-per query
run -k 2 -o again3 --tiles 2x2 --high-res-last 3 --shots-per query --fresh; same last3 again3
head -n 1 last2 | grep -o '"views":{[^}]*}'
run -k 2 -o fine --tiles 2x2 --blind || echo "another run: $?"

# the model's own way
dir=$(echo run/step-*)
mkdir tiled
cp $dir/*.json $dir/*.safetensors tiled
rm -f tiled/MANIFEST*
sed -i 's/"mm1":{/&"tiles":"2x2","overview":"first",/' tiled/preprocessor_config.json
mm1-eval run -q -m tiled --label it -t ./quarters.ini --data docs.tar.zst --shots-data shots.tar.zst -k 2 -o own; same fine own

# what does not fit
run -k 2 -o none --tiles 8x8 || echo "status $?"
run -k 20 -o more --tiles 2x2 || echo "status $?"
run -k 2 -o none --image-size 20 || echo "status $?"
rm -f none more
