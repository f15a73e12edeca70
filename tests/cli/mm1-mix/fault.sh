# Each call of the system fails once: no crash, no half of a file, status 74.
. "$ROOT/tests/faulty"
sh "$CASES/make-docs" 6 6
mm1-mix cat docs.tar -o docs.tar.zst
mm1-tokenize encode -q -t "$ROOT/tests/golden/tokenizer.json" docs.tar -o t.tar.zst
try() {
    rm -f x.tar.zst y.tar.zst
    n=1 failed=0
    while status=0; MM1_FAULT=$n mm1-mix "$@" -q > out 2> err || status=$?; [ $status != 0 ]; do
        failed=$((failed + 1))
        [ $status = 74 ] || echo "$1, call $n: status $status: $(cat err)"
        both=$(ls x.tar.zst y.tar.zst 2> /dev/null | wc -l)
        for f in x.tar.zst y.tar.zst; do
            [ ! -e $f ] || mm1-mix verify $f || echo "$1, call $n: $f"
            rm -f $f
        done
        # of a split both are there, or none is
        [ $1 != split ] || [ $both = 0 ] || [ $both = 2 ] ||
            echo "$1, call $n: one of two"
        rm -f ./*.tmp.*
        [ $n -lt 2000 ] || exit 1
        n=$((n + ${STEP:-3}))
    done
    [ $failed -gt 1 ] && echo "$1: whole or not there"
}
try cat docs.tar docs.tar.zst -o x.tar.zst
try split docs.tar -o x.tar.zst --held-out y.tar.zst
try --image-tokens=4 -T 64 -N 9 a=1:t.tar.zst b=2:t.tar.zst -o x.tar.zst
try verify docs.tar.zst t.tar.zst
