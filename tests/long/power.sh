# The power fails 50 times: no checkpoint that was announced is lost, and the
# run ends as the straight one.
[ "$(id -u)" = 0 ] || { echo 'skip: must be root to mount'; exit 77; }
. "$ROOT/tests/cli/mm1-pretrain/prepare"
mkdir disk
truncate -s 48M image
mkfs.ext4 -qF image
mount -o loop image disk 2> /dev/null || { echo 'skip: cannot mount'; exit 77; }
umount disk
# ext4 drops all that is not on disk, its journal too
cut='import fcntl, os, struct
fcntl.ioctl(os.open("disk", os.O_RDONLY), 0x8004587d, struct.pack("I", 2))'
newest() { ls disk/run 2> /dev/null | sed -n 's/^step-0*\([0-9]*\)$/\1/p' | sort -n | tail -n 1; }
n=2000 i=0 seen=0
train -j 1 --steps $n -o straight
while [ $i -lt 50 ]; do
    i=$((i + 1))
    mount -o loop image disk
    mm1-pretrain -q -j 1 -b 4 --lr 1e-3 --tokenizer "$T" $shape --steps $n \
        --save-every 3 -o disk/run data.tar.zst 2> /dev/null &
    pid=$!
    sleep "0.$((10 + i * 37 % 60))"
    said=$(sed -n 's/.*"ckpt","step":\([0-9]*\),"seconds":[^,]*}$/\1/p' \
        disk/run/metrics.jsonl 2> /dev/null | tail -n 1)
    python3 -c "$cut"
    kill -9 $pid 2> /dev/null || true
    wait $pid 2> /dev/null || true
    umount disk
    mount -o loop image disk
    found=$(newest)
    [ -z "$said" ] || seen=$((seen + 1))
    [ "${found:-0}" -ge "${said:-0}" ] || echo "lost: $said, there is ${found:-none}"
    umount disk
done
[ $seen -gt 25 ] || echo "only $seen cuts after a checkpoint"
mount -o loop image disk
train -j 1 --steps $n --save-every 3 -o disk/run
[ "$(hash straight $n)" = "$(hash disk/run $n)" ] && echo same
umount disk
