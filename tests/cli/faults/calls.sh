# The n-th I/O call fails: no program dies of it, none says 0 without its whole
# output, and under the final name stands the old file or the whole new one.
# Every 7th n, from another start in each line of the table; STEP=1: every n.
. "$ROOT/tests/faulty"
CASES=$ROOT/tests/cli/common
. "$CASES/lib"
sh "$CASES/inputs"
MM1_THREADS=1 MM1_FAULT_LOG=hit
export MM1_THREADS MM1_FAULT_LOG
step=${STEP:-7} start=0

result() { cat out; [ -z "$out" ] || cat OUT; [ ! -e HELD ] || cat HELD; [ ! -e PREDICTIONS ] || cat PREDICTIONS; }

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
    clear
    nothing_lost
}

check() {
    case $row in *RUN*) return 0 ;; esac # tests/cli/mm1-pretrain/fault.sh
    clear
    MM1_FAULT=0 on "$in"
    result > whole
    [ -z "$out" ] || cp OUT whole.out
    echo old > OUT
    start=$((start % step + 1)) n=$start
    while :; do
        rm -f hit; clear
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
