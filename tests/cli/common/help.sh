# What every program and verb answers without work, and how it takes a wrong
# command line and a wrong setting
try() { status=0; "$@" > out 2> err < /dev/null || status=$?; }
wrong() { echo "$name $verb: $*"; cat err; }

refused() { # status words-of-the-message command...
    want=$1 words=$2
    shift 2
    try "$@"
    [ $status = "$want" ] || wrong "$*: status $status, not $want"
    [ ! -s out ] || wrong "$*: writes to standard output"
    grep -q "^$name: .*$words" err || wrong "$*: does not say '$words'"
    lines=$(wc -l < err)
    [ "$lines" = 1 ] || { [ "$want:$lines" = 2:2 ] &&
        grep -qx "Try '$name --help'." err; } || wrong "$*: $lines lines"
}

answers() { # the program, and its verb if any
    try "$@" --help
    [ $status = 0 ] && [ ! -s err ] || wrong "--help: status $status"
    head -n 1 out | grep -Eq "^usage: $*( verb)? \[options\]" || wrong '--help has no usage'
    # a long default stands behind
    sed 's/ \[[^]]*\]$//' out | awk 'length($0) > 110' | grep . && wrong '--help: too wide'
    [ "$(sed -n 2p out)" ] || wrong '--help does not say what it is for'
}

uses() { # the same, where options can be given
    answers "$@"
    try "$@" -h; cp out short
    try "$@" --help -j 1 --quiet; cmp -s out short || wrong '-h is not --help'
    try "$@" --print-config -j 3
    [ $status = 0 ] && [ ! -s err ] || wrong "--print-config: status $status"
    grep -A 1 '^# command line' out | grep -qx 'threads = 3' || wrong '--print-config shows no origin'
    mv out config
    MM1_THREADS=2 try "$@" --print-config -c config -q
    grep -A 1 '^# environment' out | grep -qx 'threads = 2' || wrong 'the environment does not win over a file'
    refused 2 "did you mean '--threads'" "$@" --thraeds 2
    refused 2 "unknown option '-!'" "$@" -!
    refused 2 "'--threads' needs a value" "$@" --threads
    refused 2 "threads" "$@" --threads=two
    refused 2 "no preset 'none'" "$@" --preset none
    refused 66 missing.ini "$@" -c missing.ini
    refused 78 "bad.ini:2: .*did you mean 'threads'" "$@" -c bad.ini
    MM1_THREADS=x refused 78 MM1_THREADS "$@"
    full=0
    "$@" --help > /dev/full 2> err || full=$?
    [ $full = 74 ] || wrong "--help on a full disk: status $full"
}

for program in "$BIN"/mm1-*; do
    name=${program##*/} verb=''
    printf '[%s]\nthreds = 2\n' "$name" > bad.ini
    answers "$name"
    verbs=$(sed -n 's/^  \([a-z][a-z-]*\)  *[A-Za-z].*/\1/p' out)
    grep -q '^usage: [a-z0-9-]* verb ' out || uses "$name"
    try "$name" --version
    grep -Eq "^$name $(cat "$ROOT/VERSION")[ ,].* kernels$" out || wrong "--version: $(cat out)"
    for verb in $verbs; do uses "$name" "$verb"; done
done

# A name may hold anything; what is said about it stays one line.
name=mm1-mix verb=ls
refused 66 'a?b?\[31m' mm1-mix ls "$(printf 'a\nb\033[31m')"
name=mm1-tokenize verb=
refused 2 "did you mean 'encode'" mm1-tokenize encoed
refused 2 'name a verb' mm1-tokenize
