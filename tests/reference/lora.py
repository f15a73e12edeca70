"""Adapters of low rank: a whole model that stays, and pairs beside linear maps
of all three parts that learn, in plain PyTorch: w + alpha/r b a; and their
files in peft, both ways."""
import json
import os

import peft
import torch
from common import *
from multimodal import (CONNECTOR, SIDE, TEXT, TOKENS, VISION, VIT, Model,
                        sequences, shapes)
from torch.nn.utils import parametrize

RANK, ALPHA = 3, 6.0
TARGETS = "lm,connector.linear_1,encoder.q_proj,encoder.fc2"
KINDS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
         "down_proj")
PEFT = "base_model.model."
# what mm1-sft puts beside the model, and its hash in the data
TOKENIZER_FILE = os.path.join(ROOT, "tests", "golden", "tokenizer.json")
TOKENIZER_HASH = "ba7939348a5b4114"


class LowRank(torch.nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.a = torch.nn.Parameter(a.clone())
        self.b = torch.nn.Parameter(torch.zeros_like(b))

    def forward(self, w):
        return w + ALPHA / RANK * self.b @ self.a


def is_target(name):
    last = name.rsplit(".", 1)[-1]
    if name.startswith(VIT):
        return last in ("q_proj", "fc2")
    return last == "linear_1" if name.startswith("connector.") else \
        last in KINDS


def adapt(model, start):
    """Pairs that begin as ours did; by our names"""
    out = {}
    for prefix, part in ((VIT, model.vit), ("connector.", model.connector),
                         ("language_model.", model.lm)):
        for p in part.parameters():
            p.requires_grad_(False)
        for n, module in list(part.named_modules()):
            if not isinstance(module, torch.nn.Linear) or \
                    not is_target(prefix + n):
                continue
            name = PEFT + prefix + n + ".lora_%s.weight"
            pair = LowRank(start[name % "A"], start[name % "B"])
            parametrize.register_parametrization(module, "weight", pair)
            out[name % "A"], out[name % "B"] = pair.a, pair.b
    assert out.keys() == start.keys()
    return out


class Tuned(Run):
    def weights(self, step):
        return self.read(step, "adapter_model.safetensors")


def tune(c, optimizer):
    out = os.path.join(c.dir, optimizer)
    run("mm1-sft", "-q", "-m", c.dir, "--lora", RANK, "--lora-alpha", ALPHA,
        "--lora-targets", TARGETS, "--optimizer", optimizer, "-b", c.batch,
        "--steps", c.steps, "--lr", c.lr, "--warmup", c.warmup, "--lr-floor",
        0.1, "--weight-decay", 0, "--save-every", 1, "--keep", c.steps, "--tokenizer",
        TOKENIZER_FILE, "-o", out, os.path.join(c.dir, "data.tar.zst"))
    return Tuned(out)


class Whole(torch.nn.Module):
    """The parts of a model by our names, as peft finds them"""

    def __init__(self, m):
        super().__init__()
        self.vision_tower = torch.nn.Module()
        self.vision_tower.vision_model = m.vit
        self.connector, self.language_model = m.connector, m.lm


def compare_peft(c, weights, ours, expect):
    """peft reads our files: the same losses, and the same model merged"""
    path = os.path.join(ours.path, "step-%08d" % c.steps)
    m, batch = Model(weights), c.sequences[:c.batch]
    tuned = peft.PeftModel.from_pretrained(Whole(m), path)
    pairs = [n for n, _ in tuned.named_parameters() if "lora_" in n]
    assert len(pairs) == len(ours.weights(c.steps))
    with torch.no_grad():
        loss = float(m.loss(batch)[0])
        folded = Model(expect)
        assert abs(loss - float(Model(weights).loss(batch)[0])) > 1e-3
        rows = [("losses", abs(loss / float(folded.loss(batch)[0]) - 1))]
    merged = tuned.merge_and_unload().state_dict()
    rows.append(("weights", worst_tensor(
        {n: merged[n] for n in expect}, expect)[0]))
    report("lora, loaded by peft", rows)


def compare_theirs(c, weights):
    """and what peft writes, mm1-sft merges"""
    out = os.path.join(c.dir, "theirs")
    m = Model(weights)
    tuned = peft.get_peft_model(Whole(m), peft.LoraConfig(
        r=RANK, lora_alpha=ALPHA, init_lora_weights=False,
        target_modules=["q_proj", "linear_1", "down_proj"]))
    tuned.save_pretrained(out)
    merged = os.path.join(c.dir, "theirs-merged")
    run("mm1-sft", "merge", "-q", c.dir, out, "-o", merged)
    w = read_safetensors(os.path.join(merged, "model.safetensors"))
    expect = tuned.merge_and_unload().state_dict()
    assert worst_tensor({n: weights[n] for n in w},
                        {n: expect[n] for n in w})[0] > 0.1
    report("lora, peft's merged", [("weights", worst_tensor(
        w, {n: expect[n] for n in w})[0])])


def main():
    weights = random_weights(shapes())
    config = {"vision_config": VISION, "connector": CONNECTOR,
              "text_config": TEXT, "tokenizer_hash": TOKENIZER_HASH}
    c = Case("lora", config, weights, sequences(10), image_tokens=TOKENS,
             max_images=2, image_size=SIDE, tokenizer=TOKENIZER_HASH)
    ours = tune(c, "adamw")
    # b is 0 at first, so that a has no gradient and the first step leaves it
    m = Model(weights)
    pairs = adapt(m, ours.weights(1))
    theirs = train(c, pairs, m.loss, decay=0)
    theirs.gradients = {n: g for n, g in theirs.gradients.items()
                        if "lora_B" in n}
    compare("lora, adamw", ours, theirs)

    # folded in, it is the same model
    merged = os.path.join(c.dir, "merged")
    run("mm1-sft", "merge", "-q", c.dir, ours.path, "-o", merged)
    w = read_safetensors(os.path.join(merged, "model.safetensors"))
    expect = {n: weights[n] for n in weights}
    for n, a in pairs.items():
        if "lora_A" in n:
            base = n[len(PEFT):].replace(".lora_A.weight", ".weight")
            b = pairs[n.replace("lora_A", "lora_B")]
            expect[base] = weights[base] + (ALPHA / RANK * b @ a).detach()
    report("lora, merged", [("weights", worst_tensor(w, expect)[0])])
    compare_peft(c, weights, ours, expect)
    compare_theirs(c, weights)
    with open(os.path.join(ours.path, "step-%08d" % c.steps,
                           "adapter_config.json")) as f:
        config = json.load(f)
    assert config["peft_type"] == "LORA" and config["r"] == RANK
    assert len(config["target_modules"]) * 2 == len(pairs)
    done()


main()
