# The n-th I/O call fails: no program dies of it, none says 0 without its whole
# output, and under the final name stands the old file or the whole new one.
# Every 7th n, from another start in each line of the table; STEP=1: every n.
faulty=$ROOT/build/fault
[ "$BIN" = "$ROOT/bin" ] || faulty=${BIN%/bin}/fault
[ -x "$faulty/mm1-mix" ] || { echo "skip: no $faulty; make check builds it"; exit 77; }
CASES=$ROOT/tests/cli/common
. "$CASES/lib"
sh "$CASES/inputs"
MM1_THREADS=1 MM1_FAULT_LOG=hit
export MM1_THREADS MM1_FAULT_LOG
PATH=$faulty:$PATH
step=${STEP:-7} start=0

result() { cat out; [ -z "$out" ] || cat OUT; [ ! -e HELD ] || cat HELD; }

fails() {
    if [ "$status" = 0 ]; then
        result | cmp -s - whole || wrong "$what: says 0, the output is not whole"
        echo old > OUT
        return
    fi
    one_line 74 ''
    [ -z "$out" ] || [ "$(wc -c < OUT)" = 4 ] || {
        cmp -s OUT whole.out || wrong "$what: OUT is neither old nor whole"
        echo old > OUT
    }
    rm -f HELD
    nothing_lost
}

check() {
    rm -f HELD
    MM1_FAULT=0 on "$in"
    result > whole
    [ -z "$out" ] || cp OUT whole.out
    echo old > OUT
    start=$((start % step + 1)) n=$start
    while :; do
        rm -f hit HELD
        MM1_FAULT=$n on "$in"
        [ -e hit ] || break
        what="call $n, $(cat hit)"
        fails
        n=$((n + step))
    done
    [ $status = 0 ] || wrong "no fault: status $status"
    [ -z "${CALLS-}" ] || echo "$n $row"
}
each check
