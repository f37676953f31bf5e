"""microcheckpoint: a backward pass may forget what it will need, if it can compute it again.

Training keeps what each block computed until the gradient comes back for it, and that, not the
weights, is what fills a machine. Checkpointing keeps a few states and recomputes the rest. One
recursive sweep runs all policies here; every vector it keeps is put into a store that counts, and
every block it runs is tallied. The gradients agree to the last bit, and the counts with formulas.

Chen et al. (2016), Training Deep Nets with Sublinear Memory Cost, for the square root and the
logarithm; Griewank (1992), Achieving Logarithmic Growth of Temporal and Spatial Complexity, for the
best schedule of all; Korthikanti et al. (2022) for the sizes in a transformer. Idea of a
single-file program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: the square root is not where one level of checkpoints ends. Pieces that grow shorter fill
the room that dropped states leave: 12 vectors instead of 16 for 64 blocks, sqrt(2 L) instead of
2 sqrt(L). Halving needs 8 and runs 3.00 blocks again for each one; the best schedule for the same 8
runs 1.69. And all of it counts on a tape as small as a state. In GPT-3 the tape is 57 times larger,
the best k is 1.3, and the square root of 96 would hold almost four times as much.

Built properly in phase 18 (the training loop), and at scale in phase 35 (distributed training).
"""

import functools
import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
WIDTH, BLOCKS = 12, 64
PASSES = 2 if SMOKE else 60
TALLY = {"blocks": 0}


# -- Data ------------------------------------------------------------------------------------
# A vector in, a vector wanted. Where a gradient is stored has nothing to do with what it is about.


def draw_pairs(count):
    def vector():
        return [random.gauss(0.0, 1.0) for _ in range(WIDTH)]

    return [(vector(), vector()) for _ in range(count)]


# -- Model -----------------------------------------------------------------------------------
# A block is y = x + W_c tanh(.. W_2 tanh(W_1 tanh(x))). Two sizes matter for what follows, and the
# textbook takes them to be equal:
#   boundary: x, one vector, all that is needed to start again from here;
#   tape: the c vectors after the tanh, all that is needed to go backward through the block.
# The weights appear in neither: they are there anyway. In a large model the tapes of one batch
# outgrow weights, gradients and optimizer together, since they grow with batch and length as well.


def draw_model(blocks, tape):
    # The residual sum of many blocks keeps its size when each adds 1 / sqrt(blocks) of it.
    std = 1.0 / math.sqrt(WIDTH)

    def matrix(scale):
        return [[random.gauss(0.0, scale) for _ in range(WIDTH)] for _ in range(WIDTH)]

    return [
        [matrix(std) for _ in range(tape - 1)] + [matrix(std / math.sqrt(blocks))]
        for _ in range(blocks)
    ]


def apply(weight, x):
    return [sum(map(float.__mul__, row, x)) for row in weight]


def forward(block, x, mask=None):
    """The next state and the tape. Whether anyone keeps the tape is the policy's decision."""
    # The tally is here and not in the policies: what a policy claims to save, it has to not call.
    TALLY["blocks"] += 1
    tape, u = [], x
    for weight in block:
        tape.append([math.tanh(a) for a in u])
        u = apply(weight, tape[-1])
    if mask:
        u = [a * m for a, m in zip(u, mask)]
        tape.append(mask)
    return [a + b for a, b in zip(x, u)], tape


def backward(block, g, tape):
    """From dL/dy to dL/dx and the gradients of the block's matrices."""
    # Twice the arithmetic of `forward`: one product for the matrix, one for what is below it. That
    # is the 2 in "a step is three forwards", and the reason why a second forward adds one third.
    # y = x + m * u, so the mask meets the gradient as it met the value.
    u = [a * m for a, m in zip(g, tape[-1])] if len(tape) > len(block) else g
    gradients = []
    for weight, a in zip(reversed(block), reversed(tape[: len(block)])):
        # u = W a: dL/dW_ij = u_i a_j, and dL/da_j = sum_i W_ij u_i.
        gradients.append([[g_i * a_j for a_j in a] for g_i in u])
        # a = tanh(v): da/dv = 1 - a^2. The output is enough; the tape needs no v.
        u = [s * (1.0 - b * b) for s, b in zip(apply(list(zip(*weight)), u), a)]
    # The residual: x reaches y directly, and through the matrices.
    return [a + b for a, b in zip(g, u)], gradients[::-1]


