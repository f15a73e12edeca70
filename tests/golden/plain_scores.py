"""Scorers written down plainly, for tests: slow, and with Python's own
regular expressions, strings and numbers, which the originals lean on.  Each
takes a record (a dict) and a flavour and gives its score."""
import ast
import collections
import random
import re
import string

# ---- VQA accuracy: GT-Vision-Lab/VQA and the ports of it ----

MARKS = [";", "/", "[", "]", '"', "{", "}", "(", ")", "=", "+", "\\", "_", "-",
         ">", "<", "@", "`", ",", "?", "!"]
NUMBERS = dict(none="0", zero="0", one="1", two="2", three="3", four="4",
               five="5", six="6", seven="7", eight="8", nine="9", ten="10")


def contractions(path="lib/eval/vqa_table.c"):
    rows = re.findall(r'\{ "(.*?)", "(.*?)" \}', open(path).read())
    return dict(rows)


CONTRACTIONS = contractions()


def vizwiz(table):
    """Typeset: curly apostrophes in all keys but two and all values but
    eight."""
    keys = ("couldn'tve", "hadn'tve")
    values = ("aint", "arent", "cant", "couldve", "couldnt", "weve", "wheres",
              "whove")
    return {k if k in keys else k.replace("'", "\u2019"):
            v if k in values else v.replace("'", "\u2019")
            for k, v in table.items()}


VIZWIZ = vizwiz(CONTRACTIONS)


def punctuation(text, flavour):
    flags = re.ASCII if flavour == "official" else 0
    out = text
    comma = r"(?<=\d)(\,)+(?=\d)" if flavour == "m4c" else r"(\d)(\,)(\d)"
    joined = re.search(comma, text, flags) is not None
    for p in MARKS:
        if p + " " in text or " " + p in text or joined:
            out = out.replace(p, "")
        else:
            out = out.replace(p, " ")
    period = r"(?<!\d)(\.)(?!\d)" if flavour == "vlmevalkit" \
        else r"(?!<=\d)(\.)(?!\d)"
    return re.sub(period, "", out, count=32, flags=flags)


def digits(text, flavour):
    words = [NUMBERS.get(w, w) for w in text.lower().split()]
    words = [w for w in words if w not in ("a", "an", "the")]
    table = VIZWIZ if flavour == "vizwiz-api" else CONTRACTIONS
    return " ".join(table.get(w, w) for w in words)


def flat(text):
    return text.replace("\n", " ").replace("\t", " ").strip()


def vqa_normal(text, flavour):
    if flavour == "m4c":
        text = text.lower().replace(",", "").replace("?", "")
        text = text.replace("'s", " 's").strip()
    return digits(punctuation(flat(text), flavour), flavour)


def vqa(item, flavour):
    hyp, refs = item["hyp"], item["refs"]
    if flavour == "vizwiz-api":
        hyp = vqa_normal(hyp, flavour)
    elif flavour != "official" or len(set(map(flat, refs))) > 1:
        hyp = vqa_normal(hyp, flavour)
        refs = [vqa_normal(r, flavour) for r in refs]
    else:
        hyp, refs = flat(hyp), [flat(r) for r in refs]
    each = []
    for i in range(len(refs)):
        same = sum(r == hyp for r in refs[:i] + refs[i + 1:])
        each.append(min(1, same / 3))
    return sum(each) / len(each)


# ---- yes, no, letters ----

def pope(text, flavour=None):
    words = text.split(".")[0].replace(",", "").split(" ")
    return "no" if {"No", "not", "no"} & set(words) else "yes"


def mme(text, flavour=None):
    text = text.lower()
    if text in ("yes", "no"):
        return text
    return "yes" if "yes" in text[:4] else "no" if "no" in text[:4] \
        else "other"


def yesno_vlmevalkit(text, flavour=None):
    words = punctuation(text.lower(), "vlmevalkit").split()
    yes, no = "yes" in words, "no" in words
    return "unknown" if yes == no else "yes" if yes else "no"


def letter_llava(text, flavour=None):
    if text in list("ABCDE"):
        return text
    if len(text) >= 3 and text[0] in "ABCDE" and text[1:3] == ". ":
        return text[0]
    found = re.findall(r"The answer is ([A-Z]).", text)
    return found[0] if len(found) == 1 else None


def refused(text):
    return any(p in text for p in (
        "Sorry, I can't help with images of people yet.",
        "I can't process this file.",
        "I'm sorry, but without the image provided",
        "Cannot determine the answer"))


