# requests for a judge, its verdicts, and answers found by rules
say() { printf '%s\n' "$@"; }
say '{"id":1,"text":"42","question":"x?","answer":"4<AND>2"}' |
    mm1-eval parse judge-mm-vet
say '{"id":1,"text":"mine","context":"a cat","question":"what?","reference":"theirs","rule":"judge"}' |
    mm1-eval parse judge-llava-bench
say '{"id":1,"hyp":"8 7\nbecause","category":"conv"}' \
    '{"id":2,"hyp":"8, 7","category":"conv"}' \
    '{"id":3,"hyp":"9,9","category":"detail"}' | mm1-eval metric llava-bench
say '{"id":1,"hyp":"0.5","capability":["rec","ocr"]}' \
    '{"id":2,"hyp":"Good","capability":["rec"]}' | mm1-eval metric mm-vet
say '{"id":1,"hyp":"So it is (B), 3.50 cm","question_type":"multi_choice","answer_type":"text","choices":["a","b"],"answer":"b"}' \
    '{"id":2,"hyp":"So it is 3.456 cm","question_type":"free_form","answer_type":"float","precision":2,"answer":"3.46"}' |
    mm1-eval metric mathvista --flavour rules
say '{"id":1,"text":"So x = 7"}' | mm1-eval parse mmmu-open
say '{"id":"a","hyp":"yes","answer":"yes","task":"OCR","image":"1"}' \
    '{"id":"b","hyp":"Not sure","answer":"no","task":"OCR","image":"1"}' \
    '{"id":"c","hyp":"The answer is yes","answer":"yes","task":"OCR","image":"2"}' |
    mm1-eval metric mme
say '{"id":"a","hyp":"yes","answer":"yes","entailed":["b"],"structural":"query"}' \
    '{"id":"b","hyp":"yes.","answer":"yes","structural":"verify"}' |
    mm1-eval metric gqa
# what counts in no sum is not scored, and a part says on how many it rests
say '{"id":"a","hyp":"yes","answer":"yes","task":"none such","image":"1"}' \
    '{"id":"b","hyp":"yes","answer":"yes","task":"OCR","image":"2"}' |
    mm1-eval metric -q mme
say '{"id":"a","hyp":"x","answer":"x","structural":"query","isBalanced":false}' \
    '{"id":"b","hyp":"y","answer":"y","structural":"query"}' |
    mm1-eval metric gqa | grep -o '"accuracy":.*"open, n":[0-9]*'
# where there is no score, its number of items is none either
say '{"id":"a","prediction":"x","answer":"x","isBalanced":false}' > odd.jsonl
mm1-eval score -f csv --metric gqa odd.jsonl
say '{"id":1,"prediction":"so","review":"0 5","category":"conv"}' > zero.jsonl
mm1-eval score -f csv --metric llava-bench zero.jsonl
