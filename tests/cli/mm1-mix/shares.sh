# Sequences by weight, sources repeated, and what the trailer counts.
sh "$CASES/make-docs" 12 20
T="$ROOT/tests/golden/tokenizer.json"
mm1-tokenize encode -q -t "$T" docs.tar -o all.tar.zst
mm1-mix cat $(i=0; while [ $i -lt 12 ]; do echo "-k p$i"; i=$((i + 1)); done) \
    all.tar.zst -o pairs.tar.zst
mm1-mix cat --offset 12 all.tar.zst -o texts.tar.zst
mm1-mix -T 96 --image-tokens 4 --max-images 3 -N 20 \
    captions=45:pairs.tar.zst text=10:texts.tar.zst both=45:pairs.tar.zst,texts.tar.zst \
    -o packed.tar.zst
# a share that is less than a sequence of the longest period is said
mm1-mix -T 96 --image-tokens 4 --max-images 3 -N 20 captions=1:pairs.tar.zst \
    text=0.000001:texts.tar.zst -o tiny.tar.zst 2>&1 | grep share
mm1-mix stat packed.tar.zst | grep -v '^hash\|^history\|^meta\|^bytes\|^names' |
    sed 's/"hash":\[[^]]*\]/"hash":[]/g; s/"fill":[0-9.]*/"fill":x/g'
mm1-mix cat --json -n 1 packed.tar.zst | tr , '\n' | grep -c '"source":"captions"'
