# The task files that come along, on files of their layouts; a model is asked
# those that are ranked, judged by likelihood, or asked in a chat
. "$CASES/prepare"
tasks=$ROOT/share/tasks
mm1-eval list --tasks "$tasks" > list
grep -q '^coco .*cider:d' list
mm1-eval list --tasks "$tasks" winogrande | grep -c gap
png=$ROOT/tests/golden/image/rgb.png
mkdir -p images val2014/x val
cp "$png" images/v1_0.png; cp "$png" images/1.jpg; cp "$png" val2014/x.jpg
cp "$png" val/VizWiz_val_1.jpg
ask() { # task prompt's tasks: what is recorded, without keys, rounded
    mm1-eval run -q -m run --tasks "$tasks" -t "$1" --root . -o "$1.out" || echo "$1: $?"
    tail -n +2 "$1.out" | sed 's/"run":"[0-9a-f]*",//; s/"key":"[0-9a-f]*",//
        s/"prediction":"[^"]*"/"prediction":""/; s/-[0-9.]*[0-9]\([],]\)/N\1/g; s/:-[0-9.]*/:N/; s/"is_greedy":[a-z]*/"is_greedy":B/'
    mm1-eval score -q "$1.out" | sed -n '2s/  */ /gp' | cut -d ' ' -f 1,2,4
}
printf '{"id":"m1","question":{"stem":"Sky?","choices":[{"text":"blue","label":"A"},{"text":"red","label":"B"}]},"answerKey":"B"}\n' > ARC-Easy-Test.jsonl
ask arc-easy
printf '{"goal":"Boil","sol1":"cold","sol2":"hot"}\n{"goal":"Cut","sol1":"knife","sol2":"cup"}\n' > valid.jsonl
printf '1\n0\n' > valid-labels.lst
ask piqa
printf '[{"question":"Q?","support":"S","distractor1":"a","distractor2":"b","distractor3":"c","correct_answer":"d"}]' > test.json
ask sciq
printf '{"qID":"w1","sentence":"The cup did not fit the box as _ was big.","option1":"cup","option2":"box","answer":"1"}\n' > dev.jsonl
ask winogrande
printf '{"ind":4,"activity_label":"Roof","ctx_a":"A man  is [on] it.","ctx_b":"he","ctx":"x","endings":["goes [title] up.","sits","falls","sings"],"label":2}\n' > hellaswag_val.jsonl
ask hellaswag
printf '{"text":"In my palm is a statue"}\n' > lambada_test_en.jsonl
ask lambada
mkdir qa; printf '{"Data":[{"QuestionId":"tc_2","Question":"Who?","Answer":{"Value":"Bob","Aliases":["Bob","Robert"]}}]}' > qa/web-dev.json
ask triviaqa
printf '{"id":"validation_Art_1","question":"See <image 1> and <image 2>.","options":"['"'x', \\\\\"y's\\\\\"]"'","answer":"B","question_type":"multiple-choice","image_1":"images/1.jpg","image_2":"images/1.jpg","image_3":null}\n{"id":"validation_Art_2","question":"How <image 1>?","options":"[]","answer":"3","question_type":"open","image_1":"images/1.jpg"}\n' > mmmu_val.jsonl
ask mmmu
printf '{"1":{"question":"Find","image":"images/1.jpg","choices":["(A) x","y"],"answer":"y","unit":null,"precision":null,"question_type":"multi_choice","answer_type":"text","pid":"1","metadata":{"task":"geometry"}}}' > testmini.json
printf '{"1":"Hint: choose. Question: Find"}' > query.json
ask mathvista
printf '{"v1_0":{"v1_0":{"imagename":"v1_0.png","question":"What?","answer":"a<AND>b","imagesource":"x","capability":["ocr"]}}}' > mm-vet.json
ask mm-vet
printf '{"v1_0":"0.5"}' > verdicts.json
mm1-eval score -q --tasks "$tasks" -t mm-vet --root . verdicts.json | sed -n '2s/  */ /gp'
b64=$(base64 -w 0 "$png")
printf 'index\timage\timage_path\tquestion\tanswer\tcategory\n0\t%s\tcode/1.png\tIs it? Please answer yes or no.\tYes\tcount\n1\t0\tcode/1.png\tIs it not?\tNo\tcount\n' "$b64" > MME.tsv
ask mme
printf 'index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\tl2-category\timage\n3\tQ?\tnan\ta\tb\tnan\tnan\tA\tc\tLR\t%s\n1000003\tQ?\tnan\tb\ta\tnan\tnan\tB\tc\tLR\t3\n' "$b64" > MMBench_DEV_EN.tsv
ask mmbench
for s in random popular adversarial; do
    printf '{"question_id":1,"image":"x.jpg","text":"A cat?","label":"yes"}\n' > coco_pope_$s.json
done
ask pope
mkdir Annotations; printf '[{"image":"VizWiz_val_1.jpg","question":"What?","answers":[{"answer":"cup","answer_confidence":"yes"}],"answer_type":"other","answerable":1}]' > Annotations/val.json
cp Annotations/val.json Annotations/train.json; mkdir train; cp val/* train
ask vizwiz
ask vizwiz-chat
mm1-eval run -q -m run --tasks "$tasks" -t vizwiz --root . -k 1 -o few.out || echo "only itself: $?"
mm1-eval score -q vizwiz.out | tail -n 1 | grep -o 'published: MM1-3B, 0 shots 15.6.*3B' 
