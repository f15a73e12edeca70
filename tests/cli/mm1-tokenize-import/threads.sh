# Same bytes at any number of threads; a pipe carries the same samples
p=$ROOT/tests/golden/image
mkdir in
i=0
while [ $i -lt 60 ]; do
    echo "<h1>$i</h1><img src=a$((i % 7)).png><p>text $i<img src=../x.png><img src=b.jpg>" > in/$i.html
    i=$((i + 1))
done
for i in 0 1 2 3 4 5 6; do cp "$p/rgb.png" in/a$i.png; printf $i >> in/a$i.png; done
cp "$p/444.jpg" in/b.jpg
for j in 1 2 5; do
    mm1-tokenize import --min-side 1 --dup-limit 9 in -j $j -o $j.tar.zst
    mm1-tokenize import -q --from folder in -j $j -o f$j.tar.zst
done
cmp 1.tar.zst 2.tar.zst; cmp 1.tar.zst 5.tar.zst
cmp f1.tar.zst f2.tar.zst; cmp f1.tar.zst f5.tar.zst
mm1-tokenize import -q --min-side 1 --dup-limit 9 in > pipe.tar.zst
zstd -qdc 1.tar.zst > 1.tar; zstd -qdc pipe.tar.zst | cmp - 1.tar
