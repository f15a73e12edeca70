# The captions of a shard in a model's words: same keys, resumable, atomic
. "$CASES/setup"
sh "$ROOT/tests/cli/mm1-mix/make-docs" 4 1
mm1-mix cat -q docs.tar -o docs.tar.zst
rewrite() { generate --batch docs.tar.zst --rewrite '<image> In other words: %s' -n 6 --temperature 1 "$@"; }
rewrite -o one.tar.zst
rewrite -q -o two.tar.zst -j 1
cmp one.tar.zst two.tar.zst && echo same
show() { mm1-mix cat --json "$1" | sed 's/"members":{[^}]*},//; s/"texts":\[[^]]*\]/"texts":[]/'; }
show one.tar.zst
keys() { mm1-mix ls "$1" | cksum; }
[ "$(keys one.tar.zst)" = "$(keys docs.tar.zst)" ] && echo 'same keys'
zstd -qdc one.tar.zst | tar xO p0.0.png | cmp - "$ROOT/tests/golden/image/rgb.png"
# another seed says something else; an answer depends on its key alone
rewrite -q --seed 2 -o three.tar.zst
cmp -s one.tar.zst three.tar.zst || echo 'another'
mm1-mix cat -q -k p2 docs.tar.zst -o p2.tar.zst
generate -q --batch p2.tar.zst --rewrite '<image> In other words: %s' -n 6 --temperature 1 -o alone.tar.zst
[ "$(mm1-mix cat --json alone.tar.zst)" = "$(mm1-mix cat --json -k p2 one.tar.zst)" ] && echo alone
# a run that failed on the way goes on from its journal, which was cut since;
# of a pair with another picture by then its words are not known
cp "$ROOT/tests/golden/image/grey.png" docs/p1.0.png
mv docs.tar.zst good.tar.zst
head -c 300 docs/p3.0.png > short && mv short docs/p3.0.png
mkdir broken
(cd docs && tar --sort=name -cf ../broken/docs.tar -- *)
mm1-mix cat -q broken/docs.tar -o docs.tar.zst
rewrite -q -o four.tar.zst || echo "status $?"
ls four*
wc -l < four.tar.zst.journal
printf '{"key":"p9","te' >> four.tar.zst.journal
mv good.tar.zst docs.tar.zst
rewrite -o four.tar.zst
cmp one.tar.zst four.tar.zst && echo resumed
# more documents than are in hand, of all lengths, behind words that all prompts
# have: what is said of one does not depend on the others
mkdir many
for i in $(seq 10 79); do
    awk -v i=$i 'BEGIN {
        for (k = 0; k < i * i % 7; k++) text = text "the cat "
        printf "{\"texts\":[null,\"%s on %d\"],\"images\":[\"0.png\",null]}\n", text, i }' > many/d$i.json
    cp "$ROOT/tests/golden/image/rgb.png" many/d$i.0.png
done
(cd many && tar --sort=name -cf ../many.tar -- *)
mm1-mix cat -q many.tar -o many.tar.zst
many() { generate -q --rewrite 'Say it anew: %s <image>' -n 9 --temperature 1 "$@"; }
many --batch many.tar.zst -o all.tar.zst
mm1-mix ls all.tar.zst | wc -l
for key in d10 d41 d42 d79; do
    mm1-mix cat -q -k $key many.tar.zst -o one.of
    many --batch one.of -o said.of
    [ "$(mm1-mix cat --json said.of)" = "$(mm1-mix cat --json -k $key all.tar.zst)" ] || echo "$key says something else"
done
# twice: what people wrote stays
generate -q --batch one.tar.zst --rewrite '%s Again:' -n 4 -o five.tar.zst
mm1-mix cat --json five.tar.zst | grep -c '"original":"The picture no'
# what is refused
bad() { generate "$@" || echo "status $?"; }
bad --batch docs.tar.zst --rewrite 'no hole' -o bad.tar.zst
bad --rewrite '%s' -p x
mm1-tokenize encode -q -t m/tokenizer.json docs.tar.zst -o tokens.tar.zst
bad --batch tokens.tar.zst --rewrite '%s' -o bad.tar.zst
ls *.journal bad* 2> /dev/null || echo 'nothing left'
