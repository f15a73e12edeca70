# Data sets in the layouts that their authors publish, read by task files; the
# baseline shows what was read, without a model.
png=$ROOT/tests/golden/image/rgb.png
mkdir -p val2014 train_images images/test/7 SEED-Bench-image
for f in val2014/COCO_val2014_000000000042.jpg val2014/x.jpg train_images/t1.jpg \
    images/n1.jpg VizWiz_val_00000000.jpg images/test/7/image.png \
    SEED-Bench-image/3; do cp "$png" $f; done
ten='[{"answer":"cat","answer_id":1},{"answer":"cat"},{"answer":"a dog"}]'

task() { # name format metric [keys of data]: the rest of the file from stdin
    { printf '[task]\nname = %s\nmetric = %s\nprompt = "{image} {question}"\n[data]\nformat = %s\n' \
        "$1" "$3" "$2"; cat; } > "$1.ini"
}
show() { # name [options]: what was read of it
    name=$1; shift
    mm1-eval run -q --baseline majority -t "./$name.ini" -o "$name.out" "$@" || echo "$name: $?"
    tail -n +2 "$name.out" | sed 's/"run":"[0-9a-f]*",//; s/"key":"[0-9a-f]*",//'
}

echo '{"info":{},"images":[{"id":42,"file_name":"COCO_val2014_000000000042.jpg","domain":"in-domain"},{"id":7,"file_name":"no.jpg"},{"id":8,"file_name":"x.jpg"}],
"annotations":[{"image_id":42,"id":1,"caption":"A cat."},{"image_id":8,"id":2,"caption":"X"},{"image_id":42,"id":3,"caption":"Two \"cats\""}]}' > captions_val2014.json
task coco coco cider << 'EOF'
file = captions_val2014.json
image = val2014/{file_name}
keep = domain
EOF
show coco --root .

echo '{"images":[{"filepath":"val2014","filename":"x.jpg","imgid":0,"split":"test","cocoid":8,"sentids":[1,2],"sentences":[{"tokens":["a"],"raw":"A b.","imgid":0},{"raw":"C"}]},
{"filepath":"val2014","filename":"none.jpg","split":"train","cocoid":9,"sentences":[{"raw":"no"}]}],"dataset":"coco"}' > dataset_coco.json
echo 'file = dataset_coco.json' | task karpathy karpathy cider
show karpathy --root .

printf '{"questions":[{"image_id":42,"question":"What?","question_id":420},{"image_id":42,"question":"How many?","question_id":421}]}' > questions.json
printf '{"annotations":[{"question_id":421,"question_type":"how many","answer_type":"number","image_id":42,"multiple_choice_answer":"2","answers":[{"answer":"2"}]},{"question_id":420,"question_type":"what","answer_type":"other","answers":%s}]}' "$ten" > annotations.json
task vqa vqa vqa << 'EOF'
file = questions.json
join = annotations.json annotations question_id
image = val2014/COCO_val2014_{image_id:012}.jpg
[shots]
file = questions.json
EOF
show vqa --root .

echo '{"dataset_type":"val","data":[{"question_id":5,"question":"Brand?","image_id":"t1","answers":["acme","acme"],"ocr_tokens":["ACME"]}]}' > TextVQA.json
echo 'file = TextVQA.json' | task textvqa textvqa textvqa
show textvqa --root .
echo '{"data":[{"image_id":"t1","caption_id":0,"caption_str":"one","reference_strs":["one","two"]},{"image_id":"t1","caption_id":1,"caption_str":"two","reference_strs":["one","two"]}]}' > TextCaps.json
echo 'file = TextCaps.json' | task textcaps textcaps cider
show textcaps --root .
printf '[{"image":"VizWiz_val_00000000.jpg","question":"What is it?","answers":%s,"answer_type":"other","answerable":1}]' "$ten" > val.json
echo 'file = val.json' | task vizwiz vizwiz vizwiz
show vizwiz --data val.json
echo '{"201":{"semantic":[{"operation":"select"}],"entailed":["202"],"question":"Is it?","imageId":"n1","isBalanced":true,"groups":{"global":null},"answer":"yes","types":{"detailed":"d","semantic":"obj","structural":"verify"},"fullAnswer":"Yes."}}' > gqa.json
echo 'file = gqa.json' | task gqa gqa gqa
show gqa --root .
echo '{"7":{"question":"Which?","choices":["red","blue"],"answer":1,"hint":"","image":"image.png","split":"test","subject":"natural science"},"8":{"question":"None?","choices":["a","b"],"answer":0,"image":null,"split":"test"},"9":{"question":"Q","choices":["a"],"answer":0,"image":null,"split":"train"}}' > problems.json
printf 'file = problems.json\nwhere = split=test image!=\n' | task sqa scienceqa scienceqa
show sqa --root .
echo '{"question_type":{"Scene Understanding":1},"questions":[{"answer":"B","choice_a":"one","choice_b":"two","choice_c":"three","choice_d":"four","data_id":"3","data_type":"image","question":"How many?","question_id":"101","question_type_id":5}]}' > SEED.json
echo 'file = SEED.json' | task seed seed seed
show seed --root .
echo '{"question_id": 1, "image": "x.jpg", "text": "Is there a cat?", "label": "yes"}' > random.json
echo '{"question_id": 1, "image": "x.jpg", "text": "Is there a dog?", "label": "no"}' > popular.json
printf 'file = random:random.json popular:popular.json\nimage = val2014/{image}\n' | task pope pope pope
show pope --root .

