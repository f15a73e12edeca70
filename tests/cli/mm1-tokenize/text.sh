# Lines to ids and back; what is no UTF-8 comes back too.
T="$ROOT/tests/golden/tokenizer.json"
printf "thy's  12 \\377\\n\\nno newline" > lines
mm1-tokenize encode -t "$T" --text lines
mm1-tokenize encode -t "$T" --text < lines | mm1-tokenize decode -t "$T" > back
echo | cat lines - | cmp - back
echo '<s>a</s>' | mm1-tokenize encode -t "$T" --text --special > ids
cat ids
mm1-tokenize decode -t "$T" ids
mm1-tokenize decode -t "$T" --special ids
seq 1 200000 > many
mm1-tokenize encode -t "$T" --text many -j 1 -o one
mm1-tokenize encode -t "$T" --text many -j 2 | cmp - one
mm1-tokenize decode -t "$T" one -j 2 | cmp - many
