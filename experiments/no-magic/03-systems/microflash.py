"""microflash: exact attention needs no N x N matrix, and which tile you choose decides if that pays.

Plain attention writes all scores to memory, reads them back for the softmax, writes the shares and
reads these back for the mixture. Tiled attention keeps a few rows at a time in a small fast memory
and corrects its softmax as it goes, so that nothing of size N x N is ever stored, forward or
backward. This is a simulation: a Python list knows no fast memory, and the tiled program runs here
as slowly as the plain one or more slowly. It shows what is done, not why that is fast. What is
real are the results, equal to rounding, and the counts of numbers that cross between the two
memories. On a GPU that crossing takes the time; here it is only counted.

Milakov and Gimelshein (2018), Online normalizer calculation for softmax; Dao et al. (2022),
FlashAttention, and Dao (2023), FlashAttention-2, for the tiles and the backward pass. Idea of a
single-file program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: tiles can lose. Keys and values are read again for every tile of queries, and with tiles of
fewer than about d / 2 rows that moves more numbers than the N x N matrix did. And the famous
correction is rare: the t-th tile holds the largest score so far with probability 1/t, so 16 tiles
need 3.4 corrections, not 16.

Built properly in phases 24 (kernels) and 27 (modern attention).
"""

import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
SIZE = 16  # d, numbers in a query, a key, a value
LENGTH = 64 if SMOKE else 128  # N
TILE = 16  # rows of queries, and of keys, in a tile, unless told otherwise
SCALE = 1.0 / math.sqrt(SIZE)


# -- Data and memory -------------------------------------------------------------------------
# Nothing is trained: the claim is about any numbers, so random ones are as good as a model's. One
# head, one sequence; more of them are the same program again, on other cores of the GPU.
# On an H100 the two memories are 80 GB at about 3 TB/s and 228 KB beside each of 132 cores at some
# ten times that, while the arithmetic could use up 300 numbers for each that arrives from far.


def draw(length, std=1.0):
    return [[random.gauss(0.0, std) for _ in range(SIZE)] for _ in range(length)]


def numbers(*arrays):
    # How many numbers the rows hold: rows of a causal matrix have different lengths.
    return sum(len(row) if isinstance(row, list) else 1 for array in arrays for row in array)


class SlowMemory:
    """Arrays of rows far from the arithmetic. All traffic passes through load and store.

    `extra` counts what an algorithm allocates besides its inputs and outputs, `peak` the most
    numbers that a tile program held close to the arithmetic at one time.
    """

    def __init__(self, **arrays):
        self.arrays = arrays
        self.moved = self.extra = self.peak = self.multiplies = self.corrections = 0

    def load(self, name, a=0, b=None):
        rows = self.arrays[name][a:b]
        self.moved += numbers(rows)
        return rows

    def store(self, name, a, rows):
        self.arrays[name][a : a + len(rows)] = rows
        self.moved += numbers(rows)

    def hold(self, *arrays):
        self.peak = max(self.peak, numbers(*arrays))


# Python's `sum` adds from left to right, so plain and tiled sums differ in their last bits: the
# tiles add in another order. That, and nothing else, is why the bounds below aren't zero.
def product(a, b):
    return sum(map(float.__mul__, a, b))


def mixture(shares, rows):
    return [sum(map(float.__mul__, shares, column)) for column in zip(*rows)]


# -- Plain attention -------------------------------------------------------------------------
# Three programs, as a library without fusion runs them: scores, softmax, mixture. Between them the
# whole matrix goes out and comes back: N^2 written, read, written, read. The softmax in the middle
# makes one exponential and one division for an entry that traveled four times: it waits for its
# own scratch paper.


def plain_forward(slow, causal):
    n = len(slow.arrays["q"])
    queries, keys = slow.load("q"), slow.load("k")
    end = [t + 1 if causal else n for t in range(n)]
    scores = [[SCALE * product(q, k) for k in keys[:e]] for q, e in zip(queries, end)]
    slow.arrays["s"], slow.arrays["p"], slow.arrays["o"] = [[]] * n, [[]] * n, [[]] * n
    slow.store("s", 0, scores)
    shares = []
    for row in slow.load("s"):
        # exp(s - max): the factor exp(-max) cancels in the division, and nothing overflows.
        top = max(row)
        e = [math.exp(s - top) for s in row]
        total = sum(e)
        shares.append([x / total for x in e])
    slow.store("p", 0, shares)
    values = slow.load("v")
    slow.store("o", 0, [mixture(row, values) for row in slow.load("p")])
    slow.extra += numbers(scores, shares)
    slow.multiplies += 2 * SIZE * numbers(shares)


