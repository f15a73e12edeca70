# Python's tarfile and numpy read what stands in a shard.
P=/usr/bin/python3
$P -c 'import numpy' 2> /dev/null || { echo 'skip: no python3-numpy'; exit 77; }
sh "$CASES/make-docs" 2 1
mm1-tokenize encode -q -t "$ROOT/tests/golden/tokenizer.json" docs.tar |
    mm1-encode-image -q --size 8 |
    mm1-mix -T 64 --image-tokens=4 --shuffle=none -o p.tar.zst -
zstd -dcq p.tar.zst > p.tar
$P - << 'PY'
import io, json, tarfile
import numpy

t = tarfile.open("p.tar")
header = json.loads(t.pax_headers["comment"])
print(header["mm1-shard"], header["kind"], header["meta"]["packing"])
print([h["program"] for h in header["history"]])
for m in t.getmembers():
    data = t.extractfile(m).read()
    if m.name.endswith(".npy"):
        a = numpy.load(io.BytesIO(data))
        print(m.name, a.dtype.str, a.shape, a.flags.c_contiguous)
    else:
        print(m.name, list(json.loads(data)))
PY
