"""microprefix: keys and values of a text may serve any other text, exactly as far as both begin alike.

Requests to one service begin with the same instructions, and each turn of a conversation begins
with all turns before. A server that keeps the blocks of its cache after a request can skip the
beginning of the next. The index is a trie whose edges are blocks of letters; a block is found by a
hash of its own letters and of its parent's hash, so that a key stands for the whole text up to
there. Here a real model answers the same requests with and without it: not a bit of any logit may
change. Then the cache is made too small, and built wrongly in the two ways that look right.

Zheng et al. (2023), SGLang, for the radix tree and its leaves; Kwon et al. (2023), PagedAttention,
for blocks; Merkle (1987) for hashes that chain. Idea of a single-file program after Andrej
Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: the wrong cache looks better. With a block's own letters as key, without what stood
before, the hit rate rises from 80 to 81 % and 20 of 48 requests get other logits; no error, no
warning, and mostly the same greedy letters. The right one needs no rule that only leaves
may be evicted: stamp a text's blocks from its end to its start, and plain least recently used evicts
the same blocks in the same order.

Built properly in phases 22 (the KV cache), 27 (modern attention) and 33 (inference serving).
"""

import hashlib
import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LETTERS = " abcdefghijklmnopqrstuvwxyz"
WIDTH, HEADS, LAYERS, CONTEXT = 16, 4, 2, 256
BLOCK = 8  # letters in a block
PASSES = 1 if SMOKE else 10
LEARNED = 300 if SMOKE else 2000  # letters to learn from, at most
REQUESTS = 6 if SMOKE else 48
ANSWER = 6  # letters generated for each request
TALLY = {"multiplies": 0}


# -- Data ------------------------------------------------------------------------------------
# The text above, up to its surprise, in 26 letters and the space: stretches of it serve as the
# instructions of four services, others as questions. Questions recur, as they do in any service,
# and that is what makes the wrong key below find what it shouldn't.


def own_text():
    thesis = __doc__.split("Surprise:")[0]
    words = "".join(c if c in LETTERS else " " for c in thesis.lower()).split()
    return [LETTERS.index(c) for c in " ".join(words)]


def draw_requests(text):
    """(conversation, new letters) in the order of arrival; a conversation opens with instructions."""
    # Half of the requests open a conversation, half go on with one of the last six.
    # Services aren't equally popular: 1, 1/2, 1/3, 1/4. Their instructions are whole blocks long,
    # which is the good case for a cache and, further down, the bad case for a wrong one.
    lengths = [64, 80, 56, 72]
    services = [text[110 * i : 110 * i + n] for i, n in enumerate(lengths)]
    questions = [text[a : a + random.choice([8, 13, 16])] for a in range(450, 850, 50)]
    requests, opened = [], 0
    for _ in range(REQUESTS):
        if opened == 0 or random.random() < 0.5:
            (start,) = random.choices(services, [1 / (i + 1) for i in range(len(services))])
            requests.append((opened, start + random.choice(questions)))
            opened += 1
        else:
            requests.append(
                (random.randrange(max(0, opened - 6), opened), random.choice(questions))
            )
    return requests


# -- Model -----------------------------------------------------------------------------------
# Two layers, because one isn't enough to be wrong: in the first layer a key depends on its own
# letter and place alone, and a block under the wrong prefix would still have the right keys.
# From the second layer on it depends on everything before.


def draw_model():
    def matrix(rows, columns, std):
        return [[random.gauss(0.0, std) for _ in range(columns)] for _ in range(rows)]

    std = 1.0 / math.sqrt(WIDTH)
    shapes = {**dict.fromkeys("qkvo", (WIDTH, WIDTH)), "up": (4 * WIDTH, WIDTH)}
    shapes["down"] = (WIDTH, 4 * WIDTH)
    return {
        "letters": matrix(len(LETTERS), WIDTH, 1.0),
        "places": matrix(CONTEXT, WIDTH, 0.3),
        "layers": [{n: matrix(*s, std) for n, s in shapes.items()} for _ in range(LAYERS)],
        "readout": matrix(len(LETTERS), WIDTH, 0.0),
    }


