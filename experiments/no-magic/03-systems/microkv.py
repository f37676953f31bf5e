"""microkv: decoding with stored keys and values gives the same bits for a small part of the work.

A causal transformer never looks ahead, so what a position contributes to attention, its key and
its value, is settled once and for all. Generating without keeping them computes the whole text
again for each new letter. Here both ways run, every multiply is counted, and the counts are held
to formulas. Then the price: memory, and where it goes when many texts are in flight.

Vaswani et al. (2017) for the model; Shazeer (2019), Fast Transformer Decoding, who counts memory
reads and not arithmetic; Kwon et al. (2023), PagedAttention, for the blocks. Idea of a single-file
program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: a cached step makes exactly as many multiplies as it reads numbers, 1.00 for each, at every
length: a weight or a stored number is fetched, used once, and dropped. Prefill uses what it
fetches about 26 times over. So the two halves of one request ask for two different machines. And an edited
first letter leaves all other keys of the first layer right and all of the second layer wrong.

Built properly in phase 22 (the KV cache), with paging in phase 27 (modern attention).
"""

import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LETTERS = " abcdefghijklmnopqrstuvwxyz"
WIDTH, HEADS, CONTEXT = 16, 4, 64
PASSES = 1 if SMOKE else 20
BLOCK = 4  # positions in a block of the paged cache
TALLY = {"multiplies": 0}


# -- Data ------------------------------------------------------------------------------------
# The text above, in 26 letters and the space. A cache needs no large corpus to be right or wrong.


def own_text():
    words = "".join(c if c in LETTERS else " " for c in __doc__.lower()).split()
    return [LETTERS.index(c) for c in " ".join(words)]


# -- Model -----------------------------------------------------------------------------------
# Attention, a two-layer network, residuals, RMSNorm, no biases. The body keeps its random weights:
# a cache doesn't care which they are, and if the bits agree for these they agree for any.


def draw_model(layers):
    def matrix(rows, columns, std):
        return [[random.gauss(0.0, std) for _ in range(columns)] for _ in range(rows)]

    std = 1.0 / math.sqrt(WIDTH)
    shapes = {**dict.fromkeys("qkvo", (WIDTH, WIDTH)), "up": (4 * WIDTH, WIDTH)}
    shapes["down"] = (WIDTH, 4 * WIDTH)
    return {
        "letters": matrix(len(LETTERS), WIDTH, 1.0),
        "places": matrix(CONTEXT, WIDTH, 0.3),
        "layers": [{n: matrix(*s, 0.5 * std) for n, s in shapes.items()} for _ in range(layers)],
        "readout": matrix(len(LETTERS), WIDTH, 0.0),
    }


# Intuition: attention asks each earlier position two things, what it is called and what it says.
# Both answers were worked out when that position was computed, from letters that can't change any
# more. Working them out again gives the same answers.
# All arithmetic that grows with the model passes through `apply` and `attend`, and both keep the
# tally. What is counted is therefore what ran, not what a formula says should have run.


def apply(weight, x):
    TALLY["multiplies"] += len(weight) * len(x)
    return [sum(map(float.__mul__, row, x)) for row in weight]


def norm(x):
    # Its few multiplies are left out of the count, as are those of the softmax.
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


# exp(s - max): the factor exp(-max) cancels, and no exponent is above 0.
def softmax(scores):
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def embed(model, letter, place):
    return [a + b for a, b in zip(model["letters"][letter], model["places"][place])]


def attend(query, keys, values):
    # The only place where positions meet: one query against all keys so far, 2 D multiplies each.
    size, out = WIDTH // HEADS, []
    for a in range(0, WIDTH, size):
        part = query[a : a + size]
        shares = softmax([sum(map(float.__mul__, part, k[a : a + size])) / size**0.5 for k in keys])
        out += [
            sum(map(float.__mul__, shares, column)) for column in list(zip(*values))[a : a + size]
        ]
    TALLY["multiplies"] += 2 * WIDTH * len(keys)
    return out


def finish_layer(w, x, mixed):
    x = [a + b for a, b in zip(x, apply(w["o"], mixed))]
    hidden = [max(a, 0.0) for a in apply(w["up"], norm(x))]
    return [a + b for a, b in zip(x, apply(w["down"], hidden))]


# -- Two ways to the same state --------------------------------------------------------------
# Written as two programs on purpose: the first goes layer by layer over all positions, the second
# position by position through all layers. They share nothing but the arithmetic of one position,
# so that equal bits say something.


