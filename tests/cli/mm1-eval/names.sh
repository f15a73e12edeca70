# names as others write them, and what is said where there is no such
say() { printf '%s\n' "$@"; }
say '{"id":7,"hyp":"A dog runs.","refs":["A dog runs fast.","the dog"]}' \
    '{"id":"b","pred":"a cat","references":"a cat sits"}' > captions
for m in CIDEr-D ciderd cider_plain BLEU4 bleu-2 rougeL ROUGE SacreBLEU \
    rouge_score nltk-bleu; do
    mm1-eval metric $m captions | tail -n 1
done
mm1-eval metric bleu --flavour BLEU-3 captions | head -n 1
say '{"id":1,"hyp":"2","refs":[{"answer":"two"},"2","2","2","2","2","2","2","2","2"]}' > vqa
for m in VQAv2 vqa_v2 OK-VQA TextVQA m4c vqa-openflamingo; do
    mm1-eval metric $m vqa | tail -n 1
done
say '{"id":1,"hyp":"Paris!","refs":["paris"]}' > exact
for m in em exact_match TriviaQA; do mm1-eval metric $m exact | tail -n 1; done
say '{"id":1,"loglik":[-3,-4],"choices":["a","bcd"],"target":"bcd"}' > choice
mm1-eval metric acc_norm choice
say '{"id":0,"hyp":"it is x","answer":"A","options":["x","y"]}' |
    mm1-eval metric MM-Bench
say '{"id":1,"hyp":"0.5","capability":"ocr,math"}' | mm1-eval metric mmvet
say '{"id":1,"text":"No."}' | mm1-eval parse POPE
say '{"id":1,"text":"x (B)","choices":"['"'a', 'b'"']"}' \
    '{"id":2,"text":"x (B)","A":"a","B":"b"}' '{"id":3,"text":"x (B)"}' |
    mm1-eval parse mmmu
say '{"id":1,"text":"The Two"}' | mm1-eval normalise VQAv2
say '{"id":1,"text":"red, blue Question: x"}' |
    mm1-eval normalise openflamingo-answer
say '{"id":1,"text":"a \"cat\" Output: x"}' |
    mm1-eval normalise openflamingo-caption
say '{"id":1,"text":"\u00a0a [title] b [x]  c "}' | mm1-eval normalise hellaswag
say '{"id":1,"hyp":"a"}' | mm1-eval metric vqa
mm1-eval metric meteor captions || echo status $?
mm1-eval metric cider --flavour best captions || echo status $?
say '{"id":1,"loglik":[-3,-4],"choices":["a","b"],"gold":"1"}' '{"id":2,"loglik":[-3,-4],"choices":["a","b"],"gold":0.0}' |
    mm1-eval metric choice
