# Layers run again in backward: the same bits, and less memory, as planned.
. "$CASES/prepare"
for when in none block auto; do
    train --steps 3 -o $when -j 1 --recompute $when --micro-batch 2
    train --steps 3 -o $when-lm -j 1 --recompute $when --train connector,lm
done
for run in block auto; do
    [ "$(hash none 3)" = "$(hash $run 3)" ] && echo same
    [ "$(hash none-lm 3)" = "$(hash $run-lm 3)" ] && echo same
done
# where it begins and where it goes on may differ
train --steps 3 -o both --recompute none --micro-batch 2 --save-every 1
rm -r both/step-00000003
train --steps 3 -o both --recompute block --micro-batch 2 --resume must
[ "$(hash none 3)" = "$(hash both 3)" ] && echo same
# experts: routing and its losses are those of the first time
for when in none block; do
    train --steps 3 -o $when-moe -j 1 --recompute $when --experts 4 \
        --expert-every 2
done
[ "$(hash none-moe 3)" = "$(hash block-moe 3)" ] && echo same
activations() {
    mm1-pretrain plan --preset mm1-3b --seq-len 4096 --batch 512 --gflops 1 \
        --recompute $1 | sed -n 's/^  activations[a-z, ]* //p'
}
none=$(activations none) block=$(activations block)
echo "$none $block" | awk '{ print $3 < $1 / 10 ? "less than a tenth" : $0 }'
