# clip.mk - an image encoder from captioned pictures; included by a Makefile
# that has ROOT, BIN, OUT and the captions
#
#   CLIP          run directory            CLIP_DONE   says that it is there
#   CLIP_PAIRS    documents to learn from  CLIP_HELD   to find in
#   CLIP_SIZE     side of the pictures
#
# The text tower is for the training of the encoder alone, so it has a
# vocabulary of its own: small, that words which look alike share pieces.

CLIP         ?= $(OUT)/clip
CLIP_DONE    := $(CLIP).done
CLIP_PRESET  ?= mm1-clip-demo
CLIP_ENCODER ?= --patch-size 14
CLIP_OPTIONS ?= $(CLIP_ENCODER) --layers 2
CLIP_SIZE    ?= 56
CLIP_STEPS   ?= 250
CLIP_BATCH   ?= 256
CLIP_MICRO   ?= 256
CLIP_LR      ?= 1e-3
CLIP_DECAY   ?= 0.5
CLIP_SEED    ?= 1
CLIP_AUGMENT ?= flip,crop=0.6,words=0.2
CLIP_VOCAB   ?= 1024
CLIP_TOKENIZER := $(CLIP).tokenizer.json

$(CLIP_TOKENIZER): $(CLIP_PAIRS)
	@echo "  vocabulary of $(CLIP_VOCAB) for captions"
	@$(BIN)/mm1-tokenize train -q --vocab-size $(CLIP_VOCAB) -o $@ $<

# a sequence a pair; its text and one token that stands for the picture
clip_pack = $(BIN)/mm1-tokenize encode -q -t $(CLIP_TOKENIZER) --chat none $(1) | \
    $(BIN)/mm1-encode-image -q -s $(CLIP_SIZE) --max-bad 0.05 - | \
    $(BIN)/mm1-mix -q -s $(CLIP_SEED) -T 80 --image-tokens 1 --max-images 1 \
        --pack none --too-long drop --shuffle window=8192 -o $(2) pairs=1:-

$(CLIP).pairs.tar.zst: $(CLIP_PAIRS) $(CLIP_TOKENIZER)
	@echo "  pack     pairs"
	@$(call clip_pack,$(CLIP_PAIRS),$@)
$(CLIP).held.tar.zst: $(CLIP_HELD) $(CLIP_TOKENIZER)
	@echo "  pack     held-out pairs"
	@$(call clip_pack,$(CLIP_HELD),$@)

# Exit status 75 means: stopped, and goes on next time.
$(CLIP_DONE): $(CLIP).pairs.tar.zst $(CLIP).held.tar.zst
	@echo "  clip     $(CLIP_STEPS) steps of $(CLIP_BATCH) pairs"
	@$(BIN)/mm1-pretrain --objective clip --preset $(CLIP_PRESET) \
	    $(CLIP_OPTIONS) -s $(CLIP_SEED) --tokenizer $(CLIP_TOKENIZER) \
	    --steps $(CLIP_STEPS) -b $(CLIP_BATCH) --micro-batch $(CLIP_MICRO) \
	    --lr $(CLIP_LR) --weight-decay $(CLIP_DECAY) --augment "$(CLIP_AUGMENT)" \
	    --save-every 100 \
	    --eval-every 100 --val $(CLIP).held.tar.zst -o $(CLIP) \
	    $(CLIP).pairs.tar.zst
	@touch $@

# Do held-out pictures and captions find each other?
$(CLIP).retrieval.txt: $(CLIP_DONE) $(CLIP_HELD)
	@$(BIN)/mm1-eval retrieve -q -m $(CLIP) --data $(CLIP_HELD) -o $@
$(CLIP).retrieval.json: $(CLIP_DONE) $(CLIP_HELD)
	@$(BIN)/mm1-eval retrieve -q -m $(CLIP) --data $(CLIP_HELD) -f json -o $@
