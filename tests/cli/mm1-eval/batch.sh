# Items of all kinds and lengths, asked one by one or many at a time, in any
# number, on any number of threads, with hardly a cache, in another order: the
# same predictions.  One item that cannot be asked does not touch the others.
ITEMS=24
. "$CASES/prepare"
mkdir docs
(cd docs; zstd -qdc ../docs.tar.zst | tar x --exclude '*.pax' --wildcards '*.png'
    n=0
    for png in *.0.png; do
        n=$((n + 1)) key=$(printf 'item%02d' $n)
        awk -v n=$n -v key="$key" 'BEGIN {
            pictures = n % 3; words = n * n % 45
            for (i = 0; i < pictures; i++) { texts = texts "null,"; images = images "\"" i ".png\","; roles = roles "\"user\"," }
            for (i = 0; i < words; i++) text = text "which " (i * n % 7) " "
            printf "{\"texts\":[%s\"%squarter?\"],\"images\":[%snull],\"roles\":[%s\"user\"],\"answers\":[\"north %d\"],\"options\":[\"north %d\",\"south\",\"east or west, perhaps\"]}\n",
                texts, text, images, roles, n, n }' > $key.json
        [ $((n % 3)) -lt 1 ] || cp $png $key.0.png
        [ $((n % 3)) -lt 2 ] || cp train*07.0.png $key.1.png
    done
    rm -f train*
    sed -i 's/quarter?/&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&/; s/&/quarter? quarter? quarter? quarter? /g' item11.json
    sed -i 's/,"options".*/}/' item13.json
    ls | sort | tar cf ../items.tar -T -
    for key in $(ls ./*.json | sed 's/.json//' | awk '{ print (NR * 11) % 25, $0 }' | sort -n | cut -d' ' -f2); do ls $key.*; done | tar cf ../turned.tar -T -)
mm1-mix cat -q items.tar -o items.tar.zst
mm1-mix cat -q turned.tar -o turned.tar.zst
lines() { tail -n +2 "$1" | sed 's/"item":[0-9]*,//; s/"run":"[^"]*",//; s/"key":"[^"]*",//' | sort; }
ask() { run "$@" --data items.tar.zst; }
same() { # what options...
    what=$1; shift
    ask "$@" -o one -j 1 --batch 1
    for how in '-j 2 --batch 8' '-j 1 --batch 3 --fresh' '-j 2 --batch 24 --cache-tokens 1' '-j 2'; do
        # shellcheck disable=SC2086
        ask "$@" -o two $how
        cmp one two || echo "$what: $how"
        rm two
    done
    run "$@" --data turned.tar.zst -o two 2> /dev/null
    lines one > a; lines two > b; cmp a b || echo "$what: in another order"
    echo "$what: $(grep -c '"id"' one), $(sed -n 's/.*"prediction":"\([^"]*\)".*/\1/p' one | sort -u | wc -l | sed 's/^1$/all alike/; s/^[0-9]*$/not alike/')"
    rm one two
}
same alone
same shots -k 2
same 'shots of each' -k 2 --shots-per query
same 'no pictures' --text-shots 3
same tiles -k 2 --tiles 2x2 --high-res-last 3
same 'other tiles' --tiles 3x1
{ cat quarters.ini; echo 'marker = " "'; echo 'answer = " {answer} {answer}"'; } > thought.ini
same thought -t ./thought.ini -k 2
sed '/^stop\|^max/d; s/exact/choice/' quarters.ini > plain.ini
{ cat plain.ini; echo 'ask = rank'; } > rank.ini
same rank -t ./rank.ini -k 1
sed 's/^prompt.*/prompt = "{image} Is {option} {question} yes or no?"\nanswer = " yes"/' rank.ini > each.ini
same 'rank by prompts' -t ./each.ini -k 1 --shots-data shots.tar.zst
{ sed 's/choice/exact/' plain.ini; echo 'ask = loglik'; } > loglik.ini
same loglik -t ./loglik.ini
sed '/^prompt/d' quarters.ini > chat.ini; echo 'chat = vqa' >> chat.ini
same chat -t ./chat.ini
for chat in vqa chatml vicuna_v1; do
    { sed 's/^prompt.*/prompt = "{image}{question}"/' quarters.ini; echo "chat = $chat"; } > chat.ini
    same "shots in $chat" -t ./chat.ini -k 2
done
same 'shots of each in a chat' -t ./chat.ini -k 1 --shots-per query --tiles 2x2 --high-res-last 2

# an empty prompt goes on from what stands before it: the beginning of all
# texts, or the last example; what the model says then is its greedy answer
sed 's/^prompt.*/prompt = ""/' quarters.ini > empty.ini
for k in 0 2; do same "no prompt, $k shots" -t ./empty.ini -k $k; done
ask -t ./empty.ini -o empty
said=$(sed -n '2s/.*"prediction":"\([^"]*\)".*/\1/p' empty)
{ sed '/^stop/d' empty.ini; echo 'ask = loglik'; echo "answer = \"$said\""; } > judged.ini
same 'no prompt, loglik' -t ./judged.ini
ask -t ./judged.ini -o judged; grep -o '"is_greedy":true' judged | wc -l
{ sed '/^stop/d; s/exact/choice/' empty.ini; echo 'ask = rank'; } > rank.ini
same 'no prompt, rank' -t ./rank.ini -k 1
sed 's/^prompt.*/prompt = "{image}"/' judged.ini > image.ini
mm1-eval run -m run -t ./image.ini --data docs.tar.zst -o image 2>&1 | grep -o 'must end with text.*' | sort -u
