# The image token of a picture that cannot be used goes, the others stay
pictures=$ROOT/tests/golden/image
echo '{"texts":["one",null,"two",null],"images":[null,"0.png",null,"1.png"]}' > a.json
cp "$pictures/rgb.png" a.1.png
head -c 200 "$pictures/rgb.png" > a.0.png
tar -cf in.tar a.json a.0.png a.1.png
echo 'one two' > text
mm1-tokenize train -q --vocab-size 264 text -o tokenizer.json
mm1-tokenize encode -q -t tokenizer.json in.tar -o tokens.tar.zst
mm1-encode-image -q --max-bad 1 tokens.tar.zst -o pixels.tar.zst
for f in tokens pixels; do
    mm1-tokenize decode --special -q -t tokenizer.json --shard < $f.tar.zst
    zstd -qdc $f.tar.zst | tar xO a.loss.npy | tail -c +129 | od -An -tu1
    zstd -qdc $f.tar.zst | tar t | grep a.
done
mm1-encode-image pixels.tar.zst -o again.tar.zst
