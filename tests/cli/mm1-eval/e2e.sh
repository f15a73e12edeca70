# From pictures to answers with a tiny model: four kinds of pictures (one bright
# quarter), which the model learns by heart; blind it can only guess.
#
# An IDX file is big-endian: magic, count, rows, columns, bytes.
awk 'BEGIN {
    printf "\\000\\000\\010\\003\\000\\000\\000\\040\\000\\000\\000\\020\\000\\000\\000\\020"
    for (i = 0; i < 32; i++)
        for (y = 0; y < 16; y++)
            for (x = 0; x < 16; x++)
                printf "\\%03o", (int(y / 8) * 2 + int(x / 8) == i % 4) ? 255 - 31 : 16 }' > esc
printf "$(cat esc)" > train-images-idx3-ubyte
awk 'BEGIN { printf "\\000\\000\\010\\001\\000\\000\\000\\040"; for (i = 0; i < 32; i++) printf "\\%03o", i % 4 }' > esc
printf "$(cat esc)" > train-labels-idx1-ubyte

mm1-tokenize import -q --from idx --as vqa --question 'Which quarter?' \
    --labels north,east,south,west -o docs.tar.zst train-images-idx3-ubyte
mm1-tokenize train -q --vocab-size 300 -o tokenizer.json docs.tar.zst
mm1-tokenize encode -q -t tokenizer.json --chat vqa docs.tar.zst |
    mm1-encode-image -q -s 16 - |
    mm1-mix -q -T 64 --image-tokens 4 --shuffle window=8 -o packed.tar.zst vqa=1:-
mm1-pretrain -q --tokenizer tokenizer.json --steps 60 -b 8 --lr 3e-3 \
    --vision-layers 1 --vision-width 32 --vision-heads 2 --vision-hidden 64 \
    --image-size 16 --patch-size 8 --image-tokens 4 --connector-depth 1 \
    --connector-width 16 --layers 1 --width 32 --heads 2 --kv-heads 2 \
    --hidden 64 --context 128 -o run packed.tar.zst

cat > quarters.ini << 'EOF'
[task]
name = quarters
metric = exact
prompt = "{image} Question: {question} Short answer:"
stop = "\n"
max-tokens = 8
EOF
run() { mm1-eval run -q -t ./quarters.ini --data docs.tar.zst "$@"; }
run -m run --label seeing -o seeing.jsonl
run -m run --label seeing -o one.jsonl -j 1
run -m run --label blind --blind -o blind.jsonl
run --baseline majority -o majority.jsonl
cmp seeing.jsonl one.jsonl && echo "same at -j1"

# a run that died in the middle of a line goes on
head -c 1500 seeing.jsonl > cut.jsonl
run -m run --label seeing -o cut.jsonl
cmp seeing.jsonl cut.jsonl && echo "same after a cut"
run -m run --label seeing -n 10 -o less.jsonl
run -m run --label seeing -o less.jsonl
mm1-eval score less.jsonl | grep -o '32 of 32'
run -m run -k 1 --shots-data docs.tar.zst -o cut.jsonl || echo "other run: $?"

mm1-eval score seeing.jsonl blind.jsonl majority.jsonl |
    awk '$1 != "quarters" { next } $2 == "seeing" && $5 >= 90 || $2 != "seeing" && $5 <= 50 { print $2, "as it should be" }'
mm1-eval compare blind.jsonl seeing.jsonl majority.jsonl |
    awk '$2 == "blind" && $3 == "seeing" && $6 > 40 && $NF == 32 { print "seeing is better" }'
mm1-eval compare -f csv blind.jsonl seeing.jsonl | cut -d , -f 1-5,14,15
mm1-eval compare seeing.jsonl 2> /dev/null || echo "one is not enough: $?"
mm1-eval score -f csv --by options seeing.jsonl 2> /dev/null || echo "no such field: $?"
mm1-eval score -f csv --by item seeing.jsonl | sed -n '$p' | cut -d , -f 1-7,12-
head -n 13 seeing.jsonl > half.jsonl
mm1-eval score --by item half.jsonl | grep -c '^ .*item = .*(partial)'
mm1-eval score -f json --by item half.jsonl | grep -o '"n":1,"expected":1,"partial":true' | wc -l
echo '{"quarters": 50, "halves": 25}' > baseline.json
echo '{"quarters": 1e400}' > endless.json; mm1-eval score --meta endless.json majority.jsonl > none 2>&1 || echo "no number: $?"
mm1-eval score --meta baseline.json majority.jsonl | tail -n 1 | grep -o 'on 1 of 2 tasks.*'
mm1-eval bars -o bars.svg seeing.jsonl blind.jsonl && grep -c '<rect' bars.svg
mm1-eval sheet -n 4 --data docs.tar.zst -o sheet.html seeing.jsonl blind.jsonl
grep -c '<img' sheet.html
grep -c '<li data-r="rw">' sheet.html
grep -o '(nothing)\|equals one of 1 answers (stripped)\|32 of 32' sheet.html | sort | uniq -c | sed 's/^ *//'
mm1-eval plot -o loss.svg run/metrics.jsonl && grep -c '<svg' loss.svg

mm1-eval score -f json seeing.jsonl | grep -o '"n":32,"expected":32,"partial":false'

# more items of the same run, a shard without documents, items that do not fit
run -m run -n 2 -o few.jsonl
run -m run -n 3 -o few.jsonl
mm1-eval score few.jsonl | grep -o '3 of 32 (partial)'
mm1-eval run -q -t ./quarters.ini -m run --data packed.tar.zst -o none.jsonl || echo "packed: $?"
sed 's/exact/choice/' quarters.ini > choice.ini
mm1-eval run -q -t ./choice.ini -m run --data docs.tar.zst -o none.jsonl || echo "no options: $?"
run -t quarter -m run -o none.jsonl 2> /dev/null || echo "no task: $?"
mm1-eval score --metric blue few.jsonl 2> /dev/null || echo "no metric: $?"
