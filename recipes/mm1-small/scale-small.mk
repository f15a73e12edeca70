# scale-small.mk - a quarter of an hour: the model of the demo, on most of the data
SOURCES    := pysiogame tuxpaint openclipart emoji
NAME       := most
PAGE_NAMES := pages grass
TEXT_NAMES := glosses gcide essays

VOCAB  := 4096
SIZE   := 56
SFT_SIZE := 72
T      := 256
TOKENS := 16
ENCODER :=
CONNECTOR :=
LM      := --preset mm1-demo

CLIP_STEPS := 250
CLIP_BATCH := 128
CLIP_MICRO := 128
CLIP_LR    := 1e-3
LM_STEPS  := 400
LM_BATCH  := 16
LM_LR     := 2e-3
MM_STEPS  := 600
MM_BATCH  := 8
MM_LR     := 1e-3
SFT_STEPS := 800
SFT_BATCH := 8
SFT_LR    := 1e-3
SAVE_EVERY := 100
SFT_MIX   := garments=40 kinds=20 yesno=10 choices=10 flags=10 captions=10
TASKS     := captions garments kinds yesno choices flags definitions capitals analogies
ASKED     := 500