# The tally counts what ran. Norms and softmaxes are left out of it, as everywhere in this folder.
def apply(weight, x):
    TALLY["multiplies"] += len(weight) * len(x)
    return [sum(map(float.__mul__, row, x)) for row in weight]


def norm(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


# exp(s - max): the factor exp(-max) cancels, and no exponent is above 0.
def softmax(scores):
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def attend(query, keys, values):
    size, out = WIDTH // HEADS, []
    columns = list(zip(*values))
    for a in range(0, WIDTH, size):
        part = query[a : a + size]
        shares = softmax([sum(map(float.__mul__, part, k[a : a + size])) / size**0.5 for k in keys])
        out += [sum(map(float.__mul__, shares, column)) for column in columns[a : a + size]]
    TALLY["multiplies"] += 2 * WIDTH * len(keys)
    return out


def step(model, store, letter, place):
    """One position against what is stored; `store` holds (keys, values) for each layer.

    Returns the normed state, which the readout turns into logits where somebody asks for them.
    """
    x = [a + b for a, b in zip(model["letters"][letter], model["places"][place])]
    for w, (keys, values) in zip(model["layers"], store):
        h = norm(x)
        keys.append(apply(w["k"], h))
        values.append(apply(w["v"], h))
        # The only line where positions meet, and the reason why the others can be skipped.
        x = [a + b for a, b in zip(x, apply(w["o"], attend(apply(w["q"], h), keys, values)))]
        hidden = [max(a, 0.0) for a in apply(w["up"], norm(x))]
        x = [a + b for a, b in zip(x, apply(w["down"], hidden))]
    return norm(x)


# -- Training --------------------------------------------------------------------------------
# Only the readout learns, by softmax regression on frozen states: the cache doesn't care, and
# answers that follow from the text are easier to read than noise. The body's random weights are as
# strong as a trained model's would be, so that a state depends on more than its own letter.


def train_readout(model, text):
    samples, store = [], []
    for i, target in enumerate(text[1 : LEARNED + 1]):
        if i % 64 == 0:
            store = [([], []) for _ in range(LAYERS)]
        samples.append((step(model, store, text[i], i % 64), target))
    random.shuffle(samples)
    held_out, learned = samples[: len(samples) // 6], samples[len(samples) // 6 :]
    weight = model["readout"]
    for p in range(PASSES):
        for x, target in learned:
            # Gradient by hand, since one linear layer is all that learns:
            # d(-log p_target) / d(logit i) = p_i - [i is the target]; the logit is row i times x.
            errors = softmax(apply(weight, x))
            errors[target] -= 1.0
            for i, g in enumerate(errors):
                rate = 0.1 * (1 - p / PASSES) * g
                weight[i] = [w - rate * a for w, a in zip(weight[i], x)]
    losses = [-math.log(max(softmax(apply(weight, x))[t], 1e-10)) for x, t in held_out]
    # The bound: what letter frequencies reach without reading anything.
    counts = [1 + sum(t == i for _, t in learned) for i in range(len(LETTERS))]
    blind = [-math.log(counts[t] / sum(counts)) for _, t in held_out]
    return sum(losses) / len(losses), sum(blind) / len(blind)


# -- Prefix cache ----------------------------------------------------------------------------
# Intuition: in a causal model the state of a position is a function of all letters up to it, so
# equal beginnings have equal keys and values, to the bit, whoever asked. Blocks instead of
# letters because a table of blocks is how the memory is organized (micropaged); what is lost is
# the part of the last block that agrees, at most B - 1 letters.
#
# A dictionary by chained hash is a radix tree without nodes: the key of a block names its path. It
# needs no lock on a tree and no walk over letters. SGLang keeps the tree, vLLM the dictionary.


def chained(parent, letters):
    # The parent's key stands for all text before, so this key stands for all text up to here.
    return hashlib.sha256(parent + bytes(letters)).digest()


def own_content(parent, letters):
    # The trap: the block's letters alone, which is how files are deduplicated, and right for files. Its keys and values came from states that had read
    # everything before, and that part isn't in the key.
    return hashlib.sha256(bytes(letters)).digest()


def one_byte(parent, letters):
    # The other trap: the right input and too short a hash. Among n blocks and K keys n^2 / 2K pairs
    # meet by chance: 10 for 70 blocks and one byte, 10^-66 for a million and 256 bits. And a hash
    # that anybody can compute backwards, as Python's own, lets one user read another's cache.
    return chained(parent, letters)[:1]


class PrefixCache:
    """Blocks of keys and values by key; `parent` edges make them a trie with the empty text as root.

    `policy` says who goes when there is no room: "leaves" the oldest leaf, else the oldest block
    of all, with a text's blocks stamped "from the end" or "from the start".
    """

    def __init__(self, capacity, make_key=chained, policy="leaves"):
        self.capacity, self.make_key, self.policy = capacity, make_key, policy
        self.blocks, self.clock, self.evicted = {}, 0, []

    def path(self, text):
        """Keys of the full blocks of a text, from its beginning.

        A block that isn't full yet has no key: the next letter would change it.
        """
        keys = [b""]
        for a in range(0, len(text) - BLOCK + 1, BLOCK):
            keys.append(self.make_key(keys[-1], text[a : a + BLOCK]))
        return keys[1:]

    def match(self, text):
        """The longest run of blocks, from the beginning, that are here."""
        found = []
        # The last letter is always computed: its logits are what the request is about, and they
        # aren't kept. So a text that is here as a whole still has one block to go.
        for key in self.path(text[:-1]):
            if key not in self.blocks:
                break
            found.append(self.blocks[key])
        return found

    def insert(self, text, store):
        """Keep all full blocks of a text whose keys and values are in `store`."""
        path = self.path(text)
        for i, key in enumerate(path):
            if key not in self.blocks:
                if len(self.blocks) >= self.capacity and not self.evict(path):
                    # Room can't be made without losing this text's own beginning. Keep that.
                    path = path[:i]
                    break
                part = slice(i * BLOCK, (i + 1) * BLOCK)
                kept = [(keys[part], values[part]) for keys, values in store]
                parent = path[i - 1] if i else b""
                self.blocks[key] = {"parent": parent, "kept": kept, "used": 0}
        # Who is used last decides who goes first. Stamped from the end of the text, a parent is always
        # younger than its children, so the oldest block is a leaf and no rule about leaves is needed.
        # Stamped from the start, the natural order of a loop, the oldest is a root.
        for key in path if self.policy == "from the start" else reversed(path):
            self.clock += 1
            self.blocks[key]["used"] = self.clock

    # A server pins what requests in flight are reading; here one request runs at a time, and what
    # is pinned is the text that is being stored.
    def evict(self, pinned):
        """Free the block used longest ago, none of `pinned`; False if there is none."""
        # A parent that goes takes its children with it: a text is looked up from its beginning, and
        # the walk ends at the first gap. They would hold memory and never be found.
        parents = {block["parent"] for block in self.blocks.values()}
        kept = {*pinned, *parents} if self.policy == "leaves" else {*pinned}
        able = [key for key in self.blocks if key not in kept]
        if not able:
            return False
        key = min(able, key=lambda key: self.blocks[key]["used"])
        self.evicted.append(key)
        del self.blocks[key]
        return True

    def stranded(self):
        # Walks up from every block; a cache in service would count instead of walking.
        # Blocks that no text can reach any more: somewhere above them a block is missing.
        lost = 0
        for block in self.blocks.values():
            key, seen = block["parent"], 0
            while key in self.blocks and seen < len(self.blocks):
                key, seen = self.blocks[key]["parent"], seen + 1
            lost += key != b""
        return lost


# -- Serving ---------------------------------------------------------------------------------
# One request at a time: what batching does with several is microbatching's subject, and the bits
# don't depend on it.


def answer(model, text, cache):
    """One request: the text with its answer, all logits, letters found, multiplies of prefill.

    Prefill decides when the first letter appears, which is what a user waits for.
    """
    # The rows are taken over, not computed: the same floats, so the same bits from here on.
    store, found = [([], []) for _ in range(LAYERS)], cache.match(text)
    for block in found:
        for (keys, values), (kept_keys, kept_values) in zip(store, block["kept"]):
            keys += kept_keys
            values += kept_values
    TALLY["multiplies"] = 0
    hit = len(found) * BLOCK
    for place in range(hit, len(text)):
        x = step(model, store, text[place], place)
    prefill, letters, logits = TALLY["multiplies"], list(text), []
    for i in range(ANSWER):
        logits.append(apply(model["readout"], x))
        letters.append(logits[-1].index(max(logits[-1])))
        if i < ANSWER - 1:
            x = step(model, store, letters[-1], len(letters) - 1)
    # What decoding stored is as good as what prefill stored: the next turn will begin with it. The
    # last letter has no keys and values yet, since nothing was asked after it.
    cache.insert(letters[:-1], store)
    return letters, logits, hit, prefill


def serve(model, requests, cache):
    """All requests in order. Returns what `answer` gave for each, and the most blocks stranded.

    A later turn sends the whole conversation again, answers included: servers keep no state
    for a user, and it's the cache that makes this cheap.
    """
    history, rows, stranded = {}, [], 0
    for conversation, new in requests:
        text = history.get(conversation, []) + new
        letters, logits, hit, prefill = answer(model, text, cache)
        history[conversation] = letters
        rows.append((text, letters, logits, hit, prefill))
        stranded = max(stranded, cache.stranded())
    return rows, stranded


# -- Comparison ------------------------------------------------------------------------------
# What the cache should find and save is worked out a second time without it, from the texts.


def expected_hits(rows):
    """Hits of a cache without a limit, found without any trie: common beginnings, letter by letter."""
    total, kept = 0, []
    for text, letters, *_ in rows:
        # The last letter doesn't count: it is computed in any case.
        pairs = (zip(text[:-1], other) for other in kept)
        alike = [[*(a == b for a, b in pair), False].index(False) for pair in pairs]
        total += max(alike, default=0) // BLOCK * BLOCK
        kept.append(letters[:-1])
    return total


def expected_saving(rows):
    """Multiplies that the hits should have saved, from their places alone."""
    # A position found at place t would have cost 12 D^2 for the weights and 2 D for each of the
    # t + 1 positions that it sees, in each layer. Early places see little: they are the cheap ones.
    hits = [t for row in rows for t in range(row[3])]
    return sum(LAYERS * (12 * WIDTH**2 + 2 * WIDTH * (t + 1)) for t in hits)


def main():
    start = time.perf_counter()
    random.seed(42)
    model, text = draw_model(), own_text()
    loss, blind = train_readout(model, text)
    print(f"readout: held-out loss {loss:.3f}, letter frequencies {blind:.3f}")
    requests = draw_requests(text)
    # "wrong logits" counts requests, "answers" those of them whose greedy letters came out different.
    # The first row is the truth that all others are held to. Then less and less room, then three
    # ways to choose what goes from the same room, then two keys that are wrong.
    # 30 blocks are 240 letters, about two conversations; four services take 34 for instructions.
    tight = 30
    caches = {
        "no cache": PrefixCache(0),
        "no limit": PrefixCache(10**6),
        "45 blocks": PrefixCache(45),
        "30 blocks": PrefixCache(tight),
        "15 blocks": PrefixCache(15),
        "30, stamped from the end": PrefixCache(tight, policy="from the end"),
        "30, from the start": PrefixCache(tight, policy="from the start"),
        "key of its own letters": PrefixCache(10**6, own_content),
        "key of one byte": PrefixCache(10**6, one_byte),
    }
    header = f"{'hits':>5} {'multiplies':>11} {'evicted':>8} {'stranded':>9}"
    print(f"\n{'letters found in the cache':<26} {header} {'wrong logits':>13} {'answers':>8}")
    runs, hits, costs, wrong, lost = {}, {}, {}, {}, {}
    for name, cache in caches.items():
        runs[name], lost[name] = serve(model, requests, cache)
        letters = sum(len(row[0]) for row in runs[name])
        hits[name] = sum(row[3] for row in runs[name]) / letters
        costs[name] = sum(row[4] for row in runs[name])
        # Greedy letters hide small errors, since the largest logit stays the largest; users would see
        # a few odd answers and no pattern. So the logits are compared, and
        # equal means equal bits, in every logit of every letter of the answer.
        pairs = list(zip(runs[name], runs["no cache"]))
        wrong[name] = sum(ours[2] != plain[2] for ours, plain in pairs)
        other = sum(ours[1][-ANSWER:] != plain[1][-ANSWER:] for ours, plain in pairs)
        share = costs[name] / costs["no cache"]
        row = f"{hits[name]:>5.0%} {share:>11.0%} {len(cache.evicted):>8} {lost[name]:>9}"
        print(f"{name:<26} {row} {wrong[name]:>13} {other:>8}")

    # Both checks come from the texts alone. The cost falls by less than the hits, because what is
    # found stands at the beginning, where attention has little to look at.
    missed = sum(row[3] for row in runs["no limit"]) - expected_hits(runs["no cache"])
    saving = costs["no cache"] - costs["no limit"]
    slip = saving - expected_saving(runs["no limit"])
    share = saving / costs["no cache"]

    # The end of the matter that is easily got wrong: nothing left to compute means no logits.
    # A text that is here as a whole, to its last block: one block is computed all the same.
    twice, cache = text[: 5 * BLOCK], PrefixCache(10**6)
    first, second = (answer(model, twice, cache) for _ in range(2))
    same = first[:2] == second[:2]
    print(f"\na text of {len(twice)} letters, asked twice: {second[2]} found, same logits: {same}")
    # Equal bits don't say that attention looks at anything. With two keys its softmax is the logistic
    # function, a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))), which is worked out for head 0 here.
    query, *keys = ([random.gauss(0.0, 1.0) for _ in range(WIDTH)] for _ in range(3))
    weight, size = attend(query, keys, [[1.0] * WIDTH, [0.0] * WIDTH])[0], WIDTH // HEADS
    lead = sum(q * (b - a) for q, a, b in list(zip(query, *keys))[:size]) / math.sqrt(size)
    astray = abs(weight - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    # Two lists of keys, in the order in which they went.
    # Equal lists say more than equal counts: the rule about leaves decided nothing.
    order, again = (caches[n].evicted for n in ("30 blocks", "30, stamped from the end"))
    idle, found = lost["30, from the start"], second[2]
    fewer = hits["30, from the start"] / hits["30 blocks"]
    own, byte = "key of its own letters", "key of one byte"
    more = hits[own] / hits["no limit"]
    worst = max(wrong[name] for name in caches if name not in (own, byte))
    whole = same and found == len(twice) - BLOCK
    # The last three rows are traps and must fail to be right: a comparison that couldn't tell a
    # wrong cache would prove nothing about the good ones.
    return verdict(
        [
            ("loss of the readout, held out", loss, f"< {blind:.3f}", loss < blind),
            ("requests with another bit, right keys", worst, "0", worst == 0),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("letters found, miss of common beginnings", missed, "0", missed == 0),
            ("multiplies saved, miss of the formula", slip, "0", slip == 0),
            ("multiplies saved, share", share, "0.5 to hits", 0.5 < share < hits["no limit"]),
            ("text of 40 asked twice: found, same bits", found, "32", whole),
            ("evicted from 30 blocks", len(order), "> 0", len(order) > 0),
            ("stranded when only leaves go", lost["30 blocks"], "0", lost["30 blocks"] == 0),
            ("stranded, oldest first, from the start", idle, "> 0", idle > 0),
            ("its hits over those of leaves", fewer, "< 1", fewer < 1),
            ("stamped from the end: same evictions", str(order == again), "True", order == again),
            ("own letters as key: wrong requests", wrong[own], "> 0", wrong[own] > 0),
            ("its hits over those of right keys", more, ">= 1", more >= 1),
            ("one byte as key: wrong requests", wrong[byte], "> 0", wrong[byte] > 0),
        ]
    )


# -- Verdict ----------------------------------------------------------------------------------


def verdict(rows):
    # rows: (criterion, value, bound, passed). A smoke run trains too little to be judged.
    print(f"\n{'criterion':<44} {'value':>12}  {'bound':<16} verdict")
    for criterion, value, bound, passed in rows:
        shown = value if isinstance(value, str) else f"{value:.4g}"
        word = "not judged" if SMOKE else "pass" if passed else "FAIL"
        print(f"{criterion:<44} {shown:>12}  {bound:<16} {word}")
    met = sum(bool(row[3]) for row in rows)
    if not SMOKE:
        print(f"{met} of {len(rows)} criteria met")
    return 0 if SMOKE or met == len(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
