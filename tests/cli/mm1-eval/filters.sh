# the scorers as filters, on good lines and on bad ones
say() { printf '%s\n' "$@"; }
say '{"id":1,"hyp":"A man (in a hat) rides.","refs":["A man in a hat rides a horse.","a rider"]}' \
    '{"id":"b","hyp":"the dog","refs":["The dog.","a dog"]}' > captions
mm1-eval metric cider captions
mm1-eval metric cider --flavour plain --caption-tokenizer none captions
mm1-eval metric bleu captions | tail -n 1
mm1-eval metric rouge-l captions | tail -n 1
say '{"id":1,"hyp":"Two dogs.","refs":["2 dogs","2 dogs","two dogs","the 2 dogs","dogs","a","b","c","d","e"],"answer_type":"other"}' \
    '{"id":2,"hyp":"Black.","refs":["black","black","black","black","black","black","black","black","black","black"]}' > vqa
for f in official openflamingo m4c vlmevalkit vizwiz-api; do
    mm1-eval metric vqa --flavour $f vqa | tail -n 1
done
say '{"id":1,"hyp":"1,000s","refs":["1000 s","1000 s","1000 s","1000 s","x","x","x","x","x","x"]}' > commas
mm1-eval metric vqa --flavour lmms-eval commas | tail -n 1
mm1-eval metric textvqa --flavour lmms-eval commas | tail -n 1
say '{"id":1,"hyp":"cat'"'"'s","refs":["cat '"'"'s","cat '"'"'s","cat '"'"'s","cat '"'"'s","x","x","x","x","x","x"]}' > clitics
mm1-eval metric vqa --flavour lmms-eval clitics | tail -n 1
mm1-eval metric textvqa --flavour lmms-eval clitics | tail -n 1
say '{"id":1,"hyp":"Yes.","label":"yes","category":"random"}' \
    '{"id":2,"hyp":"Yes, there is no doubt","label":"yes","category":"random"}' |
    mm1-eval metric pope
say '{"id":0,"hyp":"A","answer":"A","A":"x","B":"y"}' \
    '{"id":1000000,"hyp":"x","answer":"B","A":"y","B":"x"}' \
    '{"id":1,"hyp":"The answer is **B**.","answer":"A","A":"x","B":"y"}' |
    mm1-eval metric mmbench
say '{"id":0,"loglik":[-2,-3],"choices":["ab","\u00e9\u00e9\u00e9\u00e9"],"gold":0}' |
    mm1-eval metric choice
say '{"id":1,"text":"The U.S. cat'"'"'s hat"}' | mm1-eval normalise ptb
say '{"id":1,"text":"The two,  cats"}' | mm1-eval normalise vqa
say '{"id":1,"text":"No"}' '{"id":2,"text":"nope"}' | mm1-eval parse yesno

say '{"id":1,"hyp":"a","refs":["a"]}' '{"id":1,"hyp":"a","refs":["a"]}' \
    '{"hyp":"a","refs":["a"]}' '{"id":3,"refs":["a"]}' \
    '{"id":4,"hyp":"a","refs":["a"],"x":NaN}' \
    '{"id":5,"hyp":"a","refs":["a"],"x":1e400}' > bad
printf '{"id":6,"hyp":"a\377","refs":["a"]}\n{"id":7,"hyp":"a","re' >> bad
mm1-eval metric vqa bad
mm1-eval metric vqa --strict bad > /dev/null || echo status $?
say '{"id":1,' '{"id":2}' | mm1-eval metric vqa || echo status $?
mm1-eval metric nonesuch bad || echo status $?
mm1-eval metric vqa --flavour mine bad || echo status $?
mm1-eval parse letters bad || echo status $?
mm1-eval metric vqa nothere || echo status $?
