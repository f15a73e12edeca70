#!/usr/bin/env python3
"""Record CIDEr-D of random captions from pycocoevalcap: cider.py > cider.jsonl"""
import json
import random

from pycocoevalcap.cider.cider import Cider

random.seed(7)
WORDS = ("a the man woman dog red blue small on in with and riding holding "
         "ball horse street grass two .").split()


def caption():
    n = random.choice([0, 1, 2, 3, 5, 8, 9, 10, 12, 30])
    return " ".join(random.choice(WORDS) for _ in range(n))


def near(text):
    words = text.split()
    for i in range(len(words)):
        if random.random() < 0.3:
            words[i] = random.choice(WORDS)
    return " ".join(words)


gts, res = {}, {}
for i in range(200):
    refs = [caption() for _ in range(random.choice([1, 2, 5, 5, 7]))]
    if random.random() < 0.1:
        refs.append(refs[0])
    gts[i] = refs
    res[i] = [near(random.choice(refs)) if random.random() < 0.8 else caption()]
corpus, scores = Cider().compute_score(gts, res)
for i in gts:
    print(json.dumps({"hyp": res[i][0], "refs": gts[i], "score": float(scores[i])}))
print(json.dumps({"corpus": float(corpus)}))
