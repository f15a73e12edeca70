#!/usr/bin/env python3
"""tokenizer.py: golden values from Hugging Face's tokenizers

    pip install tokenizers==0.23.3
    python3 tests/golden/tokenizer.py

Writes beside itself
    tokenizer.txt    a small corpus (made here, from a seed)
    tokenizer.json   BpeTrainer's result on it, 1,000 ids
    tokenizer.jsonl  lines {"text", "ids", "plain"}: the ids of a text with
                     the names of special tokens found, and as plain text
and checks lib/data/unicode_table.c against the engine's classes.
"""
import json
import pathlib
import random
import re

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).resolve().parent
SPECIAL = ["<pad>", "<s>", "</s>", "<image>",
           "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"]
rng = random.Random(1)

ONSET = "b br c ch d dr f fl g gr h j k l m n p pl qu r s sh st t th tr v w".split()
CORE = "a ai e ea i o oo ou u y".split()
CODA = ["", "", "n", "r", "s", "t", "ck", "ld", "ng", "st"]
OTHER = ("naïve façade Über straße señor Москва привет мир дом кошка "
         "ελληνικά λόγος שלום עולם مرحبا بالعالم 你好世界 図書館 こんにちは "
         "カタカナ 안녕하세요 हिन्दी ภาษาไทย žluťoučký kůň œuvre ﬁne").split()
CONTRACTED = ("don't it's we're they've I'm you'll he'd o'clock DON'T IT'S "
              "'tis rock'n'roll 's 't 're 've 'm 'll 'd 'S 'LL").split()
SYMBOLS = list("!?.,;:-_()[]{}<>/\\|@#$%^&*+=~`\"'") + [
    "...", "--", "—", "“", "”", "«", "»", "€", "°", "→", "😀", "👩‍👩‍👧", "🇪🇺",
    "\u0301", "\u200b", "\ufeff", "\u00ad"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n", "\n ", "\u00a0",
          "\u2003", "\u3000", " \t \n ", "\u0085", "\u1680", "\x0b", "\x0c",
          "\x1c", "\u180e", "        "]


def syllable():
    return rng.choice(ONSET) + rng.choice(CORE) + rng.choice(CODA)


WORDS = sorted({"".join(syllable() for _ in range(rng.randint(1, 3)))
                for _ in range(900)})
rng.shuffle(WORDS)


def word():
    r = rng.random()
    if r < 0.84:
        w = WORDS[min(int(rng.paretovariate(0.4)) - 1, len(WORDS) - 1)]
        return w.capitalize() if rng.random() < 0.1 else w
    if r < 0.89:
        return str(rng.randint(0, 10 ** rng.randint(1, 6)))
    if r < 0.94:
        return rng.choice(CONTRACTED)
    return rng.choice(OTHER)


def sentence():
    s = ""
    for _ in range(rng.randint(4, 14)):
        s += word() + (rng.choice(SYMBOLS) if rng.random() < 0.08 else "") + " "
    return s[:-1] + rng.choice([".", ".", "!", "?"])


def corpus():
    lines = []
    for _ in range(600):
        indent = rng.choice(["", "", "", "  ", "    ", "\t"])
        lines.append(indent + sentence() + rng.choice(["", "", " ", "  "]))
    return "\n".join(lines) + "\n"


def odd_line():
    """Pieces of every kind behind each other."""
    s = ""
    for _ in range(rng.randint(1, 12)):
        r = rng.random()
        if r < 0.4:
            s += word()
        elif r < 0.6:
            s += rng.choice(SPACES)
        elif r < 0.75:
            s += rng.choice(SYMBOLS)
        elif r < 0.82:
            c = rng.choice([0x80, 0x500, 0x3000, 0xFFFF, 0x10FFFF])
            c = rng.randint(0, c)
            s += chr(c) if not 0xD800 <= c < 0xE000 else "?"
        elif r < 0.9:
            s += rng.choice(SPECIAL + ["<s", "< s>", "<image", "|end|>", "<<s>>"])
        else:
            s += rng.choice(["²", "½", "Ⅷ", "٣", "१२", "x2", "3d", "1,000.5"])
    return s


def long_word():
    w = rng.choice(WORDS + OTHER)
    return rng.choice([w * rng.randint(5, 60), "a" * rng.randint(90, 400),
                       "".join(syllable() for _ in range(60)),
                       "-" * rng.randint(90, 300), "ab" * rng.randint(50, 200),
                       " " * rng.randint(90, 300) + "x",
                       "".join(rng.choice(WORDS) for _ in range(40))])


def train(text):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(text.splitlines(keepends=True), trainers.BpeTrainer(
        vocab_size=1000, min_frequency=2, special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    return t


def check_classes():
    """Our table against what joins to a letter, a digit and a dash."""
    source = (HERE / "../../lib/data/unicode_table.c").read_text()
    block, bits = [[int(v) for v in re.findall(r"\d+", body)]
                   for body in re.findall(r"\{([^}]*)\}", source)]
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    for cp in range(0x110000):
        if 0xD800 <= cp < 0xE000:
            continue
        c = chr(cp)
        theirs = (1 if len(cut("a" + c)) == 1 else
                  2 if len(cut("1" + c)) == 1 else
                  0 if len(cut("-" + c)) == 1 else 3)
        ours = bits[block[cp >> 8] * 64 + (cp >> 2 & 63)] >> (cp & 3) * 2 & 3
        assert ours == theirs, hex(cp)


check_classes()
text = corpus()
(HERE / "tokenizer.txt").write_text(text, newline="")
t = train(text)
(HERE / "tokenizer.json").write_text(t.to_str(pretty=False))
lines = ([sentence() for _ in range(300)] + [odd_line() for _ in range(700)] +
         [long_word() for _ in range(40)] + ["", " ", "\n", "'", "<s>", "\0"])
with open(HERE / "tokenizer.jsonl", "w") as f:
    for line in lines:
        t.encode_special_tokens = False
        ids = t.encode(line).ids
        t.encode_special_tokens = True
        plain = t.encode(line).ids
        f.write(json.dumps({"text": line, "ids": ids, "plain": plain},
                           ensure_ascii=False, separators=(",", ":")) + "\n")
