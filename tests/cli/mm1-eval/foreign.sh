# Predictions of other programs against a task's references
echo '{"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"b.jpg"},{"id":3,"file_name":"c.jpg"}],
"annotations":[{"image_id":1,"id":1,"caption":"A cat on a mat."},{"image_id":2,"id":2,"caption":"Two dogs play with a ball"},{"image_id":3,"id":3,"caption":"A red bus"},{"image_id":1,"id":4,"caption":"A cat lies on a mat"}]}' > refs.json
printf '[task]\nname = caps\nmetric = cider\nprompt = "{image}"\n[data]\nformat = coco\nfile = refs.json\n' > caps.ini
echo '{"questions":[{"image_id":1,"question":"What?","question_id":10},{"image_id":2,"question":"How many?","question_id":11}]}' > q.json
ten() { awk -v a="$1" 'BEGIN { for (i = 0; i < 10; i++) printf "%s{\"answer\":\"%s\"}", i ? "," : "", a i % 2 }'; }
printf '{"annotations":[{"question_id":10,"question_type":"what","answers":[%s]},{"question_id":11,"question_type":"how many","answers":[%s]}]}' "$(ten a)" "$(ten b)" > a.json
printf '[task]\nname = vqa\nmetric = vqa\nprompt = "{image} {question}"\n[data]\nformat = vqa\nfile = q.json\njoin = a.json annotations question_id\n' > vqa.ini
row() { mm1-eval score -q "$@" | sed -n '2s/  */ /gp'; }

echo '[{"image_id":1,"caption":"a cat on a mat"},{"image_id":2,"caption":"dogs"},{"image_id":3,"caption":"a red bus"}]' > coco.json
row -t ./caps.ini --root . coco.json
row -t ./caps.ini --data refs.json --metric bleu --flavour 1 coco.json
# the same as the filter's
printf '{"id":1,"hyp":"a cat on a mat","refs":["A cat on a mat.","A cat lies on a mat"]}\n{"id":2,"hyp":"dogs","refs":["Two dogs play with a ball"]}\n{"id":3,"hyp":"a red bus","refs":["A red bus"]}\n' |
    mm1-eval metric cider | tail -n 1 | grep -o '"cider-d":[0-9.]*'
mm1-eval score -q -f json -t ./caps.ini --root . coco.json | grep -o '"cider-d":[0-9.]*'

echo '[{"question_id":10,"answer":"a0"},{"question_id":11,"answer":"b1"}]' > vqa.json
row -t ./vqa.ini --root . vqa.json
printf '{"question_id":10,"prompt":"What?","text":"a0","answer_id":"x","model_id":"m","metadata":{}}\n{"question_id":11,"text":"no"}\n' > llava.jsonl
row -t ./vqa.ini --root . llava.jsonl
echo '{"v1_0":"text","10":"a0","11":{"answer":"b1"}}' > named.json
row -t ./vqa.ini --root . named.json

# null is as good as no line: wrong where a missing one is
printf '[task]\nname = g\nmetric = gqa\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = g.jsonl\n' > g.ini
printf '{"id":1,"question":"?","answer":"no"}\n{"id":2,"question":"?","answer":"yes"}\n' > g.jsonl
echo '{"questionId":"1","prediction":"no"}' > said1.jsonl
{ cat said1.jsonl; echo '{"questionId":"2","prediction":null}'; } > said2.jsonl
row -t ./g.ini --root . said1.jsonl; row -t ./g.ini --root . said2.jsonl

# missing, double, unknown, cut, not a number, no text: counted, named, partial
echo '[{"question_id":10,"answer":"a0"},{"question_id":10,"answer":"b1"},{"question_id":99,"answer":"b1"}]' > odd.json
mm1-eval score -t ./vqa.ini --root . odd.json | tail -n 1 | grep -o '; partial.*'
row --strict -t ./vqa.ini --root . odd.json
mm1-eval score --strict -f json -t ./vqa.ini --root . odd.json > out || echo "strict: $?"
grep -o '"n":1,"expected":2,"partial":true' out; grep -o '"faults":"[^"]*"' out
mm1-eval score -q -f markdown -t ./vqa.ini --root . odd.json | grep -c partial
printf '{"question_id":10,"text":"a0"}\n{"question_id":11,"te' > cut.jsonl
row -t ./vqa.ini --root . cut.jsonl
printf '{"question_id":10,"te\n{"question_id":11,"text":"b1"}\n' > broken.jsonl
mm1-eval score -t ./vqa.ini --root . broken.jsonl || echo "broken: $?"
printf '[{"question_id":10,"answer":"a0"}' > broken.json
mm1-eval score -t ./vqa.ini --root . broken.json || echo "broken: $?"
echo '[{"question_id":99,"answer":"a0"}]' > none.json
mm1-eval score -q -t ./vqa.ini --root . none.json || echo "none: $?"
mm1-eval score -q -t ./vqa.ini vqa.json || echo "no data: $?"
mm1-eval score -q --metric vqa llava.jsonl || echo "no references: $?"
row -t ./vqa.ini --root . - < vqa.json

