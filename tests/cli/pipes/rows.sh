# Every line of the common table: one thread and three, a file, a named pipe
# and standard input give the same result.  What is compressed is compared as
# it decodes.
CASES=$ROOT/tests/cli/common
. "$CASES/lib"
sh "$CASES/inputs"
mkfifo fifo

plain() {
    for f in out OUT HELD PREDICTIONS; do
        [ -e $f ] || continue
        zstd -qdc $f 2> /dev/null || cat $f
    done
}

# What was said names the input; -q leaves nothing but errors.
same() {
    what=$1
    [ "$status" = 0 ] && [ ! -s err ] || wrong "$what: status $status"
    plain | cmp -s - first || wrong "$what: another result"
    rm -f OUT && clear
}

check() {
    case $row in *' stat '*) return 0 ;; esac # says the name
    case $row in *RUN*) return 0 ;; esac # has the time in it
    rm -f OUT && clear
    export MM1_THREADS=1
    on "$in"
    plain > first
    [ $status = 0 ] || wrong "status $status"
    rm -f OUT && clear
    MM1_THREADS=3
    on "$in"
    same 'three threads'
    case $damage in *s*)
        on - "$in"
        same 'standard input' ;;
    esac
    case $damage in *f*) return 0 ;; esac
    cat "$in" > fifo &
    head="timeout 60 $head" # not for ever, should it be opened twice
    on fifo
    same 'a named pipe'
    kill $! 2> /dev/null || :
    wait
}
each check
