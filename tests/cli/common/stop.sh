# Ended by a signal in the middle: as the signal says, and nothing is left over
echo old > OUT
for s in HUP TERM; do
    # the input stays open, so that the program is still at work
    mkfifo fifo
    exec 3<> fifo
    echo 'a line' >&3
    mm1-tokenize encode -q --text -t "$ROOT/tests/golden/tokenizer.json" -o OUT fifo &
    until ls OUT.tmp.* > /dev/null 2>&1; do sleep 0.01; done
    ls OUT.tmp.* | grep -c .
    kill -$s $!
    status=0
    wait $! 2> /dev/null || status=$?
    echo "$s: $status"
    exec 3>&-
    rm fifo
    ls OUT*
    cat OUT
done
