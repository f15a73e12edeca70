# scale-tiny.mk - three minutes: the same path, and nothing that is any good
SOURCES    := pysiogame emoji
NAME       := few
PAGE_NAMES := pages
TEXT_NAMES := glosses

VOCAB  := 4096
SIZE   := 56
SFT_SIZE := 64
T      := 256
TOKENS := 16
ENCODER :=
CONNECTOR :=
LM      := --preset mm1-demo

CLIP_STEPS := 30
CLIP_BATCH := 64
CLIP_MICRO := 64
CLIP_LR    := 1e-3
LM_STEPS  := 60
LM_BATCH  := 8
LM_LR     := 2e-3
MM_STEPS  := 60
MM_BATCH  := 8
MM_LR     := 1e-3
SFT_STEPS := 80
SFT_BATCH := 8
SFT_LR    := 1e-3
SAVE_EVERY := 20
SFT_MIX   := garments=40 kinds=20 yesno=15 choices=15 captions=10
TASKS     := captions garments kinds yesno choices definitions
ASKED     := 100
