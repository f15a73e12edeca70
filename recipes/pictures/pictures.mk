# pictures.mk - captioned pictures of Debian packages, as shards of documents
#
#   make -f recipes/pictures/pictures.mk      below data/pictures
#
# Each source is a table "PATH TAB caption TAB category" and its pictures; all
# sources together are captions.tar.zst, and kinds.tar.zst asks what kind of
# thing a picture shows.  SOURCES chooses among them.

ROOT ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
BIN  ?= $(ROOT)/bin
DATA ?= $(ROOT)/data
PICTURES := $(DATA)/pictures
COLLECT  := $(ROOT)/recipes/pictures
SOURCES  ?= pysiogame tuxpaint openclipart emoji flags
NAME     ?= all

.PHONY: pictures
pictures: $(PICTURES)/$(NAME)-captions.tar.zst $(PICTURES)/$(NAME)-kinds.tar.zst

PICTURE_PACKAGES := tuxpaint-stamps-default openclipart-svg \
    fonts-noto-color-emoji unicode-data iso-flags-png-320x240 iso-codes
$(PICTURE_PACKAGES:%=$(DATA)/%/version): $(DATA)/%/version:
	@$(ROOT)/scripts/fetch-data -d $(DATA) $*
ifndef PACKAGES # of the demo, where it is not included
$(DATA)/pysiogame/version:
	@$(ROOT)/scripts/fetch-data -d $(DATA) pysiogame
endif

# Paths in a table are relative to DATA; what was written whole has its name.
collect = @mkdir -p $(PICTURES); echo "  collect  $(basename $(@F))"; \
    $(1) > $@.found && awk '{ print "$(2)/" $$0 }' $@.found > $@.part && \
    rm $@.found && mv $@.part $@

DIR_pysiogame := pysiogame/usr/share/games/pysiogame/res/images/art4apps
DIR_tuxpaint  := tuxpaint-stamps-default/usr/share/tuxpaint/stamps
DIR_flags     := iso-flags-png-320x240/usr/share/iso-flags-png-320x240
FONT  := $(DATA)/fonts-noto-color-emoji/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
NAMES := $(DATA)/unicode-data/usr/share/unicode/emoji/emoji-test.txt

$(PICTURES)/pysiogame.tsv: $(DATA)/pysiogame/version
	$(call collect,$(COLLECT)/folders $(DATA)/$(DIR_pysiogame),$(DIR_pysiogame))
$(PICTURES)/tuxpaint.tsv: $(DATA)/tuxpaint-stamps-default/version
	$(call collect,$(COLLECT)/folders $(DATA)/$(DIR_tuxpaint),$(DIR_tuxpaint))
$(PICTURES)/flags.tsv: $(DATA)/iso-flags-png-320x240/version $(DATA)/iso-codes/version
	$(call collect,$(COLLECT)/flags \
	    $(DATA)/iso-codes/usr/share/iso-codes/json/iso_3166-1.json \
	    $(DATA)/$(DIR_flags),$(DIR_flags))
$(PICTURES)/openclipart.tsv: $(DATA)/openclipart-svg/version
	$(call collect,$(COLLECT)/openclipart \
	    $(DATA)/openclipart-svg/usr/share/openclipart/svg \
	    $(PICTURES)/openclipart,pictures/openclipart)
$(PICTURES)/emoji.tsv: $(DATA)/fonts-noto-color-emoji/version \
    $(DATA)/unicode-data/version $(PICTURES)/collect-emoji
	@mkdir -p $(PICTURES)/emoji
	$(call collect,$(PICTURES)/collect-emoji $(FONT) $(NAMES) \
	    $(PICTURES)/emoji,pictures/emoji)
$(PICTURES)/collect-emoji: $(COLLECT)/emoji.c
	@mkdir -p $(@D)
	@$(CC) -std=c11 -O2 -o $@ $<

$(PICTURES)/$(NAME)-captions.tar.zst: LINES := caption
$(PICTURES)/$(NAME)-kinds.tar.zst: LINES := kind
$(PICTURES)/$(NAME)-captions.tar.zst $(PICTURES)/$(NAME)-kinds.tar.zst: $(SOURCES:%=$(PICTURES)/%.tsv)
	@echo "  import   $(@F)"
	@cat $^ | $(COLLECT)/lines $(LINES) | $(BIN)/mm1-tokenize import -q \
	    --from jsonl --root $(DATA) -o $@ -
