# Lines "KIND.SEED {event}" and "plan.KIND row" to a table, and to the file
# `json`: the last validation of each run, experts beside dense, and the mean
# difference with its 95 % interval (Student's t).

function number(line, key,    rest) {
    if (!match(line, "\"" key "\":[-+0-9.e]+"))
        return ""
    rest = substr(line, RSTART, RLENGTH)
    sub(/.*:/, "", rest)
    return rest + 0
}

function source(line, name) {
    if (!match(line, "\"" name "\":[{]\"loss\":[-+0-9.e]+"))
        return ""
    return number(substr(line, RSTART, RLENGTH), "loss")
}

{ split($1, id, "."); kind = id[1]; seed = id[2] }

kind == "plan" && /^plan[^ ]* parameters/ { parameters[seed] = $3 }
kind == "plan" && /active for a token/ { active[seed] = $NF }
kind == "plan" && /FLOPs of a step/ { flops[seed] = $NF }
kind == "plan" { next }

/"ev":"step"/ {
    steps = number($0, "step")
    tokens[kind, seed] += number($0, "tokens")
    speed[kind] += number($0, "tok_s"); n_speed[kind]++
    dropped += number($0, "dropped")
    uneven = number($0, "load_max")
}
/"ev":"eval"/ {
    loss[kind, seed] = number($0, "loss")
    of["gcide", kind, seed] = source($0, "gcide")
    of["essays", kind, seed] = source($0, "essays")
    of["glosses", kind, seed] = source($0, "glosses")
    if (!(seed in seen)) { seeds[++n] = seed; seen[seed] = 1 }
}

# mean[], half[]: of the differences d[1..n]
function interval(d, name,    i, m, v, t) {
    for (i = 1; i <= n; i++) m += d[i] / n
    for (i = 1; i <= n; i++) v += (d[i] - m) ^ 2
    t = n == 2 ? 12.706 : n == 3 ? 4.303 : n == 4 ? 3.182 : n == 5 ? 2.776 : 1.96
    mean[name] = m
    half[name] = n > 1 ? t * sqrt(v / (n - 1) / n) : 0
}

function differences(name,    i, d) {
    for (i = 1; i <= n; i++)
        d[i] = name == "all" ? loss["moe", seeds[i]] - loss["dense", seeds[i]] \
            : of[name, "moe", seeds[i]] - of[name, "dense", seeds[i]]
    interval(d, name)
    printf "%-24s %+.4f +- %.4f\n", name == "all" ? "all" : "  " name, mean[name], half[name]
}

END {
    print "loss on held-out text after " steps " steps; lower is better"
    printf "%-24s %10s %10s %10s\n", "seed", "dense", "8 experts", "difference"
    for (i = 1; i <= n; i++) {
        s = seeds[i]
        printf "%-24s %10.4f %10.4f %+10.4f\n", s, loss["dense", s], \
            loss["moe", s], loss["moe", s] - loss["dense", s]
    }
    print ""
    print "experts less dense, mean and 95 % interval over the seeds"
    split("all gcide essays glosses", names, " ")
    for (i = 1; i <= 4; i++) differences(names[i])
    print ""
    printf "%-24s %10s %10s\n", "", "dense", "8 experts"
    printf "%-24s %10s %10s\n", "parameters", parameters["dense"], parameters["moe"]
    printf "%-24s %10s %10s\n", "active for a token", parameters["dense"], active["moe"]
    printf "%-24s %10s %10s\n", "FLOPs of a step", flops["dense"], flops["moe"]
    printf "%-24s %10.0f %10.0f\n", "tokens a second", \
        speed["dense"] / n_speed["dense"], speed["moe"] / n_speed["moe"]
    printf "%-24s %10s %10.3f\n", "dropped choices", "", dropped / n_speed["moe"]
    printf "%-24s %10s %10.2f\n", "largest load, at the end", "", uneven
    printf "{\"steps\":%d,\"seeds\":[", steps > json
    for (i = 1; i <= n; i++) {
        s = seeds[i]
        printf "%s{\"seed\":%d,\"tokens\":%d,\"dense\":%.6f,\"moe\":%.6f}", \
            (i == 1 ? "" : ","), s, tokens["moe", s], loss["dense", s], loss["moe", s] > json
    }
    printf "],\"difference\":{" > json
    for (i = 1; i <= 4; i++)
        printf "%s\"%s\":[%.6f,%.6f]", (i == 1 ? "" : ","), names[i], \
            mean[names[i]], half[names[i]] > json
    printf "},\"dropped\":%.5f}\n", dropped / n_speed["moe"] > json
}
