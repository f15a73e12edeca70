# A model's encoder on the pictures of a shard, on one thread and on two
cp "$ROOT/tests/golden/image/444.jpg" a.0.jpg
cp "$ROOT/tests/golden/image/rgb.png" a.1.jpg
cp "$ROOT/tests/golden/image/420.jpg" b.0.jpg
echo '{"texts":[null,"and",null],"images":["0.jpg",null,"1.jpg"]}' > a.json
echo '{"texts":[null,"a thing"],"images":["0.jpg",null]}' > b.json
echo '{"texts":["only text"],"images":[null]}' > c.json
tar -cf in.tar a.json a.0.jpg a.1.jpg b.json b.0.jpg c.json
mm1-encode-image --features "$ROOT/tests/golden/model" in.tar -o out.tar.zst -j1
mm1-encode-image --features "$ROOT/tests/golden/model" -q - -j2 < in.tar > two
zstd -qdc two | tar x --to-stdout > 2
zstd -qdc out.tar.zst | tar x --to-stdout | cmp - 2
zstd -qdc out.tar.zst | tar t
mkdir x && zstd -qdc out.tar.zst | tar x -C x
cat x/a.json; echo
head -c 90 x/a.1.features.npy | tr -d '\0\n' | cut -b 2-
zstd -qdc out.tar.zst | head -c 2000 | grep -ao '"kind":"[a-z]*"'
zstd -qdc out.tar.zst | head -c 2000 | grep -ao '"features":{[^}]*}' |
    sed 's/[0-9a-f]\{16\}/HASH/'
mm1-encode-image --features nothing in.tar -o no.tar.zst || echo $?
mm1-encode-image --features x --dump fitted in.tar || echo $?
ls no.tar.zst 2> /dev/null || true