def plain_backward(slow, grad):
    """dq, dk, dv for dO = grad, with the stored shares. The gradients' own traffic isn't counted."""
    # O = P V           dV = P^T dO         dP_ij = dO_i . v_j
    # P = softmax(S)    dS_ij = P_ij (dP_ij - sum_k P_ik dP_ik)
    # S = scale Q K^T   dQ = scale dS K     dK = scale dS^T Q
    queries, keys, values, shares = (slow.load(name) for name in "qkvp")
    dq, dk, dv = ([[0.0] * SIZE for _ in queries] for _ in range(3))
    for i, (p, g) in enumerate(zip(shares, grad)):
        dp = [product(g, v) for v in values[: len(p)]]
        mean = product(p, dp)
        ds = [SCALE * a * (b - mean) for a, b in zip(p, dp)]
        dq[i] = mixture(ds, keys)
        for j, (a, b) in enumerate(zip(p, ds)):
            dv[j] = [x + a * y for x, y in zip(dv[j], g)]
            dk[j] = [x + b * y for x, y in zip(dk[j], queries[i])]
    slow.multiplies += 4 * SIZE * numbers(shares)
    return dq, dk, dv


# -- Tiled attention -------------------------------------------------------------------------
# A softmax seems to need the whole row before its first share is known, because of the maximum and
# of the sum. It doesn't. Keep the maximum m so far, the sum l of exp(s - m), and the unfinished
# mixture a of exp(s - m) v. When a larger maximum m' turns up, everything gathered so far is too
# large by the same factor: exp(s - m') = exp(s - m) exp(m - m'). So l and a are multiplied by
# exp(m - m') once, and the work goes on. The division by l waits until the end.
#
# A small case by hand: scores 1, then 3, with values 10 and 20. After the first, m = 1, l = 1,
# a = 10. The second raises m to 3: the old l and a shrink by exp(1 - 3) = 0.135, so l = 0.135 + 1
# and a = 1.35 + 20. The quotient 18.8 is what softmax(1, 3) gives, and nothing was kept of the 1.
#
# Nothing is approximate here. Attention that leaves pairs out is another idea; this one computes
# every pair, in another order.


def tiled_forward(slow, causal, rows=TILE, columns=TILE, correct=True):
    n = len(slow.arrays["q"])
    slow.arrays["o"], slow.arrays["lse"] = [[]] * n, [0.0] * n
    slow.extra += n
    for a in range(0, n, rows):
        # Queries outside, keys inside, the order of FlashAttention-2: a tile of queries is finished
        # before the next begins, so its m, l and a never leave the fast memory, and different
        # tiles of queries can run on different cores without a word to each other.
        q = slow.load("q", a, a + rows)
        m, l_, acc = [-math.inf] * len(q), [0.0] * len(q), [[0.0] * SIZE for _ in q]
        for c in range(0, n, columns):
            # Tiles that lie wholly in the future aren't even loaded: half of them, for a square.
            if causal and c >= a + len(q):
                break
            k, v = slow.load("k", c, c + columns), slow.load("v", c, c + columns)
            tile = []
            for i, query in enumerate(q):
                # The mask inside a tile on the diagonal: row a + i sees positions c .. a + i of it.
                # A row may see nothing of this tile. Its maximum would stay at minus infinity, and
                # exp(m - m') of two infinities is no number: the row must be skipped.
                seen = k[: max(0, a + i - c + 1)] if causal else k
                s = [SCALE * product(query, key) for key in seen]
                tile.append(s)
                if not s:
                    continue
                top = max(m[i], *s)
                shrink = math.exp(m[i] - top) if correct else 1.0
                # On the first tile m is minus infinity, shrink is exp(-inf) = 0, and what it
                # multiplies is 0 too. No case of its own is needed.
                slow.corrections += top > m[i]
                e = [math.exp(x - top) for x in s]
                l_[i] = l_[i] * shrink + sum(e)
                acc[i] = [x * shrink + y for x, y in zip(acc[i], mixture(e, v))]
                m[i] = top
            slow.hold(q, k, v, tile, acc, m, l_)
            slow.multiplies += 2 * SIZE * numbers(tile)
        slow.store("o", a, [[x / total for x in row] for row, total in zip(acc, l_)])
        # m + log l is the log of the sum of exp(s): with it any share comes back from its score.
        slow.store("lse", a, [top + math.log(total) for top, total in zip(m, l_)])


