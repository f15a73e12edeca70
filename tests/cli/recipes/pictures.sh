# tables of captioned pictures, and documents of them
P=$ROOT/recipes/pictures
mkdir -p stamps/animals/birds stamps/symbols stamps/food flags
for f in animals/birds/owl animals/birds/owl_mirror food/green_tea symbols/a; do
    cp "$ROOT/tests/golden/image/rgb.png" "stamps/$f.png"
done
printf 'An "owl".\r\nde.utf8=Eine Eule.\n' > stamps/animals/birds/owl.txt
cp "$ROOT/tests/golden/image/rgb.png" flags/bo.png
cat > iso.json <<'X'
{ "3166-1": [
    {
      "alpha_2": "AW",
      "name": "Aruba"
    },
    {
      "alpha_2": "BO",
      "common_name": "Bolivia",
      "name": "Bolivia, Plurinational State of"
    }
  ] }
X
"$P/folders" stamps > table
"$P/flags" iso.json flags | sed 's,^,../flags/,' >> table
cat table
"$P/lines" caption < table
"$P/lines" kind < table
sed '$d' table | "$P/lines" kind |
    mm1-tokenize import -q --from jsonl --root stamps -o kinds.tar.zst - &&
    mm1-mix cat --json kinds.tar.zst
"$P/lines" nothing
