# The same vocabulary and the same ids as Hugging Face's tokenizers on texts
# made at random, of few letters so that tokens come about in several ways.
# PYTHON names an interpreter that has the package.
PYTHON=${PYTHON:-python3}
if ! "$PYTHON" -c 'import tokenizers' 2> /dev/null; then
    echo "skip: no Python package tokenizers (set PYTHON)"
    exit 77
fi
"$PYTHON" "$ROOT/tests/long/tokenizer_peer.py"
