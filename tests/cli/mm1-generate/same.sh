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
