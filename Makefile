# mm1 - multimodal pre-training from the command line
#
#   make            build bin/mm1-*            make check     all tests, minutes
#   make bench      timings as JSON lines      make check-long   the rest
#   make lint       layers, style, man pages   make install   DESTDIR, PREFIX
#   make demo       the whole path on real data (recipes/demo)
#   make reference  training against PyTorch, step by step
# Variants build apart, so they never mix:   make check SAN=address,undefined
# Local settings go in config.mk (not in git).

VERSION  := $(shell cat VERSION)
REVISION := $(shell git describe --always --dirty=+ --abbrev=12 2>/dev/null)
PREFIX   ?= /usr/local
bindir   = $(PREFIX)/bin
libdir   = $(PREFIX)/lib
incdir   = $(PREFIX)/include/mm1
mandir   = $(PREFIX)/share/man
datadir  = $(PREFIX)/share/mm1
INSTALL  ?= install
CFLAGS   ?= -O3 -g
-include config.mk

# ---- what it needs; scripts/setup installs it on Debian ----
DEPS    := libzstd zlib libjpeg libpng libxxhash libutf8proc
MISSING := $(shell for d in $(DEPS); do pkg-config --exists $$d || echo $$d; done)
ifneq ($(MISSING),)
ifeq ($(filter clean uninstall,$(MAKECMDGOALS)),)
$(error missing libraries: $(MISSING); run scripts/setup to install them)
endif
endif

WARN    := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef
MM_CPPFLAGS := -Ilib -D_POSIX_C_SOURCE=200809L
MM_CFLAGS   := -std=c11 $(WARN) -fopenmp-simd -fno-math-errno -fno-trapping-math -ffp-contract=off \
               $(shell pkg-config --cflags $(DEPS))
MM_LDLIBS   := $(shell pkg-config --libs $(DEPS)) -lm -lpthread

# make V=1 shows the commands
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1) $@")

# ---- variants ----
comma := ,
VARIANT := $(subst $(comma),-,$(SAN))
B     := build$(if $(VARIANT),/$(VARIANT))
BIN   := $(if $(VARIANT),$(B)/bin,bin)
ifdef SAN
MM_CFLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# ---- kernels: lib/*/kernel/*.c once per CPU level ----
ARCH := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ISA  := plain $(if $(filter x86_64,$(ARCH)),avx2 avx512)
ISA_plain  := -DMM_ISA=plain
ISA_avx2   := -DMM_ISA=avx2 -mavx2 -mfma -mf16c -ffp-contract=fast
ISA_avx512 := -DMM_ISA=avx512 -mavx2 -mfma -mf16c -mavx512f -mavx512bw \
              -mavx512vl -mavx512dq -mprefer-vector-width=512 -ffp-contract=fast