def run_whole(model, text):
    """All positions, layer by layer, nothing kept from before: the states after the last layer."""
    xs = [embed(model, letter, place) for place, letter in enumerate(text)]
    for w in model["layers"]:
        normed = [norm(x) for x in xs]
        keys, values = ([apply(w[name], h) for h in normed] for name in "kv")
        for t, h in enumerate(normed):
            # keys[: t + 1] is the causal mask. It is also the reason why a cache can exist: no
            # later letter changes an earlier state.
            mixed = attend(apply(w["q"], h), keys[: t + 1], values[: t + 1])
            xs[t] = finish_layer(w, xs[t], mixed)
    return xs


class ListCache:
    """Keys and values of one layer, in the order of the text."""

    def __init__(self):
        self.keys, self.values = [], []

    def append(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self):
        return self.keys, self.values


def run_one(model, caches, letter, place):
    """One position against what is stored; stores its own part too.

    The place is an argument. A step that starts counting at 0 again is the commonest bug of a
    first cache: the text stays plausible, and only a comparison of logits notices.
    """
    x = embed(model, letter, place)
    for w, cache in zip(model["layers"], caches):
        h = norm(x)
        # Stored before it is read: a position sees itself too. The query isn't stored, because
        # nobody later asks with it.
        cache.append(apply(w["k"], h), apply(w["v"], h))
        x = finish_layer(w, x, attend(apply(w["q"], h), *cache.read()))
    return [x]


# -- Blocks ----------------------------------------------------------------------------------
# A list that grows must be moved when its neighbor is in the way. A table of blocks needs no
# neighbors: position t is slot t % B of block table[t // B], wherever that block lies. It is the
# virtual memory of an operating system, with blocks for pages. This is a sketch of it: who frees,
# who shares and what happens when the pool is empty is the business of micropaged.


