# Views of a picture: counted, packed, and in the model's own settings
pictures=$ROOT/tests/golden/image
try() { status=0; "$@" || status=$?; [ $status = 0 ] || echo "$status"; }
echo '{"texts":["one",null,"two",null],"images":[null,"0.png",null,"1.jpg"]}' > a.json
echo '{"texts":["no picture"],"images":[null]}' > b.json
cp "$pictures/rgb.png" a.0.png
cp "$pictures/420.jpg" a.1.jpg
tar -cf in.tar a.json a.0.png a.1.jpg b.json
echo 'one two' > text
mm1-tokenize train -q --vocab-size 264 text -o tokenizer.json
mm1-tokenize encode -q -t tokenizer.json in.tar -o tokens.tar.zst

# the overview is what there is without tiles; without pictures, no views
for t in none 2x2 3x1 1-4; do
    mm1-encode-image -q -s 14 --tiles $t tokens.tar.zst -o $t.tar.zst
    zstd -qdc $t.tar.zst | tar xO a.json; echo
    mm1-mix cat -q $t.tar.zst > /dev/null
done
zstd -qdc 2x2.tar.zst | tar xO a.0.u8.npy | tail -c $((5 * 14 * 14 * 3)) > views
zstd -qdc none.tar.zst | tar xO a.0.u8.npy | tail -c $((14 * 14 * 3)) > view
cmp -n $((14 * 14 * 3)) views view
mm1-encode-image -q -s 14 --tiles 2x2 --overview last tokens.tar.zst -o last.tar.zst
zstd -qdc last.tar.zst | tar xO a.0.u8.npy | tail -c $((14 * 14 * 3)) | cmp - view
mm1-encode-image -q -s 14 --tiles 2x2 --dump fitted a.0.png -o dump.npy
tail -c $((5 * 14 * 14 * 3)) dump.npy | cmp - views
# each view has its image tokens in a sequence
mm1-mix -q -T 64 --image-tokens 4 2x2.tar.zst -o packed.tar.zst --pack none -N 1
mm1-mix stat packed.tar.zst | grep -o '"views":[0-9]*' | head -1
zstd -qdc packed.tar.zst | tar xO --wildcards '*.json' | head -c 300 | grep -o '"images":[0-9]*'

# what cannot be
try mm1-encode-image -s 14 --tiles 2 tokens.tar.zst -o x.tar.zst
try mm1-encode-image -s 14 --tiles 9x9 tokens.tar.zst -o x.tar.zst
try mm1-encode-image -s 14 --tiles 9-4 tokens.tar.zst -o x.tar.zst
try mm1-encode-image -s 14 --tiles 2x2 --overview where tokens.tar.zst -o x.tar.zst
try mm1-mix -T 20 --image-tokens 4 2x2.tar.zst -o less.tar.zst
try mm1-mix -T 64 --image-tokens 4 --max-images 4 2x2.tar.zst -o less.tar.zst
tar -cf only.tar a.json a.0.png a.1.jpg
mm1-tokenize encode -q -t tokenizer.json only.tar |
    mm1-encode-image -q -s 14 --tiles 2x2 - -o only.tar.zst
try mm1-mix -T 20 --image-tokens 4 only.tar.zst -o x.tar.zst
ls
