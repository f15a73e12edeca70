# The same text on any number of threads, in any company, to file and stream.
. "$CASES/setup"
draw="--temperature 1.5 -n 25 --image $A"
generate -j1 $draw -p 'what is <image> this' > 1
generate -j2 $draw -p 'what is <image> this' > 2
cmp 1 2
generate $draw -p 'what is <image> this' -o 3
cmp 1 3
generate $draw -p 'what is <image> this' -s 2 > 4
cmp -s 1 4 && echo the seed does nothing
generate -n 9 --image "$A" -p 'this is' > 5
generate -n 9 --image "$B" -p 'this is' > 6
cmp -s 5 6 && echo the picture does nothing
generate -n 9 --image "$A" -p '<image>this is' > 7
generate -n 9 --image "$A" -p '<image> this is' > 8
cmp 7 8 # the template's space
cmp 5 8

# Each line of a batch as alone; what they have in common is read once.
cat > batch << EOF
{"id":"a","prompt":"the cat"}

{"id":[1,2],"prompt":"the cat","images":["$A"]}
{"prompt":"<image> and <image>: the","images":["$A","$B"]}
{"prompt":"<image> and <image>: this","images":["$A","$A"]}
{"id":null,"prompt":"the cat sat"}
EOF
generate --batch batch -n 12 -o answers
generate --batch - -n 12 -j1 < batch | cmp - answers
sed 's/"text":".*","finish"/"finish"/' answers
{
    generate -n 12 -p 'the cat'
    generate -n 12 -p 'the cat' --image "$A"
    generate -n 12 -p '<image> and <image>: the' --image "$A" --image "$B"
    generate -n 12 -p '<image> and <image>: this' --image "$A" --image "$A"
    generate -n 12 -p 'the cat sat'
} > alone
python3 - << 'EOF'
import json
alone = open("alone", "rb").read().decode("utf-8", "replace")
texts = [json.loads(line)["text"] for line in open("answers")]
assert alone == "".join(t + "\n" for t in texts)
EOF

# Many lines at once, or one after the other by a program that waits for each
# answer: the same; a line that is bad is said so, and the others are answered.
awk -v a="$A" -v b="$B" 'BEGIN { for (i = 0; i < 75; i++) {
    p = ""; for (k = 0; k <= i * i % 7; k++) p = p " the cat " (i * k % 5)
    im = i % 9 < 4 ? "" : i % 9 < 7 ? "\"" a "\"" : i % 2 ? "\"" b "\"" : "\"" a "\",\"" b "\""
    printf "{\"id\":%d,\"prompt\":\"%s\"%s}\n", i, p, im == "" ? "" : ",\"images\":[" im "]" } }' > many
draw='--temperature 1.2 -n 9 --marker e'
generate --batch many $draw > side 2> /dev/null
wc -l < side
generate -j1 --batch - $draw < many 2> /dev/null | cmp - side
mkfifo to from
generate --batch - $draw < to > from 2> /dev/null &
exec 3> to 4< from
while read -r line; do printf '%s\n' "$line" >&3; IFS= read -r got <&4; printf '%s\n' "$got"; done < many > turns
exec 3>&- 4<&-
wait $!
cmp turns side
printf '{"prompt":"<image> a","images":["none"]}\n' | cat many - many > bad
generate --batch bad $draw > with 2> err || echo "status $?"
head -n 75 with | cmp - side
wc -l < with
sed -n 76p with
grep -o "line 76: cannot open 'none'" err
echo '{"prompt":"a","images":["'"$A"'"],"answer":"cat"}' > shots
generate --batch many -n 9 --shots shots -o one
generate --batch many -n 9 --shots shots -o two -j1; cmp one two; wc -l < one
head -n 1 many | generate --batch - -n 9 --shots shots | cmp - /dev/fd/3 3<< EOF
$(head -n 1 one)
EOF
