# A tokenizer from a text file, at any number of threads the same bytes.
mm1-tokenize train "$ROOT/tests/golden/tokenizer.txt" --vocab-size 1000 -o a.json -j 1
mm1-tokenize train "$ROOT/tests/golden/tokenizer.txt" --vocab-size 1000 -o b.json -j 2 -q
cmp a.json b.json
mm1-tokenize train - --vocab-size 300 -q < "$ROOT/tests/golden/tokenizer.txt" > c.json
mm1-tokenize train "$ROOT/tests/golden/tokenizer.txt" --vocab-size 300 -q | cmp - c.json
echo 'Hello world' | mm1-tokenize train - --special '<extra>' -q > d.json
echo '<extra> </s>' | mm1-tokenize inspect -t d.json --special
