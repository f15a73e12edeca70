# Hostile pages of twice the length take at most 2.3 times the instructions
# (counted by callgrind, so that other work on the machine does not matter)
command -v valgrind > /dev/null || { echo "skip: no valgrind"; exit 77; }
if nm "$BIN/mm1-tokenize" | grep -q __asan_init; then
    echo "skip: valgrind does not run a sanitizer's build"; exit 77
fi

count() { # page: instructions of importing it
    MM1_ISA=plain valgrind -q --tool=callgrind \
        --callgrind-out-file=cg "$BIN/mm1-tokenize" import -q -j 1 --from html --min-images 0 \
        "$1" -o out > /dev/null 2> log || grep -q 'no documents' log || cat log >&2
    sed -n 's/^summary: //p' cg
}

page() { # first second bytes: a page of half of each
    { printf '<p>x<p '; yes "$1" | tr -d '\n' | head -c $(($3 / 2)); yes "$2" | tr -d '\n' | head -c $(($3 / 2)); } > page.html
}

echo '<p>x' > page.html
base=$(count page.html)
while read -r first second; do
    page "$first" "$second" 100000; one=$(count page.html)
    page "$first" "$second" 200000; two=$(count page.html)
    if [ $(((two - base) * 10)) -gt $(((one - base) * 23)) ]; then
        echo "'$first' '$second': $((one - base)) instructions, then $((two - base))"
    fi
done << 'X'
<i> </b>
<div> </p>
<div> </section>
<ul><li> <nav>
<b/i> <b/i
<!-- <!-
& &amp
/a= =
/a=b /a='
< </
<script> </script
<table><tr><td> </table>
<nav> </nav></div>
<title> <
<img/src=a/alt=b> x
<img/src=a> <img/src='b
X
