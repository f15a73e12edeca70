# suite.mk - a small suite of benchmarks, derived from the pictures of
# pictures.mk and from packages with facts
#
# A generator beside this file says how each is made; labels are the packages'
# own, the questions are ours.  What is asked about a picture is held out with
# the caption of the picture (mm1-mix split); flags are asked about in the
# drawings of one source after those of another.

SUITE := $(DATA)/suite-$(NAME)
MAKE_SUITE := $(ROOT)/recipes/suite

SUITE_PACKAGES := kgeography-data gbrainy
$(SUITE_PACKAGES:%=$(DATA)/%/version): $(DATA)/%/version:
	@$(ROOT)/scripts/fetch-data -d $(DATA) $*

# $(call questions,generator): its lines, then the shard
questions = @mkdir -p $(@D); echo "  suite    $(basename $(basename $(@F)))"; \
    $(1) > $@.jsonl && $(BIN)/mm1-tokenize import -q --from jsonl --root $(DATA) \
    -o $@ $@.jsonl && rm $@.jsonl

TABLES := $(SOURCES:%=$(PICTURES)/%.tsv)
$(SUITE)/yesno.tar.zst: $(TABLES)
	$(call questions,cat $^ | $(MAKE_SUITE)/yesno)
$(SUITE)/choices.tar.zst: $(TABLES)
	$(call questions,cat $^ | $(MAKE_SUITE)/choices)
$(SUITE)/flags-train.tar.zst: FLAGS := train
$(SUITE)/flags-test.tar.zst: FLAGS := test
$(SUITE)/flags-train.tar.zst $(SUITE)/flags-test.tar.zst: $(PICTURES)/flags.tsv $(PICTURES)/openclipart.tsv
	$(call questions,$(MAKE_SUITE)/flags $(FLAGS) $^)
$(SUITE)/capitals.tar.zst: $(DATA)/kgeography-data/version
	$(call questions,$(MAKE_SUITE)/capitals \
	    $(DATA)/kgeography-data/usr/share/kgeography/*.kgm)
$(SUITE)/analogies.tar.zst: $(DATA)/gbrainy/version
	$(call questions,$(MAKE_SUITE)/analogies \
	    $(DATA)/gbrainy/usr/share/games/gbrainy/verbal_analogies.xml)
