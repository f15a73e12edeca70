# A chain of thought: examples with their reasons, an answer behind a marker
. "$CASES/prepare"
sed 's/^prompt.*/prompt = "{image} Q: {question}"/; s/^max-tokens.*/max-tokens = 12/' quarters.ini > cot.ini
echo 'marker = So it is' >> cot.ini
# the examples have no reasons yet
run -t ./cot.ini -k 1 -n 2 -o none 2>&1 | head -n 1 | sed "s/'[^']*': example '[^']*'/X: example Y/"
mkdir docs
(cd docs; zstd -qdc ../shots.tar.zst | tar x --exclude '*.pax'
    for f in *.json; do sed -i 's/}$/,"rationale":"It looks so."}/' $f; done
    find . -name 't10k*' -printf '%P\n' | sort | tar cf ../reasons.tar -T -)
mm1-mix cat -q reasons.tar -o reasons.tar.zst
run -t ./cot.ini --shots-data reasons.tar.zst -k 2 -n 4 -o with
# the same prompt, written out
sed '/^marker/d' cot.ini > plain.ini
echo 'answer = " {rationale} So it is {answer}."' >> plain.ini
run -t ./plain.ini --shots-data reasons.tar.zst -k 2 -n 4 -o plain
grep -c '"id"' with plain
said() { sed -n 's/.*"prediction":"\([^"]*\)".*/\1/p' $1; }
[ "$(said with)" = "$(said plain)" ] && echo 'no marker, no cut'
# a marker that this model says: the answer is what stands behind it
word=$(said plain | head -n 1 | cut -c 2-3)
sed "s/^marker.*/marker = \"$word\"/" cot.ini > word.ini
echo 'answer = " {rationale} So it is {answer}."' >> word.ini
run -t ./word.ini --shots-data reasons.tar.zst -k 2 -n 1 -o cut
grep -c '"thought":' cut
[ "$(said cut)" != "$(said plain | head -n 1)" ] && echo 'cut'
# what is refused
sed 's/^marker.*/marker =/' cot.ini > bad.ini
run -t ./bad.ini -o bad || echo "status $?"
{ cat cot.ini; echo 'ask = rank'; } > bad.ini
run -t ./bad.ini -o bad || echo "status $?"
