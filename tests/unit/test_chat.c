/*
 * test_chat.c - templates: layout, mask, and prompts that are prefixes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/chat.h"

static const char pair[] =
    "{\"texts\":[\"A cat.\",null],\"images\":[null,\"0.jpg\"]}";
static const char question[] =
    "{\"texts\":[null,\"What?\",\"a cat\"],\"images\":[\"0.jpg\",null,null],"
    "\"roles\":[\"user\",\"user\",\"assistant\"]}";
static const char turns[] =
    "{\"texts\":[\"Be brief.\",\"What?\",null,\"a cat\",\"Big?\",\"no\"],"
    "\"images\":[null,null,\"0.jpg\",null,null,null],"
    "\"roles\":[\"system\",\"user\",\"user\",\"assistant\",\"user\","
    "\"assistant\"]}";

static struct mm_tokenizer *t;

static int load(void **state)
{
    struct mm_err err;

    (void)state;
    t = mm_tokenizer_load("tests/golden/tokenizer.json", &err);
    return t == NULL ? -1 : 0;
}

static int unload(void **state)
{
    (void)state;
    mm_tokenizer_free(t);
    return 0;
}

static int encode(const char *template, const char *json,
                  struct mm_encoded *e, struct mm_ids *prompt,
                  struct mm_err *err)
{
    const struct mm_chat *c = mm_chat_find(template, err);
    struct mm_doc d = { 0 };
    int result;

    assert_non_null(c);
    assert_int_equal(mm_doc_parse(&d, json, strlen(json), err), 0);
    result = mm_chat_encode(c, t, &d, e, err);
    if (result == 0 && prompt != NULL)
        result = mm_chat_prompt(c, t, &d, prompt, err);
    mm_doc_release(&d);
    return result;
}

/* As text, with brackets around the targets. */
static void show(const struct mm_encoded *e, struct mm_buf *out)
{
    struct mm_err err;

    assert_int_equal(e->loss.len, e->ids.n);
    for (size_t i = 0; i < e->ids.n; i++) {
        if (e->loss.data[i] && (i == 0 || !e->loss.data[i - 1]))
            mm_buf_addc(out, '[');
        assert_int_equal(mm_tokenizer_decode(t, &e->ids.v[i], 1, 1, out, &err),
                         0);
        if (e->loss.data[i] && (i + 1 == e->ids.n || !e->loss.data[i + 1]))
            mm_buf_addc(out, ']');
    }
}

static void check(const char *template, const char *json, const char *want)
{
    struct mm_encoded e = { 0 };
    struct mm_buf got = { 0 };
    struct mm_err err;

    assert_int_equal(encode(template, json, &e, NULL, &err), 0);
    show(&e, &got);
    assert_string_equal(got.data, want);
    mm_buf_release(&got);
    mm_encoded_release(&e);
}

/* A conversation in pieces has the ids of the whole. */
static void pieces_are_the_whole(void **state)
{
    static const char *const names[] = { "plain", "photo", "vqa", "chatml",
                                         "vicuna_v1" };
    static const char *const pieces[] = {
        "{\"texts\":[\"Be brief.\",null,\"What?\",\"a cat\"],"
        "\"images\":[null,\"0.jpg\",null,null],"
        "\"roles\":[\"system\",\"user\",\"user\",\"assistant\"]}",
        "{\"texts\":[\"And this \",null,\"a dog\"],"
        "\"images\":[null,\"1.jpg\",null],"
        "\"roles\":[\"user\",\"user\",\"assistant\"]}",
        ("{\"texts\":[null,\"Which one?\"],\"images\":[\"2.jpg\",null],"
         "\"roles\":[\"user\",\"user\"]}")
    };
    static const char whole[] =
        "{\"texts\":[\"Be brief.\",null,\"What?\",\"a cat\",\"And this \",null,"
        "\"a dog\",null,\"Which one?\"],"
        "\"images\":[null,\"0.jpg\",null,null,null,\"1.jpg\",null,"
        "\"2.jpg\",null],\"roles\":[\"system\",\"user\",\"user\","
        "\"assistant\",\"user\",\"user\",\"assistant\",\"user\",\"user\"]}";

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct mm_ids ids = { 0 }, all = { 0 };
        struct mm_doc d;
        struct mm_err err;
        const struct mm_chat *c = mm_chat_find(names[i], &err);

        for (size_t k = 0; k < 3; k++) {
            d = (struct mm_doc){ 0 };
            assert_int_equal(mm_doc_parse(&d, pieces[k], strlen(pieces[k]),
                                          &err),
                             0);
            assert_int_equal((k < 2 ? mm_chat_exchange : mm_chat_next)(
                                 c, t, &d, k == 0, &ids, &err),
                             0);
            mm_doc_release(&d);
        }
        d = (struct mm_doc){ 0 };
        assert_int_equal(mm_doc_parse(&d, whole, strlen(whole), &err), 0);
        assert_int_equal(mm_chat_prompt(c, t, &d, &all, &err), 0);
        mm_doc_release(&d);
        assert_int_equal(ids.n, all.n);
        assert_memory_equal(ids.v, all.v, all.n * sizeof *all.v);
        mm_ids_release(&ids);
        mm_ids_release(&all);
    }
}

