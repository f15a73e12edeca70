# Missing, empty, foreign and cut input: one line that names the file, the right
# status, and nothing under the final name
. "$CASES/lib"
sh "$CASES/inputs"
head -c 3000 "$BIN/mm1-mix" > garbage

refuses() { # letter what file
    what=$2 refused=65
    case $damage in *"$1"*) ;; *) return 0 ;; esac
    case $damage in *C*) refused=78 ;; esac
    on "$3"
    one_line $refused "$3"
    nothing_lost
    case $damage in *s*) ;; *) return 0 ;; esac
    what="$2, from standard input"
    on - "$3"
    one_line $refused 'standard input'
    nothing_lost
}

check() {
    echo old > OUT
    what=missing; on missing; one_line 66 missing; nothing_lost
    case $damage in *d*) ;; *) what=folder; on docs; one_line 66 docs; nothing_lost ;; esac
    : > broken; refuses e empty broken
    head -c $(($(wc -c < "$in") / 2)) "$in" > broken; refuses c cut broken
    refuses g garbage garbage
    on "$in"
    [ $status = 0 ] && [ ! -s err ] || wrong "whole: status $status"
    [ -z "$out" ] || [ -s OUT ] || wrong 'whole: OUT is empty'
    clear
}
each check
