# Losses of each step as PyTorch has them, to 1e-4 (tests/reference/common.py).
for golden in "$ROOT"/tests/golden/reference/*/; do
    name=$(basename "$golden")
    mkdir "$name"
    cp "$golden"/* "$name"
    (
        cd "$name"
        mkdir model
        mv config.json model.safetensors model
        mm1-pretrain -q -j 1 $(cat args) -o run data.tar.zst
        sed -n 's/.*"ev":"step".*"loss":\([^,]*\).*/\1/p' run/metrics.jsonl |
            paste - losses | awk -v name="$name" '
                NF != 2 { print name ": step " NR " is on one side only"; next }
                { d = ($1 - $2) / $2 }
                d > 1e-4 || d < -1e-4 {
                    print name ": step " NR ": " $1 ", PyTorch " $2 }
                END { if (!NR) print name ": no losses" }'
    )
done
