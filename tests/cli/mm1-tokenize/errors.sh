# Each with its message and status.
T="$ROOT/tests/golden/tokenizer.json"
try() {
    status=0
    mm1-tokenize "$@" < /dev/null > out || status=$?
    echo "$status"
    [ ! -s out ] || cat out
}
try encode x
try encode -t none.json
try train
try train missing.txt
try encode -t "$T" --chat vicunia x
echo text > x.txt
try encode -t "$T" x.txt
try encode -t "$T"
echo '{}' > t.json
try encode -t t.json --text
sed 's/"normalizer":null/"normalizer":{"type":"NFC"}/' "$T" > t.json
try encode -t t.json --text
sed 's/"add_prefix_space":false/"add_prefix_space":true/' "$T" > t.json
try encode -t t.json --text
sed 's/"type":"BPE"/"type":"WordPiece"/' "$T" > t.json
try encode -t t.json --text
sed 's/"merges":\[/"merges":[["no","where"],/' "$T" > t.json
try encode -t t.json --text
head -c 1000 "$T" > t.json
try encode -t t.json --text
echo '1 2 x' > ids
try decode -t "$T" ids
echo '1000' > ids
try decode -t "$T" ids
echo '{"texts":["a"],"images":[null]}' > 1.json
tar cf docs.tar 1.json
try encode -t "$T" docs.tar --chat vqa -o out.tar.zst
[ ! -e out.tar.zst ]
try encode -t "$T" docs.tar -q -o tokens.tar.zst
try encode -t "$T" tokens.tar.zst
try train missing.txt --vocab-size 263
mm1-tokenize train -q "$T" --vocab-size 300 -o other.json
try decode -t other.json tokens.tar.zst
try inspect -t other.json tokens.tar.zst
try inspect -t other.json docs.tar
: > empty.txt
try train empty.txt empty.txt -o none.json
[ ! -e none.json ]
