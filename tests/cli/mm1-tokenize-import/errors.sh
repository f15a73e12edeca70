# What cannot be imported says so in one line, and leaves nothing behind
p=$ROOT/tests/golden/image
try() { mm1-tokenize import "$@" -o no.tar.zst || echo "status $?"; }
: > empty
try empty
for f in text jsonl idx html tar folder; do try --from $f empty; done
try no-such-file
try
mkdir dir; try dir
echo x > dir/x.bin; try dir; try --from html dir
echo hello | gzip | head -c 20 > cut.txt.gz; try cut.txt.gz
(echo hello | gzip | head -c 24; printf 'xxxx') > sum.txt.gz; try sum.txt.gz
(echo hello | gzip; echo more) > tail.txt.gz; try tail.txt.gz
printf 'a\0b' > nul.txt; try nul.txt
printf 'good\nb\377d\n' > bad.txt; try --split line bad.txt
try --split line --on-error skip bad.txt && rm no.tar.zst
head -c 100000 /dev/zero | gzip > bomb.txt.gz; try --max-bytes 1000 bomb.txt.gz
(printf '<p>'; head -c 100000 /dev/zero) | gzip > bomb.html.gz; try --max-bytes 1000 bomb.html.gz
head -c 3000 "$p/rgb.png" > garbage.html; try --min-images 0 garbage.html
head -c 60 "$p/444.jpg" > cut.jpg; try cut.jpg
head -c 20 "$p/rgb.png" > cut.png; try cut.png
echo GIF89a > gif.jpg; try gif.jpg
printf 'a,b\n1,2\n' > t.csv; try --captions table t.csv
printf 'image,text\n"x.png,2\n' > t.csv; try --captions table t.csv
echo '[{"text":"a"},{"text":"b"' > cut.json; try cut.json
tar cf cut.tar -C "$p" rgb.png; head -c 700 cut.tar > cut2.tar; try cut2.tar
head -c 1024 /dev/urandom | tr -d '\0' > garbage.tar; try garbage.tar 2> err || echo "status $?"
wc -l < err
zstd -q cut.tar; try cut.tar.zst
try --as vqa "$p/rgb.png"
try --template 'no %d place' "$p/rgb.png"
try --template '%s and %s' "$p/rgb.png"
try --min-side 9 --max-side 8 "$p/rgb.png"
try --from html --captions table "$p/rgb.png"
echo '<p>x' > a.html; try --min-images 0 a.html - < a.html
mm1-tokenize import --min-images 0 a.html -o /no/such/dir/x || echo "status $?"
mm1-tokenize import --min-images 0 a.html > /dev/full || echo "status $?"
ls