# base64 between tabs, quotes over lines, a row that takes another's picture
b64=$(base64 -w 0 "$png")
printf 'index\tquestion\thint\tA\tB\tC\tanswer\tcategory\timage\n0\t"Is ""it""\n red?"\tnan\tyes\tno\t\tA\tcolour\t%s\n1000000\tIs it 5" wide?\th\tno\tyes\tnan\tB\tcolour\t0\n' "$b64" > mmb.tsv
echo 'file = mmb.tsv' | task mmb tsv mmbench
show mmb --data mmb.tsv
printf 'index\tquestion\n1\t"cut' > cut.tsv
mm1-eval run --baseline majority -t ./mmb.ini --data cut.tsv -o none || echo "cut: $?"
printf 'index\tquestion\timage\n1\tq\t%0100d*\n' 0 > bad.tsv
mm1-eval run --baseline majority -t ./mmb.ini --data bad.tsv -o none || echo "no base64: $?"

# lines with nested members, labels, two files joined, a last word
printf '{"id":"m1","question":{"stem":"Sky?","choices":[{"text":"blue","label":"1"},{"text":"red","label":"2"}]},"answerKey":"1"}\n' > arc.jsonl
task arc jsonl choice << 'EOF'
file = arc.jsonl
question = question.stem
options = question.choices.text
labels = question.choices.label
gold = answerKey
keep = key=answerKey
EOF
show arc --root .
printf '{"text":"In my palm is a clear stone, and inside it is a small ivory statue"}\n' > lambada.jsonl
printf 'file = lambada.jsonl\nlast-word = text\nid = text\nkeep = none\n' | task lambada jsonl greedy
show lambada --root .
printf '{"question_id":1,"image":"001.jpg","text":"Describe","category":"detail"}\n' > questions.jsonl
printf '{"id":1,"image":"001.jpg","caption":"A volcano."}\n' > context.jsonl
printf '{"question_id":1,"text":"It is a volcano.","answer_id":"x"}\n' > gpt4.jsonl
task llava llava llava-bench << 'EOF'
file = questions.jsonl
join = context.jsonl - question_id=id ; gpt4.jsonl - question_id=question_id
image = val2014/x.jpg
answers = 2:text
keep = category context=1:caption reference=2:text
EOF
show llava --root .

# what is wrong with data
printf '{"questions":[{"image_id":42,"question":"What?","question_id":420}' > questions.json
mm1-eval run --baseline majority -t ./vqa.ini --root . -o none || echo "cut: $?"
echo '{"data":[]}' > questions.json
mm1-eval run --baseline majority -t ./vqa.ini --root . -o none || echo "another set: $?"
printf '{"question_id":1,"text":"a","image":"../x.jpg","label":"yes"}\n{"text":"b","label":"yes"}\n{"question_id":1,"text":"c","label":"yes"}\n{"question_id":2,"text":"d","image":"nowhere.jpg","label":"yes"}\n{"question_id":3,"text":"e","label":"yes"}\n' > odd.json
mm1-eval run --baseline majority -t ./pope.ini --data odd.json -o odd 2>&1
grep -c '"id"' odd
sed 's/format = pope/format = pop/' pope.ini > pop.ini
mm1-eval run --baseline majority -t ./pop.ini --root . -o none || echo "format: $?"
