# Documents to tokens and back, by file and by pipe, with one and two threads.
cat > 1.json << 'EOF'
{"texts":["A penguin.",null],"images":[null,"0.jpg"],"source":"test"}
EOF
cat > 2.json << 'EOF'
{"texts":["Two\nlines <s>",null," and a cat"],"images":[null,"0.jpg",null]}
EOF
printf x | tee 1.0.jpg > 2.0.jpg
tar cf docs.tar 1.json 1.0.jpg 2.json 2.0.jpg
T="$ROOT/tests/golden/tokenizer.json"
mm1-tokenize encode -t "$T" docs.tar -o a.tar.zst -j 1
mm1-tokenize encode -t "$T" -q -j 2 < docs.tar > b.tar.zst
mm1-tokenize inspect -t "$T" a.tar.zst
mm1-tokenize inspect -t "$T" --shard < b.tar.zst | cmp - /dev/fd/3 3<< EOF
$(mm1-tokenize inspect -t "$T" docs.tar)
EOF
mm1-tokenize decode -t "$T" a.tar.zst
mm1-tokenize decode -t "$T" a.tar.zst --special -j 2
zstd -dcq a.tar.zst | tar t
