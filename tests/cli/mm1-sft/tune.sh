# From a run and from a model directory alike; the tokenizer goes along.
. "$ROOT/tests/cli/mm1-pretrain/prepare"
train --steps 4 -o pre
tune() { mm1-sft -q -b 4 --lr 1e-3 --steps 6 "$@" data.tar.zst; }
tune -m pre -o one -j 1
mkdir alone
cp pre/step-00000004/*.json pre/step-00000004/model.safetensors alone
tune -m alone -o two -j 2
losses() { sed -n 's/.*"ev":"step",\(.*\),"tok_s".*/\1/p' $1/metrics.jsonl; }
[ "$(losses one)" = "$(losses two)" ] && echo same
cmp one/step-00000006/tokenizer.json "$T"
# from the newest step of a run of its own
rm -r one/step-00000006
mm1-sft -q -b 4 --lr 1e-3 --steps 3 -m pre -o three data.tar.zst
ls three
sed -n 's/.*"ev":"step","step":\([36]\).*"lr":\([^,]*\).*/\1 \2/p' two/metrics.jsonl
# not for this data, not a model
st=0; tune -o four 2>&1 || st=$?; echo "status $st"
st=0; tune -m docs -o four 2>&1 || st=$?; echo "status $st"
mm1-tokenize train -q --vocab-size 300 "$T" -o other.json
mm1-tokenize encode -q -t other.json docs.tar | mm1-encode-image -q --size 16 - |
    mm1-mix -q -T 64 --image-tokens 4 --shuffle window=64 all=1:- -o other.tar.zst
st=0; mm1-sft -q -m pre -o four other.tar.zst 2>&1 || st=$?; echo "status $st"
# a model that cannot read
rm alone/tokenizer.json
st=0; tune -m alone -o five 2>&1 || st=$?; echo "status $st"
tune -m alone -o five --tokenizer "$T" && ls five
