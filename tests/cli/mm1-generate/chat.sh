# A conversation is read on, and is what the turns in one prompt would be.
. "$CASES/setup"
printf 'what is\n\nthe dog\n' | generate --chat vqa --image "$A" -n 3 > talk
wc -l < talk
first=$(head -1 talk)
generate --chat vqa --image "$A" -n 3 -p 'what is' | cmp - /dev/fd/3 3<< EOF
$first
EOF
generate -n 3 --image "$A" -p "<image> Question: what is Short answer: $first
Question: the dog Short answer:" | sed 's/^ *//' > second
tail -1 talk | cmp - second
printf 'the cat\n' | generate --chat chatml --system 'what is this?' -n 3 |
    wc -l

# A text ends before a stop string, and nothing of it is shown.
generate -n 30 -p 'the cat' > long
stop=$(cut -c 3-4 long)
generate -n 30 -p 'the cat' --stop "$stop" > short
python3 - "$stop" << 'EOF'
import sys
long, short = (open(f, "rb").read()[:-1] for f in ("long", "short"))
stop = sys.argv[1].encode("utf-8", "surrogateescape")
assert stop and long.split(stop)[0] == short, (long, stop, short)
EOF
generate -n 30 -p 'the cat' -q -v 2>&1 > long2 | sed 's/[0-9.]* s/T s/g; s/, [0-9.]* a/, N a/'
cmp long long2
