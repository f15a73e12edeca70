# Examples: whichever way they are chosen, with or without their being read
# again, in any batch and on any number of threads, the predictions are the same;
# and an example is never the question.
. "$CASES/prepare"
lines() { tail -n +2 "$1" | sed 's/"run":"[^"]*",//; s/"key":"[^"]*",//'; }
same() { # what options...
    what=$1; shift
    run "$@" -o one -j 1 --batch 1
    for how in '-j 2 --batch 8' '-j 2 --batch 3 --fresh'; do
        # shellcheck disable=SC2086
        run "$@" -o two $how
        cmp one two || echo "$what: $how"
        rm two
    done
    mv one "$what"; rm -f one
}
same task -k 3
same query -k 3 --shots-per query
same near -k 3 --shots-by rices
same text --text-shots 2
cmp -s task query && echo 'one set and sets are the same'
[ "$(lines query | grep -o '"shots":\[[^]]*' | sort -u | wc -l)" -gt 20 ] && echo 'sets of their own'
# with the questions as the pool
mm1-eval run -q -m run -t ./quarters.ini --data docs.tar.zst -k 5 --shots-per query -o own
lines own | awk -F '"' '{ id = $4; n = split($0, a, "\"shots\":"); if (index(a[2], "\"" id "\"")) print "the question itself: " id }'
mm1-eval run -q -m run -t ./quarters.ini --data docs.tar.zst -k 3 -o own2; lines own2 | wc -l
run -k 25 -o none || echo "too few: $?"
run -k 1 --text-shots 1 -o none 2> /dev/null || echo "both: $?"
run --shots-by rices -o none 2> /dev/null || echo "no shots: $?"

# a pool in which each question has a picture like it, one of its pixels another:
# that one stands next to the question
zstd -qdc docs.tar.zst > /dev/null
awk 'BEGIN { srand(1); for (i = 0; i < 24 * 256; i++) { v = int(rand() * 256); printf "\\%03o", i % 256 ? v : 255 - v } }' > esc
{ head -c 16 train-images-idx3-ubyte; printf "$(cat esc)"; } > near-images-idx3-ubyte
mkdir pool; cp near-images-idx3-ubyte pool/train-images-idx3-ubyte; cp train-labels-idx1-ubyte pool
(cd pool && mm1-tokenize import -q --from idx --as vqa --question 'Which quarter?' \
    --labels north,east,south,west -o ../near.tar.zst train-images-idx3-ubyte)
# other ids: what is called like the question is the question
(cd pool && mv train-images-idx3-ubyte t10k-images-idx3-ubyte && mv train-labels-idx1-ubyte t10k-labels-idx1-ubyte &&
    mm1-tokenize import -q --from idx --as vqa --question 'Which quarter?' \
        --labels north,east,south,west -o ../alike.tar.zst t10k-images-idx3-ubyte)
mm1-eval run -q -m run -t ./quarters.ini --data docs.tar.zst --shots-data alike.tar.zst -k 2 --shots-by rices -o alike
lines alike | sed 's/.*"item":\([0-9]*\),.*"shots":\[.*-0*\([0-9][0-9]*\)"\].*/\1 \2/' | awk '$1 != $2' 
mm1-eval run -q -m run -t ./quarters.ini --data docs.tar.zst --shots-data near.tar.zst -k 2 --shots-by rices -o itself
lines itself | sed 's/.*"item":\([0-9]*\),.*"shots":\[.*-0*\([0-9][0-9]*\)"\].*/\1 \2/' | awk '$1 == $2' 

