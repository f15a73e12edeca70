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

# another output begins anew; a line that is another is asked
generate --batch lines -n 8 -o fewer
sed 's/the cat 2/the mat/' good > other
generate --batch other -n 9 -o other.out
# a file that is no journal is nobody's to remove
echo 'my diary' > x.journal
generate --batch good -n 9 -o x || echo "diary: $?"
cat x.journal
# one with nothing, or with the begin of a first line, is
printf '{"model":"01' > y.journal
: > z.journal
for o in y z; do generate -q --batch good -n 9 -o $o; cmp straight $o; done
{ cat good; echo '{"id":"x","prompt":"<image>","images":["late.png"]}'
    echo '{"id":"y"'; } > both
generate --batch both -n 9 -o both.out || echo "bad: $?"
head -n 6 both.out | cmp - straight
tail -n 2 both.out
ls both.out*
# answers of other settings stay
generate -q --batch both -n 8 -o both.out || echo "others: $?"
# and so do those that another process is writing
mkfifo held
mm1-generate -q -m m --batch held -n 9 -o both.held & pid=$!
exec 3> held
while [ ! -s both.held.journal ]; do sleep 0.02; done
for n in 8 9; do generate -q --batch held -n $n -o both.held 3>&- < /dev/null || echo "held: $?"; done
cat good >&3
exec 3>&-
wait $pid
cmp straight both.held
rm both.held held
cp "$B" late.png
generate -q --batch both -n 9 -o both.out || echo "still bad: $?"
grep -c '"text"' both.out
# a picture that is another is asked about again; one that is gone is said
cp "$A" late.png
generate --batch both -n 9 -o both.out || echo "another: $?"
wc -l < both.out.journal
mv late.png early.png
generate -q --batch both -n 9 -o both.out || echo "gone: $?"
sed -n '7p' both.out
mv early.png late.png
# where all lines are bad now, the answers of before are kept
cp both both.kept
echo '{"id":"y"' > both
generate -q --batch both -n 9 -o both.out || echo "all bad: $?"
wc -l < both.out.journal
mv both.kept both
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
