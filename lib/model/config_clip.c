/*
 * config_clip.c - CLIPs that are known by name
 *
 * Shapes as open_clip's ViT-B-16, ViT-L-14-336 and ViT-H-14-378 (quick-GELU in
 * both towers, as OpenAI's models and DFN-5B's H/14 have it).  mm1-clip-demo
 * has the encoder of mm1-demo.
 */
#include <string.h>

#include "model/config.h"

struct preset {
    const char *name, *vision;
    struct mm_text_config text;
    struct mm_clip_config clip;
};

/* layers, width, heads, vocabulary; ids in the order of our tokenizers */
/* clang-format off */
#define TOWER(L, D, H, V) \
    { L, D, H, H, 4 * (D), V, 77, 1e4f, 1e-5f, 1, 1, 2, 0, 3, { 0 } }

static const struct preset presets[] = {
    { "mm1-clip-demo", NULL, TOWER(4, 128, 4, 4096),
      { 128, MM_ACT_GELU, MM_CLIP_INFONCE } },
    { "mm1-clip-b-16", "vit-base", TOWER(12, 512, 8, 49408),
      { 512, MM_ACT_QUICK_GELU, MM_CLIP_INFONCE } },
    { "mm1-clip-l-14", "vit-l-14-336", TOWER(12, 768, 12, 49408),
      { 768, MM_ACT_QUICK_GELU, MM_CLIP_INFONCE } },
    { "mm1-clip-h-14", "vit-h-14-378", TOWER(24, 1024, 16, 49408),
      { 1024, MM_ACT_QUICK_GELU, MM_CLIP_INFONCE } },
};
/* clang-format on */

#define N_PRESETS (sizeof presets / sizeof *presets)

const char *mm_clip_preset_name(size_t i)
{
    return i < N_PRESETS ? presets[i].name : NULL;
}

const char *mm_clip_loss_name(enum mm_clip_loss loss)
{
    static const char *const names[] = { "infonce", "siglip" };
    size_t i = (size_t)loss;

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

/* Both towers have the same activation. */
static int encoder_of(struct mm_vision_config *v, const struct preset *p)
{
    struct mm_config demo;
    struct mm_err err;

    if (mm_config_preset(&demo, "mm1-demo", &err) < 0 ||
        (p->vision &&
         mm_vision_preset(&demo.vision, p->vision, &err) < 0))
        return -1;
    *v = demo.vision;
    v->activation = p->clip.activation;
    return 0;
}

int mm_clip_preset(struct mm_config *c, const char *name)
{
    for (size_t i = 0; i < N_PRESETS; i++) {
        const struct preset *p = &presets[i];

        if (strcmp(p->name, name) && strcmp(p->name + 4, name))
            continue;
        *c = (struct mm_config){ .text = p->text, .clip = p->clip };
        return encoder_of(&c->vision, p);
    }
    return -1;
}
