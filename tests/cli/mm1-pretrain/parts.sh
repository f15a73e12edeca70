# AdaFactor and parts that stay: said at the start, recorded, not to be changed.
. "$CASES/prepare"
try() { st=0; "$@" 2>&1 || st=$?; echo "status $st"; }
mm1-pretrain -b 4 --lr 1e-3 --tokenizer "$T" $shape --steps 3 -o run -j 1 \
    --optimizer adafactor --train encoder,connector data.tar.zst 2>&1 |
    grep parameters
train --steps 3 -o two -j 2 --optimizer adafactor --train encoder,connector
[ "$(hash run 3)" = "$(hash two 3)" ] && echo same
grep -o '"optimizer":"[a-z]*","train":"[a-z,]*"' run/step-00000003/mm1.json |
    sort -u
# the order of the names is nothing, the names are
try train --steps 3 -o run --optimizer adafactor --train connector,encoder
try train --steps 3 -o run --optimizer adafactor
try train --steps 3 -o run --train encoder,connector
try train --steps 3 -o new --train encodr
try train --steps 3 -o new --train lm,
try train --steps 3 -o new --optimizer adam
# what they cost
for o in "" "--optimizer adafactor" "--train connector"; do
    mm1-pretrain plan --preset mm1-85m --vocab 32000 --seq-len 512 --batch 1 \
        --gflops 1 $o | grep -e '  optimizer' -e disk -e 'of a step'
done
