"""tokenizer_peer.py: mm1-tokenize against Hugging Face's tokenizers"""
import json
import random
import subprocess

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ["<pad>", "<s>", "</s>", "<image>",
           "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"]


def text(rng, letters, lines):
    """Lines of words that repeat, over an alphabet of that many letters."""
    alphabet = "abcdefghij é中ж1'"[:letters]
    words = ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, 30)))
             for _ in range(60)]
    return ["".join(rng.choice([" ", "", "  "]) + rng.choice(words)
                    for _ in range(rng.randint(0, 12)))
            for _ in range(lines)]


def peer(path, size, least):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train([path], trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    return t


def ours(*args):
    return subprocess.run(["mm1-tokenize", *args], check=True,
                          capture_output=True).stdout


for seed in range(120):
    rng = random.Random(seed)
    lines = text(rng, rng.randint(1, 16), rng.randint(1, 80))
    size, least = rng.randint(264, 1500), rng.randint(1, 4)
    with open("text", "w") as f:
        f.write("\n".join(lines) + "\n")
    t = peer("text", size, least)
    ours("train", "text", "--vocab-size", str(size), "--min-frequency",
         str(least), "-q", "-o", "t.json")
    mine = json.load(open("t.json"))["model"]
    # As the peer reads it back: of equal pairs the last counts.
    theirs = json.loads(Tokenizer.from_str(t.to_str()).to_str())["model"]
    assert mine["vocab"] == theirs["vocab"], seed
    assert mine["merges"] == theirs["merges"], seed
    loaded = Tokenizer.from_file("t.json")
    test = lines + text(rng, 16, 40)
    with open("test", "w") as f:
        f.write("\n".join(test) + "\n")
    got = ours("encode", "--text", "-t", "t.json", "test").decode()
    want = [e.ids for e in loaded.encode_batch(test)]
    assert [list(map(int, l.split())) for l in got.splitlines()] == want, seed
