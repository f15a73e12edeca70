# All metrics on 10^5 random and adversarial records against scorers that are
# written down plainly.  PYTHON names an interpreter; with pycocoevalcap and
# Java in it captions are compared too.  PACKAGES names a folder with the code
# of lmms-eval and others (see tests/golden/official.py, and official_vision.py),
# to compare with those.
PYTHON=${PYTHON:-python3}
if ! "$PYTHON" -c '' 2> /dev/null; then
    echo "skip: no Python (set PYTHON)"
    exit 77
fi
captions=
if "$PYTHON" -c 'import pycocoevalcap' 2> /dev/null && java -version 2> /dev/null
then captions=--captions; fi
mkdir records
here=$PWD
cd "$ROOT"
"$PYTHON" tests/golden/scores.py "$here/records" -n 5000 --seed 7 $captions \
    > "$here/log" 2>&1 || cat "$here/log"
"$PYTHON" tests/golden/compare_scores.py mm1-eval "$here/records" \
    > "$here/log" 2>&1 || cat "$here/log"
if [ -n "${PACKAGES-}" ]; then
    "$PYTHON" tests/golden/official.py "$PACKAGES" "$here/official" -n 5000 \
        > "$here/log" 2>&1 || cat "$here/log"
    if [ -d "$PACKAGES/llava_torch" ]; then
        "$PYTHON" tests/golden/official_vision.py "$PACKAGES" \
            "$here/official" -n 5000 > "$here/log" 2>&1 || cat "$here/log"
        "$PYTHON" tests/golden/odd.py "$PACKAGES" "$here/odd" -n 5000 \
            --seed 3 > "$here/log" 2>&1 || cat "$here/log"
        "$PYTHON" tests/golden/compare_scores.py mm1-eval "$here/odd" \
            > "$here/log" 2>&1 || cat "$here/log"
    fi
    "$PYTHON" tests/golden/compare_scores.py mm1-eval "$here/official" \
        > "$here/log" 2>&1 || cat "$here/log"
fi
