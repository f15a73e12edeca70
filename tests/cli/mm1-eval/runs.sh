# Parts of a run, and what is wrong with files of predictions
. "$CASES/prepare"
run -o whole
for b in 1 8 100; do run --batch $b -j 2 -o batch$b; cmp whole batch$b; done

# parts and the whole
for i in 1 2 3; do run --shard $i/3 -o part$i; done
mm1-eval merge -q part3 part1 part2 -o merged && cmp merged whole && echo merged
mm1-eval merge -q --strict part1 part3 -o some || echo "a part is missing: $?"
run -n 5 -o range; run --offset 5 -n 7 -o range; run --offset 12 -o range
mm1-eval merge -q range | tail -n +2 > a; tail -n +2 whole | cmp - a && echo 'the same in ranges'
sed -n 's/.*"id":"\([^"]*\)".*/\1/p' whole | sed -n '3p;9p' > ids
echo nobody >> ids
run --ids ids -o chosen; grep -c '"id"' chosen
run --strict --ids ids -o chosen || echo "an id is unknown: $?"
run --shard 4/3 -o none 2> /dev/null || echo "shard: $?"
sed '2s/"prediction":"[^"]*"/"prediction":"?"/' part1 > part4
mm1-eval merge part1 part4 -o none || echo "two predictions: $?"
run -k 1 -o other
mm1-eval merge part1 other -o none || echo "two runs: $?"

# a file that was cut goes on; one broken elsewhere does not
head -c 2000 whole > cut; run -o cut; cmp cut whole && echo 'goes on'
head -c 100 whole > cut; run -o cut; cmp cut whole && echo 'goes on from nothing'
{ head -n 3 whole; echo '{"run":'; tail -n +4 whole; } > broken
run -o broken || echo "broken: $?"
mm1-eval score broken || echo "broken: $?"
{ cat whole; sed -n 4p whole; } > twice
run -o twice || echo "twice: $?"
sed '4s/"key":"....../"key":"000000/' whole > changed
run -o changed || echo "changed: $?"

# what is wrong is counted, and the score says so
value() { # without the numbers, which depend on how a compiler sums
    mm1-eval score -q --strict "$@" | sed -n '2s/[0-9]*\.[0-9 .]*\.[0-9]* */ /; 2s/  */ /gp'
}
# (how many of these answers are right depends on how the compiler sums)
items() { value "$1" | sed 's/ [0-9.]* [0-9.]* [0-9.]* \.\. [0-9.]* / /'; }
sed '3d' whole > some; items some
{ cat some; sed -n 2p some; } > twice; items twice
printf '{"id":"a","prediction":"x\377","answers":["x"]}\n{"id":"b","prediction":"y","answers":["y"],"w":NaN}\n{"id":"c","prediction":"z","answers":["z"],"w":1e400}\n{"prediction":"z","answers":["z"]}\n{"id":"d","answers":["z"]}\n{"id":"e","pred' > odd
value --metric exact odd
mm1-eval score -q --metric exact -f json odd | grep -o '"n":.*"faults":"[^"]*"'
mm1-eval score -q --metric exact odd | tail -n 1
printf '{"id":"a","prediction":"yes","answers":["yes","no"]}\n' > two
value --metric vqa two
printf '[1]\n' > none; mm1-eval score --metric exact none || echo "no predictions: $?"

# one bad item is named and counted, the rest go on; the mended one is asked
sed -n 2,5p whole | sed 's/.*"id":"\([^"]*\)".*/\1/' > ids
mkdir docs; (cd docs; zstd -qdc ../docs.tar.zst | tar x --exclude '*.pax'
    head -c 90 train-images-idx3-ubyte-00000002.0.png > cut; mv cut train-images-idx3-ubyte-00000002.0.png
    echo '{' > train-images-idx3-ubyte-00000005.json
    find . -name 'train*' -printf '%P\n' | sort | tar cf ../bad.tar -T -)
mm1-mix cat -q bad.tar -o bad.tar.zst
run --data bad.tar.zst -o bad; grep -c '"id"' bad
run --data bad.tar.zst --strict -o bad || echo "strict: $?"
mm1-eval score -q bad | grep -o '22 of 24 (partial)'
run -o bad; mm1-eval merge -q bad | tail -n +2 > a; tail -n +2 whole | cmp - a && echo mended

# a run that could ask nothing does not stand in the way of the next
run -k 24 -o long 2> err || echo "too long: $?, $(grep -c . < long) lines"
run -n 2 -o long; grep -c '"id"' long; grep -c '"stamp"' long
run -n 2 -k 1 -o long || echo "has answers: $?"

# two runs on one output: the second one to write gives up, and nothing is twice
run -j 1 --batch 1 -k 4 --fresh -o both 2> err1 & one=$!
run -j 1 --batch 1 -k 4 --fresh -o both 2> err2 & two=$!
gave_up=0; wait $one || gave_up=$((gave_up + 1)); wait $two || gave_up=$((gave_up + 1))
run -j 1 -k 4 --fresh -o both
[ $gave_up -le 1 ] && tail -n +2 both | cut -d , -f 2 | sort | uniq -d | wc -l

# a page of other data than was asked about
mm1-eval sheet --data shots.tar.zst -o none.html whole || echo "other data: $?"
