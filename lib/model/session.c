/*
 * session.c - a model that reads a prompt and predicts what follows
 */
#include "model/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/lanes.h"

struct mm_session {
    struct mm_lanes *lanes; /* one */
    size_t vocab;
};

struct mm_session *mm_session_create(struct mm_model *m, size_t capacity,
                                     struct mm_err *err)
{
    const struct mm_text_config *c = &m->config.text;
    struct mm_session *s = mm_alloc(1, sizeof *s, err);

    if (!s)
        return NULL;
    if (capacity == 0 || capacity > c->context)
        capacity = c->context;
    s->vocab = c->vocab;
    s->lanes = mm_lanes_create(m, 1, capacity, err);
    if (!s->lanes) {
        mm_session_free(s);
        return NULL;
    }
    mm_lane_open(s->lanes, 0, 0, 0, capacity);
    return s;
}

void mm_session_free(struct mm_session *s)
{
    if (!s)
        return;
    mm_lanes_free(s->lanes);
    free(s);
}

size_t mm_session_length(const struct mm_session *s)
{
    return mm_lane_length(s->lanes, 0);
}

void mm_session_rewind(struct mm_session *s, size_t n)
{
    mm_lane_rewind(s->lanes, 0, n);
}

static int read_all(struct mm_session *s, const struct mm_feed *f,
                    struct mm_err *err)
{
    int more = mm_lane_feed(s->lanes, 0, f, err) < 0 ? -1 : 1;

    while (more > 0 && mm_lane_waits(s->lanes, 0))
        more = mm_lanes_step(s->lanes, err);
    return more < 0 ? -1 : 0;
}

int mm_session_read(struct mm_session *s, const struct mm_feed *feed,
                    float *logits, struct mm_err *err)
{
    struct mm_feed f = *feed;

    assert(f.n > 0);
    f.predict = logits != NULL;
    if (read_all(s, &f, err) < 0)
        return -1;
    if (logits)
        memcpy(logits, mm_lane_logits(s->lanes, 0), s->vocab * sizeof *logits);
    return 0;
}
