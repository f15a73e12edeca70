# Killed again and again, without warning: the straight run.
. "$CASES/prepare"
n=${STEPS:-120} kills=${KILLS:-8}
train -j 1 --steps $n -o straight
i=0
while :; do
    mm1-pretrain -q -j 1 -b 4 --lr 1e-3 --tokenizer "$T" $shape --steps $n \
        --save-every 7 -o run data.tar.zst &
    pid=$!
    i=$((i + 1))
    k=$(($(steps run) + 5 + i * 3 % 8))
    while [ "$(steps run)" -lt $k ] && kill -0 $pid 2> /dev/null; do
        sleep 0.01
    done
    [ $i -gt $kills ] || kill -9 $pid 2> /dev/null || true
    wait $pid && break
done 2> /dev/null
[ "$(hash straight $n)" = "$(hash run $n)" ] && echo same
[ $i -gt $((kills / 2)) ] && echo 'killed often'
ls run | grep -c tmp || true