# -- The store -------------------------------------------------------------------------------
# All that waits for the backward pass lies here and nowhere else, so the peak is a measurement and
# not a claim. The state in flight isn't counted: each policy has exactly one. Nor are the gradients
# of the weights, which everybody has to hold at the end.


class Store:
    def __init__(self):
        self.things, self.held, self.peak = {}, 0, 0

    def put(self, key, vectors):
        self.things[key] = vectors
        self.held += len(vectors)
        self.peak = max(self.peak, self.held)

    def drop(self, key):
        vectors = self.things.pop(key)
        self.held -= len(vectors)
        return vectors


# -- One sweep for all policies --------------------------------------------------------------
# All there is to decide is which states to keep while walking forward.
# A policy says where to cut a stretch of n blocks. No cut: run it with its tape and go back at
# once. Otherwise run to the last cut, keep only the states at the cuts, and treat the pieces from
# the last to the first in the same way.
# Intuition: bookmarks in a book that must be read backward. Few bookmarks, much turning of pages.
# Why the bits agree: a block computes the same thing from the same state, whenever it runs, and the
# gradients of the blocks come in the same order whatever is kept. Nothing is approximated here, so
# a tolerance in a test of checkpointing would only hide an error.


def sweep(model, plan, x, target, noise=lambda j: None):
    """The loss, all gradients, the most vectors held at once, and the blocks run forward."""
    # The recursion is as deep as there are levels of cuts: 1 for even pieces, log2 L for halves.
    store, gradients, losses, before = Store(), [None] * len(model), [], TALLY["blocks"]

    def descend(start, end, g):
        # Returns the gradient at `start`, given the one at `end`, which nobody has yet when `end`
        # is the end of the model: the deepest call to the right makes it from the loss.
        x = store.things["state", start][0]
        cuts = [start + cut for cut in plan(end - start, store)]
        if cuts:
            for j in range(start, cuts[-1]):
                x, _ = forward(model[j], x, noise(j))
                if j + 1 in cuts:
                    store.put(("state", j + 1), [x])
            for left, right in reversed(list(zip(cuts, [*cuts[1:], end]))):
                g = descend(left, right, g)
                # Read for the last time, so dropped: the next piece finds more room than this one.
                store.drop(("state", left))
            return descend(start, cuts[0], g)
        for j in range(start, end):
            x, tape = forward(model[j], x, noise(j))
            store.put(("tape", j), tape)
        if end == len(model):
            # L = |x - target|^2 / 2, so dL/dx = x - target.
            g = [a - b for a, b in zip(x, target)]
            losses.append(0.5 * sum(a * a for a in g))
        for j in reversed(range(start, end)):
            g, gradients[j] = backward(model[j], g, store.drop(("tape", j)))
        return g

    # The input is needed to start again from the very beginning, so it counts: 65 vectors for 64
    # blocks when all is kept, not 64.
    store.put(("state", 0), [x])
    descend(0, len(model), None)
    return losses[0], gradients, store.peak, TALLY["blocks"] - before


# One flat list for comparisons, in the order of the blocks and never in the order of computing.
def flat(gradients):
    return [w for block in gradients for weight in block for row in weight for w in row]


# -- Policies --------------------------------------------------------------------------------


def every(*lengths):
    """Cuts at multiples of the first length, inside those pieces at multiples of the second.."""
    # every(64) keeps all 64 tapes, every(8) is the square root, every(32, 16, 8, 4, 2, 1) halves
    # down to single blocks. One rule, and how deep it goes is all that differs.
    return lambda n, store: next((list(range(k, n, k)) for k in lengths if n > k), [])


def halving(blocks):
    return every(*(blocks >> level for level in range(1, blocks.bit_length())))


def one_before(n, store):
    # The other extreme: keep the start alone, walk up again for each single block. The walks are
    # L-1, L-2, .. 1 long, L^2 / 2 blocks in all, for a memory that doesn't depend on L.
    return [n - 1] if n > 1 else []


