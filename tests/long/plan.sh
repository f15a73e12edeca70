# The plan's memory is that of the run, within 5 % or 64 MB: objectives,
# optimizers, parts, recomputation, experts; and the presets that fit here, at
# a sequence of 256 tokens and one picture.
T=$ROOT/tests/golden/tokenizer.json
docs() { # pairs, texts
    rm -rf docs
    sh "$ROOT/tests/cli/mm1-mix/make-docs" $1 $2
    mm1-tokenize encode -q -t "$T" docs.tar -o tokens.tar.zst
}
pack() { # side, tokens, image tokens, pictures, more
    mm1-encode-image -q --size $1 tokens.tar.zst |
        mm1-mix -q -T $2 --image-tokens $3 --max-images $4 $5 \
            --shuffle window=256 all=1:- -o data.tar.zst
}
compare() {
    mm1-pretrain plan "$@" --gflops 10 data.tar.zst > plan
    rm -rf run
    mm1-pretrain -q --tokenizer "$T" --steps 2 -o run "$@" data.tar.zst
    planned=$(sed -n 's/^memory *\([0-9]*\).*/\1/p' plan)
    used=$(sed -n 's/.*"ev":"end".*"memory":\([0-9]*\).*/\1/p' run/metrics.jsonl)
    awk -v what="$*" -v plan="$planned" -v used="$used" 'BEGIN {
        used /= 1e6
        diff = plan > used ? plan - used : used - plan
        if (!(diff <= 64 || diff <= 0.05 * used) || plan == 0)
            printf "%s: planned %.0f MB, used %.0f\n", what, plan, used
        if (ENVIRON["PLAN_SHOW"])
            printf "%s: planned %.0f MB, used %.0f\n", what, plan, used \
                > "/dev/stderr" }'
}
docs 150 50
pack 56 1024 16 16 ''
for j in 1 2; do
    compare -j $j -b 8
    compare -j $j -b 16 --micro-batch 1
    compare -j $j -b 8 --recompute block
    compare -j $j -b 8 --optimizer adafactor --vision-layers 12
    compare -j $j -b 8 --train connector
    compare -j $j -b 8 --experts 4 --expert-every 1 --micro-batch 4
done
docs 100 0
pack 56 64 1 1 '--pack none'
for recompute in none block; do
    compare -j 2 -b 64 --objective aim --encoder aim-mini --recompute $recompute
    compare -j 2 -b 64 --objective clip --preset mm1-clip-demo \
        --recompute $recompute
done
docs 3 3
free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
for preset in 9m 85m 302m 1.2b 3b 7b; do
    case $preset in 3b | 7b) side=378 ;; *) side=336 ;; esac
    pack $side 256 144 1 ''
    need=$(mm1-pretrain plan --preset mm1-$preset -b 1 --gflops 1 data.tar.zst |
        sed -n 's/^memory *\([0-9]*\).*/\1/p')
    [ "$need" -lt $((free / 3)) ] || continue
    compare --preset mm1-$preset -b 1
    compare --preset mm1-$preset -b 1 --recompute block --optimizer adafactor
done
docs 0 6
pack 56 256 144 1 ''
for preset in 85m 302m; do
    need=$(mm1-pretrain plan --preset mm1-$preset -b 1 --objective lm --gflops 1 \
        data.tar.zst | sed -n 's/^memory *\([0-9]*\).*/\1/p')
    [ "$need" -lt $((free / 3)) ] || continue
    compare --preset mm1-$preset -b 1 --objective lm
done
