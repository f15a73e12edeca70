# A weight that is no number: the step and the sequences are named, and what is
# on disk stays.
. "$ROOT/tests/cli/mm1-pretrain/prepare"
train --steps 4 -o run
rm run/step-00000004/MANIFEST
f=run/step-00000004/model.safetensors
printf '\000\000\300\177' |
    dd of=$f bs=1 seek=$(($(wc -c < $f) - 4)) conv=notrunc 2> /dev/null
mm1-sft -b 4 -m run/step-00000004 --steps 6 --save-every 1 -o tuned \
    data.tar.zst && st=0 || st=$?
echo "status $st"
ls tuned
sed -n 's/.*"ev":"stop"/"ev":"stop"/p' tuned/metrics.jsonl
# a spike is named with the limits that it is over: none yet
mm1-sft -b 4 -m run/step-00000004 --steps 6 --skip-on-spike -o skipped \
    data.tar.zst 2>&1 | sed -n 's/: sequences.*;/: ...;/p'
