# json.awk - what the generators of questions share
function quote(s) {
    gsub(/\\/, "\\\\", s)
    gsub(/"/, "\\\"", s)
    return "\"" s "\""
}

# A question about a picture ("": none) and its answer, as an open object.
function ask(picture, question, answer,    s) {
    if (picture == "")
        s = sprintf("{\"texts\":[%s,%s],\"images\":[null,null],\"roles\":[\"user\",\"assistant\"]",
                    quote(question), quote(answer))
    else
        s = sprintf("{\"texts\":[null,%s,%s],\"images\":[%s,null,null],\"roles\":[\"user\",\"user\",\"assistant\"]",
                    quote(question), quote(answer), quote(picture))
    return s ",\"answers\":[" quote(answer) "]"
}

function options(v, n,    i, s) {
    s = ",\"options\":["
    for (i = 1; i <= n; i++)
        s = s (i > 1 ? "," : "") quote(v[i])
    return s "]"
}

# 0..n-1 from a text: the same on every machine
function pick(text, n,    i, h) {
    h = 7
    for (i = 1; i <= length(text); i++)
        h = (h * 31 + index(letters, substr(text, i, 1)) + 1) % 1000003
    return (h * 7919 + 12345) % 1000003 % n
}

# The answer and wrong ones in an order that the text decides; where it stands.
function shuffle(v, n, text,    i, k, t) {
    for (i = n; i > 1; i--) {
        k = pick(text i, i) + 1
        t = v[i]; v[i] = v[k]; v[k] = t
    }
}

BEGIN { letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./()'," }