def shrinking(blocks, tape):
    """One level of cuts, but each piece is as long as the room that is left when its turn comes."""
    # Piece s is treated while s states are held, since those behind it are dropped already. So it
    # may have (M - s) / c blocks. With c = 1 the pieces are M-1, M-2, .. 1: M (M - 1) / 2 blocks,
    # hence M near sqrt(2 L) and not 2 sqrt(L). Equal pieces fill the room only once, at the end.
    room, lengths = 0, []
    while sum(lengths) < blocks:
        room += 1
        lengths = [(room - s) // tape for s in range(1, room) if room - s >= tape]
    cuts = [cut for i in range(1, len(lengths)) if (cut := sum(lengths[:i])) < blocks]
    return lambda n, store: cuts if n == blocks else []


@functools.cache
def cheapest(n, room, tape):
    """(blocks to run again, first cut) for n blocks and room for so many vectors. Exact."""
    # Griewank's question: with so much room, how little can be run again? His answer is a binomial
    # coefficient, for tapes that are used at once; a table by dynamic programming needs no such
    # condition, and 64 blocks are few.
    # Cut after j: j blocks to walk there, a state that takes one place while the right part is
    # treated, then the left part with all the room again.
    if n * tape <= room:
        return 0, 0
    if room <= tape:
        # The one state at a cut would leave too little for a tape.
        return math.inf, 0
    return min(
        (j + cheapest(n - j, room - 1, tape)[0] + cheapest(j, room, tape)[0], j)
        for j in range(1, n)
    )


def planned(budget, tape):
    # The plan isn't drawn up before the run. It asks the store how much is held at this moment, so
    # a wrong count anywhere would end in a peak above the budget, which main checks.
    def plan(n, store):
        cut = cheapest(n, budget - store.held, tape)[1]
        return [cut] if cut else []

    return plan


# -- Experiments -----------------------------------------------------------------------------


def gap(ours, theirs):
    return max(map(abs, map(float.__sub__, flat(ours), flat(theirs))))


def against_differences(model, x, target, samples=12):
    """Largest relative error of the swept gradient: all policies could agree and be wrong."""
    # (L(w + h) - L(w - h)) / 2h, which knows nothing of tapes.
    _, gradients, _, _ = sweep(model, every(), x, target)
    worst, h = 0.0, 1e-5
    for _ in range(samples):
        j, m = random.randrange(len(model)), random.randrange(len(model[0]))
        r, c = random.randrange(WIDTH), random.randrange(WIDTH)
        row, losses = model[j][m][r], []
        for step in (h, -2 * h):
            row[c] += step
            losses.append(sweep(model, every(), x, target)[0])
        row[c] += h
        slope, g = (losses[0] - losses[1]) / (2 * h), gradients[j][m][r][c]
        worst = max(worst, abs(slope - g) / max(abs(g), 1e-3))
    return worst


def train(plan, pairs, blocks):
    """Plain descent, one pair at a time: the mean loss of the first and last pass, the weights."""
    # Both runs begin from the same seed. One wrong bit in the first step would have all steps after
    # it to grow.
    random.seed(7)
    model, means = draw_model(blocks, 1), []
    for _ in range(PASSES):
        total = 0.0
        for x, target in pairs:
            loss, gradients, _, _ = sweep(model, plan, x, target)
            total += loss
            for block, change in zip(model, gradients):
                for weight, g in zip(block, change):
                    for i, row in enumerate(g):
                        weight[i] = [w - 0.03 * d for w, d in zip(weight[i], row)]
        means.append(total / len(pairs))
    return means[0], means[-1], model


def dropout(model, x, target, keyed):
    """Relative error of a checkpointed gradient when the blocks draw random masks."""

    # Half of a block's output is dropped, the other half doubled. One generator for all draws gives
    # other masks when a block runs again; a generator made from (seed, block) gives the same.
    # PyTorch saves the generator's state with each checkpoint (preserve_rng_state). Python's state
    # has 625 numbers, 52 times the vector it would stand beside; a key costs nothing. JAX draws
    # from keys always, and can recompute without thinking of it.
    def noise():
        one = random.Random(5)
        return lambda j: [
            2.0 * bit
            for bit in (random.Random(5000 + j) if keyed else one).choices((0, 1), k=WIDTH)
        ]

    (loss, right, _, _), (again, ours, _, _) = (
        sweep(model, plan, x, target, noise()) for plan in (every(), every(8))
    )
    norm = math.sqrt(sum(a * a for a in flat(right)))
    wrong = math.sqrt(sum((a - b) ** 2 for a, b in zip(flat(ours), flat(right))))
    return wrong / norm, abs(loss - again)


def main():
    start = time.perf_counter()
    random.seed(42)
    ((x, target),) = draw_pairs(1)
    light = draw_model(BLOCKS, 1)
    slope_error = against_differences(draw_model(4, 3), x, target)

    # Even pieces, three sizes of tape. Held at the peak: a state for each piece, and the tape of
    # one piece, L / k + c k. Its derivative -L / k^2 + c is zero at k = sqrt(L / c).
    sizes, worst, off, best, extras = (1, 2, 4, 8, 16, 32, 64), 0.0, 0, {}, []
    print(f"{BLOCKS} blocks, a state kept before every k-th: most vectors held at once")
    print(f"{'k':>24} " + " ".join(f"{k:>5}" for k in sizes))
    for tape in (1, 4, 16):
        model = light if tape == 1 else draw_model(BLOCKS, tape)
        _, right, _, _ = sweep(model, every(), x, target)
        peaks = []
        for k in sizes:
            _, ours, peak, ran = sweep(model, every(k), x, target)
            worst = max(worst, gap(ours, right))
            peaks.append(peak)
            extras.append(ran / BLOCKS - 1)
            # The last piece needs no second run: its tape is kept the first time. So 1 - k / L.
            off += (peak, ran) != (BLOCKS // k + tape * k, 2 * BLOCKS - k)
        best[tape] = sizes[peaks.index(min(peaks))]
        print(f"tape of {tape:>2} a block, held {' ':>1} " + " ".join(f"{p:>5}" for p in peaks))
    print(f"{'blocks run again / L':>24} " + " ".join(f"{e:>5.2f}" for e in extras[: len(sizes)]))

    # A transformer block by the byte counts of Korthikanti et al.: a boundary is 2 bytes for each
    # of s b h numbers, a tape 34 + 5 a s / h bytes. GPT-3: 96 blocks, a = 96 heads, s = 2048,
    # h = 12288, so c = 57 and sqrt(L / c) = 1.3. That is why libraries put a checkpoint around each
    # block and hardly anybody sets k. Attention without its matrix (microflash) takes 80 of the
    # 114 bytes away; then c = 17, and k = 2 would hold a quarter less.
    c = (34 + 5 * 96 * 2048 / 12288) / 2
    for k in (1, 2, 10):
        print(f"GPT-3 by formula, c = {c:.0f}, k = {k:>2}: {96 / k + c * k:>5.0f} of {96 * c:.0f}")

    # Policies at equal terms. Backward costs two forwards, so a plain step is 3 units of work, and
    # the last column is what the best schedule runs again within the same peak. Near the ends there
    # is little to gain: with all the room nothing is repeated, with none there is no choice. In
    # between, where the halving is, the textbook's regular cuts leave almost half on the table.
    print(f"\n{'policy, tape of 1':<28} {'peak':>5} {'again':>6} {'work':>6} {'best for peak':>14}")
    _, right, _, _ = sweep(light, every(), x, target)
    policies = {
        "keep everything": every(),
        "every 8th, the square root": every(8),
        "shrinking pieces": shrinking(BLOCKS, 1),
        "pieces of 16, then of 4": every(16, 4),
        "halving down to one": halving(BLOCKS),
        "the start alone": one_before,
    }
    measured, missed = {}, 0
    for label, plan in policies.items():
        _, ours, peak, ran = sweep(light, plan, x, target)
        # The dynamic program gets the peak of the policy as its budget, and is then run, not
        # believed: its peak and its blocks are measured like all others.
        _, theirs, held, least = sweep(light, planned(peak, 1), x, target)
        worst = max(worst, gap(ours, right), gap(theirs, right))
        missed += held > peak or least - BLOCKS != cheapest(BLOCKS, peak - 1, 1)[0]
        again, optimum = ran / BLOCKS - 1, least / BLOCKS - 1
        measured[label] = peak, again, optimum
        print(f"{label:<28} {peak:>5} {again:>6.2f} {1 + again / 3:>5.2f}x {optimum:>14.2f}")

    # Four times the depth, how much more memory and work? Doubling it for the square root and its
    # kin, two vectors more for halving, which pays for each doubling with half a run of all blocks.
    print(f"\n{'blocks':>6} {'all':>5} {'sqrt':>5} {'shrinking':>10} {'halving':>8} {'again':>6}")
    misses = 0
    for blocks in (16, 64, 256):
        deep = light if blocks == BLOCKS else draw_model(blocks, 1)
        plans = (every(), every(math.isqrt(blocks)), shrinking(blocks, 1), halving(blocks))
        runs = [sweep(deep, plan, x, target) for plan in plans]
        worst = max(worst, *(gap(run[1], runs[0][1]) for run in runs))
        peaks, levels, ran = [run[2] for run in runs], blocks.bit_length() - 1, runs[3][3]
        # Each level of halving walks half the blocks: L / 2 times log2 L, besides the first run.
        misses += (peaks[3], ran - blocks) != (levels + 2, blocks * levels // 2)
        misses += peaks[:2] != [blocks + 1, 2 * math.isqrt(blocks)]
        # The smallest M with M (M - 1) / 2 >= L, solved.
        misses += peaks[2] != math.ceil(0.5 + math.sqrt(0.25 + 2 * blocks))
        row = " ".join(f"{p:>{n}}" for p, n in zip(peaks, (5, 5, 10, 8)))
        print(f"{blocks:>6} {row} {ran / blocks - 1:>6.2f}")

    # A recomputation that isn't one. The loss comes from the first run and looks the same, so the
    # curve of a training run is no warning. What comes back is the gradient of another network,
    # taken along the states of this one.
    shared, same_loss = dropout(light, x, target, keyed=False)
    keyed, _ = dropout(light, x, target, keyed=True)
    print(f"\ndropout, one generator: gradient off by {100 * shared:.0f} %, loss by {same_loss:g}")
    print(f"dropout, a generator for each block: gradient off by {100 * keyed:g} %")

    # The proof that a user wants: two runs from one seed, one that keeps all and one that keeps
    # almost nothing, and at the end the same weights to the last bit.
    pairs = draw_pairs(4)
    first, last, kept = train(every(), pairs, 16)
    _, _, forgot = train(halving(16), pairs, 16)
    drift = gap(kept, forgot)
    print(f"training, 16 blocks, {4 * PASSES} steps: loss {first:.2f} to {last:.4f}")
    print(f"time: {time.perf_counter() - start:.1f} s")
    even, uneven = measured["every 8th, the square root"], measured["shrinking pieces"]
    half = measured["halving down to one"]
    return verdict(
        [
            ("gradient against differences, relative", slope_error, "< 1e-5", slope_error < 1e-5),
            ("gradients of all runs, largest difference", worst, "0", worst == 0),
            ("runs off L / k + c k held, 1 - k / L again", off, "0", off == 0),
            ("k of the least memory, tape 1", best[1], "8, sqrt(L)", best[1] == 8),
            ("k of the least memory, tape 4", best[4], "4, sqrt(L / 4)", best[4] == 4),
            ("k of the least memory, tape 16", best[16], "2, sqrt(L / 16)", best[16] == 2),
            ("blocks run again, even pieces, at most", max(extras), "<= 1", max(extras) <= 1),
            ("shrinking pieces, held", uneven[0], f"< {even[0]}", uneven[0] < even[0]),
            ("shrinking pieces, run again", uneven[1], "<= 1", uneven[1] <= 1),
            ("depths off the four formulas", misses, "0", misses == 0),
            ("best schedule, budget or price missed", missed, "0", missed == 0),
            (
                "best schedule at halving's peak, again",
                half[2],
                f"< {half[1]:g}",
                half[2] < half[1],
            ),
            ("dropout, one generator, gradient off by", shared, "> 0.1", shared > 0.1),
            ("dropout, a generator each, off by", keyed, "0", keyed == 0),
            ("training: last loss over first", last / first, "< 0.1", last < 0.1 * first),
            ("weights after training, difference", drift, "0", drift == 0),
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
