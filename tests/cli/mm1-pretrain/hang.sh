# A call that does not return: the watchdog names the work and ends the run, and
# the same command goes on.
. "$CASES/prepare"
. "$ROOT/tests/faulty"
try() {
    st=0
    MM1_FAULT_HANG=$1 timeout 60 mm1-pretrain -q -j 1 -b 4 --lr 1e-3 \
        --tokenizer "$T" $shape --steps 4 --save-every 2 --watchdog $2 -o run \
        data.tar.zst 2>&1 || st=$?
    echo "status $st"
}
try pread 2 | sed 's/taken [0-9]* s/taken N s/'
try fsync 3 | sed 's/taken [0-9]* s/taken N s/'
try none -1
ls run
