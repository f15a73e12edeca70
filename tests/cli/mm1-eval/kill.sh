# A run of 200 questions that is killed at random instants ends as the straight
# one, byte for byte.  Nothing that was recorded is lost or asked again: after
# each kill the complete lines are the first of the straight file.  A run is
# given more time after each kill, so that slow ones (sanitizers) end, too.
ITEMS=200
. "$CASES/prepare"
ask() { run -j 1 --batch 4 -k 4 --fresh -o "$1"; }
ask straight
kills=0 runs=0
while [ $kills -lt "${KILLS:-6}" ]; do
    rm -f part
    runs=$((runs + 1)) span=60
    while :; do
        EXEC=exec ask part &
        pid=$!
        sleep "$(awk "BEGIN { srand($$ + $kills * 7 + $runs); printf \"%.3f\", (5 + rand() * $span) / 1000 }")"
        span=$((span + span / 3))
        kill -9 $pid 2> /dev/null || true
        wait $pid 2> /dev/null && break
        kills=$((kills + 1))
        [ ! -f part ] || { head -n "$(wc -l < part)" part > whole
            head -n "$(wc -l < whole)" straight | cmp - whole ||
                echo "another beginning after $kills kills"; }
    done 2> /dev/null
    cmp part straight || echo "not the straight run after $kills kills"
done
echo "same"
