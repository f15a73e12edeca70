# metrics of whole sets: their intervals, parts and differences
say() { printf '%s\n' "$@"; }
row() { mm1-eval score -q "$@" | sed -n '2,5s/  */ /gp' | grep .; }

captions() { awk -v m="$1" 'BEGIN { split("a dog runs on the red mat with two", w, " ")
    for (i = 0; i < 40; i++) {
        s = ""
        for (k = 1; k <= 9; k++) s = s " " (i * k % 7 == m ? "x" : w[k])
        printf "{\"id\":%d,\"hyp\":\"%s\",\"d\":\"%s\",", i, s, i % 2 ? "odd" : "even"
        print "\"refs\":[\"a dog runs on the red mat with two\"]}"
    } }'; }
captions 3 > a.jsonl
captions 0 > b.jsonl
row --metric bleu --by d a.jsonl
# the part is the score of its items alone
grep odd a.jsonl | mm1-eval metric bleu | tail -n 1 | grep -o '"bleu-4":[0-9.]*'
mm1-eval compare --metric bleu a.jsonl b.jsonl

# a question of two samplings is of both
for i in 1 2 3 4 5 6; do
    say "{\"id\":$i,\"hyp\":\"yes\",\"label\":\"yes\",\"category\":\"random,popular\"}" \
        "{\"id\":1$i,\"hyp\":\"yes\",\"label\":\"no\",\"category\":\"popular\"}" \
        "{\"id\":2$i,\"hyp\":\"no\",\"label\":\"yes\",\"category\":\"random\"}"
done > pope.jsonl
row --metric pope --by category pope.jsonl

# items count that are part of the headline: pictures of perception, balanced
# questions, questions and not their rotations
for i in 1 2 3 4; do
    say "{\"id\":\"$i\",\"image\":\"$i\",\"task\":\"OCR\",\"hyp\":\"yes\",\"answer\":\"yes\"}" \
        "{\"id\":\"1$i\",\"image\":\"$i\",\"task\":\"OCR\",\"hyp\":\"yes\",\"answer\":\"$([ $i = 1 ] && echo no || echo yes)\"}" \
        "{\"id\":\"2$i\",\"image\":\"$(((i + 1) / 2))\",\"task\":\"code_reasoning\",\"hyp\":\"yes\",\"answer\":\"yes\"}"
done > mme.jsonl
row --metric mme mme.jsonl
say '{"id":"a","hyp":"x","answer":"x","isBalanced":false}' \
    '{"id":"b","hyp":"y","answer":"y"}' '{"id":"c","hyp":"y","answer":"x"}' > gqa.jsonl
row --metric gqa gqa.jsonl
say '{"id":1,"hyp":"A","answer":"A","A":"x","B":"y"}' \
    '{"id":1000001,"hyp":"A","answer":"B","A":"y","B":"x"}' \
    '{"id":2,"hyp":"A","answer":"A","A":"x","B":"y"}' > bench.jsonl
row --metric mmbench bench.jsonl
for i in 1 2 3 4 5; do say "{\"id\":$i,\"loglik\":-$i}"; done > logliks.jsonl
row --metric perplexity logliks.jsonl
# scores, and no headline
say '{"id":"a","hyp":"x","answer":"x","isBalanced":false}' |
    mm1-eval metric gqa | grep -o '"n":1.*'
