# Four kinds of damage, four messages, one status; nothing under the final name.
# where zstd cuts depends on its version
status() { "$@" 2> err || echo "status $?"; sed 's/byte [0-9]*/byte N/' err; }
sh "$CASES/make-docs" 3 3
mm1-mix cat docs.tar -o good.tar.zst
status mm1-mix verify good.tar.zst
head -c 900 good.tar.zst > cut.tar.zst
status mm1-mix verify cut.tar.zst
status mm1-mix cat cut.tar.zst -o out.tar.zst
head -c 900 good.tar.zst | status mm1-mix ls
: > empty
status mm1-mix verify empty
status mm1-mix ls < empty
echo 'hello, this is no shard' > text
status mm1-mix verify text
gzip -c docs.tar > docs.tar.gz
status mm1-mix verify docs.tar.gz
zstd -dcq good.tar.zst | sed 's/"mm1-shard":1/"mm1-shard":9/' > newer.tar
status mm1-mix verify newer.tar
zstd -dcq good.tar.zst | sed 's/picture no. 1/picture no. 7/' > changed.tar
status mm1-mix verify changed.tar
cp good.tar.zst flipped.tar.zst
was=$(od -An -tu1 -j700 -N1 flipped.tar.zst)
printf "\\$(printf %o $((255 - was)))" |
    dd of=flipped.tar.zst bs=1 seek=700 conv=notrunc 2> /dev/null
status mm1-mix verify flipped.tar.zst good.tar.zst
cat good.tar.zst good.tar.zst > twice.tar.zst
status mm1-mix verify twice.tar.zst
status mm1-mix verify missing.tar.zst
status mm1-mix verify .
status mm1-mix cat missing.tar.zst -o out.tar.zst
status mm1-mix cat good.tar.zst -o /dev/full
full() { "$@" > /dev/full; }
status full mm1-mix cat good.tar.zst
status full mm1-mix ls good.tar.zst
ls
