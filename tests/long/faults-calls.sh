# The n-th I/O call fails, for every n.
STEP=1 sh -eu "$ROOT/tests/cli/faults/calls.sh"
for t in mm1-mix mm1-pretrain; do
    mkdir $t
    (cd $t && CASES=$ROOT/tests/cli/$t STEP=1 sh -eu "$ROOT/tests/cli/$t/fault.sh")
done