# the features are kept: a run that finds them says the same; files that are cut
# or changed, another model and other pictures make theirs
rices() { mm1-eval run -m "${model-run}" -t ./quarters.ini --data docs.tar.zst --shots-data near.tar.zst -k 2 --shots-by rices "$@" 2>&1 | grep -c 'features are in' || true; }
ls rices-*.features | wc -l
rm rices-*
rices -o kept/none
mkdir kept
rices -o kept/first; ls kept | grep -c features
rices -o kept/second; cmp kept/first itself; cmp kept/first kept/second
file=$(echo kept/*.features)
cp "$file" whole
head -c 100 whole > "$file"; rices -o kept/third; cmp whole "$file"
{ head -c 200 whole; printf '?'; tail -c +202 whole; } > "$file"; rices -o kept/fourth; cmp whole "$file"
rm kept/third kept/fourth; rices -o kept/third; cmp kept/third itself
run -k 2 --shots-by rices -o kept/other; ls kept | grep -c features
mkdir model; cp run/step-*/*.json run/step-*/model.safetensors model; rm -f model/MANIFEST*
printf '\7\7' | dd of=model/model.safetensors bs=1 seek=$(($(wc -c < model/model.safetensors) - 4)) conv=notrunc 2> /dev/null
model=model rices -o kept/model; ls kept | grep -c features

# several seeds
run -k 2 --seeds 1,2,7 -o seeds.jsonl; ls seeds*
mm1-eval score -q seeds.seed-*.jsonl | grep -o 'it, quarters, 2 shots: 3 seeds, mean [0-9.]*, sd [0-9.]*' > line
mm1-eval score -q seeds.seed-*.jsonl | awk '$1 == "quarters" { s += $5; q += $5 * $5; n++ }
    END { printf "it, quarters, 2 shots: 3 seeds, mean %.2f, sd %.2f\n", s / n, sqrt((q - s * s / n) / (n - 1)) }' | cmp - line && echo 'mean and sd'
mm1-eval score -q seeds.seed-*.jsonl | grep -o 'each on .*'
head -n 9 seeds.seed-7.jsonl > fewer.jsonl
mm1-eval score -q seeds.seed-1.jsonl fewer.jsonl | grep -o 'each on .*'
mm1-eval compare -f csv seeds.seed-1.jsonl fewer.jsonl | cut -d, -f14,18,19
mm1-eval score -q -f json seeds.seed-*.jsonl | grep -o '"seeds":{"n":3' | wc -l
mm1-eval bars -o bars.svg seeds.seed-*.jsonl && grep -c '>it, 2-shot<' bars.svg
mm1-eval run -m run -t ./quarters.ini --data docs.tar.zst --offset 99 -o past.jsonl 2>&1 | grep -o 'no item of 24 is left'
run -k 2 --seeds 1,x -o none.jsonl 2> /dev/null || echo "seeds: $?"

# what examples say is part of the key; a question without a picture is one fault
awk 'BEGIN { for (i = 0; i < 24; i++) printf "\\%03o", (i * 7 + 1) % 4 }' > esc
mkdir same
cp t10k-images-idx3-ubyte same/
{ head -c 8 t10k-labels-idx1-ubyte; printf "$(cat esc)"; } > same/t10k-labels-idx1-ubyte
(cd same && mm1-tokenize import -q --from idx --as vqa --question 'Which quarter?' \
    --labels north,east,south,west -o ../other.tar.zst t10k-images-idx3-ubyte)
for how in --shots-per=query --shots-by=rices; do
    run -k 2 $how -o half; head -n 9 half > gone; mv gone half
    mm1-eval run -q -m run -t ./quarters.ini --data docs.tar.zst --shots-data other.tar.zst \
        -k 2 $how -o half 2> /dev/null || echo "other answers: $?"
    rm -f half
done
mkfifo pipe; run -k 2 -o pipe 2>&1 || echo "a pipe: $?"
printf '{"id":"a","question":"Which quarter?","answer":"north"}\n' > bare.jsonl
printf '[task]\nname = b\nmetric = exact\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = bare.jsonl\n' > bare.ini
mm1-eval run -q -m run -t ./bare.ini --root . --shots-data shots.tar.zst -k 2 --shots-by rices -o bare || echo "no picture: $?"
# a question with too few examples besides it fails alone
a=p1.png b=p2.png c=p3.png
i=0; mkdir solved; (cd solved; zstd -qdc ../shots.tar.zst | tar x --exclude '*.pax')
for p in solved/*.png; do i=$((i + 1)); [ $i -gt 3 ] || cp "$p" p$i.png; done
printf '{"id":"%s","image":"%s","question":"Which quarter?","answer":"north"}\n' 1 $a 2 $a 3 $b > few.jsonl
printf '{"id":"%s","image":"%s","question":"Which quarter?","answer":"north"}\n' a $a b $b c $c > ask.jsonl
for f in few ask; do
    printf '[task]\nname = few\nmetric = exact\nprompt = "{image}{question}"\nmax-tokens = 2\n[data]\nformat = jsonl\nfile = %s.jsonl\n' $f > $f.ini
done
printf '[shots]\nformat = jsonl\nfile = few.jsonl\n' >> ask.ini
for how in '' --shots-per=query --shots-by=rices; do
    rm -f few; mm1-eval run -q -m run --label it -t ./ask.ini --root . -k 2 $how -o few || echo "one: $?"
    lines few | grep -c '"id"'; mm1-eval score -q few 2> /dev/null | sed -n '2s/.* \([0-9]* of .*\)/\1/p'
done
mm1-eval run -m run --label it -t ./ask.ini --root . -k 2 --shots-per query -o few2 2>&1 | grep -i "too few\|fail\|could"
