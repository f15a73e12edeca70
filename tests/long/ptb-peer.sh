# The tokens of CoreNLP's own, inside pycocoevalcap, on 20,000 real lines in
# runs of 50: TEXTS names files with one a line, or WordNet's; without it those
# are taken that scripts/fetch-data has brought (wordnet-base, fortunes).
# PYTHON has pycocoevalcap.  At most one line of 2,000 may differ.
PYTHON=${PYTHON:-python3}
if ! "$PYTHON" -c 'import pycocoevalcap' 2> /dev/null ||
    ! java -version 2> /dev/null; then
    echo "skip: no pycocoevalcap or no Java (set PYTHON)"
    exit 77
fi
if [ -z "${TEXTS-}" ]; then
    TEXTS=$(find "$ROOT"/data/wordnet-base "$ROOT"/data/fortunes -type f \
        \( -name 'data.*' -o -path '*/games/fortunes/*' \) \
        ! -name '*.dat' ! -name '*.u8' 2> /dev/null || :)
fi
[ -n "$TEXTS" ] || {
    echo "skip: no texts (scripts/fetch-data wordnet-base fortunes, or TEXTS)"
    exit 77
}
# shellcheck disable=SC2086
"$PYTHON" "$ROOT"/tests/golden/ptb.py --sample 20000 --compare mm1-eval $TEXTS \
    > log 2>&1 || cat log
