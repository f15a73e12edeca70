# A pair, a text, an interleaved document and a conversation, each with and
# without a picture that cannot be used
pictures=$ROOT/tests/golden/image
put() { # key json picture ...
    key=$1; echo "$2" > "$key.json"; echo "$key.json" >> list
    shift 2
    n=0
    for p; do
        cp "$p" "$key.$n.jpg"; echo "$key.$n.jpg" >> list; n=$((n + 1))
    done
}
head -c 300 "$pictures/444.jpg" > cut
echo GIF89a > gif
put a '{"texts":[null,"a thing"],"images":["0.jpg",null],"source":"x"}' "$pictures/444.jpg"
put b '{"texts":[null,"lost"],"images":["0.jpg",null]}' cut
put c '{"texts":["only text"],"images":[null]}'
put d '{"texts":["one",null,"two",null,null],"images":[null,"0.jpg",null,"1.jpg","2.jpg"]}' \
    "$pictures/rgb.png" cut "$pictures/420p.jpg"
put e '{"texts":[null,"q","a"],"images":["0.jpg",null,null],"roles":["user","user","assistant"]}' gif
put f '{"texts":[null,"q","a"],"images":["0.jpg",null,null],"roles":["user","user","assistant"]}' "$pictures/la.png"
put g '{"texts":[null,null,"q"],"images":["0.jpg","1.jpg",null],"answers":["no"]}' "$pictures/la.png" gif
put h '{"texts":[null,null],"images":["0.jpg","1.jpg"]}' cut gif
tar -cf in.tar -T list
mm1-encode-image --max-bad 1 --size 16 in.tar -o out.tar.zst
zstd -qdc out.tar.zst | tar t
mkdir x && zstd -qdc out.tar.zst | tar x -C x
for k in a c d f; do cat "x/$k.json"; echo; done
head -c 90 x/d.1.u8.npy | tr -d '\0\n' | cut -b 2-; wc -c < x/d.1.u8.npy
sed 's/.*"counts"/counts/' x/__trailer__; echo
