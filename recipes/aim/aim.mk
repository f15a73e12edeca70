# aim.mk - an encoder that has seen pictures and no words, and what it is worth
#
# To be included behind demo/data.mk.  OUT: where the files go.  Its target is
# $(OUT)/aim.txt: losses and probes; the run directory $(OUT)/aim serves as
# --init-encoder with `--encoder $(AIM_ENCODER)`.

AIM_ENCODER ?= aim-mini
AIM_SIZE    ?= 28
AIM_STEPS   ?= 300
AIM_BATCH   ?= 128
AIM_HEAD    ?= 2
AIM_RATE    ?= 2e-3
AIM_SEED    ?= 1
AIM_AUGMENT ?=
# The probes: pictures that they learn from, cells of a linear one
AIM_PROBED  ?= 20000
AIM_ATTEND  ?= 10000
AIM_GRID    ?= 7
# Layers to choose from, and pictures that the probes which choose learn from
AIM_LAYERS  ?= 1 2 3 4
AIM_TRIED   ?= 5000

# A tokenizer is needed to pack, and none of the words is looked at.
$(OUT)/aim.json: $(WORK)/garments-train.tar.zst
	@mkdir -p $(OUT)
	@$(BIN)/mm1-tokenize train -q --vocab-size 300 -o $@ $<
# $(1): sequences, each one picture with its words
aim_pack = $(BIN)/mm1-tokenize encode -q -t $(OUT)/aim.json $< | \
    $(BIN)/mm1-encode-image -q -s $(AIM_SIZE) --normalise imagenet - | \
    $(BIN)/mm1-mix -q -T 64 --image-tokens 1 --max-images 1 \
    --shuffle window=4096 -N $(1) -o $@ garments=1:-
$(OUT)/aim.tar.zst: $(WORK)/garments-train.tar.zst $(OUT)/aim.json
	@echo "  pack     pictures"
	@$(call aim_pack,60000)
$(OUT)/aim-val.tar.zst: $(WORK)/garments-test.tar.zst $(OUT)/aim.json
	@$(call aim_pack,1000)

$(OUT)/aim.done: $(OUT)/aim.tar.zst $(OUT)/aim-val.tar.zst
	@echo "  aim      $(AIM_STEPS) steps of $(AIM_BATCH) pictures"
	@$(BIN)/mm1-pretrain --objective aim --encoder $(AIM_ENCODER) \
	    --image-size $(AIM_SIZE) --head-layers $(AIM_HEAD) -s $(AIM_SEED) \
	    --steps $(AIM_STEPS) -b $(AIM_BATCH) --micro-batch 32 \
	    --lr $(AIM_RATE) --augment "$(AIM_AUGMENT)" --save-every 100 --eval-every 0 \
	    --val $(OUT)/aim-val.tar.zst -o $(OUT)/aim $<
	@touch $@

# ---- which layer: by a tenth of the training pictures
$(OUT)/aim-tried.tar.zst: $(WORK)/garments-train.tar.zst
	@$(BIN)/mm1-mix split -q -o $(OUT)/aim-fit.tar.zst --held-out $@ $<
AIM_linear    := --grid $(AIM_GRID) --lr 1e-3 --decay 0.1 --epochs 10
AIM_attentive := --kind attentive --lr 5e-3 --decay 0.1
AIM_CHOICES := $(foreach k,linear attentive,$(AIM_LAYERS:%=$(OUT)/aim-try-$(k)-%.json))
$(AIM_CHOICES): $(OUT)/aim-try-%.json: $(OUT)/aim.done $(OUT)/aim-tried.tar.zst
	@echo "  try      $(subst -, of layer ,$*)"
	@$(BIN)/mm1-eval probe -q -m $(OUT)/aim -f json -o $@ -n $(AIM_TRIED) \
	    --encoder-layer $(lastword $(subst -, ,$*)) \
	    $(AIM_$(firstword $(subst -, ,$*))) \
	    --train $(OUT)/aim-fit.tar.zst --test $(OUT)/aim-tried.tar.zst
# lines "linear 2 85.20": kind, layer, accuracy
$(OUT)/aim-choice.txt: $(AIM_CHOICES)
	@cat $^ | sed 's/.*"probe":"\([a-z]*\)".*"layer":\([0-9]*\),.*"accuracy":\([^,]*\),.*/\1 \2 \3/' | \
	    awk '{ printf "%s %s %.2f\n", $$1, $$2, $$3 }' > $@
# the best, of equals the lowest
chosen = $$(sort -s -k 3,3nr $(OUT)/aim-choice.txt | awk '$$1 == "$(1)" { print $$2; exit }')

# ---- what it is worth: the official test pictures, with and without weights
aim_probe = $(BIN)/mm1-eval probe -q -m $(OUT)/aim $(AIM_$(1)) \
    --encoder-layer $(call chosen,$(1)) \
    --train $(WORK)/garments-train.tar.zst --test $(WORK)/garments-test.tar.zst -o $@
$(OUT)/aim-linear.txt: $(OUT)/aim-choice.txt
	@echo "  probe    linear"
	@$(call aim_probe,linear) -n $(AIM_PROBED)
$(OUT)/aim-random.txt: $(OUT)/aim-choice.txt
	@echo "  probe    linear, random weights"
	@$(call aim_probe,linear) -n $(AIM_PROBED) --random
$(OUT)/aim-attentive.txt: $(OUT)/aim-choice.txt
	@echo "  probe    attentive"
	@$(call aim_probe,attentive) -n $(AIM_ATTEND)

AIM_LOG = $(OUT)/aim/metrics.jsonl
$(OUT)/aim.txt: $(OUT)/aim-linear.txt $(OUT)/aim-random.txt $(OUT)/aim-attentive.txt
	@{ grep '"ev":"step"' $(AIM_LOG) | tail -n 50 | \
	    sed 's/.*"loss":\([0-9.]*\).*"mean_patch":\([0-9.]*\).*/\1 \2/' | \
	    awk '{ a += $$1; b += $$2 } END { printf "loss %.4f, of saying each patch its mean %.4f\n", a / NR, b / NR }'; \
	  grep '"ev":"eval"' $(AIM_LOG) | tail -n 1 | \
	    sed 's/.*"step":[0-9]*,"loss":\([0-9.]*\),"tokens":\([0-9]*\).*/held-out loss \1 on \2 patches/'; \
	  echo; echo "chosen by pictures of the training set: kind, layer, accuracy"; \
	  cat $(OUT)/aim-choice.txt; \
	  for f in $^; do echo; cat $$f; done; } > $@
