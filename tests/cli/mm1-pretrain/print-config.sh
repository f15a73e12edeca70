# What presets and rules make of options that were not given: the paper's run
show() {
    mm1-pretrain --print-config "$@" |
        sed -n '/which makes/{N;s/# default, which makes //;s/\n/ for /p;}'
}
show --preset mm1-30b
echo
show --preset mm1-3b-moe --batch 8 | grep -e expert -e capacity -e loss -e lr
echo
show --objective aim --encoder aim-600m --lr 1e-4 --warmup 5
echo
mm1-sft --print-config -m any | grep -A 1 makes
# the file says what was given, and so the same comes of it again
mm1-pretrain --print-config --preset mm1-demo --layers 3 > one
mm1-pretrain --print-config -c one > two
grep -v '^#' one > 1
grep -v '^#' two | cmp - 1 && echo same
try() { "$@" || echo "status $?"; }
try mm1-pretrain --print-config --preset mm1-demo --objective clip > refused
grep -A 1 'command line' refused
grep status refused
