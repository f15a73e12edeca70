# A shard is a tar in zstd: other tools list it, and mm1-mix reads theirs.
sh "$CASES/make-docs" 2 1
mm1-mix cat docs.tar -o docs.tar.zst
zstd -dcq docs.tar.zst | tar t
zstd -dcq docs.tar.zst | tar xO t0.json
zstd -dcq docs.tar.zst | mm1-mix ls
tar c docs/*.json | zstd -q | mm1-mix ls -l | grep t0
zstd -t -q docs.tar.zst
zstd -lv docs.tar.zst | grep -c 'Check: XXH64'
mm1-mix ls docs.tar
