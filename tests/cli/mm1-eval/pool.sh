# A sample that cannot be read is no example: named once, counted, the others are
# drawn as if it were not there, by every model, and the features of the others
# are kept
. "$CASES/prepare"
mkdir docs
(cd docs; zstd -qdc ../shots.tar.zst | tar x --exclude '*.pax'
    ls t10k* | sed 's/[.].*//' | sort -u > ../keys
    for key in $(tail -n +9 ../keys); do rm $key.*; done
    head -c 100 "$(sed -n 3p ../keys).0.png" > cut; mv cut "$(sed -n 3p ../keys).0.png"
    find . -name 't10k*' -printf '%P\n' | sort | tar cf ../bad.tar -T -)
mm1-mix cat -q bad.tar -o bad.tar.zst
broken=$(sed -n 3p keys)
lines() { tail -n +2 "$1" | sed 's/"run":"[^"]*",//; s/"key":"[^"]*",//'; }
for how in '-k 3 -s 2' '-k 3 --shots-per query' '-k 3 --shots-by rices'; do
    echo "$how"
    # shellcheck disable=SC2086
    mm1-eval run -m run --label it -t ./quarters.ini --data docs.tar.zst --shots-data bad.tar.zst $how -o one 2> log
    grep -c "'$broken' is left out" log
    grep -o '1 of 8 samples are left out of the examples' log
    grep -c '"id"' one
    lines one | grep -c "\"$broken\"" || true
    mm1-eval score one | grep -o '"pool".*}\|, pool {[^}]*}'
    # shellcheck disable=SC2086
    run --data docs.tar.zst --shots-data bad.tar.zst $how -o one --strict || echo "strict: $?"
    # other threads, other batches, another call that finds the features
    # shellcheck disable=SC2086
    run --shots-data bad.tar.zst $how -o two -j 1 --batch 1; cmp one two
    # a blind run has the same examples
    # shellcheck disable=SC2086
    run --shots-data bad.tar.zst $how -o blind --blind
    lines one | sed 's/.*"shots"/"shots"/' > a; lines blind | sed 's/.*"shots"/"shots"/' > b
    ! grep -q '"shots"' a || cmp a b
    rm -f one two blind
done
ls rices-*.features | wc -l
mm1-eval run -m run --label it -t ./quarters.ini --data docs.tar.zst --shots-data bad.tar.zst -k 3 --shots-by rices -o again 2> log
grep -c "features are in" log; grep -c "'$broken' is left out" log
# without its pictures it can be one, and one too few is an error
run --shots-data bad.tar.zst --text-shots 8 -o text; grep -c '"id"' text
run --shots-data bad.tar.zst -k 8 -o none 2>&1 || echo "too few: $?"
# a picture that is not there, in a file
for i in 1 2 3; do printf '{"id":%d,"image":"p%d.png","question":"Which quarter?","answer":"north"}\n' $i $i; done > p.jsonl
printf '[task]\nname = p\nmetric = exact\nprompt = "{image}{question}"\nmax-tokens = 2\n[data]\nformat = jsonl\nfile = p.jsonl\n' > p.ini
cp docs/"$(sed -n 1p keys)".0.png p1.png; cp docs/"$(sed -n 2p keys)".0.png p3.png
printf '{"id":9,"question":"Which quarter?","answer":"north","image":"p1.png"}\n' > q.jsonl
for how in '' --shots-per=query --shots-by=rices; do
    # shellcheck disable=SC2086
    mm1-eval run -m run -t ./p.ini --data q.jsonl --root . --shots-data p.jsonl -k 1 $how -o p 2>&1 | sed 's/rices-[0-9a-f]*/rices/'; rm -f p
done
