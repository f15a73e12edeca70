# Killed at 50 random instants: the straight run.
CASES=$ROOT/tests/cli/mm1-eval KILLS=50
. "$CASES/kill.sh"
