# What JSON may have and nobody means: it is counted, named, and makes the score
# partial; parts of groups; data without items; parts that are compared
row() { mm1-eval score -q "$@" | sed -n '2s/  */ /gp'; }
note() { mm1-eval score "$@" 2>&1 | grep -o '; .*\|warning.*'; }

# a lone surrogate, a key that comes twice (the last counts, as in Python)
printf '{"id":1,"prediction":"\\ud800","answers":["a"]}\n{"id":2,"prediction":"a","answers":["a"],"prediction":"b"}\n{"id":3,"prediction":"\\ud83d\\ude00","answers":["\\ud83d\\ude00"]}\n' > odd.jsonl
mm1-eval score --metric exact --strict odd.jsonl > out || echo "strict: $?"
tail -n 1 out
mm1-eval metric --strict exact odd.jsonl || echo "strict: $?"
printf '{"id":1,"text":"\\udc00a"}\n{"id":2,"text":"b","text":"c"}\n' | mm1-eval parse letter
printf '[task]\nname = n\nmetric = exact\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = d.jsonl\n' > n.ini
printf '{"id":1,"question":"q","answer":"a"}\n{"id":2,"question":"q","answer":"b"}\n' > d.jsonl

# predictions as one object, on one line: as lines are treated
printf '{"1":"a","2":"b\377"}' > one.json; row -t ./n.ini --root . one.json; note -t ./n.ini --root . one.json
printf '{"1":"x","2":"b","1":"a"}' > one.json; row -t ./n.ini --root . one.json; note -t ./n.ini --root . one.json
printf '{"1":"a","2":{"answer":"b","s":NaN}}' > one.json; note -t ./n.ini --root . one.json
printf '\357\273\277[{"id":1,"text":"a\\ud800"},{"id":2,"text":"b","score":Infinity}]' > one.json; note -t ./n.ini --root . one.json
printf '\357\273\277{"1":"a","2":"b"}' > one.json; row --strict -t ./n.ini --root . one.json

# in the data; what a record says of a prediction is not the prediction
printf '{"id":1,"question":"q","answer":"z","answer":"a","prediction":"z","hyp":"z","run":"z"}\n{"id":2,"question":"q","answer":"b"}\n' > d.jsonl
printf '{"1":"a","2":"b"}' > one.json; row -t ./n.ini --root . one.json; note -t ./n.ini --root . one.json
mm1-eval score -q --strict -t ./n.ini --root . one.json > out || echo "strict: $?"
printf '{"annotations":[{"id":1,"answers":["a"]},{"id":2,"answers":["x"],"answers":["\\ud800"]}]}' > a.json
{ cat n.ini; echo 'join = a.json annotations id'; } > j.ini; note -t ./j.ini --root . one.json

printf '{"id":1,"question":"q","answer":"a","key":"A","item":9,"prediction":"z"}\n' > d.jsonl
for i in 1 2; do mm1-eval run -q --baseline majority --label it -t ./n.ini --root . -o own || echo "goes on: $?"; done; row --strict own

# a key twice in a task: nobody knows which one is meant
{ cat n.ini; echo 'file = e.jsonl'; } > twice.ini
mm1-eval list ./twice.ini || echo "twice: $?"
printf '[reference]\na = 1\na = 2\n' | cat n.ini - > twice.ini; mm1-eval list ./twice.ini || echo "twice: $?"

# MMBench: three questions, each in two rotations, the questions first
for i in 1 2 3; do printf '{"index":%d,"question":"q","A":"x","B":"y","answer":"A"}\n' $i; done > d.jsonl
for i in 1 2 3; do printf '{"index":%d,"question":"q","A":"y","B":"x","answer":"B"}\n' $((1000000 + i)); done >> d.jsonl
printf '[task]\nname = mb\nmetric = mmbench\nprompt = "{question}"\n[data]\nformat = jsonl\nfile = d.jsonl\nid = index\noptions = A B\nkeep = index answer A B\n' > mb.ini
for n in 2 4 6; do
    mm1-eval run -q --baseline majority --label it -t ./mb.ini --root . -n $n -o mb$n; row mb$n
done
note mb4
sed 1d mb2 | sed 's/"item".*"pred/"pred/' > two; row -t ./mb.ini --root . two
printf '[{"id":"1","task":"count","image":"a","answer":"yes"},{"id":"2","task":"count","image":"a","answer":"no"},{"id":"3","task":"text_translation","image":"a","answer":"yes"},{"id":"4","task":"text_translation","image":"a","answer":"no"}]' > d.json
printf '[task]\nname = me\nmetric = mme\nprompt = "{question|}"\n[data]\nformat = json\nfile = d.json\nquestion = -\nkeep = task image answer\n' > me.ini
printf '{"1":"yes","2":"no"}' > one.json; row -t ./me.ini --root . one.json
printf '{"3":"yes"}' > one.json; row -t ./me.ini --root . one.json

# nothing to ask is said so
printf '' > d.jsonl
mm1-eval run --baseline majority -t ./n.ini --root . -o none || echo "no items: $?"
printf '{"question":"q"}\n' > d.jsonl
mm1-eval run --baseline majority -t ./n.ini --root . -o none || echo "no items: $?"

