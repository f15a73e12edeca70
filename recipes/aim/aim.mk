# aim.mk - an encoder that has seen pictures and no words, and what it is worth
#
# To be included behind demo/data.mk.  OUT: where the files go.  Its target is
# $(OUT)/aim.txt: losses and probes; the run directory $(OUT)/aim serves as
# --init-encoder with `--encoder $(AIM_ENCODER)`.

AIM_ENCODER ?= aim-mini
AIM_SIZE    ?= 28
AIM_STEPS   ?= 470
AIM_BATCH   ?= 128
AIM_HEAD    ?= 2
AIM_RATE    ?= 2e-3
# pictures that a linear probe learns from, 0: all; and an attentive one, which
# keeps the features of every patch
AIM_PROBED  ?= 0
AIM_ATTEND  ?= 20000
AIM_SEED    ?= 1

# A tokenizer is needed to pack, and none of the words is looked at.
$(OUT)/aim.json: $(WORK)/garments-words.tar.zst
	@mkdir -p $(OUT)
	@$(BIN)/mm1-tokenize train -q --vocab-size 300 -o $@ $<
$(OUT)/aim-%.tar.zst: $(WORK)/%.tar.zst $(OUT)/aim.json
	@$(BIN)/mm1-tokenize encode -q -t $(OUT)/aim.json $< | \
	    $(BIN)/mm1-encode-image -q -s $(AIM_SIZE) --max-bad 0.05 -o $@ -
$(OUT)/aim.tar.zst: $(OUT)/aim-garments-words.tar.zst $(OUT)/aim-captions.tar.zst
	@echo "  mix      pictures"
	@$(BIN)/mm1-mix -q -s $(AIM_SEED) -T 32 --image-tokens 1 --max-images 1 \
	    -N $$(($(AIM_STEPS) * $(AIM_BATCH))) -o $@ \
	    garments=9:$(OUT)/aim-garments-words.tar.zst \
	    drawings=1:$(OUT)/aim-captions.tar.zst
$(OUT)/aim-val.tar.zst: $(WORK)/garments-words-test.tar.zst $(OUT)/aim.json
	@$(BIN)/mm1-tokenize encode -q -t $(OUT)/aim.json $< | \
	    $(BIN)/mm1-encode-image -q -s $(AIM_SIZE) - | \
	    $(BIN)/mm1-mix -q -T 32 --image-tokens 1 --max-images 1 \
	    --shuffle window=64 -N 1000 -o $@ garments=1:-

# A micro-batch of 32 pictures: what they leave behind fits the caches.
$(OUT)/aim.done: $(OUT)/aim.tar.zst $(OUT)/aim-val.tar.zst
	@echo "  aim      $(AIM_STEPS) steps of $(AIM_BATCH) pictures"
	@$(BIN)/mm1-pretrain --objective aim --encoder $(AIM_ENCODER) \
	    --image-size $(AIM_SIZE) --head-layers $(AIM_HEAD) -s $(AIM_SEED) \
	    --steps $(AIM_STEPS) -b $(AIM_BATCH) --micro-batch 32 \
	    --lr $(AIM_RATE) --save-every 100 --eval-every 0 \
	    --val $(OUT)/aim-val.tar.zst -o $(OUT)/aim $<
	@touch $@

# ---- what it is worth ----
AIM_PROBE = $(BIN)/mm1-eval probe -q -m $(OUT)/aim \
    --train $(WORK)/garments-train.tar.zst --test $(WORK)/garments-test.tar.zst
$(OUT)/aim-linear.txt: $(OUT)/aim.done
	@echo "  probe    linear"
	@$(AIM_PROBE) -n $(AIM_PROBED) -o $@
$(OUT)/aim-attentive.txt: $(OUT)/aim.done
	@echo "  probe    attentive"
	@$(AIM_PROBE) --kind attentive -n $(AIM_ATTEND) -o $@
$(OUT)/aim-random.txt: $(OUT)/aim.done
	@echo "  probe    linear, random weights"
	@$(AIM_PROBE) --random -n $(AIM_PROBED) -o $@

AIM_LOG = $(OUT)/aim/metrics.jsonl
$(OUT)/aim.txt: $(OUT)/aim-linear.txt $(OUT)/aim-attentive.txt $(OUT)/aim-random.txt
	@{ grep '"ev":"step"' $(AIM_LOG) | tail -n 50 | \
	    sed 's/.*"loss":\([0-9.]*\).*"mean_patch":\([0-9.]*\).*/\1 \2/' | \
	    awk '{ a += $$1; b += $$2 } END { printf "loss, last %d steps  %.4f; \
	saying each patch its mean: %.4f\n", NR, a / NR, b / NR }'; \
	  grep '"ev":"eval"' $(AIM_LOG) | tail -n 1 | \
	    sed 's/.*"loss":\([0-9.]*\),"tokens":\([0-9]*\).*/held-out loss  \1 on \2 patches/'; \
	  for f in $^; do echo; cat $$f; done; } > $@
