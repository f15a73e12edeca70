# Pictures with captions: names, side files, folders, tables; as questions
p=$ROOT/tests/golden/image
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
mkdir -p in/animals/birds in/food
cp "$p/444.jpg" in/animals/guinea_pig.jpg
cp "$p/rgb.png" in/animals/birds/penguin.png
cp "$p/grey.png" in/food/hot.dog.PNG
printf 'A penguin.\nde.utf8=Ein Pinguin.\n' > in/animals/birds/penguin.txt
ln -s ../food/hot.dog.PNG in/animals/link.png
import in
zstd -qdc out.tar.zst | tar xO animals/guinea_pig.0.jpg | cmp - "$p/444.jpg"
import --captions first-line in/animals/birds
import --captions txt in/animals/birds/penguin.png
import --captions category --as vqa --question 'What is it?' --template 'A kind of %s.' in
printf 'file_name,id,caption\r\nguinea_pig.jpg,1,"two, ""fat"" pigs\r\nasleep"\r\nbirds/../birds/penguin.png,2,one\r\n' > in/animals/t.csv
import --captions table in/animals/t.csv
printf '{"file":"animals/guinea_pig.jpg","say":"a pig"}\n\n{"file":"food/hot.dog.PNG","say":"a dog"}\n' > t.jsonl
import --captions table --root in --text-column say t.jsonl
# bad ones are named and counted
import --captions txt --on-error skip in
printf 'file,text\n../x.png,out\n/etc/passwd,out\nhttp://a/b.png,away\nanimals/no.png,lost\nanimals/link.png,a link within\nanimals/out.png,a link out\nfood\n' > bad.csv
cp "$p/grey.png" x.png
ln -s ../../x.png in/animals/out.png
import --captions table --on-error skip --root in bad.csv
import --captions table --root in bad.csv || echo "status $?"
