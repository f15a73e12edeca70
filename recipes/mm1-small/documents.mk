# documents.mk - pages and text of the chain, as shards of documents; pictures
# are those of recipes/pictures, garments and glosses those of the demo

TEXT_PACKAGES := grass-doc dict-gcide anarchism
$(TEXT_PACKAGES:%=$(DATA)/%/version): $(DATA)/%/version:
	@$(ROOT)/scripts/fetch-data -d $(DATA) $*

# 180 pages of a manual of geography, with maps and plots
GRASS := $(DATA)/grass-doc/usr/share/doc/grass-doc/html
$(WORK)/grass.tar.zst: $(DATA)/grass-doc/version
	$(IMPORT) --from html --min-side 48 --max-aspect 100 --dup-limit 4 \
	    --ban '' $(GRASS)

# a dictionary of 40 MB, three of whose entries are not UTF-8, and the only long
# prose
GCIDE := $(DATA)/dict-gcide/usr/share/dictd/gcide.dict.dz
$(WORK)/gcide.tar.zst: $(DATA)/dict-gcide/version
	$(IMPORT) --from text --format gcide --split blank --on-error skip $(GCIDE)
ESSAYS := $(DATA)/anarchism/usr/share/doc/anarchism/html
$(WORK)/essays.tar.zst: $(DATA)/anarchism/version
	$(IMPORT) --from html --min-images 0 $(ESSAYS)

PAGES := $(PAGE_NAMES:%=$(WORK)/%.tar.zst)
TEXTS := $(TEXT_NAMES:%=$(WORK)/%.tar.zst)
