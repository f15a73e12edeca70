# JSON lines: a run that was killed goes on, a bad line costs itself alone, and
# the same command asks for it again
. "$CASES/setup"
for i in 1 2 3 4 5 6; do echo "{\"id\":$i,\"prompt\":\"the cat $i\"}"; done > good
generate --batch good -n 9 -o straight
ls straight*

# killed behind the third answer
mkfifo lines
mm1-generate -m m --batch lines -n 9 -o killed & pid=$!
exec 3> lines
head -n 3 good >&3
while [ ! -e killed.journal ] || [ "$(wc -l < killed.journal)" -lt 4 ]; do sleep 0.02; done
kill -9 $pid
wait $pid 2> /dev/null || echo "killed: $?"
exec 3>&-
rm lines
cp good lines
printf '{"key":"4:' >> killed.journal
generate --batch lines -n 9 -o killed
cmp straight killed && echo 'the same'
ls killed*

# other settings begin anew; a line that is another is asked
generate --batch lines -n 8 -o fewer
sed 's/the cat 2/the mat/' good > other
generate --batch other -n 9 -o other.out
{ cat good; echo '{"id":"x","prompt":"<image>","images":["late.png"]}'
    echo '{"id":"y"'; } > both
generate --batch both -n 9 -o both.out || echo "bad: $?"
head -n 6 both.out | cmp - straight
tail -n 2 both.out
ls both.out*
cp "$B" late.png
generate -q --batch both -n 9 -o both.out || echo "still bad: $?"
grep -c '"text"' both.out
sed -i '$d' both
generate -q --batch both -n 9 -o both.out
ls both.out*
grep -c '"text"' both.out

# one prompt that is too long among others
{ head -n 2 good; echo "{\"id\":\"long\",\"prompt\":\"$(yes 'the cat' | head -50 | tr '\n' ' ')\"}"; tail -n 3 good; } > long
generate -q --batch long -n 9 -o long.out || echo "long: $?"
grep -n error long.out
wc -l < long.out
# none at all: nothing is written
tail -n 1 both.out > none
generate -q --batch none -o none.out || echo "none: $?"
ls none.out* 2> /dev/null || echo "no answers"