def tiled_backward(slow, grad, causal, rows=TILE, columns=TILE):
    """The same gradients without stored shares: P_ij = exp(s_ij - lse_i) is computed again."""
    # The mean of dP that softmax subtracts needs a whole row of P, but it is also
    # sum_k P_ik (dO_i . v_k) = dO_i . sum_k P_ik v_k = dO_i . O_i, which needs none.
    # Keys outside, queries inside: dk and dv of a tile gather in the fast memory, and dq, which
    # every tile of keys adds to, is the one that real kernels must add up atomically.
    n = len(slow.arrays["q"])
    dq, dk, dv = ([[0.0] * SIZE for _ in range(n)] for _ in range(3))
    for c in range(0, n, columns):
        k, v = slow.load("k", c, c + columns), slow.load("v", c, c + columns)
        for a in range(c // rows * rows if causal else 0, n, rows):
            q, o, lse = (slow.load(name, a, a + rows) for name in ("q", "o", "lse"))
            pairs = 0
            # Per pair five products of d: the score again, dP, and one each for dv, dk and dq.
            # The plain way has four, since its share lies in memory. Computing is cheaper than
            # fetching: the idea of microcheckpoint, inside one operation.
            for i, (query, out, log_sum) in enumerate(zip(q, o, lse), a):
                g = grad[i]
                mean = product(g, out)
                for j, (key, value) in enumerate(zip(k, v), c):
                    if causal and j > i:
                        break
                    p = math.exp(SCALE * product(query, key) - log_sum)
                    ds = SCALE * p * (product(g, value) - mean)
                    dv[j] = [x + p * y for x, y in zip(dv[j], g)]
                    dk[j] = [x + ds * y for x, y in zip(dk[j], query)]
                    dq[i] = [x + ds * y for x, y in zip(dq[i], key)]
                    pairs += 1
            slow.multiplies += 5 * SIZE * pairs
    return dq, dk, dv


# -- Costs -----------------------------------------------------------------------------------


def expected_moves(n, rows=None):
    # Plain: q, k, v, o once, the matrix four times. Tiled: q and o once, one number a row for the
    # backward pass, and k and v once for every tile of queries.
    if rows is None:
        return 4 * n * SIZE + 4 * n * n
    return 2 * n * SIZE + n + math.ceil(n / rows) * 2 * n * SIZE


def expected_hold(rows, columns):
    # A program may choose its tiles so that this fits whatever fast memory there is.
    # q and its mixture, k and v, the tile of scores, m and l. N isn't in it.
    return 2 * rows * SIZE + 2 * columns * SIZE + rows * columns + 2 * rows


# -- Comparison ------------------------------------------------------------------------------
# Each run gets fresh counters and the same inputs.


def run(arrays, forward, *options, **named):
    slow = SlowMemory(**arrays)
    begun = time.perf_counter()
    forward(slow, *options, **named)
    return slow, time.perf_counter() - begun


def largest_difference(a, b):
    return max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))


def slope_gap(arrays, grad, found, h=1e-5):
    """The largest gap between gradients and central differences, at a few places of q, k and v.

    Two programs that share a wrong derivation agree with each other. Differences of the forward
    pass know nothing of it.
    """
    worst = 0.0
    for name, gradient in zip("qkv", found):
        for i, j in ((0, 0), (5, 3), (31, 15)):
            ends = []
            for step in (h, -h):
                rows = [list(row) for row in arrays[name]]
                rows[i][j] += step
                slow, _ = run({**arrays, name: rows}, plain_forward, True)
                ends.append(sum(map(product, slow.arrays["o"], grad)))
            worst = max(worst, abs((ends[0] - ends[1]) / (2 * h) - gradient[i][j]))
    return worst


