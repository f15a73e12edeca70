# Each call of the system fails once: the checkpoint before it can be loaded,
# and a run that says it is done is.
. "$ROOT/tests/faulty"
. "$CASES/prepare"
n=8
train -j 1 --steps $n --save-every 4 --keep 9 -o straight
want=$(hash straight $n)
# the end is where no call is left to fail; some failures are of no weight
i=1 failed=0 clean=0
while [ $clean -lt 6 ] && [ $i -lt 5000 ]; do
    rm -rf run
    mkdir run
    cp -r straight/step-00000004 run
    st=0
    MM1_FAULT=$i train -j 1 --steps $n --save-every 2 -o run > out 2> err || st=$?
    if [ $st = 0 ]; then
        [ "$(hash run $n)" = "$want" ] || echo "call $i: another result"
        if [ -s err ]; then clean=0; else clean=$((clean + 1)); fi
    else
        failed=$((failed + 1)) clean=0
        case $st in 65 | 71 | 74) ;; *) echo "call $i: status $st"; cat err ;; esac
        train -j 1 --steps $n --save-every 2 --resume must -o run
        [ "$(hash run $n)" = "$want" ] || echo "call $i: another run"
    fi
    i=$((i + ${STEP:-7}))
done
[ $i -gt 100 ] && [ $failed -gt 5 ] && echo 'nothing lost'