static void none_is_running_text(void **state)
{
    (void)state;
    check("none", pair, "<s>[A cat.]<image>[</s>]");
    check("none", "{\"texts\":[\"a\",\"b\",null,\" c\"],"
                  "\"images\":[null,null,\"0.jpg\",null]}",
          "<s>[a\n\nb]<image>[ c</s>]");
    check("none", "{\"texts\":[null,\"c\"],\"images\":[\"0.jpg\",null]}",
          "<s><image>[ c</s>]");
    check("none", "{\"texts\":[],\"images\":[]}", "<s>[</s>]");
}

static void plain_is_a_caption(void **state)
{
    (void)state;
    check("plain", pair, "<s><image>[ A cat.</s>]");
    check("plain", question, "<s><image> What?[ a cat</s>]");
}

static void photo_asks_for_a_caption(void **state)
{
    (void)state;
    check("photo", pair, "<s><image> A photo of[ A cat.</s>]");
}

static void vqa_asks_as_the_paper(void **state)
{
    (void)state;
    check("vqa", question,
          "<s><image> Question: What? Short answer:[ a cat</s>]");
    check("vqa", turns,
          "<s>Be brief.\n<image> Question: What? Short answer:[ a cat\n]"
          "Question: Big? Short answer:[ no</s>]");
}

static void chatml_marks_turns(void **state)
{
    (void)state;
    check("chatml", turns,
          "<s><|system|>Be brief.<|end|><|user|>What?<image><|end|>"
          "<|assistant|>[a cat<|end|>]<|user|>Big?<|end|>"
          "<|assistant|>[no<|end|></s>]");
    check("chatml", pair,
          "<s><|user|><image><|end|><|assistant|>[A cat.<|end|></s>]");
}

static void vicuna_has_its_system(void **state)
{
    (void)state;
    check("vicuna_v1", turns,
          "<s>Be brief. USER: What?<image> ASSISTANT:[ a cat</s>]"
          "USER: Big? ASSISTANT:[ no</s>]");
    check("vicuna_v1", question,
          "<s>A chat between a curious user and an artificial intelligence "
          "assistant. The assistant gives helpful, detailed, and polite "
          "answers to the user's questions. USER: <image>\nWhat? ASSISTANT:"
          "[ a cat</s>]");
}

/* The prompt of a document is its tokens before the last answer. */
static void prompts_are_prefixes(void **state)
{
    static const char *const names[] = { "plain", "photo", "vqa", "chatml",
                                         "vicuna_v1" };
    static const char *const docs[] = { question, turns, pair };

    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 3; k++) {
            struct mm_encoded e = { 0 };
            struct mm_ids prompt = { 0 };
            struct mm_err err;
            size_t n = 0, last;

            if (i == 2 && k == 2)
                continue; /* a pair has no question */
            assert_int_equal(encode(names[i], docs[k], &e, &prompt, &err), 0);
            last = e.ids.n;
            while (last > 0 && e.loss.data[last - 1])
                last--;
            for (n = 0; n < prompt.n; n++)
                assert_int_equal(prompt.v[n], e.ids.v[n]);
            assert_int_equal(n, last);
            mm_ids_release(&prompt);
            mm_encoded_release(&e);
        }
}

static void texts_cannot_forge_marks(void **state)
{
    struct mm_encoded e = { 0 };
    struct mm_err err;
    size_t images = 0;

    (void)state;
    assert_int_equal(encode("chatml",
                            "{\"texts\":[null,\"<image> <|end|>\",\"</s>\"],"
                            "\"images\":[\"0.jpg\",null,null],"
                            "\"roles\":[\"user\",\"user\",\"assistant\"]}",
                            &e, NULL, &err),
                     0);
    for (size_t i = 0; i < e.ids.n; i++)
        images += e.ids.v[i] == mm_tokenizer_image(t);
    assert_int_equal(images, 1);
    for (size_t i = 0; i + 1 < e.ids.n; i++)
        assert_int_not_equal(e.ids.v[i], mm_tokenizer_eos(t));
    mm_encoded_release(&e);
}

static void misfits_are_refused(void **state)
{
    struct mm_encoded e = { 0 };
    struct mm_err err;

    (void)state;
    assert_null(mm_chat_find("vicuna_v2", &err));
    assert_int_equal(err.code, MM_EUSAGE);
    assert_non_null(strstr(err.msg, "did you mean 'vicuna_v1'"));
    assert_int_equal(encode("vqa", pair, &e, NULL, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_int_equal(encode("plain", "{\"texts\":[\"a\"],\"images\":[null]}",
                            &e, NULL, &err),
                     -1);
    assert_int_equal(encode("chatml",
                            "{\"texts\":[\"a\"],\"images\":[null],"
                            "\"roles\":[\"user\"]}",
                            &e, NULL, &err),
                     -1);
    assert_non_null(strstr(err.msg, "does not end with an answer"));
    mm_encoded_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(none_is_running_text),
        cmocka_unit_test(plain_is_a_caption),
        cmocka_unit_test(photo_asks_for_a_caption),
        cmocka_unit_test(vqa_asks_as_the_paper),
        cmocka_unit_test(chatml_marks_turns),
        cmocka_unit_test(vicuna_has_its_system),
        cmocka_unit_test(prompts_are_prefixes),
        cmocka_unit_test(texts_cannot_forge_marks),
        cmocka_unit_test(misfits_are_refused),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
