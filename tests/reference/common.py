"""What the step-by-step comparisons with PyTorch share.

A comparison is a file NAME.py beside this one.  It makes a tiny model and a
few packed sequences, lets mm1-pretrain train on them, does the same in
PyTorch with the modules of an independent implementation, and compares:

    from common import *

    case = Case("decoder", config, weights, sequences, steps=20, lr=1e-3)
    ours = case.run("--z-loss", "1e-3")
    theirs = train(case, parameters, loss, z_loss=1e-3)
    compare("decoder", ours, theirs)
    done()

Each compare() prints one line, "pass NAME: losses 2e-07, ..." with the worst
relative errors: of the losses and gradient norms of all steps, of the
gradients of step 1 (read from the optimizer's state), and of the weights
after the last, each tensor by the norm of its difference.  done() exits with
1 when one failed.

Golden values.  A comparison that calls case.record(ours_args, losses) leaves,
under --record, tests/golden/reference/NAME/: model.safetensors and config.json
(bfloat16 weights at step 0), data.tar.zst (the sequences), args (of
mm1-pretrain) and losses (PyTorch's, one a line).  tests/cli/reference runs
mm1-pretrain again on each such folder, without Python, and compares its losses
to 1e-4.  Keep a folder under 64 kB.

`make reference` runs all, `scripts/reference NAME` some.
"""
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
import torch
import xxhash

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden", "reference")
TOLERANCE = 1e-4
RECORD = "--record" in sys.argv[1:]
PAD, BOS, EOS, IMAGE = 0, 1, 2, 3  # token ids; words follow
TOKENIZER = "0000000000000abc"  # hash of the one that nobody has

failures = 0
scratch = tempfile.TemporaryDirectory(prefix="mm1-reference.")


# ---- files of models -------------------------------------------------------

def write_safetensors(path, tensors):
    """name -> float tensor, stored as bfloat16, in this order"""
    header, at, data = {"__metadata__": {"format": "pt"}}, 0, []
    for name, t in tensors.items():
        raw = t.detach().bfloat16().contiguous().view(torch.int16).numpy()
        raw = raw.tobytes()
        header[name] = {"dtype": "BF16", "shape": list(t.shape),
                        "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        data.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def read_safetensors(path):
    """name -> float32 tensor"""
    with open(path, "rb") as f:
        n, = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(n)), f.read()
    header.pop("__metadata__", None)
    out = {}
    for name, h in header.items():
        assert h["dtype"] == "F32", (name, h["dtype"])
        a, b = h["data_offsets"]
        out[name] = torch.tensor(np.frombuffer(data[a:b], "<f4").reshape(
            h["shape"]).copy())
    return out


def random_weights(shapes, seed=1):
    """name -> (shape, deviation, mean) to weights that bfloat16 holds"""
    r = torch.Generator().manual_seed(seed)
    return {n: (torch.randn(shape, generator=r) * std + mean)
            .bfloat16().float() for n, (shape, std, mean) in shapes.items()}


# ---- packed sequences ------------------------------------------------------

class Sequence:
    """T tokens; begin() and end() a segment, add tokens and pictures."""

    def __init__(self, T, image_tokens=0):
        self.T, self.image_tokens = T, image_tokens
        self.tokens, self.loss, self.segment = [], [], []
        self.segments, self.pictures, self.image_row = [], [], []

    def begin(self):
        self.segments.append({"source": "words", "key": "k%d"
                              % len(self.segments),
                              "begin": len(self.tokens), "length": 0,
                              "images": 0})
        return self.add([BOS], 0)

    def add(self, tokens, loss=1):
        n = len(tokens)
        self.tokens += tokens
        self.loss += [loss] * n
        self.segment += [len(self.segments)] * n
        return self

    def picture(self, rgb):
        """u8 array [views,side,side,3]"""
        self.pictures.append(rgb)
        self.segments[-1]["images"] += 1
        for _ in range(len(rgb)):
            self.image_row.append(len(self.tokens))
            self.add([IMAGE] * self.image_tokens, 0)
        return self

    def end(self):
        self.add([EOS])
        s = self.segments[-1]
        s["length"] = len(self.tokens) - s["begin"]
        assert len(self.tokens) <= self.T
        return self

    def arrays(self):
        """tokens, loss, segment, each [T], padded"""
        pad = self.T - len(self.tokens)
        return (np.array(self.tokens + [PAD] * pad, "<i4"),
                np.array(self.loss + [0] * pad, "u1"),
                np.array(self.segment + [0] * pad, "<u2"))


def words(r, n, vocab):
    """n token ids that are words; r: numpy.random.Generator"""
    return [int(i) for i in r.integers(IMAGE + 1, vocab, n)]