LIB_SRC  := $(sort $(wildcard lib/*/*.c))
KERNEL   := $(sort $(wildcard lib/*/kernel/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/%.o) \
            $(foreach i,$(ISA),$(KERNEL:%.c=$(B)/%.$(i).o))
TOOLS    := $(patsubst src/%.c,$(BIN)/%,$(sort $(wildcard src/mm1-*.c)))
FAULTY   := $(TOOLS:$(BIN)/%=$(B)/fault/%)
UNIT     := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
BENCH    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/bench_*.c)))
MAN      := $(sort $(wildcard man/*.[1-9]))
SOURCES   = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

.PHONY: all check check-long bench lint format install uninstall clean demo \
        reference
.SECONDARY:
.DELETE_ON_ERROR:

all: $(TOOLS)

# A program with many verbs, src/mm1-eval.c, has more parts: src/eval_*.c.
parts = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard src/$(1)_*.c)))
$(foreach t,$(TOOLS),$(eval $t $(B)/fault/$(notdir $t): \
    $(call parts,$(patsubst mm1-%,%,$(notdir $t)))))

$(TOOLS): $(BIN)/%: $(B)/src/%.o $(B)/src/tool.o $(B)/libmm1.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(MM_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(MM_LDLIBS) $(LDLIBS)

# The same programs, in which MM1_FAULT=n makes the n-th I/O call fail.
$(FAULTY): $(B)/fault/%: $(B)/src/%.o $(B)/src/tool.o $(B)/fault/io_table.o $(B)/libmm1.a
	$(call say,LD)
	$(Q)$(CC) $(MM_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(MM_LDLIBS) $(LDLIBS)

$(B)/fault/io_table.o: lib/base/io_table.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(MM_CPPFLAGS) -DMM_FAULT $(CPPFLAGS) $(MM_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT): MM_LDLIBS += -lcmocka
$(UNIT) $(BENCH): %: %.o $(B)/libmm1.a
	$(call say,LD)
	$(Q)$(CC) $(MM_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(MM_LDLIBS) $(LDLIBS)

$(B)/libmm1.a: $(LIB_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

# OpenBLAS is a peer to compare with, where it is installed.
ifneq ($(shell pkg-config --exists openblas && echo yes),)
$(B)/tests/bench/bench_gemm.o: MM_CPPFLAGS += -DMM_PEER_OPENBLAS \
                               $(shell pkg-config --cflags openblas)
$(B)/tests/bench/bench_gemm: MM_LDLIBS += $(shell pkg-config --libs openblas)
endif

# -MMD -MP writes a .d beside each object: headers need no list here.
define isa_rule
$(B)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(CC) $$(MM_CPPFLAGS) $$(CPPFLAGS) $$(MM_CFLAGS) $$(CFLAGS) $$(ISA_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach i,$(ISA),$(eval $(call isa_rule,$(i))))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(MM_CPPFLAGS) $(CPPFLAGS) $(MM_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The version is compiled into one file, and only that one knows it; it is made
# anew when this file says something else.
$(shell mkdir -p $(B); echo '$(VERSION) $(REVISION)' | cmp -s - $(B)/version || \
    echo '$(VERSION) $(REVISION)' > $(B)/version)
$(B)/lib/base/stamp.o: $(B)/version
$(B)/lib/base/stamp.o: MM_CPPFLAGS += -DMM_VERSION='"$(VERSION)"' -DMM_REVISION='"$(REVISION)"'

-include $(shell find $(B) -name '*.d' 2>/dev/null)

check: all $(UNIT) $(FAULTY)
	@mkdir -p $(BIN)
	tests/run --bin $(BIN) $(UNIT) $(wildcard tests/cli)

check-long: check
	tests/run --bin $(BIN) tests/long

bench: all $(BENCH)
	@for b in $(filter-out %/bench_step %/bench_moe %/bench_aim %/bench_generate,$(BENCH)); do $$b || exit 1; done
	@for b in step moe aim generate; do tests/bench/peer $(B)/tests/bench/bench_$$b || exit 1; done

lint: all
	@scripts/check-layers
	@scripts/check-style
	@clang-format --dry-run -Werror $(SOURCES)
	@mandoc -T lint -W warning $(MAN)
	@scripts/check-options $(BIN)

format:
	clang-format -i $(SOURCES)

demo: all
	$(MAKE) -C recipes/demo

# NAMES=: some of tests/reference/*.py; RECORD=1 writes their golden values anew
reference: all
	scripts/reference $(if $(RECORD),--record) $(NAMES)

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig
	$(INSTALL) $(TOOLS) $(DESTDIR)$(bindir)
	$(INSTALL) -m 644 $(B)/libmm1.a $(DESTDIR)$(libdir)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@DEPS@|$(DEPS)|' \
	    lib/mm1.pc.in > $(DESTDIR)$(libdir)/pkgconfig/mm1.pc
	for h in lib/*/*.h lib/tensor/kernel/list.h; do \
	    $(INSTALL) -D -m 644 $$h $(DESTDIR)$(incdir)/$${h#lib/} || exit 1; done
	for t in share/tasks/*; do \
	    $(INSTALL) -D -m 644 $$t $(DESTDIR)$(datadir)/tasks/$${t##*/} || exit 1; done
	for m in $(MAN); do \
	    $(INSTALL) -D -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/$${m#man/} || exit 1; done

uninstall:
	rm -f $(TOOLS:$(BIN)/%=$(DESTDIR)$(bindir)/%)
	rm -f $(DESTDIR)$(libdir)/libmm1.a $(DESTDIR)$(libdir)/pkgconfig/mm1.pc
	rm -rf $(DESTDIR)$(incdir) $(DESTDIR)$(datadir)
	for m in $(MAN); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m#man/}; done

clean:
	rm -rf build bin
