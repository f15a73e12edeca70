# The commands that README shows, in its order; what the model says in the end.
sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$ROOT/README.md" > commands.sh
ROOT=$ROOT sh -eu commands.sh > said 2> log || { cat log; exit 1; }
grep -o 'a calm sea' said | head -n 1
grep -c tokens.npy said
