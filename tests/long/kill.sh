# Killed 200 times: the straight run.
CASES=$ROOT/tests/cli/mm1-pretrain KILLS=200 STEPS=2500
export KILLS STEPS
. "$CASES/kill.sh"
