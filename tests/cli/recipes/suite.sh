# generators of questions: the right answer is among what is offered, and the
# same every time
S=$ROOT/recipes/suite
printf '%s\t%s\t%s\n' a.png owl animals b.png pear food c.png 'a "van"' vehicles d.png ann people e.png owl animals > table
"$S/yesno" < table | sed -n '1,6p'
"$S/choices" < table | sed -n '1,4p'
printf '%s\t%s\t%s\n' bo.png 'the flag of Bolivia' flags cl.png 'the flag of Chile' flags > flags.tsv
printf '%s\t%s\t%s\n' x.png 'Flag of Chile' signs/flags/america y.png 'Signal' signs/flags z.png chile food > drawings.tsv
"$S/flags" train flags.tsv drawings.tsv
"$S/flags" test flags.tsv drawings.tsv
division() {
    printf '<division>\n<name>%s</name>\n<capital>%s</capital>\n%s</division>\n' "$@"
}
{
    printf '<map>\n<name>Bolivia</name>\n'
    division Beni Trinidad '' Chuquisaca Sucre '' Cochabamba Cochabamba '' Pando Cobija '' Water Nowhere '<ignore>yes</ignore>
'
} > bolivia.kgm
"$S/capitals" bolivia.kgm
cat > analogies.xml <<'X'
<analogy>
<_question type = "MultipleOptions">An owl is to a bird like a?</_question>
<_answer>Cat / Dog</_answer>
<_answer correct = "yes">Pony / Horse</_answer>
</analogy>
<analogy><_question>open</_question><_answer>x</_answer></analogy>
X
"$S/analogies" analogies.xml
for w in owl: pear: van: ann:; do echo "{\"json\":{\"texts\":[\"$w what is meant by ${w%:}s\"]}}"; done > own
for i in 1 2 3 4 5 6 7 8; do echo "{\"json\":{\"texts\":[\"word$i: the number $i\"]}}"; done | "$S/definitions" | head -n 2
"$S/definitions" < own
