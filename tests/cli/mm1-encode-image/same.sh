# The same bytes at any -j; a pipe gives the same records as a file
pictures=$ROOT/tests/golden/image
i=0
for p in "$pictures"/*.jpg; do
    i=$((i + 1))
    echo '{"texts":[null,"x"],"images":["0.jpg",null]}' > "s$i.json"
    cp "$p" "s$i.0.jpg"
    echo "s$i.json
s$i.0.jpg" >> list
done
tar -cf in.tar -T list
mm1-encode-image -q -j 1 in.tar -o one.tar.zst
mm1-encode-image -q -j 3 in.tar -o three.tar.zst
cmp one.tar.zst three.tar.zst
zstd -qdc one.tar.zst > one.tar
mm1-encode-image -q - < in.tar | zstd -qdc | cmp - one.tar
tar tf one.tar | wc -l