# parts of a comparison
printf '{"id":1,"prediction":"a","answers":["a"]}\n{"id":2,"prediction":"b","answers":["b"]}\n' > a.jsonl
printf '{"id":1,"prediction":"c","answers":["a"]}\n{"id":3,"prediction":"b","answers":["b"]}\n' > b.jsonl
mm1-eval compare --metric exact --strict a.jsonl a.jsonl > out; echo "whole: $?"
mm1-eval compare --metric exact --strict a.jsonl b.jsonl > out || echo "in part: $?"
grep -c partial out
mm1-eval compare --metric exact --strict a.jsonl a.jsonl odd.jsonl 2> /dev/null || echo "in part: $?"

# a file that is none of ours stays as it is; a header that was cut goes on
printf '{"id":1,"question":"q","answer":"a"}\n{"id":2,"question":"q","answer":"b"}\n' > d.jsonl
ask() { mm1-eval run -q --baseline majority --label it -t ./n.ini --root . "$@"; }
ask -o whole
for text in garbage '{"a":1' '[' '{"run":' '{"run":"x' ''; do
    printf %s "$text" > file
    ask -o file || echo "$text: $?"
    cmp -s whole file && echo "$text: anew" || { printf %s "$text" | cmp - file; }
done
# seeds are looked at before the first run
for seeds in '' , 1, 1,,2 1,x 99999999999999999999; do ask -o seeds --seeds "$seeds" 2> /dev/null || echo "seeds $seeds: $?"; done
ls seeds* 2> /dev/null || true
# other data than was asked about; names before files; a baseline of other tasks
mm1-eval sheet -t ./n.ini --root . -o sheet.html a.jsonl
printf '{"id":8,"question":"q","answer":"a"}\n' > d.jsonl
mm1-eval sheet -t ./n.ini --root . -o sheet.html whole || echo "other data: $?"
mm1-eval normalise nothing none 2>&1 | grep -o "there is no normaliser 'nothing'"
mm1-eval parse nothing none 2>&1 | grep -o "there is no parser 'nothing'"
echo '{"other":50}' > base.json; mm1-eval score --meta base.json whole | tail -n 1
# lines of data as Python writes them, or as nobody should; a template's name
printf '{"id":1,"question":"q","answer":"a","hint":NaN}\n{"id":2,"question":"q\377","answer":"b"}\n' > d.jsonl
row -t ./n.ini --root . whole; note -t ./n.ini --root . whole
{ sed '/^prompt/d' n.ini | sed 's/^name.*/&\nchat = nobody/'; } > chat.ini
mm1-eval list ./chat.ini 2>&1 | grep -o "no chat template 'nobody'"
printf '{"1":"a","2":"b"}' > one2.json
# the data, mended: a line that was cut, a byte order mark, broken UTF-8 in lines
# of text and in a list
printf '\357\273\277{"id":1,"question":"q","answer":"a"}\n{"id":2,"question":"q","answer":"b"}\n' > d.jsonl
row --strict -t ./n.ini --root . one2.json
printf '{"id":3,"quest' >> d.jsonl; row -t ./n.ini --root . one2.json; note -t ./n.ini --root . one2.json
mm1-eval run -q --strict --baseline majority --label it -t ./n.ini --root . -o cut || echo "cut: $?"
printf '{"id":4}\n' >> d.jsonl; mm1-eval score -t ./n.ini --root . one2.json || echo "no JSON: $?"
printf '[task]\nname = n\nmetric = exact\nprompt = "{question}"\n[data]\nformat = json\nfile = d.json\nrecords = v\n' > list.ini
printf '\357\273\277{"v":[{"id":1,"question":"q","answer":"a","s":NaN},{"id":2,"question":"q\377","answer":"b"}]}' > d.json
row -t ./list.ini --root . one2.json; note -t ./list.ini --root . one2.json
printf '{"id":1,"question":"q"}\n{"id":2,"question":"q"}\n' > d.jsonl; printf 'a\nb\377\n' > labels
{ cat n.ini; printf 'id = #\nanswers = joined\njoin = labels lines #\n'; } > text.ini; note -t ./text.ini --root . one2.json
# each part has its own items; one picture has no interval, and shows nothing
printf '{"id":%d,"prediction":"%s","answers":["a"],"c":"%s"}\n' 1 a x 2 b x 3 a y 4 a y 5 b z > parts
for f in text markdown csv json; do
    mm1-eval score -q --metric exact --by c -f $f parts | grep -o '^.*[ ,][xyz] *[ ,|].*\|"parts":.*"corpus"' | sed 's/  */ /g'
done
printf '{"id":6,"answers":["a"],"c":"y"}\n{"id":7,"answers":["a"],"c":"w"}\n' >> parts
mm1-eval score -q --metric exact --by c parts 2> /dev/null | sed -n '3,6s/  */ /gp'
head -n 1 parts > a.jsonl; sed 's/:"a","ans/:"b","ans/' a.jsonl > b.jsonl
mm1-eval compare --metric exact a.jsonl b.jsonl
mm1-eval compare --metric exact -f json a.jsonl b.jsonl | grep -o '"error".*'
# a brace without its end
sed 's/{question}/{question/' n.ini > brace.ini; mm1-eval list ./brace.ini || echo "brace: $?"
