/*
 * judge.c - benchmarks that a language model judges
 */
#include "eval/judge.h"

#include <string.h>

#include "eval/python.h"

int mm_judge_llava(struct mm_buf *out, const struct mm_record *it,
                   const char *text)
{
    const char *context = mm_record_str(it, "context", "caption");
    const char *question = mm_record_str(it, "question", NULL);
    const char *reference = mm_record_str(it, "reference", "answer");
    const char *rule = mm_record_str(it, "rule", NULL);

    if (!context || !question || !reference || !rule)
        return 1;
    mm_buf_addf(out, "[Context]\n%s\n\n[Question]\n%s\n\n", context, question);
    mm_buf_addf(out, "[Assistant 1]\n%s\n\n[End of Assistant 1]\n\n",
                reference);
    mm_buf_addf(out, "[Assistant 2]\n%s\n\n[End of Assistant 2]\n\n", text);
    mm_buf_addf(out, "[System]\n%s\n\n", rule);
    return 0;
}

int mm_judge_mmvet(struct mm_buf *out, const struct mm_record *it,
                   const char *text)
{
    const char *question = mm_record_str(it, "question", NULL);
    const char *answer = mm_record_str(it, "answer", NULL);

    if (!question || !answer)
        return 1;
    mm_buf_addf(out, "%s | ", question);
    while (*answer) {
        size_t n = strncmp(answer, "<AND>", 5) == 0  ? 5
                   : strncmp(answer, "<OR>", 4) == 0 ? 4
                                                     : 0;

        if (n) {
            mm_buf_addc(out, ' ');
            mm_buf_add(out, answer, n);
            mm_buf_addc(out, ' ');
            answer += n;
        } else {
            mm_buf_addc(out, *answer++);
        }
    }
    mm_buf_addf(out, " | %s | ", text);
    return 0;
}

void mm_judge_pair(double pair[2], const char *review)
{
    size_t n = strcspn(review, "\n"), fields = 1, at = 0;
    int good = 1;

    pair[0] = pair[1] = -1;
    for (size_t i = 0; i < n; i++)
        fields += review[i] == ' ' || review[i] == ',';
    if (fields != 2)
        return;
    for (int k = 0; k < 2; k++) {
        size_t len = strcspn(review + at, " ,\n");

        good &= mm_python_float(&pair[k], review + at, len) == 0;
        at += len + 1;
    }
    if (!good)
        pair[0] = pair[1] = -1;
}

double mm_judge_grade(const char *verdict)
{
    double grade;

    if (mm_python_float(&grade, verdict, strcspn(verdict, " ")) < 0 ||
        !(grade >= 0 && grade <= 1))
        return -1;
    return grade;
}
