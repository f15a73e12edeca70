# data.mk - real data from Debian packages, as shards of documents
#
#   make -f recipes/demo/data.mk        all of them, below data/demo
#
# Also included by the recipe of the demo.  Nothing is installed; a second run
# fetches nothing.  Each package and each shard is a target: what was killed
# goes on where it was.

ROOT ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
BIN  ?= $(ROOT)/bin
DATA ?= $(ROOT)/data
WORK ?= $(DATA)/demo

DOCUMENTS := $(addprefix $(WORK)/,captions.tar.zst garments-train.tar.zst \
    garments-test.tar.zst garments-words.tar.zst garments-words-test.tar.zst \
    pages.tar.zst glosses.tar.zst)

.PHONY: data
data: $(DOCUMENTS)

# Fetched once; only that file says that a package is whole.
PACKAGES := pysiogame dataset-fashion-mnist gimp-help-en wordnet-base
$(PACKAGES:%=$(DATA)/%/version): $(DATA)/%/version:
	@$(ROOT)/scripts/fetch-data -d $(DATA) $*

IMPORT = @mkdir -p $(@D); echo "  import $(@F)"; \
    $(BIN)/mm1-tokenize import -o $@

# 585 drawings of 12 categories, named by what they show (Art4Apps)
ART := $(DATA)/pysiogame/usr/share/games/pysiogame/res/images/art4apps
$(WORK)/captions.tar.zst: $(DATA)/pysiogame/version
	$(IMPORT) --from folder $(ART)

# 60,000 and 10,000 photos of garments, with the official split
MNIST := $(DATA)/dataset-fashion-mnist/usr/share/datasets/fashion-mnist
LABELS := T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot
$(WORK)/garments-train.tar.zst: MNIST_SET := train
$(WORK)/garments-test.tar.zst: MNIST_SET := t10k
$(WORK)/garments-train.tar.zst $(WORK)/garments-test.tar.zst: $(DATA)/dataset-fashion-mnist/version
	$(IMPORT) --from idx --as vqa --question 'What garment is this?' \
	    --labels '$(LABELS)' $(MNIST)/$(MNIST_SET)-images-idx3-ubyte.gz

# The same photos with words in place of a question
WORDS := t-shirt or top,pair of trousers,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot
$(WORK)/garments-words.tar.zst: MNIST_SET := train
$(WORK)/garments-words-test.tar.zst: MNIST_SET := t10k
$(WORK)/garments-words.tar.zst $(WORK)/garments-words-test.tar.zst: $(DATA)/dataset-fashion-mnist/version
	$(IMPORT) --from idx --as caption --template 'a %s' \
	    --labels '$(WORDS)' $(MNIST)/$(MNIST_SET)-images-idx3-ubyte.gz

# 470 pages of a manual with their pictures.  They are screenshots and examples
# that are smaller and longer than what MM1 takes from the web; of the pictures
# on more than four pages most are icons.
GIMP := $(DATA)/gimp-help-en/usr/share/gimp/2.0/help/en
$(WORK)/pages.tar.zst: $(DATA)/gimp-help-en/version
	$(IMPORT) --from html --min-side 48 --max-aspect 100 --dup-limit 4 \
	    --ban '' $(GIMP)

# 117,659 glosses
WORDNET := $(DATA)/wordnet-base/usr/share/wordnet
$(WORK)/glosses.tar.zst: $(DATA)/wordnet-base/version
	$(IMPORT) --from text --format wordnet \
	    $(addprefix $(WORDNET)/data.,noun verb adj adv)
