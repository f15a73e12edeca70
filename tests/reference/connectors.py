"""The connectors against independent modules: Honeybee's C-Abstractor of
timm's RegNet stages, average and attention pooling, from grids that do and do
not divide."""
import multimodal
import torch
import torch.nn as nn
import torch.nn.functional as F
import vit
from common import *
from multimodal import TEXT, VISION
from timm.layers import LayerNorm2d
from timm.models.regnet import RegStage

E, D, PATCHES = VISION["hidden_size"], TEXT["hidden_size"], 9


def grid(x):
    n, L, width = x.shape
    side = round(L ** 0.5)
    return x.transpose(1, 2).reshape(n, width, side, side)


def rows(x):
    return x.flatten(2).transpose(1, 2)


class Avgpool(nn.Module):
    def __init__(self, tokens):
        super().__init__()
        self.side = round(tokens ** 0.5)
        self.project_up = nn.Linear(E, D, bias=False)

    def forward(self, x):
        return self.project_up(rows(F.adaptive_avg_pool2d(grid(x),
                                                          self.side)))


class Attnpool(nn.Module):
    """torch's MultiheadAttention, whose maps have their own names"""

    def __init__(self, tokens, heads=2):
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(tokens, E))
        self.norm = nn.LayerNorm(E)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(E, E, bias=False))
        self.project_up = nn.Linear(E, D)
        self.heads = heads

    def forward(self, x):
        q = self.queries.expand(len(x), -1, -1).transpose(0, 1)
        f = self.norm(x).transpose(0, 1)
        x, _ = F.multi_head_attention_forward(
            q, f, f, E, self.heads, None, None, None, None, False, 0.0,
            self.out_proj.weight, None, need_weights=False,
            use_separate_proj_weight=True, q_proj_weight=self.q_proj.weight,
            k_proj_weight=self.k_proj.weight,
            v_proj_weight=self.v_proj.weight)
        return self.project_up(x.transpose(0, 1))


class Abstractor(nn.Module):
    WIDTH, DEPTH = 18, 2

    def __init__(self, tokens):
        super().__init__()
        stage = dict(depth=self.DEPTH, out_chs=self.WIDTH, stride=1,
                     dilation=1, act_layer=nn.SiLU, norm_layer=LayerNorm2d)
        self.pos_emb = nn.Parameter(torch.zeros(PATCHES, E))
        self.net = nn.Sequential(
            RegStage(in_chs=E, **stage),
            nn.AdaptiveAvgPool2d(round(tokens ** 0.5)),
            RegStage(in_chs=self.WIDTH, **stage))
        self.readout = nn.Sequential(nn.Linear(self.WIDTH, D), nn.SiLU(),
                                     nn.Linear(D, D))

    def forward(self, x):
        pos = self.pos_emb
        if x.shape[1] != len(pos):
            side = round(x.shape[1] ** 0.5)
            pos = rows(F.interpolate(grid(pos[None]), size=(side, side),
                                     mode="bicubic", antialias=True,
                                     align_corners=False))[0]
        return self.readout(rows(self.net(grid(x + pos))))


CONNECTORS = {"avgpool": Avgpool, "attnpool": Attnpool,
              "c-abstractor": Abstractor}


def config(kind, tokens):
    c = {"type": kind, "num_query_tokens": tokens}
    if kind == "c-abstractor":
        c.update(depth=Abstractor.DEPTH, hidden_size=Abstractor.WIDTH)
    return c


class Model(vit.Any):
    """The weights of 1x1 convolutions are matrices here, and theirs not."""

    def __init__(self, kind, tokens, weights=None):
        self.kind = CONNECTORS[kind]
        multimodal.Connector, self.new = lambda: self.kind(tokens), kind
        weights = weights or random_weights({
            n: ((s[:2] if s[2:] == (1, 1) else s), *rest)
            for n, (s, *rest) in multimodal.shapes().items()})
        self.weights = weights
        # copy_() of [out,in] into [out,in,1,1] would not do
        full = {n: w[:, :, None, None] if w.dim() == 2 and
                n.endswith((".conv.weight", ".fc1.weight", ".fc2.weight"))
                and n.startswith("connector.") else w
                for n, w in weights.items()}
        super().__init__(full, tokens=tokens)

    def as_ours(self, result):
        for d in (result.gradients, result.weights):
            for n in d:
                d[n] = d[n].reshape(self.weights[n].shape)
        return result


def run(kind, tokens, side, record):
    m = Model(kind, tokens)
    multimodal.SIDE, multimodal.TOKENS = side, tokens
    data = multimodal.sequences(10)
    multimodal.SIDE, multimodal.TOKENS = 12, 9
    name = "%s-%d" % (kind, tokens)
    c = Case(name, {"vision_config": VISION, "connector": config(kind, tokens),
                    "text_config": TEXT}, m.weights, data,
             image_tokens=tokens, max_images=2, image_size=side)
    args = ["--connector-heads", "2"] if kind == "attnpool" else []
    theirs = m.as_ours(train(c, m.parameters, m.loss))
    compare("%s, %d patches to %d tokens" % (kind, (side // 4) ** 2, tokens),
            c.run(*args), theirs)
    if record:
        c.record(theirs.losses, *args, name=kind)


def main():
    for kind in CONNECTORS:
        run(kind, 4, 12, True)    # 3 x 3 to 2 x 2: cells overlap
        run(kind, 9, 20, False)   # 5 x 5 to 3 x 3, interpolated positions
        run(kind, 4, 16, False)   # 4 x 4 to 2 x 2


if __name__ == "__main__":
    main()
    done()
