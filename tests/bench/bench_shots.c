/*
 * bench_shots.c - eight examples in front of each question: read once, or again
 * each time
 *
 * A line of JSON for each of two models, one small for the pictures and one
 * with a large encoder, on one thread: seconds an item with the examples kept
 * in a stem and without, one item at a time, and their ratio.  The answers are
 * compared, and must be equal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/io.h"
#include "base/par.h"
#include "eval/desk.h"
#include "timing.h"

#define SHOTS 8
#define ITEMS 8
#define PICTURE "tests/golden/image/rgb.png"
#define TOKENIZER "tests/golden/tokenizer.json"

static void check(int result, const struct mm_err *err)
{
    if (result == 0)
        return;
    fprintf(stderr, "bench_shots: %s\n", err->msg);
    exit(70);
}

/* An item with a picture, a question and an answer. */
static void make_item(struct mm_item *it, size_t i)
{
    struct mm_member *picture;
    struct mm_err err;
    char json[256], id[32];

    *it = (struct mm_item){ 0 };
    snprintf(id, sizeof id, "item%zu", i);
    snprintf(json, sizeof json,
             "{\"texts\":[null,\"What is in picture %zu?\"],"
             "\"images\":[\"0.png\",null],\"roles\":[\"user\",\"user\"],"
             "\"answers\":[\"thing %zu\"]}",
             i, i);
    check(mm_sample_set_key(&it->sample, id, &err), &err);
    check(mm_sample_add_bytes(&it->sample, "json", json, strlen(json), &err),
          &err);
    picture = need(mm_sample_add(&it->sample, "0.png", &err));
    check(mm_read_file(PICTURE, &picture->data, 1 << 24, &err), &err);
    check(mm_item_read(it, it->sample.key, &err), &err);
}

struct bench {
    struct mm_bundle bundle;
    struct mm_task task;
    struct mm_item shots[SHOTS], items[ITEMS];
    struct mm_shot list[SHOTS];
};

static void done(void *ctx, void *tag, const struct mm_err *err)
{
    struct mm_buf *said = ctx;
    const struct mm_query *q = tag;

    if (err)
        check(-1, err);
    mm_buf_add(said, q->reply.text.data, q->reply.text.len);
}

static void ask(struct mm_desk *d, struct mm_query *q, const struct bench *b,
                size_t i)
{
    struct mm_err err;

    check(mm_query_make(q, d->a, &b->items[i], b->list, SHOTS, &err), &err);
    if (mm_desk_take(d, q, q, &err) != 1)
        exit(70);
    while (mm_desk_pass(d, &err) > 0)
        continue;
}

static double ask_all(const struct bench *b, size_t n, int fresh,
                      struct mm_buf *said)
{
    const struct mm_asking a = { .bundle = &b->bundle,
                                 .task = &b->task,
                                 .shared = !fresh };
    struct mm_desk desk;
    struct mm_query query = { 0 };
    struct mm_err err;
    double begin, took;

    check(mm_desk_open(&desk, &a, 1, 0, &err), &err);
    desk.done = done;
    desk.ctx = said;
    /* the first reads the examples in either case */
    ask(&desk, &query, b, 0);
    begin = mm_seconds();
    for (size_t i = 0; i < n; i++)
        ask(&desk, &query, b, i);
    took = (mm_seconds() - begin) / (double)n;
    mm_query_release(&query);
    mm_desk_close(&desk);
    return took;
}

static void open_bench(struct bench *b, const char *preset, size_t layers)
{
    static char prompt[] = "{image} Question: {question} Short answer:";
    static char answer[] = " {answer}", separator[] = "\n";
    struct mm_config c;
    struct mm_err err;

    *b = (struct bench){ .task = { .max_tokens = 8 } };
    b->task.prompt = prompt;
    b->task.answer = answer;
    b->task.separator = separator;
    check(mm_config_preset(&c, preset, &err), &err);
    b->bundle.tokenizer = need(mm_tokenizer_load(TOKENIZER, &err));
    c.text.vocab = mm_tokenizer_size(b->bundle.tokenizer);
    c.text.image = mm_tokenizer_image(b->bundle.tokenizer);
    c.text.context = 2048;
    if (layers)
        c.vision.layers = layers;
    b->bundle.model = need(mm_model_create(&c, 1, 0, &err));
    mm_model_init(b->bundle.model, 1);
    mm_preprocess_default(&b->bundle.preprocess);
    b->bundle.preprocess.size = c.vision.image_size;
    for (size_t i = 0; i < SHOTS; i++) {
        make_item(&b->shots[i], i);
        b->list[i] = (struct mm_shot){ i, &b->shots[i] };
    }
    for (size_t i = 0; i < ITEMS; i++)
        make_item(&b->items[i], SHOTS + i);
}

static void close_bench(struct bench *b)
{
    for (size_t i = 0; i < SHOTS; i++)
        mm_item_release(&b->shots[i]);
    for (size_t i = 0; i < ITEMS; i++)
        mm_item_release(&b->items[i]);
    mm_bundle_close(&b->bundle);
}

static int bench(const char *preset, size_t layers, size_t items)
{
    struct bench b;
    struct mm_buf kept = { 0 }, anew = { 0 };
    double with, without;
    int same;

    open_bench(&b, preset, layers);
    with = ask_all(&b, items, 0, &kept);
    without = ask_all(&b, items, 1, &anew);
    same = kept.len == anew.len &&
           (kept.len == 0 || memcmp(kept.data, anew.data, kept.len) == 0);
    printf("{\"bench\":\"shots\",\"model\":\"%s\",\"level\":\"%s\","
           "\"threads\":%d,\"shots\":%d,\"kept_s\":%.4f,\"anew_s\":%.4f,"
           "\"ratio\":%.2f,\"same\":%s}\n",
           preset, mm_cpu_level_name(mm_cpu_level()), mm_par_threads(), SHOTS,
           with, without, without / with, same ? "true" : "false");
    mm_buf_release(&kept);
    mm_buf_release(&anew);
    close_bench(&b);
    return same ? 0 : 1;
}

int main(int argc, char **argv)
{
    mm_par_set_threads(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1);
    return bench("mm1-demo", 0, ITEMS) | bench("mm1-9m", 2, 1);
}
