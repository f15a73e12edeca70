# Output that cannot be written: a full disk, no such folder, a folder in its
# place, no permission, a reader that has gone away
. "$CASES/lib"
sh "$CASES/inputs"
echo old > OUT
mkdir folder

to_stdout() {
    what='standard output on a full disk' status=0
    # shellcheck disable=SC2086
    $head"$in" $tail > /dev/full 2> err < /dev/null || status=$?
    one_line 74 'standard output'
    what='reader gone'
    rm -f gone
    # shellcheck disable=SC2086
    {
        until [ -e gone ]; do sleep 0.01; done
        status=0
        $head"$in" $tail 2> err < /dev/null || status=$?
        echo $status > status
    } | { exec < /dev/null; : > gone; }
    until [ -s status ]; do sleep 0.01; done
    status=$(cat status)
    rm -f status
    [ "$status" = 141 ] || wrong "$what: status $status, not 141"
    [ ! -s err ] || wrong "$what: not silent"
}

to_file() { # status where
    to=$2 what="to $2"
    on "$in"
    one_line "$1" "$2"
    nothing_lost
}

check() {
    case $row in
    *' verify '* | *' lint '*) return 0 ;; # say nothing
    *HELD* | *RUN* | *PREDICTIONS*) ;;
    *) to_stdout ;;
    esac
    [ -n "$out" ] || return 0
    to_file 74 /dev/full
    to_file 74 nowhere/OUT
    to_file 74 text/OUT
    to_file 74 folder
    to_file 77 /sys/OUT
}
each check
[ "$(cat OUT)" = old ] || echo 'OUT is changed'
