# Weights that change by step, and every document equally often
sh "$CASES/make-docs" 12 40
T="$ROOT/tests/golden/tokenizer.json"
mm1-tokenize encode -q -t "$T" docs.tar -o all.tar.zst
mm1-mix cat --offset 12 all.tar.zst -o texts.tar.zst
mm1-mix cat $(i=0; while [ $i -lt 12 ]; do echo "-k p$i"; i=$((i + 1)); done) all.tar.zst -o pairs.tar.zst
mix() { mm1-mix -T 96 --image-tokens 4 --max-images 3 -o packed.tar.zst "$@" || echo "status $?"; }
# the source of each sequence, as a line of letters
order() {
    mm1-mix cat --json packed.tar.zst | sed 's/.*"source":"\(.\).*/\1/' | tr -d '\n'
    echo
}
mix -N 40 pairs=3@0,1@8:pairs.tar.zst texts=1@0,3@8:texts.tar.zst
order
mm1-mix stat packed.tar.zst | grep ^counts | grep -o '"schedule".*'
mm1-mix stat packed.tar.zst | grep ^counts | grep -o '"repeats":[0-9]*' | tr '\n' ' '

# the same as a file, in steps of four
cat > sched.ini << 'X'
[0]
pairs = 3
[2]
pairs = 1
texts = 3
X
mix -N 40 --schedule sched.ini --step 4 pairs=3:pairs.tar.zst texts=1:texts.tar.zst
order
# a source that comes later
mix -N 12 pairs=1:pairs.tar.zst texts=0@0,1@6:texts.tar.zst
order
# each document once; then as often as the others'
mix --weigh documents pairs.tar.zst texts.tar.zst
mm1-mix stat packed.tar.zst | grep ^counts | grep -o '"documents":[0-9]*\|"repeats":[0-9]*'
mix --weigh documents -N 60 pairs.tar.zst texts.tar.zst
mm1-mix stat packed.tar.zst | grep ^counts | grep -o '"repeats":[0-9]*'
mix --weigh documents -N 40 pairs=2:pairs.tar.zst texts=1:texts.tar.zst
mm1-mix stat packed.tar.zst | grep ^counts | grep -o '"repeats":[0-9]*'
# what is refused
printf '[0]\ntext = 3\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
printf '[0]\ntexts = -3\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
printf '[x]\ntexts = 3\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
mix pairs=1@0,0@5:pairs.tar.zst texts=0@0:texts.tar.zst
mix pairs=1@5,2@3:pairs.tar.zst
mix pairs=1@0,0@5:pairs.tar.zst texts=1@0,0@5:texts.tar.zst
mix --weigh documents pairs=1@0,2@5:pairs.tar.zst
mix --weigh documents --shuffle window=4 pairs.tar.zst
# the file's fault, by its line or step
printf '[0]\ntexts = 3\n[5]\ntexts = 1\n[0]\npairs = 1\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
printf '[0]\ntexts = 3\n[0.0]\ntexts = 1\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
printf '[0]\ntexts = 3\n[5]\ntexts = 0\npairs = 0\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
printf '# nothing yet\n[0]\n' > bad.ini
mix --schedule bad.ini pairs.tar.zst texts.tar.zst
