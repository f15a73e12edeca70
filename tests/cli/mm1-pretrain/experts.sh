# A decoder with experts: it learns, stops and goes on, says what its routers
# do, and answers; dense models become one; what does not fit is refused.
. "$CASES/prepare"
moe() { train --experts 4 --expert-every 1 --steps 6 "$@"; }
moe -j 1 --save-every 3 -o one
moe -j 2 --save-every 3 -o two
[ "$(hash one 6)" = "$(hash two 6)" ] && echo 'same bits on two threads'
rm -r one/step-00000006
moe -j 1 --save-every 3 -o one
[ "$(hash one 6)" = "$(hash two 6)" ] && echo 'same bits when resumed'
moe -j 2 --recompute block --save-every 3 -o three
[ "$(hash three 6)" = "$(hash two 6)" ] && echo 'same bits when recomputed'
grep -o '"num_experts":.*router_z_loss_coef":[0-9.]*' one/step-00000006/config.json
sed -n 's/.*"ev":"step","step":1,.*"router":{\(.*\)}}/\1/p' one/metrics.jsonl |
    sed 's/:[0-9.e-]*/:N/g; s/\[.*\]/[N,N,N,N]/'
awk -F'"load":|]' '/"ev":"step"/ {
    n = split(substr($2, 2), load, ","); s = 0
    for (i = 1; i <= n; i++) s += load[i]
    if (n != 4 || s < 0.999 || s > 1.001) print "load", $2 }' one/metrics.jsonl
# nothing is dropped without a limit; a tight one drops
moe --dropless -o dropless
moe --capacity-factor 0.5 -o tight
for run in dropless tight; do
    echo "$run" $(grep -c '"dropped":0,' $run/metrics.jsonl)
done
# a session and a whole sequence agree on what the model says
mm1-generate -q -m one -n 8 -p 'a' > said
mm1-generate -q -j 1 -m one -n 8 -p 'a' | cmp - said && echo 'says the same'

# from a dense model: each expert is its MLP, so it says the same
train --steps 6 -o dense
moe --dropless --upcycle dense --train connector -o up
size() { wc -c < "$1/step-00000006/model.safetensors"; }
[ "$(size up)" -gt "$(size dense)" ] && echo upcycled
mm1-generate -q -m dense -n 8 -p 'a' > dense.txt
mm1-generate -q -m up -n 8 -p 'a' | cmp - dense.txt && echo 'as the dense one'
# experts go on as --init-lm, and are fine-tuned
moe --init-lm one -o again && echo again
mm1-sft -q -m one -b 4 --steps 2 -o sft data.tar.zst &&
    grep -c '"router"' sft/metrics.jsonl

# what it takes
mm1-pretrain plan --preset mm1-64b --batch 512 --micro-batch 1 --gflops 1e6 |
    grep -e '^parameters' -e model -e active -e 'N of'
try() { st=0; "$@" > /dev/null || st=$?; echo "status $st"; }
try train --steps 6 --experts 4 --expert-every 1 --capacity-factor 1 -o one
try train --steps 1 --experts 4 --layers 3 -o no
try train --steps 1 --experts 1 -o no
try train --steps 1 --expert-every 2 -o no
try train --steps 1 --dropless -o no
try moe --dropless --capacity-factor 2 -o no
try train --steps 1 --upcycle dense -o no
try moe --upcycle dense --init-lm one -o no
try moe --upcycle one -o no
try moe --expert-hidden 48 --upcycle dense -o no
try moe --init-lm dense -o no
ls -d no 2>&1
