/*
 * fit.h - do data, model and tokenizer belong together?
 */
#ifndef MM_TRAIN_FIT_H
#define MM_TRAIN_FIT_H

#include "base/err.h"
#include "base/json.h"
#include "data/image.h"
#include "data/packed.h"
#include "model/config.h"

/*
 * Take vocabulary, special tokens and the tokenizer's hash from the data
 * (where the config follows it).
 */
void mm_fit_adopt(struct mm_config *c, const struct mm_packed_info *info);

/* Vocabulary and special tokens of data and model; MM_ECONFIG */
int mm_fit_tokenizer(const struct mm_config *c,
                     const struct mm_packed_info *info, struct mm_err *err);

/* MM_ECONFIG says which two numbers do not agree. */
int mm_fit_check(const struct mm_config *c, const struct mm_packed_info *info,
                 struct mm_err *err);

/* Was validation data made like the training data? */
int mm_fit_validation(const struct mm_packed_info *val,
                      const struct mm_packed_info *data, struct mm_err *err);

/*
 * How pictures became pixels, by meta.pixels of a shard; where it has none,
 * the default for views of `size`.
 */
int mm_fit_preprocess(struct mm_preprocess *p,
                      const struct mm_shard_header *h, size_t size,
                      struct mm_err *err);

/*
 * Warns when the model at dir (or a run directory) took another mean and
 * deviation off its pixels than p; what says nothing of them is taken as it
 * is.
 */
int mm_fit_encoder(const char *dir, const struct mm_preprocess *p,
                   struct mm_err *err);

/* A hash of the data: of its meta, its history, and its two ends. */
int mm_fit_identify(struct mm_packed *data, char hash[17], struct mm_err *err);

#endif
