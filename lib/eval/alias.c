/*
 * alias.c - other names of metrics, normalisers and parsers
 */
#include "eval/alias.h"

#include <string.h>

/* Of the folded form, or '\0' for a sign that it does not have. */
static char folded(char c)
{
    if (c == '-' || c == '_' || c == '.' || c == ' ')
        return '\0';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int mm_same_name(const char *s, size_t n, const char *name)
{
    const char *end = s + n;

    for (;;) {
        while (s < end && folded(*s) == '\0')
            s++;
        while (*name && folded(*name) == '\0')
            name++;
        if (s == end || *name == '\0')
            return s == end && *name == '\0';
        if (folded(*s++) != folded(*name++))
            return 0;
    }
}

struct alias {
    const char *word, *name, *flavour;
};

static const struct alias metrics[] = {
    { "cider-d", "cider", "d" },
    { "cider-plain", "cider", "plain" },
    { "coco", "cider", NULL },
    { "coco-caption", "cider", NULL },
    { "textcaps", "cider", NULL },
    { "bleu-1", "bleu", "1" },
    { "bleu-2", "bleu", "2" },
    { "bleu-3", "bleu", "3" },
    { "bleu-4", "bleu", "4" },
    { "sacrebleu", "bleu", "sacrebleu" },
    { "nltk-bleu", "bleu", "nltk" },
    { "rouge", "rouge-l", NULL },
    { "rouge-score", "rouge-l", "rouge-score" },
    { "vqa-v2", "vqa", NULL },
    { "vqa2", "vqa", NULL },
    { "vqa-accuracy", "vqa", NULL },
    { "vqa-openflamingo", "vqa", "openflamingo" },
    { "openflamingo", "vqa", "openflamingo" },
    { "m4c", "textvqa", "m4c" },
    { "vizwiz-vqa", "vizwiz", NULL },
    { "vizwiz-api", "vizwiz", "vizwiz-api" },
    { "vizwiz-answerability", "answerability", NULL },
    { "sqa", "scienceqa", NULL },
    { "sqa-img", "scienceqa", NULL },
    { "scienceqa-img", "scienceqa", NULL },
    { "seed-bench", "seed", NULL },
    { "mmb", "mmbench", NULL },
    { "llava-w", "llava-bench", NULL },
    { "llava-bench-w", "llava-bench", NULL },
    { "llava-in-the-wild", "llava-bench", NULL },
    { "llava-bench-in-the-wild", "llava-bench", NULL },
    { "acc", "choice", "acc" },
    { "acc-norm", "choice", "acc_norm" },
    { "acc-bytes", "choice", "acc_bytes" },
    { "multiple-choice", "choice", NULL },
    { "lambada", "greedy", NULL },
    { "ppl", "perplexity", NULL },
    { "em", "exact", NULL },
    { "exact-match", "exact", NULL },
    { "triviaqa", "exact", "triviaqa" },
    { 0 }
};

static const struct alias normalisers[] = {
    { "ptb-tokenizer", "ptb", NULL },
    { "official", "vqa", NULL },
    { "vqa-v2", "vqa", NULL },
    { "ok-vqa", "vqa", NULL },
    { "textvqa", "m4c", NULL },
    { "exact", "triviaqa", NULL },
    { "exact-match", "triviaqa", NULL },
    { "lm-eval", "triviaqa", NULL },
    { "gqa", "gqa-llava", NULL },
    { "lower-case", "lower", NULL },
    { 0 }
};

static const struct alias parsers[] = {
    { "pope", "yesno", NULL },
    { "mme", "yesno-mme", NULL },
    { "scienceqa", "letter", NULL },
    { "sqa", "letter", NULL },
    { "letter-llava", "letter", NULL },
    { "seed", "letter-first", NULL },
    { "seed-bench", "letter-first", NULL },
    { "mmbench", "letter-vlmevalkit", NULL },
    { "mmmu", "letter-mmmu", NULL },
    { "mmmu-choice", "letter-mmmu", NULL },
    { "mmmu-letter", "letter-mmmu", NULL },
    { "mmmu-multiple-choice", "letter-mmmu", NULL },
    { "letter-mmmu-official", "letter-mmmu", NULL },
    { "mathvista-rules", "mathvista", NULL },
    { 0 }
};

static void look_up(const struct alias *a, const char **name,
                    const char **flavour)
{
    while (a->word && !mm_same_name(*name, strlen(*name), a->word))
        a++;
    if (!a->word)
        return;
    *name = a->name;
    if (!*flavour)
        *flavour = a->flavour;
}

void mm_alias_metric(const char **name, const char **flavour)
{
    look_up(metrics, name, flavour);
}

void mm_alias_filter(const char *verb, const char **name)
{
    const char *none = NULL;

    look_up(strcmp(verb, "parse") == 0 ? parsers : normalisers, name, &none);
}
