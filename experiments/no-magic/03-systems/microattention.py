"""microattention: grouped and windowed attention are one formula that shares keys or drops pairs.

Scaled dot products over several heads, then three ways to pay less for them. Grouped-query and
multi-query attention let heads share keys and values, and so shrink the cache that a server
keeps. A sliding window lets a position see only its last neighbors, and so shrinks the arithmetic.
Each is a function here, each is made from the weights of the same full attention, and each is
judged by how far its output turns away from the full one's.

Vaswani et al. (2017), Attention Is All You Need; Shazeer (2019), Fast Transformer Decoding, for
one shared head; Ainslie et al. (2023), GQA, who pool the heads of a trained model by their mean;
Beltagy et al. (2020), Longformer, for the window. Idea of a single-file program after Andrej
Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: sharing heads saves no arithmetic where one expects it. One shared head cuts the cache to
a quarter, yet two thirds of the multiplies stay: every query still meets every key. And whether
the output survives is settled before attention runs, by how alike the heads are. Pooled values
alone follow sqrt((1 + s^2/r) / (1 + s^2)) to within 0.02; with unrelated heads that is 1/sqrt(4),
the cosine between a vector and the mean of four such vectors. Pooled keys cost the rest.

Built properly in phases 15 (attention) and 27 (modern attention).
"""

import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LENGTH = 16  # T, positions
WIDTH = 32  # D, numbers per position
HEADS = 4  # H
SIZE = WIDTH // HEADS  # d, numbers per head
DRAWS = 2 if SMOKE else 8  # independent weights behind each average
TALLY = {"multiplies": 0}  # what the code really multiplied, to hold the formulas to


# -- Data and weights ------------------------------------------------------------------------
# Nothing is trained: the claims are about shapes and costs, and random input is the hardest case
# for pooling, since no structure in the data helps.


def gaussian(rows, columns, std):
    return [[random.gauss(0.0, std) for _ in range(columns)] for _ in range(rows)]


def draw_weights(noise):
    """Full attention whose key and value heads are one base plus `noise` times a part of their own.

    noise 0 makes the heads equal, None makes them unrelated. Query heads are unrelated always:
    nothing pools them. A trained model is somewhere between, and only measuring tells where.
    """
    std = 1.0 / math.sqrt(WIDTH)
    share, base_std = (1.0, 0.0) if noise is None else (noise, std)
    weights = {"q": [gaussian(SIZE, WIDTH, std) for _ in range(HEADS)]}
    for name in "kv":
        base = gaussian(SIZE, WIDTH, base_std)
        heads = [gaussian(SIZE, WIDTH, share * std) for _ in range(HEADS)]
        weights[name] = [
            [[b + o for b, o in zip(rb, ro)] for rb, ro in zip(base, head)] for head in heads
        ]
    weights["o"] = gaussian(WIDTH, WIDTH, std)
    return weights


def pool_heads(heads, groups):
    # Ainslie et al. pool by the mean. Choosing one head of each group keeps a real head, but the
    # mean is nearer to all of them: its own part has the variance 1/r instead of 1.
    run = len(heads) // groups
    parts = [heads[g * run : (g + 1) * run] for g in range(groups)]
    return [[[sum(c) / run for c in zip(*rows)] for rows in zip(*part)] for part in parts]


# -- Attention -------------------------------------------------------------------------------
# A query is a question, a key is what a position offers to be found by, and a value is what it
# hands over. A softmax turns "how well does each key fit" into shares, and the output is the
# mixture of values by these shares.


# Positions go in as T x D and come out as T x D. In between each head works in its own d = D / H
# numbers, so H heads cost what one head of full width would: what is bought is H different
# questions a position, not more arithmetic.


def project(weight, xs):
    TALLY["multiplies"] += len(xs) * len(weight) * len(weight[0])
    return [[sum(map(float.__mul__, row, x)) for row in weight] for x in xs]


