"""The image encoder against transformers' CLIPVisionModel: GELU and QuickGELU,
the layer that feeds the connector, pictures larger than its positions."""
import multimodal
import torch
import torch.nn.functional as F
from common import *
from multimodal import MEAN, STD, TEXT, VISION, VIT, Model, sequences, shapes

KINDS = {"gelu": "gelu", "quick-gelu": "quick_gelu"}


class Encoder(torch.nn.Module):
    """Patch rows behind a layer, for pictures of any size"""

    def __init__(self, vit, layer):
        super().__init__()
        self.vit, self.layer = vit, layer

    def positions(self, side):
        """Bicubic with antialias, as open_clip's; the class row stays."""
        w = self.vit.embeddings.position_embedding.weight
        n = round((len(w) - 1) ** 0.5)
        grid = w[1:].t().reshape(1, -1, n, n)
        if n != side:
            grid = F.interpolate(grid, size=(side, side), mode="bicubic",
                                 antialias=True, align_corners=False)
        return torch.cat([w[:1], grid.flatten(2)[0].t()])

    def forward(self, pixel_values):
        e = self.vit.embeddings
        side = pixel_values.shape[2] // e.patch_size
        if side * e.patch_size == e.image_size:
            hidden = self.vit(pixel_values, output_hidden_states=True)
            return hidden.hidden_states[self.layer][:, 1:]
        assert self.layer == -1
        x = e.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([e.class_embedding.expand(len(x), 1, -1), x], 1)
        x = self.vit.pre_layrnorm(x + self.positions(side))
        x = self.vit.encoder(inputs_embeds=x).last_hidden_state
        return x[:, 1:]


class Any(Model):
    """The whole model with another encoder between pixels and connector"""

    def __init__(self, weights, layer=-1, tokens=9):
        super().__init__(weights)
        self.encoder, self.tokens = Encoder(self.vit, layer), tokens

    def embed(self, batch, tokens):
        x = self.lm.get_input_embeddings()(tokens)
        views = [torch.tensor(v) for s in batch for p in s.pictures for v in p]
        pixels = (torch.stack(views).float() / 255 - MEAN) / STD
        images = self.connector(self.encoder(pixels.permute(0, 3, 1, 2)))
        rows = [(b, at) for b, s in enumerate(batch) for at in s.image_row]
        for image, (b, at) in zip(images, rows):
            x = torch.cat([x[:b], torch.cat([x[b, :at], image,
                                             x[b, at + self.tokens:]])[None],
                           x[b + 1:]])
        return x


def case(name, side=12):
    """Pictures of `side` pixels, before an encoder of 12."""
    multimodal.SIDE = side
    data = sequences(10)
    multimodal.SIDE = 12
    return Case(name, {"vision_config": VISION, "connector":
                       {"type": "mlp", "num_query_tokens": 9},
                       "text_config": TEXT}, random_weights(shapes()), data,
                image_tokens=9, max_images=2, image_size=side)


def used(parameters, layers):
    """Without those of later layers, which do not learn"""
    later = [VIT + "encoder.layers.%d." % i
             for i in range(layers, VISION["num_hidden_layers"])]
    return {n: p for n, p in parameters.items()
            if not n.startswith(tuple(later))}


def pooled(connector, tokens):
    """mlp averages where there are more patches than tokens."""
    def forward(x):
        x = connector(x)
        n, L, D = x.shape
        m, side = round(tokens ** 0.5), round(L ** 0.5)
        x = x.transpose(1, 2).reshape(n, D, side, side)
        return F.adaptive_avg_pool2d(x, m).flatten(2).transpose(1, 2)
    return forward


def main():
    for option, act in KINDS.items():
        VISION["hidden_act"] = act
        c = case("vit-" + option)
        m = Any(c.weights)
        theirs = train(c, m.parameters, m.loss)
        compare("vit, " + option, c.run("--vision-act", option), theirs)
        if option == "quick-gelu":
            c.record(theirs.losses, "--vision-act", option)
    VISION["hidden_act"] = "gelu"
    for layer in (-2, 1):
        c = case("vit-layer")
        m = Any(c.weights, layer)
        learn = used(m.parameters, 1)
        args = ["--encoder-layer", str(layer)]
        ours, theirs = c.run(*args), train(c, learn, m.loss)
        compare("vit, --encoder-layer %d" % layer, ours, theirs)
        last = ours.weights(c.steps)
        report("vit, later layers stay", [("weights", max(
            difference(last[n], w) for n, w in c.weights.items()
            if n not in learn))], 0)
        if layer < 0:
            c.record(theirs.losses, *args)
    # positions of 3 x 3 patches on pictures of 5 x 5
    c = case("vit-large", 20)
    m = Any(c.weights)
    m.connector.forward = pooled(type(m.connector).forward.__get__(
        m.connector), 9)
    theirs = train(c, m.parameters, m.loss)
    compare("vit, interpolated positions", c.run(), theirs)


if __name__ == "__main__":
    main()
    done()