def main():
    start = time.perf_counter()
    random.seed(42)
    gap = miscounts = 0

    # The matrix is N^2 twice over, scores and shares. The tiled way stores one number a row, and
    # that only because the backward pass wants it.
    # Twice the length, again and again: what each way stores besides its result, and what it moves.
    print(f"d = {SIZE}, tiles of {TILE} x {TILE}; numbers, not bytes")
    print(
        f"\n{'N':>5} {'extra plain':>12} {'tiled':>6} {'fast':>6} {'moved plain':>12} {'tiled':>8}"
    )
    extra = {}
    for n in (LENGTH // 4, LENGTH // 2, LENGTH, 2 * LENGTH):
        arrays = {name: draw(n) for name in "qkv"}
        plain, plain_time = run(arrays, plain_forward, False)
        tiled, tiled_time = run(arrays, tiled_forward, False)
        gap = max(gap, largest_difference(plain.arrays["o"], tiled.arrays["o"]))
        miscounts += (plain.moved, tiled.moved) != (expected_moves(n), expected_moves(n, TILE))
        miscounts += tiled.peak != expected_hold(TILE, TILE)
        extra[n] = (plain.extra, tiled.extra, tiled.peak)
        row = f"{n:>5} {plain.extra:>12} {tiled.extra:>6} {tiled.peak:>6} {plain.moved:>12}"
        print(f"{row} {tiled.moved:>8}")
    print(f"time at the last: plain {1e3 * plain_time:.1f} ms, tiled {1e3 * tiled_time:.1f} ms")
    growth = [b / a for a, b in zip(extra[LENGTH], extra[2 * LENGTH])]

    # The tile decides. 4 N^2 against 2 N^2 d / rows: even at rows = d / 2.
    # Square tiles of B rows need about 4 B d of fast memory M while B is small, and move 2 N^2 d / B.
    # The product of the two is 8 N^2 d^2: twice the fast memory, half the traffic, which is the
    # theorem of Dao et al. (2022). The last column is that constant. It rises when the B^2
    # scores of the tile itself outgrow the 4 B d: room that holds nothing which is read again.
    n = LENGTH
    arrays = {name: draw(n) for name in "qkv"}
    plain, _ = run(arrays, plain_forward, False)
    print(f"\n{'tile':>5} {'fast memory M':>14} {'moved / plain':>14} {'moved M / N^2 d^2':>18}")
    ratio, flat = {}, []
    for rows in (1, 2, 4, 8, 16, 32):
        tiled, _ = run(arrays, tiled_forward, False, rows, rows)
        gap = max(gap, largest_difference(plain.arrays["o"], tiled.arrays["o"]))
        miscounts += tiled.moved != expected_moves(n, rows)
        ratio[rows] = tiled.moved / plain.moved
        flat.append(tiled.moved * tiled.peak / (n * SIZE) ** 2)
        print(f"{rows:>5} {tiled.peak:>14} {ratio[rows]:>14.2f} {flat[-1]:>18.1f}")

    # Corrections. The keys are in random order, so each of the t tiles seen is as likely as the others
    # to hold the largest score: the last of them does with probability 1/t. The sum of 1/t is the
    # expected number, the first tile included, and it grows like the logarithm of N.
    tiles, draws = 2 * LENGTH // TILE, 3 if SMOKE else 12
    corrections = 0
    for _ in range(draws):
        slow, _ = run({name: draw(tiles * TILE) for name in "qkv"}, tiled_forward, False)
        corrections += slow.corrections / (tiles * TILE) / draws
    harmonic = sum(1 / t for t in range(1, tiles + 1))
    print(f"\ncorrections a row, {tiles} tiles: {corrections:.2f}, sum of 1/t: {harmonic:.2f}")

    # Later kernels use it: when the maximum grows by little, the correction may be put off without
    # harm, since any reference point gives the same quotient as long as nothing overflows.

    # Causal, both directions, at a length and with tiles that don't divide anything.
    arrays = {name: draw(50) for name in "qkv"}
    grad = draw(50)
    plain, _ = run(arrays, plain_forward, True)
    tiled, _ = run(arrays, tiled_forward, True, 16, 12)
    gap = max(gap, largest_difference(plain.arrays["o"], tiled.arrays["o"]))
    exact = plain_backward(plain, grad)
    again = tiled_backward(tiled, grad, True, 16, 12)
    back_gap = max(map(largest_difference, exact, again))
    slope = slope_gap(arrays, grad, exact)
    # Forward 2 d a pair in both. Backward 4 d with the shares at hand, 5 d when each is computed
    # again from its query and key: 7 / 6 in all. That is the whole price of storing nothing.
    price = tiled.multiplies / plain.multiplies
    print(f"multiplies with backward: plain {plain.multiplies}, tiled {tiled.multiplies}")

    # The other gain of tiles: a matrix is masked after it is computed, a tile can be left out.
    # Skipping the future: of T x T tiles, T (T + 1) / 2 are loaded.
    side = LENGTH // TILE
    arrays = {name: draw(LENGTH) for name in "qkv"}
    half, _ = run(arrays, tiled_forward, True)
    kept = (half.moved - expected_moves(LENGTH, LENGTH) + 2 * LENGTH * SIZE) / (2 * TILE * SIZE)
    print(f"causal: {kept:.0f} of {side * side} tiles loaded")

    # What breaks it. Without the correction, old and new parts are in different units; and without
    # a maximum at all, scores of this size overflow.
    wrong, _ = run(arrays, tiled_forward, False, correct=False)
    right, _ = run(arrays, plain_forward, False)
    slip = largest_difference(wrong.arrays["o"], right.arrays["o"])
    arrays = {**arrays, "q": draw(LENGTH, 1000.0)}
    plain, _ = run(arrays, plain_forward, False)
    tiled, _ = run(arrays, tiled_forward, False)
    score = max(map(max, plain.arrays["s"]))
    huge_gap = largest_difference(plain.arrays["o"], tiled.arrays["o"])
    print(f"without correction: off by {slip:.2f}; scores up to {score:.0f}: off by {huge_gap:.0e}")

    # Two programs that share a wrong scale agree. With two keys a softmax is the logistic function,
    # a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))), and needs neither of them.
    two = {"q": draw(2), "k": draw(2), "v": [[1.0] * SIZE, [0.0] * SIZE]}
    slow, _ = run(two, plain_forward, False)
    lead = product(two["q"][0], [b - a for a, b in zip(*two["k"])]) / SIZE**0.5
    astray = abs(slow.arrays["o"][0][0] - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    small, even = ratio[SIZE // 4], ratio[SIZE // 2]
    miss = abs(corrections / harmonic - 1)
    return verdict(
        [
            ("tiled against plain, any size and tile", gap, "< 1e-6", gap < 1e-6),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("the same with scores in the thousands", huge_gap, "< 1e-6", huge_gap < 1e-6),
            ("largest of these (exp overflows at 710)", score, "> 710", score > 710),
            ("backward: tiled against plain", back_gap, "< 1e-9", back_gap < 1e-9),
            ("backward: plain against differences", slope, "< 1e-6", slope < 1e-6),
            ("extra memory at twice N, plain", growth[0], "4", growth[0] == 4),
            ("extra memory at twice N, tiled", growth[1], "2", growth[1] == 2),
            ("fast memory at twice N, tiled", growth[2], "1", growth[2] == 1),
            ("counts that miss the formulas", miscounts, "0", miscounts == 0),
            ("moved, tiles of d / 4 rows over plain", small, "> 1", small > 1),
            ("moved, tiles of d / 2 rows over plain", even, "0.9 to 1.1", 0.9 < even < 1.1),
            ("corrections a row, miss of sum of 1/t", miss, "< 0.1", miss < 0.1),
            ("causal: tiles loaded", kept, "T (T + 1) / 2", kept == side * (side + 1) / 2),
            ("multiplies, tiled over plain, both ways", price, "7/6", abs(price - 7 / 6) < 1e-12),
            ("error when the correction is left out", slip, "> 0.01", slip > 0.01),
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