# a parser in front of the metric
printf '[task]\nname = p\nmetric = exact\nparser = yesno\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = p.jsonl\n' > p.ini
printf '{"id":1,"question":"?","answer":"no"}\n{"id":2,"question":"?","answer":"yes"}\n' > p.jsonl
printf '{"id":1,"text":"There is not."}\n{"id":2,"text":"It is so"}\n' > said.jsonl
row -t ./p.ini --root . said.jsonl

# two of them compared, drawn and paged through; files of one name by their paths
printf '{"id":1,"text":"yes"}\n{"id":2,"text":"yes"}\n' > other.jsonl
mm1-eval compare -q -f csv -t ./p.ini --root . said.jsonl other.jsonl | cut -d, -f1-8
mm1-eval bars -q -t ./p.ini --root . said.jsonl other.jsonl | grep -o '>[a-z]*.jsonl</text>'
mm1-eval sheet -q -t ./p.ini --root . -o sheet.html said.jsonl other.jsonl
grep -c 'There is not' sheet.html
mkdir one two
for d in one two; do
    printf '{"run":"%s","label":"it","task":{"name":"t","metric":"exact"},"n":2,"seed":0}\n' $d > $d/a.jsonl
    printf '{"run":"%s","id":1,"prediction":"a","answers":["a"]}\n' $d >> $d/a.jsonl
done
printf '{"run":"two","id":2,"prediction":"a","answers":["b"]}\n' >> two/a.jsonl
mm1-eval compare -q one/a.jsonl two/a.jsonl | tail -n 1
echo '{"t":50}' > baseline.json
mm1-eval score -q --meta baseline.json one/a.jsonl two/a.jsonl || echo "two of a name: $?"
sed 's/"seed":0/"seed":1/' two/a.jsonl > three.jsonl
mm1-eval score -q -f csv --meta baseline.json one/a.jsonl three.jsonl

# where the reference counts what is missing as wrong, so does the score
printf '[task]\nname = g\nmetric = gqa\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = p.jsonl\n' > g.ini
printf '{"id":1,"text":"no"}\n' > some.jsonl
row -t ./g.ini --root . some.jsonl
printf '[task]\nname = e\nmetric = exact\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = p.jsonl\n' > e.ini
mm1-eval score -q -f csv -t ./e.ini --root . some.jsonl
mm1-eval score -q -f json -t ./e.ini --root . some.jsonl | grep -o '"missing_as_wrong":[0-9.]*'

# records of the data that make no item make the score partial; --strict fails
printf '{"id":1,"question":"?","answer":"no"}\n{"id":2,"question":"?","answer":"yes"}\n{"question":"?","answer":"yes"}\n{"id":2,"question":"?","answer":"no"}\n' > p.jsonl
row -t ./p.ini --root . said.jsonl
mm1-eval score -q --strict -t ./p.ini --root . said.jsonl > out || echo "strict: $?"
# a whole number is an id however it is written; a wrong byte is one fault
printf '[{"image_id":1.0,"caption":"a cat"},{"image_id":2,"caption":"a d\377g"},{"image_id":3,"caption":"a bus"}]' > bytes.json
row -t ./caps.ini --root . bytes.json
# items without their pictures are shown, of either run
printf '[{"image_id":1,"caption":"a cat"}]' > first.json
printf '[{"image_id":3,"caption":"a bus"}]' > second.json
mm1-eval sheet -t ./caps.ini --root . -o sheet.html first.json second.json 2> err || cat err
grep -c '<li data-r' sheet.html; grep -c '<em>' sheet.html
grep -o '3 of 3 items are shown without their pictures' err
# a label that a table would take for its own
printf '{"run":"x","label":"a|b","task":{"name":"t|u","metric":"exact"},"n":1,"seed":0}\n{"run":"x","id":1,"prediction":"a","answers":["a"]}\n' > bar.jsonl
mm1-eval score -f markdown bar.jsonl | sed -n '3s/  */ /gp'
: | mm1-eval metric --strict exact || echo "nothing: $?"
