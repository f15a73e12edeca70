# Records as JSON: OBELICS, LLaVA, chat messages, text; what is refused
p=$ROOT/tests/golden/image
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
mkdir in
cp "$p/rgb.png" in/a.png
cp "$p/444.jpg" in/b.jpg
echo GIF89a > in/bad.png
cp "$p/grey.png" out.png
ln -s ../out.png in/link.png
cat > in/obelics.jsonl << 'X'
{"texts":["One",null,"two",null],"images":[null,"a.png",null,"./b.jpg"],"score":0.5,"extra":{"k":[1,null]}}

{"images":[null,"none.png","bad.png",null,"http://x/y.png"],"texts":["kept",null,null,"too",null],"source":"mine"}
{"texts":[null,"Q","A"],"images":["a.png",null,null],"roles":["user","user","assistant"]}
{"text":" plain ","id":7}
X
import in/obelics.jsonl
cat > llava.json << 'X'
[
  {"id": "1", "image": "a.png",
   "conversations": [{"from": "human", "value": "<image>\nWhat, [is] \"it\"?"},
                     {"from": "gpt", "value": "A cat, {maybe}."}]},
  {"image": ["a.png", "b.jpg"], "conversations": [
     {"from": "system", "value": "Be brief."}, {"from": "human", "value": "Is <image> like <image>?"},
     {"from": "gpt", "value": "No."}]},
  {"conversations": [{"from": "human", "value": "2+2?"}, {"from": "gpt", "value": "4"}]}
]
X
import --root in llava.json
echo '{"messages":[{"role":"user","content":[{"type":"image"},{"type":"text","text":"Q"}]},{"role":"assistant","content":"A"}],"images":["b.jpg"]}' |
    import --from jsonl --root in -
cat > bad.jsonl << 'X'
{"texts":[null,"up"],"images":["../out.png",null]}
{"texts":["x",null,"link"],"images":[null,"link.png",null]}
{"texts":[null,"abs"],"images":["/etc/passwd",null]}
{"texts":[null,"lost"],"images":["none.png",null]}
{"texts":["a"],"images":[null,"a.png"]}
{"texts":["a"],"images":["a.png"]}
{"texts":[null],"images":[null]}
{"conversations":[{"from":"human","value":"<image><image>"}],"image":"a.png"}
{"conversations":[{"from":"robot","value":"hm"}]}
{"texts":[null,"q"],"images":["a.png",null],"roles":["user","judge"]}
{"a":1}
[1]
{"texts":
X
mm1-tokenize import --on-error skip -v --root in bad.jsonl -o bad.tar.zst || echo "status $?"
mm1-tokenize import --root in bad.jsonl -o bad.tar.zst || echo "status $?"
ls
# a turn that says nothing, or no text
turns() {
    printf '{"conversations":[{"from":"human","value":"1?"},{"from":"gpt","value":%s},{"from":"human","value":"2?"},{"from":"gpt","value":"2"}]}\n' "$1"
}
for v in '""' '" \n"' null 5 true; do turns "$v"; done > silent.jsonl
echo '{"texts":["a",5,"b"],"images":[null,null,null]}' >> silent.jsonl
echo '{"messages":[{"role":"user","content":[]},{"role":"assistant","content":"A"}]}' >> silent.jsonl
mm1-tokenize import --on-error skip -v silent.jsonl -o silent.tar.zst || echo "status $?"
echo '{"messages":[{"role":"system","content":""},{"role":"user","content":""},{"role":"assistant","content":"A"}],"images":["b.jpg"]}' |
    import --from jsonl --root in -
