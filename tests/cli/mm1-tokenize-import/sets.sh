# Sets of questions and captions as they are published: joined, merged, refused
p=$ROOT/tests/golden/image
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
mkdir -p in/train/7
for i in 9 25; do cp "$p/rgb.png" "in/COCO_val2014_$(printf %012d $i).jpg"; cp "$p/444.jpg" "in/$i.jpg"; done
cp "$p/rgb.png" in/000000000009.jpg
cp "$p/rgb.png" in/train/7/image.png
cat > q.json << 'X'
{"info": {"a": [1, {"b": "}"}]}, "task_type": "Open-Ended",
 "questions": [{"image_id": 9, "question": "How many?", "question_id": 90},
   {"image_id": 25, "question": "What?", "question_id": 250},
   {"image_id": 9, "question": "Is it \"red\"?", "question_id": 91}],
 "data_subtype": "val2014"}
X
cat > a.json << 'X'
{"annotations": [
  {"question_id": 91, "image_id": 9, "multiple_choice_answer": "no", "answers": [{"answer": "no"}, {"answer": "yes"}]},
  {"question_id": 250, "answers": [{"answer": "a"}, {"answer": "dog"}, {"answer": "dog"}]},
  {"question_id": 90, "multiple_choice_answer": "2", "answers": [{"answer": "2"}]}]}
X
import --from vqa --root in q.json a.json
gzip -k q.json
import --from vqa --no-merge --prompt '' --root in q.json.gz a.json
echo '{"data":[{"question_id":1,"image_id":"9","question":"Says?","answers":["stop","halt","halt"],"set_name":"val"},
 {"question_id":2,"image_id":"25","question":"And?","answers":["x"],"set_name":"train"}]}' > text.json
import --from textvqa --subset val --root in text.json
echo '[{"image":"9.jpg","question":"What is this?","answers":[{"answer":"unanswerable"},{"answer":"cup"},{"answer":"cup"}]}]' > vw.json
import --from vizwiz --root in vw.json
echo '{"07":{"imageId":"9","question":"Left?","answer":"yes","fullAnswer":"Yes."}}' > gqa.json
import --from gqa --root in gqa.json
echo '{"25":{"questions":["Who wrote it?","Title?"],"answers":["Me","Mine"],"split":1}}' > ocr.json
import --from ocrvqa --root in ocr.json
echo '[{"split":"train","image_id":9,"question_id":"z","question":"Why?","choices":["sun","rain"],"correct_choice_idx":1,"direct_answers":["rain"],"rationales":["It is wet."]}]' > aok.json
import --from aokvqa --rotate --root in aok.json
echo '{"7":{"question":"Which?","choices":["a","b"],"answer":0,"hint":"Look.","image":"image.png","split":"train","solution":"So."},
 "8":{"question":"Sum?","choices":["1","2"],"answer":1,"hint":"","image":null,"split":"train"}}' > sci.json
import --from scienceqa --root in sci.json
echo '{"images":[{"id":9,"file_name":"9.jpg"},{"id":25,"file_name":"25.jpg"}],"annotations":[{"image_id":25,"caption":"A  dog."},{"image_id":9,"caption":"One"},{"image_id":25,"caption":"Dogs"}]}' > coco.json
import --from coco --root in coco.json
import --from coco --as vqa --no-merge --root in coco.json
echo '{"images":[{"filename":"9.jpg","split":"test","cocoid":9,"sentences":[{"raw":"One"},{"raw":"Uno"}]},{"filename":"25.jpg","split":"train","imgid":3,"sentences":[{"raw":"B"}]}]}' > kar.json
import --from karpathy --subset test --root in kar.json
echo '{"data":[{"image_id":"9","caption_str":"a","reference_strs":["a","b"]},{"image_id":"9","caption_str":"b","reference_strs":["a","b"]}]}' > tc.json
import --from textcaps --root in tc.json
# What is refused: one line each; skipped, the rest is there
bad() { mm1-tokenize import "$@" -o bad.tar.zst || echo "status $?"; }
bad --from vqa --root in q.json
bad --from vqa --root in a.json q.json
echo '{"annotations": [{"question_id": 5, "answers": []}]}' > b.json
bad --from vqa --root in q.json b.json
head -c 150 q.json > cut.json
bad --from vqa --root in cut.json a.json
rm in/COCO_val2014_000000000025.jpg
bad --from vqa --root in q.json a.json
bad --from vqa --on-error skip --root in q.json a.json
show bad.tar.zst | wc -l
echo '[{"question_id":"z","image_id":9,"question":"Why?","choices":["sun"],"correct_choice_idx":3}]' > one.json
bad --from aokvqa --root in one.json
bad --from karpathy --subset dev --root in kar.json
bad --from gqa --image-name '%s%s' --root in gqa.json
echo '[{"question_id":"z","image_id":9,"question":"Why?",' > long.json
head -c 3000 /dev/zero | tr '\0' ' ' >> long.json
bad --from aokvqa --max-bytes 1000 --root in long.json
# Conversations: turns in order, a mark for each picture
cat > talk.jsonl << 'X'
{"conversations":[{"from":"gpt","value":"hello"}]}
{"conversations":[{"from":"human","value":"a"},{"from":"human","value":"b"}]}
{"conversations":[{"from":"human","value":"a"},{"from":"system","value":"b"}]}
{"image":"9.jpg","conversations":[{"from":"human","value":"what?"},{"from":"gpt","value":"b"}]}
{"image":["9.jpg","25.jpg"],"conversations":[{"from":"human","value":"<image>?"},{"from":"gpt","value":"b"}]}
{"image":"none.jpg","conversations":[{"from":"human","value":"<image>?"},{"from":"gpt","value":"b"}]}
{"image":["9.jpg","25.jpg"],"conversations":[{"from":"human","value":"<image>\n<image>\nSame?"},{"from":"gpt","value":"No"},{"from":"human","value":"Why?"},{"from":"gpt","value":"So"}]}
{"conversations":[{"from":"human","value":"2+2?"},{"from":"chatgpt","value":"4"}]}
{"instruction":"Add.","input":"2 2","output":"4"}
{"conversations":[{"from":"human","value":"2+2?"},{"from":"gpt","value":"4"},{"from":"human","value":"Thanks!"}]}
{"texts":["3+3?"],"images":[null],"roles":["user"]}
{"messages":[{"role":"user","content":"4+4?"},{"role":"assistant","content":""}]}
X
bad --on-error skip --root in talk.jsonl
show bad.tar.zst
mm1-mix stat bad.tar.zst | grep ^counts
