# items that are scored together, and ids as data sets name them
say() { printf '%s\n' "$@"; }
echo a picture of MME has two questions
say '{"id":1,"image":"a","task":"count","hyp":"yes","answer":"Yes"}' \
    '{"id":2,"image":"b","task":"count","hyp":"yes","answer":"Yes"}' \
    '{"id":3,"image":"b","task":"count","hyp":"yes","answer":"No"}' |
    mm1-eval metric mme
echo rotations need their question
say '{"index":1000001,"hyp":"A","answer":"A","A":"x","B":"y"}' \
    '{"index":2,"hyp":"A","answer":"A","A":"x","B":"y"}' \
    '{"id":"x","hyp":"A","answer":"A","A":"x","B":"y"}' |
    mm1-eval metric mmbench
echo what the references count as wrong
say '{"questionId":"1","answer":"A"}' \
    '{"questionId":"2","prediction":"yes","answer":"yes"}' |
    mm1-eval metric gqa | tail -n 1
say '{"pid":"1","answer":1,"choices":["a","b"]}' \
    '{"pid":"2","hyp":"B","answer":"B","choices":["a","b"]}' |
    mm1-eval metric scienceqa | tail -n 1
echo one fault a line
say '{"id":1.0,"loglik":NaN,"is_greedy":true}' \
    '{"id":2,"loglik":1e400,"is_greedy":true}' '{"id":3}' '{"id":1.5}' |
    mm1-eval metric greedy
echo no items, no scores
for m in pope mme answerability; do mm1-eval metric $m < /dev/null; done
echo empty options, and answers that were not to be had
say '{"id":1,"text":"this is a text of more than five words","choices":["","words"]}' |
    mm1-eval parse letter-mmmu
say '{"id":1,"text":"Failed to obtain answer via API A","choices":["cat","dog"]}' |
    mm1-eval parse letter-vlmevalkit
# of MME's items those of cognition are in another sum, however many there are
printf '[task]\nname = me\nmetric = mme\nprompt = "{question|}"\n[data]\nformat = json\nfile = d.json\nquestion = -\nkeep = task answer\n' > me.ini
for i in 1 2 3 4 5; do
    case $i in [12]) task=code_reasoning ;; *) task=OCR ;; esac
    printf '%s{"id":%s,"task":"%s","answer":"Yes"}' "$([ $i = 1 ] && echo '[' || echo ',')" $i $task
done > d.json
echo ']' >> d.json
mm1-eval run -q --baseline majority -t ./me.ini --root . -o me.jsonl && grep -o '"aside":[0-9]*' me.jsonl
