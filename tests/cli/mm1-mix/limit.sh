# A limit on the size of files is an error like a full disk: nothing is left.
sh "$CASES/make-docs" 30 0
(ulimit -f 1 && mm1-mix cat docs.tar -o out.tar.zst) || echo $?
ls out* 2> /dev/null || echo nothing
