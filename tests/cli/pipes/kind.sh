# A shard where text is expected, and other wrong kinds, say so.
try() { status=0; "$@" > /dev/null || status=$?; echo $status; }
sh "$ROOT/tests/cli/common/inputs"
try mm1-tokenize train - < docs.tar.zst
try mm1-tokenize decode -t tokenizer.json - < tokens.tar.zst
try mm1-tokenize inspect -t tokenizer.json < tokens.tar.zst
try mm1-tokenize encode -t tokenizer.json --text docs.tar.zst
try mm1-tokenize encode -t tokenizer.json tokens.tar.zst
try mm1-tokenize encode -t tokenizer.json packed.tar.zst
try mm1-tokenize decode -t tokenizer.json docs.tar.zst
try mm1-tokenize train packed.tar.zst
try mm1-encode-image --size 8 pixels.tar.zst
try mm1-encode-image --size 8 packed.tar.zst
try mm1-encode-image --dump decoded packed.tar.zst
try mm1-mix docs.tar.zst
try mm1-mix packed.tar.zst
try mm1-mix split tokens.tar.zst -o a --held-out b
try mm1-mix split packed.tar.zst -o a --held-out b
try mm1-mix cat docs.tar.zst tokens.tar.zst
try mm1-tokenize import docs.tar.zst
