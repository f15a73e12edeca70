# The examples of the manual pages are commands that a shell and the programs
# understand: each program is asked for --print-config with what they give it.
command -v mandoc > /dev/null || { echo 'skip: no mandoc'; exit 77; }
mkdir shims work
for p in "$BIN"/mm1-*; do
    cat > "shims/${p##*/}" <<END
#!/bin/sh
err=\$('$p' "\$@" --print-config 2>&1 > /dev/null) || echo "\$0 \$*: \$err" >> '$PWD/log'
echo "${p##*/}" >> '$PWD/ran'
END
done
printf '#!/bin/sh\n"$@"\n' > shims/srun
for p in jq scontrol; do printf '#!/bin/sh\n' > shims/$p; done
chmod +x shims/*
cd work
for page in "$ROOT"/man/*.1; do
    mandoc -T ascii -O width=300,indent=0 "$page" | sed 's/.\x08//g' | awk '
        /^EXAMPLES/ { on = 1; next }
        /^[A-Z]/ { on = 0 }
        !on { next }
        /^ *(\$|srun) / || more { sub(/^ *(\$ )?/, ""); print; more = /[|\\]$/ }' > examples
    # the files that are read; programs only look at their options
    sed -n 's/.*< *\([a-z.-]*\).*/\1/p; s/.* -c \([a-z.]*\).*/\1/p' examples |
        while read -r f; do [ -z "$f" ] || : > "$f"; done
    : > ../ran
    PATH=../shims:$PATH sh -u examples > /dev/null || echo "${page##*/}: status $?"
    [ "$(grep -c mm1- < ../ran)" -ge "$(grep -c mm1- < examples)" ] ||
        echo "${page##*/}: not every example ran"
done 2>&1 | grep -v '^cmp: EOF' || true
cat ../log 2> /dev/null || true
