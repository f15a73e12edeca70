# From pages, pictures and text to packed sequences through pipes only, and the
# same over files: the same decoded records.
mkdir pages pictures
i=0
for p in rgb la pal4 grey; do
    cp "$ROOT/tests/golden/image/$p.png" "pictures/a $p thing.png"
    cp "$ROOT/tests/golden/image/$p.png" pages/
    echo "<html><body><p>Before the $p picture.</p><img src=$p.png><p>And behind it.</p></body></html>" > pages/$p.html
done
seq -f 'The number %g is a number, as all of them are.' 40 > text
cat > mm1.ini << 'END'
[mm1-tokenize]
min-side = 4
max-aspect = 10
tokenizer = tokenizer.json
split = line
[mm1-encode-image]
size = 8
[mm1-mix]
seq-len = 96
image-tokens = 4
shuffle = window=7
END
export MM1_CONFIG=mm1.ini MM1_QUIET=1
{ cat text; cat pages/*.html; } | mm1-tokenize train --vocab-size 320 - -o tokenizer.json

for s in pages pictures text; do
    mm1-tokenize import $s -o $s.docs
    mm1-tokenize encode $s.docs -o $s.tokens -j 1
    mm1-encode-image $s.tokens -o $s.pixels
    mm1-mix all=1:$s.pixels -o $s.packed -j 2

    mm1-tokenize import $s | mm1-tokenize encode - -j 2 | mm1-encode-image - |
        mm1-mix all=1:- -o - -j 1 > $s.piped
    zstd -qdc $s.packed > a
    zstd -qdc $s.piped | cmp - a && echo "$s: $(mm1-mix ls $s.packed | wc -l) sequences"
done
mm1-mix verify -- *.docs *.tokens *.pixels *.packed *.piped
mm1-mix lint -- *.docs *.tokens *.pixels *.packed
mm1-mix -N 20 --shuffle frames=2 interleaved=45:pages.pixels captions=45:pictures.pixels text=10:text.pixels |
    mm1-mix cat --json | grep -o '"source":"[a-z]*"' | sort | uniq -c | sort -rn | sed 's/^ *//'
# Other programs read it.
zstd -qdc pages.docs | tar tv | wc -l
P=/usr/bin/python3
$P -c 'import numpy' 2> /dev/null || { echo 'skip: no python3-numpy'; exit 77; }
zstd -qdc pages.piped | $P -c '
import io, sys, tarfile, numpy
shapes = set()
for m in (t := tarfile.open(fileobj=sys.stdin.buffer, mode="r|")):
    if m.name.endswith(".npy"):
        a = numpy.load(io.BytesIO(t.extractfile(m).read()))
        shapes.add((m.name.split(".", 1)[1], a.dtype.str, a.shape))
for s in sorted(shapes): print(*s)'
