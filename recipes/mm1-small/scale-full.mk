# scale-full.mk - about an hour: ten million parameters
SOURCES    := pysiogame tuxpaint openclipart emoji
NAME       := most
PAGE_NAMES := pages grass
TEXT_NAMES := glosses gcide essays

VOCAB  := 8192
SIZE   := 64
SFT_SIZE := 96
T      := 512
TOKENS := 16
ENCODER := --image-size 64 --patch-size 8 --vision-layers 6 --vision-width 192 \
    --vision-heads 3 --vision-hidden 768
CONNECTOR := --image-tokens 16
LM      := --layers 6 --width 256 --heads 4 --kv-heads 2 --hidden 704

CLIP_STEPS := 300
CLIP_BATCH := 256
CLIP_MICRO := 256
CLIP_LR    := 7e-4
LM_STEPS  := 800
LM_BATCH  := 8
LM_LR     := 1e-3
MM_STEPS  := 1200
MM_BATCH  := 4
MM_LR     := 8e-4
SFT_STEPS := 800
SFT_BATCH := 4
SFT_LR    := 6e-4
SAVE_EVERY := 200
SFT_MIX   := garments=40 kinds=20 yesno=10 choices=10 flags=10 captions=10
TASKS     := captions garments kinds yesno choices flags definitions capitals analogies
ASKED     := 1000
