# Tiles and other sizes: tokens of the prompt, and what does not fit
. "$CASES/setup"
tokens() { mm1-generate -v -m m -n 1 -p 'the cat' "$@" 2>&1 > /dev/null | grep -o 'prompt of [0-9]* tokens\|pictures of.*'; }
tokens
tokens --image "$A"
tokens --image "$A" --tiles 2x2
tokens --image "$A" --image "$B" --tiles 2x1
tokens --image "$A" --image "$B" --tiles 2x1 --high-res-last 1
tokens --image "$A" --image "$B" --tiles 2x1 --high-res-last 0
tokens --image "$A" --image "$B" --tiles 2x1 --overview none
tokens --image "$A" --image-size 32

# a lower picture is the one without tiles
mm1-generate -m m --image "$A" -p 'the cat' > plain
mm1-generate -m m --image "$A" -p 'the cat' --tiles 2x2 --high-res-last 0 | cmp - plain
# what the model directory says holds without options
mm1-generate -m m --image "$A" -p 'the cat' --tiles 2x1 --overview last > tiled
sed -i 's/^{/{"mm1":{"tiles":"2x1","overview":"last"},/' m/preprocessor_config.json
mm1-generate -m m --image "$A" -p 'the cat' | cmp - tiled
mm1-generate -m m --image "$A" -p 'the cat' --tiles none | cmp - plain

try() { mm1-generate -m m -p 'the cat' --image "$A" "$@" 2>&1 || echo "status $?"; }
try --tiles two
try --tiles 8x8
try --image-size 30
try --tiles 3x3 --image "$B"
try --tiles 2x2 --overview where
sed -i 's/"tiles":"2x1"/"tiles":"2x"/' m/preprocessor_config.json
try
