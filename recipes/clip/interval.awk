# interval.awk: "SEED clip|random LOSS TOKENS" lines to a table: the losses of
# each seed, the mean of their differences, and its 95 % interval by Student's t
# (quantiles for 2 to 10 seeds).
BEGIN {
    split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262", t)
    printf "%-6s %10s %10s %10s\n", "seed", "clip", "random", "difference"
}
{
    loss[$1, $2] = $3
    tokens = $4
    if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 }
}
END {
    for (i = 1; i <= n; i++) {
        s = order[i]
        d[i] = loss[s, "clip"] - loss[s, "random"]
        sum += d[i]
        printf "%-6s %10.4f %10.4f %10.4f\n", s, loss[s, "clip"],
            loss[s, "random"], d[i]
    }
    mean = sum / n
    for (i = 1; i <= n; i++) square += (d[i] - mean) ^ 2
    if (n > 1 && n <= 10) {
        half = t[n - 1] * sqrt(square / (n - 1) / n)
        printf "mean difference %.4f, 95 %% from %.4f to %.4f\n", mean,
            mean - half, mean + half
    }
    printf "loss per token of %d tokens of held-out captions\n", tokens
}
