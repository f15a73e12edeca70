# Twenty steps on one thread and on two: the same bits.
. "$CASES/prepare"
train --steps 20 -o one -j 1
train --steps 20 -o two -j 2
[ "$(hash one 20)" = "$(hash two 20)" ] && echo same
mm1-pretrain -q -b 4 --lr 1e-3 $shape --seed 2 --steps 20 -o other data.tar.zst \
    2> /dev/null
[ "$(hash one 20)" = "$(hash other 20)" ] || echo 'another seed'