def letter_vlmevalkit(text, options):
    if refused(text):
        return "Z"
    letters = {chr(65 + i): o for i, o in enumerate(options)}
    plain = text
    for c in ".()[],:;!*#{}":
        plain = plain.replace(c, " ")
    words = plain.split()
    there = [c for c in letters if c in words]
    if len(there) == 1 and words.index(there[0]) >= len(words) - 4:
        return there[0]
    if not there and "Z" in words:
        return "Z"
    bold = re.search(r"answer is \*\*([A-Z])\*\*", text)
    if bold and bold.group(1) in letters:
        return bold.group(1)
    low = text.lower()
    if len(low) > 2 * sum(map(len, options)):
        return None
    there = [c for c, o in letters.items() if o.lower() in low]
    return there[0] if len(there) == 1 else None


def triviaqa(text, flavour=None):
    return text.lower().translate(str.maketrans("", "", string.punctuation))


def wide(text, width):
    """Strings in an array of a fixed width lose what does not fit."""
    text = text.rstrip("\0").lower()[:width].rstrip("\0")
    return text.translate(
        str.maketrans("", "", string.punctuation)).rstrip("\0")


def exact_triviaqa(item, flavour=None):
    width = max(map(len, item["refs"]))
    hyp = wide(item["hyp"], len(item["hyp"]))
    return float(any(hyp == wide(r, width) for r in item["refs"]))


def gqa(item, flavour):
    hyp, answer = item["hyp"], item["answer"]
    if flavour == "llava":
        hyp = hyp.rstrip(".").lower()
    elif flavour == "vlmevalkit":
        hyp, answer = hyp.strip().lower(), answer.strip().lower()
    return float(hyp == answer)


def mean(v):
    return sum(v) / len(v)


def table(pairs):
    """Percentages by what they are of, and how many there are."""
    lists = collections.defaultdict(list)
    for key, score in pairs:
        lists[str(key)].append(score)
    return {k: dict(score=100 * mean(v), n=len(v)) for k, v in lists.items()}


def gqa_steps(item):
    marks = ("exist", "query: name", "choose name")
    return sum(not any(m in f"{s['operation']}: {s['argument']}"
                       for m in marks) for s in item["semantic"])


def gqa_distribution(items):
    """chi-square of answers to those that are right, by group"""
    gold, said = (collections.defaultdict(collections.Counter)
                  for _ in range(2))
    for x in items:
        if x["groups"]["global"] is not None:
            gold[x["groups"]["global"]][x["answer"]] += 1
            said[x["groups"]["global"]][x["hyp"]] += 1
    chi = [(sum((said[g][a] - n) ** 2 / n for a, n in c.items()),
            sum(c.values())) for g, c in gold.items()]
    return sum(a * n for a, n in chi) / sum(n for _, n in chi) / 100


def gqa_corpus(items, scores):
    right = {x["id"]: s for x, s in zip(items, scores)}
    items = [x for x in items if x["isBalanced"]]
    scores = [right[x["id"]] for x in items]
    kinds = table(("open" if x["types"]["structural"] == "query"
                   else "binary", s) for x, s in zip(items, scores))
    follow = [[right[e] for e in x["entailed"] if e != x["id"]]
              for x, s in zip(items, scores) if s]
    return {"accuracy": 100 * mean(scores),
            "accuracy, n": len(scores),
            "open": kinds["open"]["score"],
            "binary": kinds["binary"]["score"],
            "consistency": 100 * mean([mean(v) for v in follow if v]),
            "distribution": gqa_distribution(items),
            "structural": table((x["types"]["structural"], s)
                                for x, s in zip(items, scores)),
            "semantic_type": table((x["types"]["semantic"], s)
                                   for x, s in zip(items, scores)),
            "steps": table((gqa_steps(x), s) for x, s in zip(items, scores)),
            "words": table((len(x["question"].split()), s)
                           for x, s in zip(items, scores))}


def mme_corpus(items, scores):
    """Two items in a row are about one picture."""
    tasks = {}
    for i in range(0, len(items), 2):
        pairs = tasks.setdefault(items[i]["task"], [])
        pairs.append(scores[i:i + 2])
    out = {}
    for task, pairs in tasks.items():
        out[task] = {"acc": 100 * mean([mean(p) for p in pairs]),
                     "acc+": 100 * mean([min(p) for p in pairs])}
        out[task]["score"] = out[task]["acc"] + out[task]["acc+"]
    out["cognition"] = out["code_reasoning"]["score"]
    out["perception"] = sum(v["score"] for v in out.values()
                            if isinstance(v, dict)) - out["cognition"]
    return out


# ---- log-likelihoods ----

