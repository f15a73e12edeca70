# A higher resolution: positions interpolated once or at each step, tiles
. "$ROOT/tests/cli/mm1-pretrain/prepare"
train --steps 2 -o pre 2>/dev/null
pack() { # name options of mm1-encode-image
    o=$1; shift
    mm1-tokenize encode -q -t "$T" docs.tar | mm1-encode-image -q "$@" - |
        mm1-mix -q -T 64 --image-tokens 4 --shuffle window=64 all=1:- -o $o.tar.zst
}
pack base --size 16
pack large --size 32
pack tiles --size 16 --tiles 2x1
tune() { mm1-sft -b 4 --lr 1e-3 --steps 2 -m pre "$@" 2>&1 | grep -o 'pictures of.*' || true; }
losses() { sed -n 's/.*"ev":"step","step":1,\("loss":[^,]*\),.*/\1/p' $1/metrics.jsonl; }
size() { grep -o '"image_size": *[0-9]*' $1/step-00000002/config.json | head -1; }
echo '- as it was'; tune -o base base.tar.zst; size base
echo '- at each step'; tune -o there large.tar.zst; size there
echo '- once'; tune -o once --image-size 32 large.tar.zst; size once
[ "$(losses there)" = "$(losses once)" ] && echo 'the same first loss'
echo '- tiles'; tune -o tiles tiles.tar.zst; size tiles
grep -o '"tiles": *"[^"]*", *"overview": *"[^"]*"' tiles/step-00000002/preprocessor_config.json

# goes on, and is the same as in one go
mm1-sft -q -b 4 --lr 1e-3 --steps 3 -m pre -o whole --image-size 32 --save-every 1 large.tar.zst
rm -r whole/step-00000003; cp whole/metrics.jsonl before
mm1-sft -q -b 4 --lr 1e-3 --steps 3 -m pre -o whole --image-size 32 --save-every 1 large.tar.zst
sed -n 's/.*"step":3,\("loss":[^,]*\),.*/\1/p' before > a
sed -n 's/.*"step":3,\("loss":[^,]*\),.*/\1/p' whole/metrics.jsonl | tail -n 1 | cmp - a && echo 'goes on'

mm1-sft -q -m pre -o none --image-size 30 large.tar.zst || echo "status $?"
ls none 2> /dev/null || true
