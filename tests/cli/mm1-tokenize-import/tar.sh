# webdataset's archives; names that would lead out of a folder
p=$ROOT/tests/golden/image
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
mkdir s
cp "$p/444.jpg" s/000000000.jpg; echo ' a  thing ' > s/000000000.txt
echo '{"url":"http://a/b.jpg","caption":"unused","status":"success"}' > s/000000000.json
echo '{"url":"http://a/c.jpg","caption":"lost","status":"failed_to_download"}' > s/000000001.json
cp "$p/rgb.png" s/000000002.png; echo '{"caption":"from json"}' > s/000000002.json
cp "$p/rgb.png" s/000000003.png
echo GIF89a > s/000000004.jpg; echo x > s/000000004.txt
cp "$p/rgb.png" s/5.one.png; cp "$p/444.jpg" s/5.two.jpg
echo '{"texts":["a",null,"b",null],"images":[null,"two.jpg",null,"one.png"]}' > s/5.json
(cd s && tar cf ../00000.tar --sort=name .)
import --on-error skip 00000.tar
zstd -qdc out.tar.zst | tar xO 00000/000000000.0.jpg | cmp - s/000000000.jpg
gzip 00000.tar
mm1-tokenize import -q --from tar --on-error skip - < 00000.tar.gz | zstd -qdc | tar t | grep -c json
mkdir h; cp "$p/rgb.png" h/a.png; echo evil > h/a.txt
ln -s /etc/passwd h/l.png; mkfifo h/f.png
tar cPf evil.tar --transform 's|^h/a|../../up/a|' h/a.png h/a.txt
tar rPf evil.tar --transform 's|^h/a|/abs/a|' h/a.png h/a.txt
tar rPf evil.tar --transform 's|^h/a|x/./../b"c|' h/a.png h/a.txt
tar rPf evil.tar h/l.png h/f.png h/a.png h/a.txt
tar rPf evil.tar --transform 's|^h/a|h/.|' h/a.png
import evil.tar
ls
