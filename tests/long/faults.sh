# Every call of the system fails once, in the save and resume of a run.
out=$(MM1_TEST_EVERY=1 "${BIN%bin}$([ "${BIN%bin}" != "$ROOT/" ] || echo build/)tests/unit/test_checkpoint" 2>&1) ||
    echo "$out"
echo done