class PagedCache:
    def __init__(self, pool, free):
        self.pool, self.free, self.table, self.length = pool, free, [], 0

    def append(self, key, value):
        if self.length % BLOCK == 0:
            self.table.append(self.free.pop())
        self.pool[self.table[-1]][self.length % BLOCK] = (key, value)
        self.length += 1

    def read(self):
        # A kernel would follow the table while it computes; the copy here is for the reader.
        slots = [self.pool[self.table[t // BLOCK]][t % BLOCK] for t in range(self.length)]
        return [k for k, _ in slots], [v for _, v in slots]


# -- Training --------------------------------------------------------------------------------
# Only the readout learns, so that what is generated isn't noise. The body stands still, its states
# are computed once and used in each pass: a cache again, and right for the same reason, since what
# produced them doesn't change.


def train_readout(model, text):
    """Softmax regression on frozen states: held-out loss, and that of counting letters alone."""
    samples = []
    for a in range(0, len(text) - CONTEXT, CONTEXT):
        states = run_whole(model, text[a : a + CONTEXT])
        samples += [(norm(x), target) for x, target in zip(states, text[a + 1 :])]
    random.shuffle(samples)
    held_out, learned = samples[: len(samples) // 6], samples[len(samples) // 6 :]
    weight = model["readout"]
    for p in range(PASSES):
        for x, target in learned:
            # d(-log p_target) / d(logit i) = p_i - [i is the target], and the logit is row i
            # times x, so row i moves against that difference times x.
            errors = softmax(apply(weight, x))
            errors[target] -= 1.0
            for i, g in enumerate(errors):
                step = 0.1 * (1 - p / PASSES) * g
                weight[i] = [w - step * a for w, a in zip(weight[i], x)]
    losses = [-math.log(max(softmax(apply(weight, x))[t], 1e-10)) for x, t in held_out]
    # What the frequencies of letters reach, blind to all context: the least a reader must beat.
    counts = [1 + sum(t == i for _, t in learned) for i in range(len(LETTERS))]
    blind = [-math.log(counts[t] / sum(counts)) for _, t in held_out]
    return sum(losses) / len(losses), sum(blind) / len(blind)


# -- Comparison ------------------------------------------------------------------------------


def expected_multiplies(n, layers=1):
    """One new letter at length n, derived: (cached, whole)."""
    # Weights: q, k, v, o are 4 D^2, the two halves of the network 8 D^2; the readout is 27 D, and
    # only the last position needs it. Attention: 2 D a pair; n pairs with a cache, and
    # 1 + 2 + .. + n = n (n + 1) / 2 without.
    per_position, readout = layers * 12 * WIDTH**2, len(LETTERS) * WIDTH
    pairs = n * (n + 1) // 2
    return (
        per_position + readout + layers * 2 * WIDTH * n,
        n * per_position + readout + layers * 2 * WIDTH * pairs,
    )


def counted(way, model, *arguments):
    """The logits after the last letter, and what they cost. Only one position is read out."""
    TALLY["multiplies"] = 0
    logits = apply(model["readout"], norm(way(model, *arguments)[-1]))
    return logits, TALLY["multiplies"]


def generate(model, length):
    """A text by cached steps, each held against the whole run and against blocks.

    Returns the letters, (cached, whole) multiplies a letter, the largest difference of any logit,
    the numbers stored, and the most slots that a table of blocks left empty.
    """
    # Three logits for each letter: from lists, from the whole run, from blocks. The letter is drawn
    # from the first, so a difference in the last bit would show sooner or later in the text.
    layers = model["layers"]
    text, counts, gap, waste = [0], [], 0.0, 0
    caches = [ListCache() for _ in layers]
    # A second text grows in the same pool, and blocks are handed out in an order nobody chose.
    pool = [[None] * BLOCK for _ in range(2 * len(layers) * (length // BLOCK + 1))]
    free = random.sample(range(len(pool)), len(pool))
    paged, other = ([PagedCache(pool, free) for _ in layers] for _ in range(2))
    for place in range(length):
        logits, with_cache = counted(run_one, model, caches, text[-1], place)
        whole, without = counted(run_whole, model, text)
        by_table, _ = counted(run_one, model, paged, text[-1], place)
        run_one(model, other, random.randrange(len(LETTERS)), place)
        gap = max(gap, *(max(abs(a - b), abs(a - c)) for a, b, c in zip(logits, whole, by_table)))
        counts.append((with_cache, without))
        waste = max(waste, *(len(c.table) * BLOCK - c.length for c in paged + other))
        text += random.choices(range(len(LETTERS)), softmax(logits))
    stored = sum(len(v) for cache in caches for rows in cache.read() for v in rows)
    return text, counts, gap, stored, waste


def stale_entries(model, text):
    """After a change of letter 0: per layer, the positions whose stored key isn't right any more.

    The first layer's key comes from a position's own letter and place. From the second layer on it
    comes from a state that has looked at everything before, so the whole text before it is part
    of what a key means. That is why a cache may be shared between requests only while
    their texts agree from the very first letter: microprefix.
    """
    runs = []
    for letters in (text, [text[0] + 1, *text[1:]]):
        runs.append([ListCache() for _ in model["layers"]])
        for place, letter in enumerate(letters):
            run_one(model, runs[-1], letter, place)
    return [sum(a != b for a, b in zip(old.keys, new.keys)) for old, new in zip(*runs)]


def main():
    start = time.perf_counter()
    random.seed(42)
    model, deep = draw_model(1), draw_model(2)
    loss, blind = train_readout(model, own_text())
    deep["readout"] = model["readout"]  # drawn as zeros, it would call any two states equal
    print(f"readout: held-out loss {loss:.3f}, letter frequencies {blind:.3f}")

    length = 16 if SMOKE else CONTEXT
    text, counts, gap, stored, waste = generate(model, length)
    print(f"text: {''.join(LETTERS[i] for i in text[1:])}")
    print(f"\n{'letter':>6} {'cached':>8} {'whole':>8} {'ratio':>6} {'numbers kept':>13}")
    for n in [n for n in (1, 2, 4, 8, 16, 32, 64) if n <= length]:
        a, b = counts[n - 1]
        print(f"{n:>6} {a:>8} {b:>8} {b / a:>6.1f} {2 * WIDTH * n:>13}")
    cached, whole = (sum(column) for column in zip(*counts))
    print(f"{'sum':>6} {cached:>8} {whole:>8} {whole / cached:>6.1f}")
    wrong = sum(pair != expected_multiplies(n) for n, pair in enumerate(counts, 1))
    # Growth without a stopwatch: a count is linear in n when its second differences are 0, and
    # quadratic when they are one constant. Here that is 2 D.
    bends = [
        sorted({a - 2 * b + c for a, b, c in zip(column, column[1:], column[2:])})
        for column in zip(*counts)
    ]

    # With the cache a letter costs 3,504 + 32 n: the weights outweigh attention until n = 110. The
    # sum for a whole text is therefore near linear for a long while. Without it, the attention
    # alone adds up to n^3, since each of n letters pays for n^2 pairs.

    # One request has two halves. Prefill takes the prompt in one go and reads each weight once for
    # all its positions; a decode step reads all weights and the whole cache for one letter.
    print(f"\n{'half of a request':<20} {'multiplies':>10} {'numbers read':>13} {'per number':>11}")
    # Read once each: all weights, and the keys and values of n positions. A decode step then makes
    # one multiply for each weight and one for each stored number, so the last column is 1 for any
    # n and any size of model. A machine that can do a hundred multiplies while it fetches a number
    # stands idle for the other 99. Batching shares the weights among requests; the cache is
    # each request's own, and nothing shares that.
    weights = sum(len(m) * len(m[0]) for m in model["layers"][0].values())
    weights += len(LETTERS) * WIDTH
    n = length // 2
    halves = {"prefill": counts[n - 1][1], "decode step": counts[n - 1][0]}
    use = {}
    for half, multiplies in halves.items():
        read = weights + 2 * WIDTH * n
        use[half] = multiplies / read
        print(f"{half + f', {n} letters':<20} {multiplies:>10} {read:>13} {use[half]:>11.2f}")

    # Memory: linear in letters and in layers, and the number of heads that keep keys is the factor
    # that a design can still choose.
    # A second model, of two layers, through the same three ways. In it a key can only be
    # right if everything under it is, so it is the stricter test of the two.
    _, _, deep_gap, deep_stored, _ = generate(deep, length)
    stale = stale_entries(deep, text[:-1])
    print(f"\nnumbers kept for {length} letters: one layer {stored}, two layers {deep_stored}")
    print(f"blocks of {BLOCK}: at most {waste} slots of a text are empty")
    print(f"letter 0 changed: wrong keys {stale[0]} in layer 1, {stale[1]} in layer 2")
    # What that means for a server, by the same formula with grouped heads as in microattention: 8
    # requests of that length fill 32 GiB in the first case, more than twice the weights' 14.
    # 2 x layers x key and value heads x head size x 2 bytes, for each token of each request.
    for label, layers, heads in (("Llama 2 7B", 32, 32), ("Llama 3 8B, grouped", 32, 8)):
        token = 2 * layers * heads * 128 * 2
        print(f"{label}: {token // 1024} KiB a token, {token * 8192 / 2**30:.0f} GiB for 8,192")
    # Equal bits don't say that attention looks at anything. With two keys its softmax is the logistic
    # function, a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))), which is worked out for head 0 here.
    query, *keys = ([random.gauss(0.0, 1.0) for _ in range(WIDTH)] for _ in range(3))
    share, size = attend(query, keys, [[1.0] * WIDTH, [0.0] * WIDTH])[0], WIDTH // HEADS
    lead = sum(q * (b - a) for q, a, b in list(zip(query, *keys))[:size]) / math.sqrt(size)
    astray = abs(share - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    worst, decode = max(gap, deep_gap), use["decode step"]
    ratio, at = counts[n - 1][1] / counts[n - 1][0], f"ratio whole / cached at letter {n}"
    return verdict(
        [
            ("loss of the readout, held out", loss, f"< {blind:.3f}", loss < blind),
            ("largest difference of a logit, all ways", worst, "0", worst == 0),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("letters whose multiplies miss the formula", wrong, "0", wrong == 0),
            (at, ratio, "25.5", f"{ratio:.1f}" == "25.5"),
            ("cached: second differences", str(bends[0]), "[0]", bends[0] == [0]),
            ("whole: second differences", str(bends[1]), "[32]", bends[1] == [2 * WIDTH]),
            ("numbers kept, one layer", stored, "2 D n", stored == 2 * WIDTH * length),
            (
                "numbers kept, two layers over one",
                deep_stored / stored,
                "2",
                deep_stored == 2 * stored,
            ),
            ("empty slots of a text in blocks", waste, f"< {BLOCK}", waste < BLOCK),
            ("decode: multiplies per number read", decode, "1", decode == 1),
            ("prefill: multiplies per number read", use["prefill"], "> 20", use["prefill"] > 20),
            ("first letter changed, wrong keys, layer 1", stale[0], "1", stale[0] == 1),
            ("first letter changed, wrong keys, layer 2", stale[1], "all", stale[1] == length),
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
