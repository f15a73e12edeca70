# One line, what and where and what to do, and the status that says it.
. "$CASES/setup"
try() {
    mm1-generate "$@" > out 2> err < /dev/null && s=0 || s=$?
    head -1 err | sed "s|$ROOT|ROOT|; s|there are none.*|there are ...|; s|[0-9a-f]\{16\}|HASH|g" | cut -c 1-160
    echo "status $s, $(wc -c < out) bytes out"
}
try
try -m m
try -m m word
try -m m -p x --chat vicuna
try -m m -p x --system y
try -m m -p x --batch b
try -m nothing -p x
try -m m -p '<image>'
try -m m --image "$A" -p '<image><image>'
try -m m --image nothing.png -p x
try -m m --image text -p x
try -m m -p "$(yes 'the cat' | head -50)"
printf '{"prompt":"the"}\n{"prompt":7}\n' > bad.jsonl
try -m m --batch bad.jsonl -o answers
printf '{"prompt":"the"\n' > bad.jsonl
try -m m --batch bad.jsonl -o answers
printf '{"prompt":"the","images":["text"]}\n' > bad.jsonl
try -m m --batch bad.jsonl -o answers
ls answers 2> /dev/null || true

# model and tokenizer
cp -r m other
cp "$ROOT/tests/golden/tokenizer.json" other
try -m other -p x
cp m/tokenizer.json other
sed -i 's/"bos_token_id": 1/"bos_token_id": 2/' other/config.json
try -m other -p x
cp m/config.json other
sed -i 's/{/{"tokenizer_hash":"0123456789abcdef",/; ' other/config.json
sed -i '2,$s/{"tokenizer_hash":"0123456789abcdef",/{/' other/config.json
try -m other -p x
cp m/config.json other
sed -i 's/quick_gelu/relu/' other/config.json
try -m other -p x
cp m/config.json other
head -c 5000 m/model.safetensors > other/model.safetensors
try -m other -p x
rm other/model.safetensors
try -m other -p x
mm1-generate -m m -p 'the cat' -n 5 > /dev/full || echo "status $?"
