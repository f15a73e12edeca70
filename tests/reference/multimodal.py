"""A whole model and how its parts are trained: transformers' CLIP encoder and
Llama with LLaVA's connector between them; AdamW and AdaFactor; rates of their
own, parts that stay, batches in pieces."""
import torch
from common import *
from decoder import llama
from decoder import shapes as decoder_shapes
from transformers import CLIPVisionConfig, CLIPVisionModel
from transformers.optimization import Adafactor

T, VOCAB, SIDE, TOKENS = 40, 64, 12, 9
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])
VISION = {"model_type": "clip_vision_model", "num_hidden_layers": 2,
          "hidden_size": 16, "num_attention_heads": 2,
          "intermediate_size": 32, "image_size": SIDE, "patch_size": 4,
          "num_channels": 3, "hidden_act": "gelu", "layer_norm_eps": 1e-5}
CONNECTOR = {"type": "mlp", "num_query_tokens": TOKENS}
TEXT = text_config(vocab=VOCAB)
VIT = "vision_tower.vision_model."


def encoder():
    model = CLIPVisionModel(CLIPVisionConfig(
        **VISION, attn_implementation="eager")).float()
    return model, {VIT + n: p for n, p in model.named_parameters()
                   if not n.startswith("post_layernorm")}


class Connector(torch.nn.Module):
    def __init__(self):
        super().__init__()
        a, b = VISION["hidden_size"], TEXT["hidden_size"]
        self.linear_1 = torch.nn.Linear(a, b)
        self.linear_2 = torch.nn.Linear(b, b)

    def forward(self, x):
        return self.linear_2(torch.nn.functional.gelu(self.linear_1(x)))


def shapes():
    """Matrices by their fan-in, others as biases and scales"""
    s = {}
    for n, p in [*encoder()[1].items(),
                 *(("connector." + n, p)
                   for n, p in Connector().named_parameters())]:
        if "norm" in n or "layrnorm" in n:
            s[n] = (tuple(p.shape), 0.1, float(n.endswith("weight")))
        elif p.dim() == 1:
            s[n] = (tuple(p.shape), 0.1, 0)
        else:
            s[n] = (tuple(p.shape), p[0].numel() ** -0.5, 0)
    return {**s, **decoder_shapes(TEXT)}


class Model:
    """The three parts with their weights, and parameters by our names"""

    def __init__(self, weights):
        self.vit, parameters = encoder()
        self.connector = Connector()
        parameters.update(("connector." + n, p) for n, p
                          in self.connector.named_parameters())
        with torch.no_grad():
            for n, p in parameters.items():
                p.copy_(weights[n])
        self.lm, text = llama(TEXT, {n: w for n, w in weights.items()
                                     if n.startswith("language_model.")})
        self.parameters = {**parameters, **text}
        assert self.parameters.keys() == weights.keys()

    def embed(self, batch, tokens):
        x = self.lm.get_input_embeddings()(tokens)
        views = [torch.tensor(v) for s in batch for p in s.pictures for v in p]
        pixels = (torch.stack(views).float() / 255 - MEAN) / STD
        h = self.vit(pixel_values=pixels.permute(0, 3, 1, 2))
        images = self.connector(h.last_hidden_state[:, 1:])
        rows = [(b, at) for b, s in enumerate(batch) for at in s.image_row]
        for image, (b, at) in zip(images, rows):
            x = torch.cat([x[:b], torch.cat([x[b, :at], image,
                                             x[b, at + TOKENS:]])[None],
                           x[b + 1:]])
        return x

    def loss(self, batch):
        tokens, position, segment, target, see = stack(batch)
        mask = torch.zeros(see.shape).masked_fill(~see, -1e30)[:, None]
        logits = self.lm(inputs_embeds=self.embed(batch, tokens),
                         position_ids=position, attention_mask=mask).logits
        return token_loss(logits, target), int((target >= 0).sum())


def sequences(n, seed=3):
    r = np.random.default_rng(seed)
    out = []
    for i in range(n):
        s = Sequence(T, TOKENS)
        for _ in range(1 + i % 2):
            rgb = r.integers(0, 256, (1, SIDE, SIDE, 3)).astype("u1")
            s.begin().picture(rgb).add(words(r, 4, VOCAB)).end()
        s.begin().add(words(r, 3 + i % 4, VOCAB)).end()
        out.append(s)
    return out


def adafactor(groups):
    """Its parameter scale and relative step are not MM1's."""
    return Adafactor(groups, scale_parameter=False, relative_step=False,
                     beta1=0.9, decay_rate=-0.8, clip_threshold=1.0)


def compare_adafactor(name, ours, theirs):
    report(name, [
        ("losses", worst(ours.losses, theirs.losses)),
        ("norms", worst(ours.norms, theirs.norms)),
        ("weights", worst_tensor(ours.weights(len(theirs.losses)),
                                 theirs.weights, KEY_BIASES)[0])])


def main():
    weights = random_weights(shapes())
    config = {"vision_config": VISION, "connector": CONNECTOR,
              "text_config": TEXT}
    c = Case("multimodal", config, weights, sequences(10),
             image_tokens=TOKENS, max_images=2, image_size=SIDE)

    # a rate for each part; the batch in pieces
    m = Model(weights)
    rates = {n: 1e-3 if n.startswith(VIT) else 4e-3 if n.startswith("conn")
             else c.lr for n in m.parameters}
    args = ["--lr-encoder", "1e-3", "--lr-connector", "4e-3"]
    theirs = train(c, m.parameters, m.loss, rates=rates)
    for micro in ("4", "3", "1"):
        compare("multimodal, --micro-batch " + micro,
                c.run(*args, "--micro-batch", micro), theirs)
    c.record(theirs.losses, *args)

    # the encoder stays, to the bit
    m = Model(weights)
    learns = {n: p for n, p in m.parameters.items() if not n.startswith(VIT)}
    ours = c.run("--train", "connector,lm")
    compare("multimodal, --train connector,lm", ours,
            train(c, learns, m.loss))
    report("multimodal, the encoder stays", [("weights", max(
        difference(ours.weights(c.steps)[n], w) for n, w in weights.items()
        if n.startswith(VIT)))], 0)

    # AdaFactor on a connector and a decoder (Hugging Face's factors the last
    # two dimensions of a convolution, ours the first and all others)
    args = ["--optimizer", "adafactor", "--weight-decay", "0", "--train",
            "connector,lm"]
    m = Model(weights)
    learns = {n: p for n, p in m.parameters.items() if not n.startswith(VIT)}
    theirs = train(c, learns, m.loss, adafactor)
    compare_adafactor("adafactor", c.run(*args), theirs)
    c.record(theirs.losses, *args, name="adafactor")


if __name__ == "__main__":
    main()
    done()
