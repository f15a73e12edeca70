# What cannot be asked for.
status() { "$@" || echo "status $?"; }
sh "$CASES/make-docs" 2 2
mm1-tokenize encode -q -t "$ROOT/tests/golden/tokenizer.json" docs.tar -o t.tar.zst
status mm1-mix
status mm1-mix verfy t.tar.zst
status mm1-mix -q cat t.tar.zst
status mm1-mix a=:x
status mm1-mix a=1:t.tar.zst a=2:t.tar.zst
status mm1-mix a=1:- b=1:-
status mm1-mix - < t.tar.zst
status mm1-mix --shuffle some t.tar.zst
status mm1-mix --seq-len 1 t.tar.zst
status mm1-mix docs.tar --shuffle none
status mm1-mix t.tar.zst -T 8 -o x.tar.zst
status mm1-mix - -N 1000 --shuffle none -o x.tar.zst < t.tar.zst
status mm1-mix cat docs.tar t.tar.zst -o x.tar.zst
status mm1-mix split t.tar.zst -o x.tar.zst --held-out y.tar.zst
status mm1-mix split docs.tar -o x.tar.zst
ls
