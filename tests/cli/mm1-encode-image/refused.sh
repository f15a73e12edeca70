# What fails says so in one line, and leaves nothing under the final name
pictures=$ROOT/tests/golden/image
try() { status=0; "$@" || status=$?; echo "$status"; }
echo '{"texts":[null,"x"],"images":["0.jpg",null]}' > a.json
cp "$pictures/444.jpg" a.0.jpg
sed s/0.jpg/1.jpg/ a.json > b.json
head -c 400 a.0.jpg > b.1.jpg
tar -cf in.tar a.json a.0.jpg b.json b.1.jpg
tar -cf orphan.tar b.json
tar -cf plain.tar a.0.jpg
head -c 1500 in.tar > cut.tar
try mm1-encode-image -o out in.tar
try mm1-encode-image -o out --on-error fail in.tar
try mm1-encode-image -o out cut.tar
try mm1-encode-image -o out orphan.tar
try mm1-encode-image -o out plain.tar
try mm1-encode-image -o out missing.tar
try mm1-encode-image -o out a.json
try mm1-encode-image -o out --size 0 in.tar
try mm1-encode-image -o out --dump decoded b.1.jpg
try mm1-encode-image -o out --max-pixels 100 --dump fitted a.0.jpg
try mm1-encode-image in.tar in.tar
ls