def softmax(scores):
    # exp(s - max): the same shares, since the factor exp(-max) cancels, and no exponent above 0.
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def attend(queries, keys, values, window):
    """One head, causal: position t sees positions t - window + 1 .. t. Returns T x d."""
    size = len(queries[0])
    # q and k with independent entries of variance 1 give a sum of d products, variance d. Divided
    # by sqrt(d) the scores have variance 1 whatever the size of a head.
    scale = 1.0 / math.sqrt(size)
    out = []
    for t, query in enumerate(queries):
        # No mask: the future is left out of the loop, which is what a mask means.
        # A mask would compute the pair, set its score to minus infinity and multiply by the zero
        # that comes out. A GPU does that inside a tile, where skipping costs more than computing.
        first = max(0, t - window + 1)
        seen = range(first, t + 1)
        shares = softmax([scale * sum(map(float.__mul__, query, keys[s])) for s in seen])
        columns = zip(*values[first : t + 1])
        out.append([sum(map(float.__mul__, shares, column)) for column in columns])
        TALLY["multiplies"] += 2 * len(seen) * size
    return out


def heads_attention(weights, xs, window):
    """H query heads over any number G of key and value heads: query head h reads h * G // H."""
    queries, keys, values = ([project(w, xs) for w in weights[name]] for name in "qkv")
    mixed = []
    for h, query in enumerate(queries):
        key = keys[h * len(keys) // len(queries)]
        value = values[h * len(values) // len(queries)]
        mixed.append(attend(query, key, value, window))
    # The heads' outputs side by side make the width again, and o mixes them.
    joined = [[x for part in parts for x in part] for parts in zip(*mixed)]
    return project(weights["o"], joined)


# -- Variants --------------------------------------------------------------------------------
# Each gives up something else. Sharing keeps every pair and merges what is looked up. The window
# keeps every head and forgets the far past. Production models mix them: Mistral 7B has grouped
# heads and a window, Llama 3 grouped heads alone, Gemma 3 a window in most layers and not in all.
# One function each. All take the same weights, those of full attention, and give T x D.


def multi_head(weights, xs):
    return heads_attention(weights, xs, len(xs))


def grouped_query(weights, xs, groups=2, shared="kv"):
    # The heads of one group read the same keys and values. The queries stay H different ones, so
    # the heads can still look at different places.
    pooled = {name: pool_heads(weights[name], groups) for name in shared}
    return heads_attention({**weights, **pooled}, xs, len(xs))


def multi_query(weights, xs):
    # The far end of the same dial: one group.
    return grouped_query(weights, xs, groups=1)


def sliding_window(weights, xs, window=4):
    # Pairs farther apart than the window are never computed, and the cache forgets them too.
    return heads_attention(weights, xs, window)


# -- Costs -----------------------------------------------------------------------------------


def count_multiplies(length, groups, window):
    # Projections: q and o are D x D, k and v are D x (G d), for every position.
    # Pairs: position t sees min(t + 1, W) keys. A pair costs d for the score and d for the
    # mixture in each of H heads: 2 D a pair. There is no G in that term, so no saving either.
    pairs = sum(min(t + 1, window) for t in range(length))
    return length * 2 * WIDTH * (WIDTH + groups * SIZE) + 2 * WIDTH * pairs


def cache_floats(length, groups, window):
    # What a server keeps per layer to decode the next token: k and v of all that can be seen.
    # Here G is the whole difference, which is why the variant exists: decoding reads this cache
    # once a token, and reading it is what takes the time.
    return 2 * groups * SIZE * min(length, window)


def predicted_cosine(noise, pooled):
    # A head is base + s own. The mean of r heads is base + s mean(own), and mean(own) has the
    # variance 1/r. In units of the base the product of the two is 1 + s^2/r, and the squared
    # lengths are 1 + s^2 and 1 + s^2/r: the cosine is sqrt((1 + s^2/r) / (1 + s^2)). Unrelated
    # heads are s without end: 1/sqrt(r). It holds for values, which enter the output linearly.
    # Keys enter through a softmax, and nothing so short holds for them.
    if noise is None:
        return 1.0 / math.sqrt(pooled)
    return math.sqrt((1 + noise**2 / pooled) / (1 + noise**2))


# -- Comparison ------------------------------------------------------------------------------
# Cosine, because the next layer normalizes: a shorter output is no harm, a turned one is. It isn't
# quality. A model that is trained on after pooling mends much of the turn, and the papers do that.


def flat(rows):
    return [x for row in rows for x in row]


def product(a, b):
    return sum(map(float.__mul__, a, b))


def similarity(noise, variant, **options):
    """Mean cosine between a variant's output and full attention's, over independent weights."""
    total = 0.0
    for _ in range(DRAWS):
        weights, xs = draw_weights(noise), gaussian(LENGTH, WIDTH, 1.0)
        a, b = flat(multi_head(weights, xs)), flat(variant(weights, xs, **options))
        total += product(a, b) / math.sqrt(product(a, a) * product(b, b))
    return total / DRAWS


def entropy(shares):
    return -sum(p * math.log(max(p, 1e-10)) for p in shares)


def sharpness(size):
    """Scores of random queries against 16 keys: their std, and the softmax's entropy with 1/sqrt(d)."""
    rows = [
        [product(query, key) for key in gaussian(16, size, 1.0)]
        for query in gaussian(20 * DRAWS, size, 1.0)
    ]
    std = math.sqrt(sum(s * s for s in flat(rows)) / len(flat(rows)))
    scaled = [[s / math.sqrt(size) for s in row] for row in rows]
    return std, *(sum(entropy(softmax(r)) for r in part) / len(part) for part in (rows, scaled))


def growth(window):
    """How much dearer a head becomes, in counted multiplies, when the length doubles to 128."""
    counts = []
    for length in (64, 128):
        TALLY["multiplies"] = 0
        stream = gaussian(length, SIZE, 1.0)
        attend(stream, stream, stream, window)
        counts.append(TALLY["multiplies"])
    return counts[1] / counts[0]


def reach_of_windows(weights, xs, layers):
    """The last position that feels a change of position 0 through so many windows of 4."""
    streams = [xs, [[x + 1.0 for x in xs[0]], *xs[1:]]]
    for _ in range(layers):
        streams = [sliding_window(weights, s) for s in streams]
    return max(t for t, (a, b) in enumerate(zip(*streams)) if a != b)


def main():
    start = time.perf_counter()
    random.seed(42)
    variants = [
        ("full, 4 heads", multi_head, HEADS, LENGTH),
        ("grouped, 2 of 4", grouped_query, 2, LENGTH),
        ("one shared head", multi_query, 1, LENGTH),
        ("window of 4", sliding_window, HEADS, 4),
    ]
    weights, xs = draw_weights(0.2), gaussian(LENGTH, WIDTH, 1.0)
    print(f"{LENGTH} positions, width {WIDTH}, {HEADS} heads of {SIZE}; heads differ by 0.2")
    print(f"\n{'variant':<16} {'FLOPs':>8} {'share':>6} {'cache bytes':>12} {'cosine':>8}")
    whole = count_multiplies(LENGTH, HEADS, LENGTH)
    misses, outputs, alike = 0, [], []
    # The formula and the tally must agree to the last multiply: a cost table that nobody counted
    # is an opinion.
    for label, variant, groups, window in variants:
        TALLY["multiplies"] = 0
        outputs += flat(variant(weights, xs))
        cost = count_multiplies(LENGTH, groups, window)
        misses += TALLY["multiplies"] != cost
        alike.append(similarity(0.2, variant))
        # A multiply and its addition are 2 FLOPs; a number of the cache is 2 bytes on a server.
        size = 2 * cache_floats(LENGTH, groups, window)
        print(f"{label:<16} {2 * cost:>8} {cost / whole:>6.0%} {size:>12} {alike[-1]:>8.3f}")

    # How alike must heads be before they can share? The first three columns are a theory and its
    # test; the last is what a model really gets, and the gap between them is the keys' part.
    print("\ncosine to full attention when r heads share one")
    print(f"{'heads differ by':<16} {'r':>2} {'theory':>8} {'values':>8} {'and keys':>9}")
    lost, both = 0.0, {}
    for noise, r in [(s, r) for s in (0.2, 0.3, 1.0, None) for r in (2, 4)]:
        theory = predicted_cosine(noise, r)
        values = similarity(noise, grouped_query, groups=HEADS // r, shared="v")
        both[noise, r] = similarity(noise, grouped_query, groups=HEADS // r)
        lost = max(lost, abs(values - theory))
        label = "all (unrelated)" if noise is None else f"{noise:.1f}"
        print(f"{label:<16} {r:>2} {theory:>8.3f} {values:>8.3f} {both[noise, r]:>9.3f}")

    # Why the square root. Unscaled, a softmax over 16 keys hardens into a choice of one as the
    # head grows, and a choice has no gradient.
    print(f"\n{'head size':<16} {'score std':>9} {'entropy':>8} {'scaled':>8}   (uniform: 2.77)")
    sharp = {size: sharpness(size) for size in (4, 16, 64, 256)}
    for size, (std, raw, scaled) in sharp.items():
        print(f"{size:<16} {std:>9.2f} {raw:>8.2f} {scaled:>8.2f}")
    uneven = max(abs(std / math.sqrt(size) - 1) for size, (std, _, _) in sharp.items())
    hard, soft = (sharp[256][i] / sharp[4][i] for i in (1, 2))

    # Windows stack: a layer passes news W - 1 positions on, so L layers pass it L (W - 1) on.
    narrow, wide = growth(8), growth(128)
    reach = reach_of_windows(weights, xs, 3)
    print(f"\npairs at twice the length: window x{narrow:.2f}, full x{wide:.2f}")
    print(f"three layers with windows of 4: position 0 is felt as far as position {reach}")

    # The future must not leak: change the last position, and no earlier output may move a bit.
    later = [*xs[:-1], [x + 1.0 for x in xs[-1]]]
    leaks = sum(v(weights, xs)[:-1] != v(weights, later)[:-1] for _, v, _, _ in variants)
    # Input 1,000 times larger makes scores a million times larger; exp alone overflows at 710.
    huge = [[1000.0 * x for x in row] for row in xs]
    outputs += [x for _, variant, _, _ in variants for x in flat(variant(weights, huge))]
    odd = sum(not math.isfinite(x) for x in outputs)
    query, key = (project(weights[name][0], huge) for name in "qk")
    score = max(product(q, k) for q in query for k in key)
    # The variants contain full attention as their limit: as many groups as heads, or a window as
    # long as the text. Not nearly: the same additions in the same order, so the same bits.
    full = multi_head(weights, xs)
    same = full == grouped_query(weights, xs, HEADS) == sliding_window(weights, xs, LENGTH)
    # Are there H heads, and does each ask its own key? With another matrix for one head's keys or
    # values the output must move. That two heads could trade places nobody can see, nor needs to.
    deaf = 0
    for name in "kv":
        for h in range(HEADS):
            others = [*weights[name][:h], gaussian(SIZE, WIDTH, 1.0), *weights[name][h + 1 :]]
            deaf += multi_head({**weights, name: others}, xs) == full
    # With two keys a softmax is the logistic function, a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))):
    # the weight of one key worked out without `attend`, so that a wrong scale in it shows.
    asked, pair = gaussian(2, SIZE, 1.0), gaussian(2, SIZE, 1.0)
    [share] = attend(asked, pair, [[1.0], [0.0]], 2)[1]
    lead = product(asked[1], [b - a for a, b in zip(*pair)]) / math.sqrt(SIZE)
    astray = abs(share - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    apart = both[None, 4]
    return verdict(
        [
            ("numbers that aren't finite, in all outputs", odd, "0", odd == 0),
            ("largest score met (exp overflows at 710)", score, "> 710", score > 710),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("heads' own keys and values that aren't read", deaf, "0", deaf == 0),
            ("cosine to full, grouped", alike[1], "> 0.95", alike[1] > 0.95),
            ("cosine to full, one shared head", alike[2], "> 0.95", alike[2] > 0.95),
            ("its cosine when heads are unrelated", apart, "< 0.7", apart < 0.7),
            ("cosine of shared values, miss of theory", lost, "< 0.05", lost < 0.05),
            ("variants whose multiplies miss the formula", misses, "0", misses == 0),
            ("G = H and W = T equal full attention's bits", str(same), "True", same),
            ("window: cost of twice the length", narrow, "1.9 to 2.1", 1.9 < narrow < 2.1),
            ("full: cost of twice the length", wide, "3.9 to 4.1", 3.9 < wide < 4.1),
            ("reach of 3 windows of 4", reach, "9", reach == 9),
            ("variants that leak the future", leaks, "0", leaks == 0),
            ("score std against sqrt(d), worst miss", uneven, "< 0.1", uneven < 0.1),
            ("scaled entropy, d = 256 against 4", soft, "0.9 to 1.1", 0.9 < soft < 1.1),
            ("unscaled entropy, d = 256 against 4", hard, "< 0.25", hard < 0.25),
        ]
    )


# -- Verdict ---------------------------------------------------------------------------------


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
