# Stopped by a signal in the middle, and given again: the straight run.
. "$CASES/prepare"
n=150
train -j 1 --steps $n -o straight
for sig in TERM INT USR1; do
    for k in 3 60; do
        mm1-pretrain -q -j 1 -b 4 --lr 1e-3 \
            --tokenizer "$T" $shape --steps $n -o run data.tar.zst 2> err &
        pid=$!
        while [ "$(steps run)" -lt $k ]; do sleep 0.01; done
        kill -$sig $pid
        wait $pid && st=0 || st=$?
        [ $st = 75 ] || echo "status $st"
        grep -q "^mm1-pretrain: stopped by signal [0-9]* after step [0-9]* of $n" \
            err || cat err
    done
    train -j 1 --steps $n -o run
    [ "$(hash straight $n)" = "$(hash run $n)" ] && echo "$sig: same"
    grep '"ev":"stop"' run/metrics.jsonl | sed 's/.*"why"/"why"/'
    rm -r run
done
