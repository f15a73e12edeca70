# Files and a pipe, one thread and two: the same records.
sh "$CASES/make-docs" 40 30
T="$ROOT/tests/golden/tokenizer.json"
hash() { mm1-mix stat --json "$@" | grep -o '"hash":"[0-9a-f]*"' | head -1; }
mm1-tokenize encode -q -t "$T" docs.tar -o t.tar.zst
mm1-encode-image -q --size 8 t.tar.zst -o p.tar.zst
set -- -T 96 --image-tokens 4 -q
mm1-mix "$@" --shuffle window=10 all=1:p.tar.zst -o a.tar.zst -j 1
mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q --size 8 - |
    mm1-mix "$@" --shuffle window=10 all=1:- -o - -j 2 > b.tar.zst
[ "$(hash a.tar.zst)" = "$(hash b.tar.zst)" ] && echo 'pipe = file'
mm1-mix "$@" p.tar.zst -N 50 -o c.tar.zst -j 1
mm1-mix "$@" p.tar.zst -N 50 -j 3 > d.tar.zst
[ "$(hash c.tar.zst)" = "$(hash < d.tar.zst)" ] && echo '-j1 = -j3'
mm1-mix "$@" p.tar.zst -N 50 -o e.tar.zst -s 2
[ "$(hash c.tar.zst)" = "$(hash e.tar.zst)" ] || echo 'another seed'
mm1-mix verify -v a.tar.zst b.tar.zst
mm1-mix lint a.tar.zst c.tar.zst p.tar.zst docs.tar
