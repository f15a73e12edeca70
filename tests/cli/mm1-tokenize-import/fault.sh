# Each call of the system fails once: then the shard is not there, or it is the
# whole one
. "$ROOT/tests/faulty"
p=$ROOT/tests/golden/image
mkdir in
cp "$p/rgb.png" in/a.png; cp "$p/444.jpg" in/b.jpg
echo '<p>one<img src=a.png>two' > in/a.html
echo '<p>one<img src=b.jpg>two' > in/b.html
(cd in && tar cf ../t.tar a.png b.jpg)
printf '{"texts":["x",null],"images":[null,"a.png"]}\n{"text":"y"}\n' | gzip > in/j.jsonl.gz
printf '\0\0\10\3\0\0\0\1\0\0\0\1\0\0\0\1a' > t-images-idx3-ubyte
printf '\0\0\10\1\0\0\0\1\1' > t-labels-idx1-ubyte
all() { # name options: until no call is left to fail
    name=$1 i=1 clean=0 failed=0
    shift
    mm1-tokenize import -q -j 1 "$@" -o "$name.want"
    while [ $clean -lt 3 ] && [ $i -lt 1000 ]; do
        st=0
        MM1_FAULT=$i mm1-tokenize import -q -j 1 "$@" -o out > log 2>&1 || st=$?
        if [ $st = 0 ]; then
            clean=$((clean + 1))
            cmp out "$name.want" || { echo "$name, call $i: another shard"; cat log; }
        else
            failed=$((failed + 1)) clean=0
            # only the folder's fsync is left when the whole shard is there
            [ ! -e out ] || cmp out "$name.want" || echo "$name, call $i: half a shard"
            [ "$(wc -l < log)" = 1 ] || { echo "$name, call $i: not one line"; cat log; }
            case $st in 65 | 66 | 71 | 74 | 77) ;; *) echo "$name, call $i: status $st" ;; esac
        fi
        rm -f out
        i=$((i + 1))
    done
    [ $failed -gt 5 ] && echo "$name: $clean"
}
all html --from html --min-side 1 --dup-limit 3 in
all folder --from folder in
all jsonl in/j.jsonl.gz
all idx t-images-idx3-ubyte
all text --from text --split line in/a.html
ls
