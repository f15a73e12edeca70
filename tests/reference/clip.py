"""Two towers on pairs: transformers' CLIPModel with open_clip's losses, of one
piece and of several (cached gradients); texts that are cut at the context."""
import numpy as np
import torch
from common import *
from open_clip.loss import ClipLoss, SigLipLoss
from transformers import CLIPConfig, CLIPModel

T, VOCAB, SIDE, WIDTH, CONTEXT = 40, 64, 12, 16, 12
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])
SHARED = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2,
          "intermediate_size": 32, "layer_norm_eps": 1e-5}
VISION = {"model_type": "clip_vision_model", **SHARED, "image_size": SIDE,
          "patch_size": 4, "num_channels": 3}
TEXT = {"model_type": "clip_text_model", **SHARED, "vocab_size": VOCAB,
        "max_position_embeddings": CONTEXT, "bos_token_id": BOS,
        "eos_token_id": EOS, "pad_token_id": PAD}
VIT = "vision_tower.vision_model."


def config(act):
    return {"projection_dim": WIDTH,
            "vision_config": {**VISION, "hidden_act": act},
            "text_config": {**TEXT, "hidden_act": act}}


class ClipCase(Case):
    """Its text tower's options are those of a decoder."""

    def args(self, *more):
        c = self.config
        out = ["--objective", "clip", "--clip-width", str(WIDTH),
               "--text-context", str(CONTEXT), "--vision-act",
               c["vision_config"]["hidden_act"].replace("_", "-")]
        for part in ("vision_config", "text_config"):
            for key, option in OPTIONS[part].items():
                if key in c[part] and option not in ("context", "kv-heads"):
                    out += ["--" + option, str(c[part][key])]
        return [*out, "-b", str(self.batch), "--steps", str(self.steps),
                "--lr", str(self.lr), "--warmup", str(self.warmup), *more]

    def inits(self, where):
        return ["--init-encoder", where, "--init-connector", where,
                "--init-lm", where]


class Model:
    """CLIPModel with these weights, and parameters by our names"""

    def __init__(self, c, weights, siglip):
        self.siglip = siglip
        self.clip = CLIPModel(CLIPConfig(
            text_config=c["text_config"], vision_config=c["vision_config"],
            projection_dim=WIDTH, attn_implementation="eager")).float()
        self.parameters = {
            n.replace("vision_model.", VIT, 1)
            if n.startswith("vision_model.") else n: p
            for n, p in self.clip.named_parameters()}
        if siglip:
            self.bias = torch.nn.Parameter(torch.zeros(()))
            self.parameters["logit_bias"] = self.bias
        if weights:
            assert self.parameters.keys() == weights.keys()
            with torch.no_grad():
                for n, p in self.parameters.items():
                    p.copy_(weights[n])

    def pictures(self, batch):
        views = [torch.tensor(v) for s in batch for p in s.pictures for v in p]
        pixels = (torch.stack(views).float() / 255 - MEAN) / STD
        out = self.clip.vision_model(pixel_values=pixels.permute(0, 3, 1, 2))
        return self.clip.visual_projection(out.pooler_output)

    def words(self, batch):
        texts = []
        for s in batch:
            for g in s.segments:
                ids = s.tokens[g["begin"]:g["begin"] + g["length"]]
                ids = [i for i in ids if i != IMAGE]
                if len(ids) > CONTEXT:
                    ids = ids[:CONTEXT - 1] + [EOS]
                texts.append(ids)
        ids = torch.tensor([t + [PAD] * (CONTEXT - len(t)) for t in texts])
        h = self.clip.text_model(input_ids=ids).last_hidden_state
        # not pooler_output: for an end of sequence of 2 that is another row
        last = torch.tensor([len(t) - 1 for t in texts])
        return self.clip.text_projection(h[torch.arange(len(texts)), last])

    def loss(self, batch):
        unit = torch.nn.functional.normalize
        a, b = unit(self.pictures(batch)), unit(self.words(batch))
        scale = self.parameters["logit_scale"].exp()
        if self.siglip:
            mean = SigLipLoss()(a, b, scale, self.bias)
        else:
            mean = ClipLoss()(a, b, scale)
        return mean * len(a), len(a)

    def optimizer(self, groups):
        """The scale and the bias do not decay, and the scale has limits."""
        scale = self.parameters["logit_scale"]
        for g in groups:
            if g["params"][0].dim() == 0:
                g["weight_decay"] = 0.0
        o = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8,
                              weight_decay=0.1)

        def limit(*_):
            with torch.no_grad():
                scale.clamp_(0, np.log(100))
        o.register_step_post_hook(limit)
        return o


def shapes(parameters):
    s = {}
    for n, p in parameters.items():
        if "norm" in n or "layrnorm" in n:
            s[n] = (tuple(p.shape), 0.1, float(n.endswith("weight")))
        elif n == "logit_scale":
            # that of InfoNCE reaches its limit; a large one of the other makes
            # steps so wild that rounding shows
            s[n] = ((), 0.0, 2.3 if "logit_bias" in parameters else 4.5)
        elif n == "logit_bias":
            s[n] = ((), 0.0, -10.0)
        elif p.dim() == 1:
            s[n] = (tuple(p.shape), 0.1, 0)
        else:
            s[n] = (tuple(p.shape), p[0].numel() ** -0.5, 0)
    return s


def sequences(n, seed=5):
    r = np.random.default_rng(seed)
    out = []
    for i in range(n):
        s = Sequence(T, 1)
        for _ in range(1 + i % 2):
            rgb = r.integers(0, 256, (1, SIDE, SIDE, 3)).astype("u1")
            s.begin().picture(rgb)
            s.add(words(r, int(r.integers(1, 15)), VOCAB)).end()
        out.append(s)
    return out


def main():
    for name, act, siglip in (("clip", "quick_gelu", False),
                              ("siglip", "gelu", True)):
        c = config(act)
        if siglip:
            c["contrastive_loss"] = "siglip"
        weights = random_weights(shapes(Model(c, None, siglip).parameters))
        case = ClipCase(name, c, weights, sequences(14), batch=6,
                        image_tokens=1, max_images=2, image_size=SIDE)
        args = ["--clip-loss", "siglip"] if siglip else []
        m = Model(c, weights, siglip)
        theirs = train(case, m.parameters, m.loss, m.optimizer)
        for micro in ("6", "4", "1"):
            compare(name + ", --micro-batch " + micro,
                    case.run(*args, "--micro-batch", micro), theirs)
        case.record(theirs.losses, *args, "--micro-batch", "4")


if __name__ == "__main__":
    main()
    done()