def text_sequences(n, T, vocab, seed=1):
    """Segments of words of many lengths, some padding behind."""
    r = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        s = Sequence(T)
        while T - len(s.tokens) > 6:
            room = T - len(s.tokens) - 2
            s.begin().add(words(r, min(room, int(r.integers(2, T // 2))),
                                vocab)).end()
        out.append(s)
    return out


def npy(a):
    b = io.BytesIO()
    np.lib.format.write_array(b, np.ascontiguousarray(a), version=(1, 0))
    return b.getvalue()


def write_packed(path, sequences, vocab, image_tokens=0, max_images=0,
                 image_size=0, tokenizer=TOKENIZER):
    """A packed shard: a plain tar archive, to which mm1-mix adds the index."""
    meta = {"tokenizer": {"vocab_size": vocab, "bos": BOS, "eos": EOS,
                          "pad": PAD, "image": IMAGE,
                          "hash": tokenizer},
            "packing": {"seq_len": sequences[0].T,
                        "image_tokens": image_tokens or 1,
                        "max_images": max_images}}
    if image_size:
        meta["pixels"] = {"size": image_size}
    header = json.dumps({"mm1-shard": 1, "kind": "packed", "meta": meta,
                         "history": []}, separators=(",", ":"))
    total, members, size = xxhash.xxh3_64(), 0, 0
    plain = os.path.join(scratch.name, "plain.tar")
    with tarfile.open(plain, "w", format=tarfile.PAX_FORMAT,
                      pax_headers={"comment": header}) as tar:
        def put(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        for i, s in enumerate(sequences):
            tokens, loss, segment = s.arrays()
            files = [("json", json.dumps({"segments": s.segments}).encode()),
                     ("tokens.npy", npy(tokens)), ("loss.npy", npy(loss)),
                     ("segment.npy", npy(segment))]
            files += [("%d.u8.npy" % k, npy(p.astype("u1")))
                      for k, p in enumerate(s.pictures)]
            for name, data in files:
                name = "%08d.%s" % (i, name)
                put(name, data)
                total.update(struct.pack("<Q", len(name)) + name.encode()
                             + struct.pack("<Q", len(data)) + data)
                members, size = members + 1, size + len(data)
        put("__trailer__", json.dumps({
            "samples": len(sequences), "members": members, "bytes": size,
            "hash": total.hexdigest(),
            "header": xxhash.xxh3_64_hexdigest(header.encode()),
            "counts": {}}).encode())
    run("mm1-mix", "cat", "-q", plain, "-o", path)


# ---- running ours ----------------------------------------------------------

def run(*command):
    p = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    if p.returncode:
        sys.exit("%s: status %d\n%s" % (" ".join(map(str, command)),
                                        p.returncode, p.stderr.decode()))
    return p.stdout.decode()


class Run:
    """A run directory: step events, weights and state of each step."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(path, "metrics.jsonl")) as f:
            self.events = [json.loads(line) for line in f]
        self.steps = [e for e in self.events if e["ev"] == "step"]
        self.losses = [e["loss"] for e in self.steps]
        self.norms = [e["gnorm"] for e in self.steps]

    def read(self, step, name):
        return read_safetensors(os.path.join(
            self.path, "step-%08d" % step, name))

    def weights(self, step):
        return self.read(step, "model.safetensors")

    def state(self, step):
        """ "m.NAME", "v.NAME"; of AdaFactor "m", "row", "col", "v" """
        return self.read(step, "optimizer.safetensors")


# A key of config.json and its option of mm1-pretrain; more may be added.
OPTIONS = {
    "text_config": {
        "num_hidden_layers": "layers", "hidden_size": "width",
        "num_attention_heads": "heads", "num_key_value_heads": "kv-heads",
        "intermediate_size": "hidden", "max_position_embeddings": "context",
        "rope_theta": "rope-theta", "num_experts": "experts",
        "decoder_sparse_step": "expert-every",
        "moe_intermediate_size": "expert-hidden",
        "expert_capacity_factor": "capacity-factor",
        "router_aux_loss_coef": "balance-loss",
        "router_z_loss_coef": "router-z-loss"},
    "vision_config": {
        "num_hidden_layers": "vision-layers", "hidden_size": "vision-width",
        "num_attention_heads": "vision-heads",
        "intermediate_size": "vision-hidden", "image_size": "image-size",
        "patch_size": "patch-size"},
    "connector": {
        "type": "connector", "depth": "connector-depth",
        "hidden_size": "connector-width", "num_query_tokens": "image-tokens"}}


def shape_options(config):
    """mm1-pretrain's options for the model of a config.json"""
    out = []
    for part, keys in OPTIONS.items():
        for key, option in keys.items():
            if key in config.get(part, {}):
                out += ["--" + option, str(config[part][key])]
    if "text_config" in config:
        tied = config["text_config"]["tie_word_embeddings"]
        out += ["--tied", "yes" if tied else "no"]
    if "vision_config" not in config:
        out += ["--objective", "lm"]
    return out


def text_config(layers=2, width=32, heads=4, kv_heads=2, hidden=48, vocab=64,
                context=64, theta=10000.0, tied=True):
    """A decoder, in Hugging Face's names"""
    return {"model_type": "llama", "num_hidden_layers": layers,
            "hidden_size": width, "num_attention_heads": heads,
            "num_key_value_heads": kv_heads, "intermediate_size": hidden,
            "vocab_size": vocab, "max_position_embeddings": context,
            "rope_theta": theta, "rms_norm_eps": 1e-5, "hidden_act": "silu",
            "tie_word_embeddings": tied, "bos_token_id": BOS,
            "eos_token_id": EOS, "pad_token_id": PAD}


class Case:
    """A model at step 0, its data, and how it is trained.

    config: of config.json, without model_type and image_token_id.
    weights: name -> tensor, exact in bfloat16.  sequences: [Sequence].
    """

    def __init__(self, name, config, weights, sequences, steps=20, batch=4,
                 lr=3e-3, warmup=5, image_tokens=0, max_images=0,
                 image_size=0, tokenizer=TOKENIZER):
        self.name, self.weights, self.sequences = name, weights, sequences
        self.config = {"model_type": "mm1", "image_token_id": IMAGE, **config}
        self.steps, self.batch, self.lr = steps, batch, lr
        self.warmup = warmup
        self.dir = tempfile.mkdtemp(prefix=name + ".", dir=scratch.name)
        self.runs = 0
        with open(os.path.join(self.dir, "config.json"), "w") as f:
            json.dump(self.config, f, indent=1)
            f.write("\n")
        write_safetensors(os.path.join(self.dir, "model.safetensors"),
                          weights)
        if sequences:
            vocab = config.get("text_config", {}).get("vocab_size", 64)
            write_packed(os.path.join(self.dir, "data.tar.zst"), sequences,
                         vocab, image_tokens, max_images, image_size,
                         tokenizer)

    def args(self, *more):
        """Options of mm1-pretrain but for -o, --init-* and the shard"""
        return [*shape_options(self.config), "-b", str(self.batch), "--steps",
                str(self.steps), "--lr", str(self.lr), "--warmup",
                str(self.warmup), *more]

    def inits(self, where):
        """The parts that config.json has come from the model directory."""
        parts = {"vision_config": "--init-encoder",
                 "connector": "--init-connector", "text_config": "--init-lm"}
        return [x for p in parts if p in self.config
                for x in (parts[p], where)]

    def run(self, *more):
        """Train with mm1-pretrain and further options: a Run"""
        self.runs += 1
        out = os.path.join(self.dir, "run%d" % self.runs)
        run("mm1-pretrain", "-q", *self.args(*more), *self.inits(self.dir),
            "--save-every", 1, "--keep", self.steps, "-o", out,
            os.path.join(self.dir, "data.tar.zst"))
        return Run(out)

    def batches(self):
        """Per step a list of B sequences; the data begins anew at its end."""
        n = len(self.sequences)
        for t in range(self.steps):
            yield [self.sequences[(t * self.batch + i) % n]
                   for i in range(self.batch)]

    def record(self, losses, *more, name=None):
        """Under --record, a folder of golden values (see above)"""
        if not RECORD:
            return
        to = os.path.join(GOLDEN, name or self.name)
        shutil.rmtree(to, ignore_errors=True)
        os.makedirs(to)
        for f in ("config.json", "model.safetensors", "data.tar.zst"):
            shutil.copy(os.path.join(self.dir, f), to)
        with open(os.path.join(to, "args"), "w") as f:
            f.write(" ".join(self.args(*more) + self.inits("model")) + "\n")
        with open(os.path.join(to, "losses"), "w") as f:
            f.writelines("%.7g\n" % x for x in losses)


# ---- the same in PyTorch ---------------------------------------------------

def stack(sequences):
    """Tensors of a batch, [B,T] each: tokens, position (from 0 in each
    segment), segment, target (-1: none), see [B,T,T] (may row look at
    column?)"""
    tokens, loss, segment = (torch.tensor(np.stack(x).astype("i8"))
                             for x in zip(*(s.arrays() for s in sequences)))
    B, T = tokens.shape
    position, target = torch.zeros_like(tokens), -torch.ones_like(tokens)
    for b in range(B):
        for t in range(1, T):
            if segment[b, t] and segment[b, t] == segment[b, t - 1]:
                position[b, t] = position[b, t - 1] + 1
                if loss[b, t]:
                    target[b, t - 1] = tokens[b, t]
    see = (segment[:, :, None] == segment[:, None, :]) & \
        torch.ones(T, T, dtype=torch.bool).tril()
    return tokens, position, segment, target, see


def token_loss(logits, target, z_loss=0.0):
    """Sum over targets of cross entropy and z_loss logsumexp^2"""
    live = target >= 0
    z, t = logits[live], target[live]
    loss = torch.nn.functional.cross_entropy(z, t, reduction="sum")
    return loss + z_loss * torch.logsumexp(z, -1).pow(2).sum()


class Result:
    def __init__(self):
        self.losses, self.norms, self.gradients, self.weights = [], [], {}, {}


def train(case, parameters, loss, make_optimizer=None, decay=0.1, floor=0.1,
          clip=1.0, rates=None):
    """case.steps steps in PyTorch.

    parameters: name (as ours) -> torch.nn.Parameter, those that learn.
    loss(batch) -> (sum, number it is divided by), of a list of sequences.
    make_optimizer(groups): AdamW otherwise; its lr of each group follows the
    schedule.  rates: name -> peak rate, where it is not case.lr.
    """
    from transformers import get_cosine_with_min_lr_schedule_with_warmup

    groups = [{"params": [p], "lr": (rates or {}).get(n, case.lr)}
              for n, p in parameters.items()]
    if make_optimizer:
        o = make_optimizer(groups)
    else:
        o = torch.optim.AdamW(groups, lr=case.lr, betas=(0.9, 0.95), eps=1e-8,
                              weight_decay=decay)
    schedule = get_cosine_with_min_lr_schedule_with_warmup(
        o, case.warmup, case.steps, min_lr_rate=floor)
    result = Result()
    for t, batch in enumerate(case.batches()):
        schedule.step()  # updates count from 1
        o.zero_grad()
        total, n = loss(batch)
        (total / n).backward()
        if t == 0:
            result.gradients = {name: p.grad.clone() for name, p
                                in parameters.items() if p.grad is not None}
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(),
                                              clip or float("inf"))
        result.losses.append(float(total / n))
        result.norms.append(float(norm))
        o.step()
    result.weights = {n: p.detach() for n, p in parameters.items()}
    return result


# ---- comparing -------------------------------------------------------------

def worst(ours, theirs):
    """Largest relative difference of two lists of numbers"""
    assert len(ours) == len(theirs) > 0, (len(ours), len(theirs))
    return max(abs(a - b) / max(abs(b), 1e-30) for a, b in zip(ours, theirs))


def difference(ours, theirs):
    """Relative, of two tensors, by norms"""
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    a, b = ours.double(), theirs.double()
    return float((a - b).norm() / b.norm().clamp(min=1e-30))


def worst_tensor(ours, theirs, ignore=()):
    """(relative difference, name) of the tensor that differs most.  ignore:
    ends of names, of tensors whose true gradient is zero."""
    assert theirs, "nothing to compare"
    return max((difference(ours[n], t), n) for n, t in theirs.items()
               if not n.endswith(tuple(ignore)))


KEY_BIASES = ("k_proj.bias",)  # softmax does not see them


def report(name, errors, tolerance=TOLERANCE):
    """errors: list of (what, relative error)"""
    global failures
    bad = [e for e in errors if not e[1] <= tolerance]
    failures += bool(bad)
    print("%s %s: %s" % ("FAIL" if bad else "pass", name, ", ".join(
        "%s %.1e" % e for e in errors)), flush=True)


def compare(name, ours, theirs, clip=1.0, beta1=0.9, ignore=KEY_BIASES,
            tolerance=TOLERANCE, weights_tolerance=None):
    """A Run of AdamW with --save-every 1 against a Result"""
    scale = (1 - beta1) * min(1, (clip or 1e30) / theirs.norms[0])
    state = {n[2:]: t / scale for n, t in ours.state(1).items()
             if n.startswith("m.")}
    steps = len(theirs.losses)
    g = worst_tensor(state, theirs.gradients, ignore)
    w = worst_tensor(ours.weights(steps), theirs.weights, ignore)
    report(name, [("losses", worst(ours.losses, theirs.losses)),
                  ("norms", worst(ours.norms, theirs.norms)),
                  ("gradients", g[0]), ("weights", w[0])], tolerance)
    if max(g[0], w[0]) > tolerance:
        print("     worst gradient %s, worst weight %s" % (g[1], w[1]))


def done():
    sys.exit(1 if failures else 0)
