# kinds.awk - the kind of thing of a table's row, by the patterns of a file
function kind_of(category,    i) {
    for (i = 1; i <= n_kinds && category !~ pattern[i]; i++);
    return i <= n_kinds ? kind[i] : ""
}
BEGIN {
    while ((getline line < kinds) > 0) {
        split(line, part, "\t")
        pattern[++n_kinds] = part[1]
        kind[n_kinds] = part[2]
    }
    close(kinds)
}
