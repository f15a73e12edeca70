# MNIST's arrays: labels, questions, and pixels that come back
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
printf '\0\0\10\3\0\0\0\3\0\0\0\2\0\0\0\3abcdefghijklmnopqr' | gzip > t-images-idx3-ubyte.gz
printf '\0\0\10\1\0\0\0\3\1\0\2' | gzip > t-labels-idx1-ubyte.gz
import t-images-idx3-ubyte.gz
import --labels T-shirt/top,bag,boot --as vqa --question 'What is this?' t-images-idx3-ubyte.gz
zstd -qdc out.tar.zst | tar xO t-images-idx3-ubyte-00000001.0.png > 1.png
mm1-encode-image --dump decoded 1.png -o 1.npy
tail -c 18 1.npy; echo
import --labels a,b --on-error skip --template 'It is %s.' t-images-idx3-ubyte.gz
try() { mm1-tokenize import "$@" -o no.tar.zst || echo "status $?"; }
try --labels a,b t-images-idx3-ubyte.gz
printf '\0\0\10\1\0\0\0\2\1\0' > short
try --label-file short t-images-idx3-ubyte.gz
printf '\0\0\10\1\0\0\0\3\1\0' > short
try --label-file short t-images-idx3-ubyte.gz
zcat t-images-idx3-ubyte.gz | head -c 30 > c-images-idx3-ubyte
zcat t-labels-idx1-ubyte.gz > c-labels-idx1-ubyte
try c-images-idx3-ubyte
printf '\0\0\10\3\0\0' > c-images-idx3-ubyte
try c-images-idx3-ubyte
(zcat t-images-idx3-ubyte.gz; printf x) > c-images-idx3-ubyte
try c-images-idx3-ubyte
printf '\0\0\10\3\377\377\377\377\377\377\377\377\377\377\377\377' > c-images-idx3-ubyte
try c-images-idx3-ubyte
cp c-labels-idx1-ubyte c-images-idx3-ubyte
try c-images-idx3-ubyte
cp c-images-idx3-ubyte other
try --from idx other
ls
