/*
 * config_vision.c - image encoders that are known by name
 *
 * The paper's: CLIP's ViT-L/14 and ViT-H/14 (open_clip's shapes; quick-GELU, as
 * OpenAI's L/14 and DFN-5B's H/14 have it) and AIM's three (ml-aim).  The small
 * ones are those of DeiT (arXiv 2012.12877) and, for pictures of 28 pixels,
 * ours.
 */
#include <stdio.h>
#include <string.h>

#include "model/config.h"

struct preset {
    const char *name;
    struct mm_vision_config vision;
};

/* layers, width, heads, side of the picture and of a patch */
#define CLIP(name, L, D, H, side, patch, act)                            \
    {                                                                    \
        name,                                                            \
        {                                                                \
            L, D, H, 4 * (D), side, patch, act, 1e-5f, MM_VISION_CLIP, 0 \
        }                                                                \
    }
#define AIM(name, L, D, H, side, patch)                        \
    {                                                          \
        name,                                                  \
        {                                                      \
            L, D, H, 4 * (D), side, patch, MM_ACT_GELU, 1e-6f, \
                MM_VISION_AIM, 0                               \
        }                                                      \
    }

static const struct preset presets[] = {
    CLIP("vit-mini", 4, 128, 4, 28, 4, MM_ACT_GELU),
    CLIP("vit-tiny", 12, 192, 3, 224, 16, MM_ACT_GELU),
    CLIP("vit-small", 12, 384, 6, 224, 16, MM_ACT_GELU),
    CLIP("vit-base", 12, 768, 12, 224, 16, MM_ACT_GELU),
    CLIP("vit-l-14", 24, 1024, 16, 224, 14, MM_ACT_QUICK_GELU),
    CLIP("vit-l-14-336", 24, 1024, 16, 336, 14, MM_ACT_QUICK_GELU),
    CLIP("vit-h-14", 32, 1280, 16, 224, 14, MM_ACT_QUICK_GELU),
    CLIP("vit-h-14-378", 32, 1280, 16, 378, 14, MM_ACT_QUICK_GELU),
    AIM("aim-mini", 4, 128, 4, 28, 4),
    AIM("aim-tiny", 12, 192, 3, 224, 14),
    AIM("aim-small", 12, 384, 6, 224, 14),
    AIM("aim-base", 12, 768, 12, 224, 14),
    AIM("aim-600m", 24, 1536, 12, 224, 14),
    AIM("aim-1b", 24, 2048, 16, 224, 14),
    AIM("aim-3b", 24, 3072, 24, 224, 14),
};

#define N_PRESETS (sizeof presets / sizeof *presets)

const char *mm_vision_preset_name(size_t i)
{
    return i < N_PRESETS ? presets[i].name : NULL;
}

static int unknown(const char *name, struct mm_err *err)
{
    struct mm_buf list = { 0 };

    for (size_t i = 0; i < N_PRESETS; i++)
        mm_buf_addf(&list, "%s%s", i ? ", " : "", presets[i].name);
    mm_fail(err, MM_ECONFIG, "no encoder '%s'; there are %s", name,
            list.data ? list.data : "none");
    mm_buf_release(&list);
    return -1;
}

int mm_vision_preset(struct mm_vision_config *v, const char *name,
                     struct mm_err *err)
{
    for (size_t i = 0; i < N_PRESETS; i++) {
        if (!strcmp(presets[i].name, name)) {
            *v = presets[i].vision;
            return 0;
        }
    }
    return unknown(name, err);
}

int mm_vision_size_note(const struct mm_vision_config *v, size_t size,
                        char note[MM_VISION_NOTE])
{
    size_t n = size / v->patch_size;

    if (size == v->image_size)
        return 0;
    snprintf(note, MM_VISION_NOTE,
             "pictures of %zu pixels, the encoder's own are of %zu: %s "
             "%zu x %zu patches",
             size, v->image_size,
             v->kind == MM_VISION_AIM ? "positions for"
                                      : "positions are interpolated to",
             n, n);
    return 1;
}
