# scale-small.mk - half an hour: the model of the demo, on most of the data
SOURCES    := pysiogame tuxpaint openclipart emoji flags
NAME       := all
PAGE_NAMES := pages grass
TEXT_NAMES := glosses gcide essays

VOCAB  := 4096
SIZE   := 56
T      := 256
TOKENS := 16
ENCODER := --preset mm1-demo
CONNECTOR :=
LM      := --preset mm1-demo

LM_STEPS  := 600
LM_BATCH  := 16
LM_LR     := 2e-3
MM_STEPS  := 1000
MM_BATCH  := 8
MM_LR     := 1e-3
SFT_STEPS := 1200
SFT_BATCH := 8
SFT_LR    := 1e-3
SAVE_EVERY := 200
ASKED     := 500
