# A conversation by each template that asks; inspect takes lines of JSON.
T="$ROOT/tests/golden/tokenizer.json"
cat > docs << 'EOF'
{"texts":[null,"thy","a 1"],"images":["0.jpg",null,null],"roles":["user","user","assistant"]}
EOF
for c in none plain vqa chatml; do
    echo "$c"
    mm1-tokenize inspect -t "$T" --chat $c docs
done
mm1-tokenize inspect -t "$T" --chat plain -n 1 - << 'EOF'
{"texts":["thy",null],"images":[null,"0.jpg"]}
not looked at
EOF
