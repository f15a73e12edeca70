/*
 * chat.h - documents to tokens and loss mask
 *
 * A template lays a document out as one sequence of tokens and says, while it
 * does so, which of them are targets: the mask comes from construction, never
 * from a search in the tokens.  mm1-tokenize(1) shows each layout.
 *
 *   none       running text: all texts and </s> are targets
 *   plain      picture, then text: a caption
 *   photo      {IMAGE} A photo of {caption} (arXiv 2403.09611, 4)
 *   vqa        {IMAGE} Question: {Q} Short answer: {A} (arXiv 2403.09611, 4)
 *   chatml     <|user|> ... <|end|> <|assistant|> ... <|end|>
 *   vicuna_v1  USER: ... ASSISTANT: ...</s>, as LLaVA-1.5 does
 *
 * Texts are encoded as plain text: the name of a special token in one is
 * ordinary characters.  One <image> stands for each picture.  A text right
 * after a picture gets a space in front unless it begins with white space.
 */
#ifndef MM_DATA_CHAT_H
#define MM_DATA_CHAT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/doc.h"
#include "data/tokenizer.h"

struct mm_chat; /* a template; all are compiled in */

/* NULL with MM_EUSAGE and the names for an unknown one. */
const struct mm_chat *mm_chat_find(const char *name, struct mm_err *err);
const char *mm_chat_name(const struct mm_chat *c);

/* Tokens with their mask: loss.data[i] is 1 when ids.v[i] is a target. */
struct mm_encoded {
    struct mm_ids ids;
    struct mm_buf loss;
};

void mm_encoded_clear(struct mm_encoded *e); /* keeps its memory */
void mm_encoded_release(struct mm_encoded *e);

/*
 * The whole document, <s> to </s>, into e (cleared first).  Without roles only
 * "none" takes any document; the others take a pair as picture and answer.
 * MM_EDATA when the template has no place for what is in the document,
 * MM_ECONFIG when the tokenizer lacks a token that it needs.
 */
int mm_chat_encode(const struct mm_chat *c, const struct mm_tokenizer *t,
                   const struct mm_doc *d, struct mm_encoded *e,
                   struct mm_err *err);

/*
 * What the model is to continue, appended to ids: all before the last
 * answer (a last assistant turn is left out), and the words that ask for it.
 * It is exactly what mm_chat_encode() puts before that answer.  With "none" the
 * whole document without its end.
 */
int mm_chat_prompt(const struct mm_chat *c, const struct mm_tokenizer *t,
                   const struct mm_doc *d, struct mm_ids *ids,
                   struct mm_err *err);

/*
 * A conversation in pieces, appended to ids: exchanges, which end with an
 * answer, and after them what asks for the next one.  Their ids, one after the
 * other, are those of mm_chat_prompt() for the whole.  first: nothing is before
 * the piece.  MM_EDATA for "none", which knows no turns.
 */
int mm_chat_exchange(const struct mm_chat *c, const struct mm_tokenizer *t,
                     const struct mm_doc *d, int first, struct mm_ids *ids,
                     struct mm_err *err);
int mm_chat_next(const struct mm_chat *c, const struct mm_tokenizer *t,
                 const struct mm_doc *d, int first, struct mm_ids *ids,
                 struct mm_err *err);

/* Does part i get a space in front?  (The trainer of the BPE asks.) */
int mm_chat_spaced(const struct mm_doc *d, size_t i);

#endif