def best(item, flavour):
    def length(s):
        return {"acc": 1, "acc_norm": len(s),
                "acc_bytes": len(s.encode())}[flavour]
    values = [x / length(c) for x, c in zip(item["loglik"], item["choices"])]
    return values.index(max(values))


def choice(item, flavour):
    return float(best(item, flavour) == item["gold"])


# ---- verdicts of a judge ----

def grade(item, flavour=None):
    try:
        value = float(item["hyp"].split(" ")[0].strip())
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0


def pair(review):
    words = review.split("\n")[0].replace(",", " ").split(" ")
    try:
        return [float(words[0]), float(words[1])] if len(words) == 2 \
            else [-1, -1]
    except ValueError:
        return [-1, -1]


# ---- MMMU ----

def letter_mmmu(text, options):
    letters = [chr(65 + i) for i in range(len(options))]
    for c in ",.!?;:'":
        text = text.strip(c)
    text = " " + text + " "
    for mark in "({})", " {} ":
        places = [(text.rfind(mark.format(c)), -i)
                  for i, c in enumerate(letters)]
        found = [p for p in places if p[0] >= 0]
        if found:
            return letters[-max(found)[1]]
    if len(text.split()) > 5:
        low = text.lower()
        found = [(low.rfind(o.lower()), -i) for i, o in enumerate(options)
                 if o.lower() in low]
        if found:
            return letters[-max(found)[1]]
    return None


def mmmu_value(text):
    text = text.strip()
    try:
        return [round(float(text.replace(",", "")), 2)]
    except ValueError:
        text = text.lower()
        return [" " + text, text + " "] if len(text) == 1 else [text]
    except OverflowError:
        return [float(text.replace(",", ""))]


def mmmu_open(text):
    text = text.strip().strip(".").lower()
    keys = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        marks = ["could be ", "so ", "is ", "thus ", "therefore ", "final ",
                 "answer ", "result "]
        if i == len(lines) - 1:
            marks.append("=")
        best = ""
        for mark in marks:
            if mark in line:
                tail = line.split(mark)[-1].strip()
                if not best or len(tail) < len(best):
                    best = tail
        if best and best not in (":", ",", ".", "!", "?", ";", "'"):
            keys.append(best)
    values = keys or [text]
    numbers = []
    for key in values:
        numbers += re.findall(r"-?\b\d{1,3}(?:,\d{3})+\b", key)
        numbers += re.findall(r"-?\d+(?:\.\d+)?[eE][+-]?\d+", key)
        numbers += re.findall(r"-?(?:\d+\.\d+|\.\d+|\d+\b)"
                              r"(?![eE][+-]?\d+)(?![,\d])", key)
    out = []
    for v in values + numbers:
        out += [x for x in mmmu_value(v) if x not in out]
    return out


GUESSES = random.Random(42)  # of one file: scores.py begins it anew


def mmmu(item, flavour=None):
    if item["question_type"] != "open":
        options = item["options"]
        if isinstance(options, str):
            options = ast.literal_eval(options)
        letter = letter_mmmu(item["hyp"], options)
        if letter is None and flavour == "official-guess":
            letter = GUESSES.choice([chr(65 + i)
                                     for i in range(len(options))])
        return float(letter == item["answer"])
    gold = item["answer"]
    values = []
    for g in gold if isinstance(gold, list) else [gold]:
        values += mmmu_value(g)
    for ours in mmmu_open(item["hyp"]):
        for theirs in values:
            if isinstance(ours, str) and isinstance(theirs, str) and \
                    theirs in ours:
                return 1.0
            if isinstance(ours, float) and isinstance(theirs, float) and \
                    ours == theirs:
                return 1.0
    return 0.0


# ---- MathVista ----

def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        new = [i + 1]
        for j, y in enumerate(b):
            new.append(min(row[j] + (x != y), row[j + 1] + 1, new[j] + 1))
        row = new
    return row[-1]


def mathvista_value(item, text):
    if item["question_type"] == "multi_choice":
        choices = item["choices"]
        text = text.strip()
        found = re.findall(r"\(([a-zA-Z])\)", text)
        if found:
            text = found[0].upper()
        letters = [chr(65 + i) for i in range(len(choices))]
        if text in letters:
            return choices[letters.index(text)]
        return min(choices, key=lambda c: edits(text, c))
    try:
        if item["answer_type"] == "integer":
            return str(int(float(text)))
        if item["answer_type"] == "float":
            places = item["precision"]
            return str(round(float(text), places and int(places)))
    except (ValueError, OverflowError):
        return None
    return text


def mathvista(item, flavour=None):
    return float(mathvista_value(item, item["hyp"]) == item["answer"])
