# Adapters: the base stays, resume is a straight run, merged = on the fly
. "$ROOT/tests/cli/mm1-pretrain/prepare"
train --steps 4 -o pre
tune() { mm1-sft -b 4 --lr 1e-2 --optimizer adamw -m pre --lora 3 --lora-alpha 6 --lora-targets q_proj,down_proj,connector,encoder.fc1 "$@" data.tar.zst; }
tune --steps 6 -o one 2>&1 | grep adapters
tune -q --steps 6 --save-every 2 -o two -j 2
rm -r two/step-00000006
tune -q --steps 6 -o two -j 1
for f in adapter_model.safetensors optimizer.safetensors adapter_config.json; do
    cmp one/step-00000006/$f two/step-00000006/$f && echo "same $f"
done
ls one/step-00000006
tr ',' '\n' < one/step-00000006/adapter_config.json | grep '"r"\|alpha\|path'
# the optimizer's state is that of the adapters alone
[ $(($(stat -c %s one/step-00000006/optimizer.safetensors) * 4)) -lt "$(stat -c %s pre/step-00000004/optimizer.safetensors)" ] && echo small
mm1-sft plan -m pre -b 4 --lora 3 --gflops 1 data.tar.zst > plan
mm1-sft plan -m pre -b 4 --gflops 1 data.tar.zst > whole
grep adapters plan
awk '/gradients|optimizer/ { print $1, FNR == NR ? a[$1] = $2 : (a[$1] * 4 < $2) }' plan whole | tail -n 2
# folded in by merge or by those who use it
mm1-sft merge -q pre one -o merged
ls merged
say() { mm1-generate -q -p '<image> A photo of' --image "$ROOT/tests/golden/image/rgb.png" -n 8 "$@"; }
[ "$(say -m one)" = "$(say -m merged)" ] && echo 'says the same'
# peft's other kinds: one scale is known, the rest is refused by name
bent() {
    rm -rf bent folded
    cp -r one/step-00000006 bent
    rm bent/MANIFEST
    sed "$1" one/step-00000006/adapter_config.json > bent/adapter_config.json
    mm1-sft merge -q pre bent -o folded 2>&1 || echo "status $?"
}
bent 's/"r":3/"use_rslora":true,&/'
mv folded rooted
bent 's/"lora_alpha":6/"lora_alpha":10.392304845413264/'
cmp rooted/model.safetensors folded/model.safetensors && echo 'alpha / sqrt(r)'
cmp -s rooted/model.safetensors merged/model.safetensors || echo 'not alpha / r'
bent 's/"r":3/"alpha_pattern":{},"rank_pattern":null,"use_dora":false,&/'
cmp folded/model.safetensors merged/model.safetensors && echo plain
for wrong in '"alpha_pattern":{"q_proj":9}' '"rank_pattern":{"q_proj":9}' \
    '"use_dora":true' '"fan_in_fan_out":true' '"bias":"all"' \
    '"modules_to_save":["lm_head"]' '"init_lora_weights":"pissa_niter_4"'; do
    bent "s/}$/,$wrong}/"
done
for wrong in '"x"' -6 0 1e999 1e39; do
    bent "s/\"lora_alpha\":6/\"lora_alpha\":$wrong/"
done
bent 's/"lora_alpha":6,//'
bad=one/step-00000006/adapter_model.safetensors
cp $bad kept
printf '\0\0\300\177' | dd of=$bad bs=1 seek=$(($(wc -c < kept) - 4)) conv=notrunc status=none
bent ''
mv kept $bad
ls folded 2> /dev/null || rm -rf bent rooted
# one can learn on
mm1-sft -q -b 4 --steps 1 -m one -o on data.tar.zst && ls on
# what is refused
bad() { "$@" 2>&1 || echo "status $?"; }
bad mm1-sft merge pre one -o merged
bad mm1-sft merge pre pre -o other
bad mm1-sft merge pre -o other
train --steps 4 --seed 2 -o another
bad mm1-sft merge another one -o other 2>&1 | sed 's/[0-9a-f]\{16\}/HASH/g'
bad tune --steps 8 -o one
bad mm1-sft -b 4 --steps 6 -m pre --lora 2 --lora-targets q_proj,nothing -o three data.tar.zst
bad mm1-sft -q -b 4 --steps 6 -m pre --lora 2 --train connector -o three data.tar.zst
bad mm1-sft -q -m pre --lora-alpha 4 -o three data.tar.zst
bad mm1-sft -q -m pre --lora-targets q_proj -o three data.tar.zst
mv pre elsewhere
bad mm1-generate -m one -p x
bad mm1-sft merge -q elsewhere one -o moved && cmp moved/model.safetensors merged/model.safetensors
ls
