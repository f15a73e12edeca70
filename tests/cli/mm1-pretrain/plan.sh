# The plan knows the memory of the run, within 5 % or 64 MB.
. "$CASES/prepare"
mm1-pretrain plan --preset mm1-3b --seq-len 4096 --batch 512 --gflops 1e6 \
    --micro-batch 1 --ranks 1 > plan
grep -v -e ' MB$' -e FLOPs -e time plan
mm1-pretrain plan $shape -b 4 --gflops 10 data.tar.zst > plan
grep -E '^(parameters|  [a-z ]*model|  connector)' plan
# one thread: the stacks of many are no part of it
mm1-pretrain plan --vision-width 128 --image-size 16 --patch-size 4 \
    --image-tokens 4 -b 32 --gflops 10 data.tar.zst > plan
planned=$(sed -n 's/^memory *\([0-9]*\).*/\1/p' plan)
mm1-pretrain -q -j 1 --vision-width 128 --image-size 16 --patch-size 4 \
    --image-tokens 4 -b 32 --steps 2 -o run --tokenizer "$T" data.tar.zst
used=$(sed -n 's/.*"ev":"end".*"memory":\([0-9]*\).*/\1/p' run/metrics.jsonl)
awk -v plan="$planned" -v used="$used" 'BEGIN {
    used /= 1e6
    diff = plan > used ? plan - used : used - plan
    if (diff > 64 && diff > 0.05 * used) print "planned", plan, "used", used
    else print "as planned" }'
# no pictures where the run would take none
st=0
mm1-pretrain plan $shape -b 4 --objective lm --gflops 1 data.tar.zst 2>&1 || st=$?
echo "status $st"
# too large for one machine: on how many, and how long
for preset in 30b 64b 47b; do
    for memory in 600GB 64GB 8GB; do
        mm1-pretrain plan --preset mm1-$preset --gflops 1e6 --recompute block \
            --rank-memory $memory | sed -n '/^ranks/,$p'
    done
done
mm1-pretrain plan --preset mm1-3b --gflops 1e6 --recompute block --ranks 8 \
    --rank-memory 64GB | sed -n '/^ranks/,$p'
for preset in 30b 3b-moe; do
    mm1-pretrain plan --preset mm1-$preset --gflops 1e6 --recompute block \
        --ranks 1 --rank-memory 24GB | sed -n '/^ranks/,$p'
done
mm1-pretrain plan --preset mm1-7b-moe --gflops 1e6 --recompute none \
    --rank-memory 24GB | sed -n '/^ranks/,$p'
# two towers on as few as may be, and pieces no larger than a rank's part
mm1-pretrain plan --objective clip --preset mm1-clip-h-14 --gflops 1e5 \
    --micro-batch 52 --rank-memory 25276M | sed -n '/^  more/p; /^ranks/,$p'
for n in 1 4 8; do
    mm1-pretrain plan --preset mm1-302m -b 8 --micro-batch 8 --gflops 100 \
        --ranks $n --rank-memory 8G | grep -E '^ranks|activations, program'
done
mm1-pretrain plan --preset mm1-302m -b 8 --micro-batch 1 --gflops 100 \
    --rank-memory 600G | grep 'activations, program'
mm1-pretrain plan --objective aim --gflops 1 | grep '^  more' | cut -c1-28
st=0
mm1-pretrain plan -b 2 --ranks 3 --gflops 1 2>&1 || st=$?
echo "status $st"
