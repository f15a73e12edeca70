# Examples before a prompt, with their reasons; the answer is behind a marker
. "$CASES/setup"
cat > shots.jsonl << X
{"prompt":"A cat?","rationale":"Fur.","answer":"yes","images":["$A"]}
{"prompt":"2+2?","answer":"4"}
X
plain() { generate -n 12 "$@"; }
plain -p '<image> this?' --image "$B" --shots shots.jsonl > one
plain -p "<image>A cat? Fur. yes
2+2? 4
<image> this?" --image "$A" --image "$B" > two
cmp one two && echo 'the same prompt'
plain -p 'This?' --shots shots.jsonl --marker 'So' -v 2> log > one
plain -p "<image>A cat? Fur. So yes.
2+2? So 4.
This?" --image "$A" -v 2> log2 > two
grep -o 'prompt of [0-9]* tokens' log > n1
grep -o 'prompt of [0-9]* tokens' log2 | cmp - n1 && echo 'the same length'
grep -o "has no 'So'" log
# what the model says, cut at words of its own
plain -p 'the cat' > whole
word=$(tr -d '\n' < whole | cut -c 5-6)
plain -p 'the cat' --marker "$word" > cut
awk -v w="$word" '{ s = $0; while ((i = index(s, w)) > 0) s = substr(s, i + length(w)); gsub(/^ +| +$|[.] *$/, "", s); print s; exit }' whole > want
cmp cut want && echo cut
# in a chat they are turns; in a batch the thought is told apart
generate --chat plain -n 4 -p 'Q' --shots shots.jsonl > /dev/null && echo chat
echo '{"prompt":"the cat","id":1}' | plain --batch - --marker "$word" | grep -c '"thought"'
bad() { generate "$@" || echo "status $?"; }
echo '{"prompt":"x"}' > bad.jsonl
bad -p x --shots bad.jsonl
bad -p x --shots none.jsonl
bad --batch x --rewrite '%s' --shots shots.jsonl
