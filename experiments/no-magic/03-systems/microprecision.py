"""microprecision: 16 bits can train if the loss gets other units and the weights more digits.

Two formats of 16 bits, made here by rounding: fp16 has digits and little range, bf16 has the range
of fp32 and few digits. A small net is trained eight times on the same source of letters, with one
remedy more or less each time: a scale for the loss, a master copy of the weights in fp32, or a
rounding that tosses a coin. What becomes zero, what overflows and which updates change nothing is
counted while it happens.

Micikevicius et al. (2018), Mixed Precision Training, for the scale and the master copy; Kalamkar et
al. (2019), A Study of BFLOAT16 for Deep Learning Training; Gupta et al. (2015) for rounding by
chance. Idea of a single-file program after Andrej Karpathy's micrograd, makemore and microgpt;
written from scratch.

Surprise: fp16 without a scale doesn't fail at once. It learns and then unlearns: the loss falls to
2.66, turns, and is at 2.83 after 800 steps, without an overflow or any other sign. A master copy
doesn't mend that. In bf16 alone 83 % of the updates change no bit of their weight, which costs
0.028 of loss. When a coin decides the rounding, 75 % still change nothing, and that costs 0.0001.

Built properly in phase 18 (the training loop), on the formats of phase 02 (numerical
representation).
"""

import collections
import itertools
import math
import os
import random
import struct
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LETTERS, HIDDEN = 27, 16
TOKENS = 2**20  # letters in a batch, over which the loss is a mean
STEPS, RATE = (8 if SMOKE else 800), 3.0
PATIENCE = 100  # steps without overflow before the scale doubles


# -- Formats ---------------------------------------------------------------------------------
# A format here is a function from floats to floats that it can hold. Products are computed in
# Python's 53 bits and rounded when they are stored: as on a tensor core, which multiplies 16-bit
# numbers, adds up in 32 bits and rounds the sum once. The wide addition is the third part of
# Micikevicius' recipe, and all runs have it: the counter below shows why. A sum in fp16 of terms
# that are all 1 ends at 2,048, where the step between numbers is 2 and a tie goes to even.


def pack(code, xs, limit):
    # struct rounds to nearest, ties to even, and refuses what is too large; hardware makes that
    # infinite. The limit is the largest number plus half a step.
    try:
        return struct.pack(f"<{len(xs)}{code}", *xs)
    except OverflowError:
        xs = [x if not abs(x) >= limit else math.copysign(math.inf, x) for x in xs]
        return struct.pack(f"<{len(xs)}{code}", *xs)


# 1 sign, 5 exponent, 10 digits: 65,504 is the largest, and 65,520 the first to round up to 2^16.
def fp16(xs):
    return list(struct.unpack(f"<{len(xs)}e", pack("e", xs, 65520.0)))


# 1, 8, 23. The largest is 2^128 - 2^104.
def fp32(xs):
    return list(struct.unpack(f"<{len(xs)}f", pack("f", xs, 2.0**128 - 2.0**103)))


# 1, 8, 7: the upper half of an fp32. Half a step is 0x8000 in the lower half, so adding 0x7FFF
# carries everything above the tie, and one more if the kept half is odd takes the tie to even.
# A carry out of the digits runs into the exponent, which is just right, up to infinity.
def bf16(xs):
    bits = struct.unpack(f"<{len(xs)}I", pack("f", xs, 2.0**128 - 2.0**103))
    kept = [(b + 0x7FFF + (b >> 16 & 1)) & 0xFFFF0000 for b in bits]
    return list(struct.unpack(f"<{len(xs)}f", struct.pack(f"<{len(xs)}I", *kept)))


# The same with a random number instead of a half: rounds up as often as the lower half is large,
# so the mean of many roundings is the number itself. Nothing is remembered, and yet small steps
# add up: a hundred steps of a hundredth of a digit move it by about one digit.
def coin(xs):
    bits = struct.unpack(f"<{len(xs)}I", pack("f", xs, 2.0**128 - 2.0**103))
    kept = [(b + random.getrandbits(16)) & 0xFFFF0000 for b in bits]
    return list(struct.unpack(f"<{len(xs)}f", struct.pack(f"<{len(xs)}I", *kept)))


KNOWN = [
    # Ties go to the even neighbor, above and below.
    *[(fp16, 1 + 2**-11, 1.0), (fp16, 1 + 3 * 2**-11, 1 + 2**-9), (fp16, 2049.0, 2048.0)],
    *[(bf16, 1 + 2**-8, 1.0), (bf16, 1 + 3 * 2**-8, 1 + 2**-6), (bf16, 257.0, 256.0)],
    # The upper end, where half a step too much is infinite.
    *[(fp16, 65519.99, 65504.0), (fp16, 65520.0, math.inf), (fp16, -1e9, -math.inf)],
    *[(bf16, 2.0**128 - 2.0**120, 2.0**128 - 2.0**120), (bf16, 2.0**128 - 2.0**119, math.inf)],
    *[(fp32, 2.0**128 - 2.0**104, 2.0**128 - 2.0**104), (fp32, 1e39, math.inf)],
    # The lower end: subnormal numbers, then half of the smallest, a tie between 0 (even) and it.
    *[(fp16, 2.0**-24, 2.0**-24), (fp16, 2.0**-25, 0.0), (fp16, 1.01 * 2.0**-25, 2.0**-24)],
    *[(bf16, 2.0**-133, 2.0**-133), (bf16, 2.0**-134, 0.0), (bf16, 1.01 * 2.0**-134, 2.0**-133)],
    # What Adam usually adds to avoid a division by 0. In fp16 it is a 0 itself.
    (fp16, 1e-8, 0.0),
]


def wrong_ties(form, code, whole, count, shift):
    """Midpoints of two neighbors that don't go to the even one: all of the format, both signs."""
    # The patterns of positive numbers are in the order of the numbers, so neighbors in bits are
    # neighbors in value, and "even" is the last bit. Nothing of the rounding above is used here.
    raw = struct.pack(f"<{count}{whole}", *(b << shift for b in range(count)))
    values = struct.unpack(f"<{count}{code}", raw)
    ties = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    even = [values[n + n % 2] for n in range(count - 1)]
    found = zip(even, form(ties), form([-t for t in ties]))
    return sum((up, down) != (x, -x) for x, up, down in found)


def stuck(form):
    """Where a counter stops that adds 1: the first n with n + 1 == n."""
    n = 1.0
    while form([n + 1.0])[0] != n:
        n = form([n + 1.0])[0]
    return n


# -- Data ------------------------------------------------------------------------------------
# A source of letters whose probabilities are known: how often each letter is, and what follows it.
# So the least possible loss is known too, and a batch can be exact: a million pairs of letters in
# just these proportions. A gradient of a pair is then computed and rounded once for all its copies,
# which all are the same, and multiplied by their number: the sum over a million costs 27 forwards.
#
# Is a million unfair to fp16? A mean over N tokens and V classes has gradients of the order of
# 1 / (N V), here 2^-25. A batch of 600 tokens with a vocabulary of 50,000 has the same.


# exp(z - max): the factor exp(-max) cancels, and no exponent is above 0.
def softmax(logits):
    top = max(logits)
    e = [math.exp(z - top) for z in logits]
    total = sum(e)
    return [x / total for x in e]


def draw_source():
    rank = [1.0 / (i + 1) for i in range(LETTERS)]
    often = [r / sum(rank) for r in rank]
    return often, [softmax([random.gauss(0.0, 1.5) for _ in often]) for _ in often]


def cross(p, q):
    return -sum(a * math.log(max(b, 1e-10)) for a, b in zip(p, q))


# -- Model -----------------------------------------------------------------------------------
# logits = R tanh(E_a) for the letter a before. 27 rows of E, then 27 rows of R, 864 weights.
# Every stored number passes `form`: states, logits, their gradients, gradients of weights. The
# softmax and the loss stay in full precision, as everywhere: they are few numbers and need range.
# Intuition: a format is a ruler. fp16 has fine marks and is short; bf16 is long, with coarse marks.
# The loss is a mean because somebody chose so, and a million times the loss has its minimum at the
# same weights. So when the ruler is too short at the small end, take another unit.


def dot(x, y):
    return sum(map(float.__mul__, x, y))


def gradients(weights, source, form, scale):
    """Loss, scaled gradients of the rows, shares of zeros (logits', hidden) of token gradients."""
    often, follows = source
    e_rows, r_rows = weights[:LETTERS], weights[LETTERS:]
    columns, states, pulls, d_e = list(zip(*r_rows)), [], [], []
    loss, zeros = 0.0, [0, 0]
    for row, share, truth in zip(e_rows, often, follows):
        h = form(list(map(math.tanh, row)))
        p = softmax(form([dot(r, h) for r in r_rows]))
        loss += share * cross(truth, p)
        # L = mean over N tokens, times the scale: d/dlogit_c = (p_c - [c = target]) scale / N. For
        # one letter before there are only two gradients of logit c, the push and the pull. The
        # pull, near 1 / N, survives in fp16. The pushes, p / N, are what becomes zero first: below
        # half of 2^-24, so for all letters with p < 1/32. Then the likely letters are pulled up and
        # the unlikely ones no longer pushed down. It is a gradient, but of something else.
        unit = scale / TOKENS
        both = form([x * unit for x in p] + [(x - 1.0) * unit for x in p])
        push, pull = both[:LETTERS], both[LETTERS:]
        copies = [TOKENS * share * t for t in truth]
        pulls.append([x * (sum(copies) - n) + y * n for x, y, n in zip(push, pull, copies)])
        # dL/dh = sum_c g_c R_c. For target b, g is push everywhere but at b: one sum for all, and a
        # correction of one row for each.
        base = [dot(column, push) for column in columns]
        d_h = [x + (y - z) * w for r, y, z in zip(r_rows, pull, push) for x, w in zip(base, r)]
        # h = tanh(v): dL/dv = dL/dh (1 - h^2). Rounded twice, as it is stored twice.
        slope = [1.0 - a * a for a in h] * LETTERS
        d_v = form(list(map(float.__mul__, form(d_h), slope)))
        d_e.append(form([dot(copies, d_v[i::HIDDEN]) for i in range(HIDDEN)]))
        zeros = [zeros[0] + push.count(0.0), zeros[1] + d_v.count(0.0)]
        states.append(h)
    # dL/dR_c = sum over tokens of g_c h.
    d_r = [form([dot(g, x) for x in zip(*states)]) for g in zip(*pulls)]
    return loss, d_e + d_r, (zeros[0] / LETTERS**2, zeros[1] / (LETTERS**2 * HIDDEN))


# -- Training --------------------------------------------------------------------------------
# Plain descent with a falling rate, the same for all. `work` is the format of the arithmetic,
# `store` that of the weights between steps. Where they differ there is a master copy: the step is
# added to it, and the working copy is rounded from it anew each time.
# The master isn't there for memory: it makes 2 bytes a weight into 6, and with the two averages of
# Adam into 16 with the gradient. What 16 bits save is activations, traffic, and time.

Recipe = collections.namedtuple("Recipe", "label work store scaled")
RECIPES = [
    Recipe("fp32", fp32, fp32, False),
    Recipe("fp16 alone", fp16, fp16, False),
    Recipe("fp16, master", fp16, fp32, False),
    Recipe("fp16, scale", fp16, fp16, True),
    Recipe("fp16, scale, master", fp16, fp32, True),
    Recipe("bf16 alone", bf16, bf16, False),
    Recipe("bf16, master", bf16, fp32, False),
    Recipe("bf16, coin", bf16, coin, False),
]


def train(recipe, start, source):
    """A dict of what a run came to: the loss of its working copy, computed exactly, and counts."""
    weights = [recipe.store(row) for row in start]
    # PyTorch's GradScaler does this, from 2^16, and doubles after 2,000 good steps.
    # Far too high on purpose. A scale that is too high announces itself in the first step, one that
    # is too low never does; so begin above and come down.
    scale, fine = (2.0**24 if recipe.scaled else 1.0), 0
    counts, skipped, curve = collections.Counter(), [], []
    for step in range(STEPS):
        copy = [recipe.work(row) for row in weights]
        loss, changes, zeros = gradients(copy, source, recipe.work, scale)
        curve.append(loss)
        counts["push"] += zeros[0]
        if not all(map(math.isfinite, (g for row in changes for g in row))):
            # One infinite number would spoil all weights at the next product. The step is left out
            # and the scale halved: the data isn't at fault, the unit is.
            skipped.append(step)
            scale, fine = scale / 2.0, 0
            continue
        # The scale is a power of two, so dividing by it changes no digit of anything. It is divided
        # out in full precision: in fp16 the small gradients would vanish again at this very place.
        rate = RATE * (1.0 - step / STEPS) / scale
        for i, row in enumerate(changes):
            old, weights[i] = (
                weights[i],
                recipe.store([w - rate * g for w, g in zip(weights[i], row)]),
            )
            # Lost: w - rate g rounds back to w. It happens when the update is under half a step at
            # w: 2^-12 |w| to 2^-11 |w| in fp16, 2^-9 |w| to 2^-8 |w| in bf16. It isn't bad luck
            # that evens out: the next small update meets the same w and is lost as well.
            counts["updates"] += sum(g != 0.0 for g in row)
            counts["lost"] += sum(a == b and g != 0.0 for a, b, g in zip(old, weights[i], row))
            new = recipe.work(weights[i])
            counts["still"] += sum(a == b and g != 0.0 for a, b, g in zip(copy[i], new, row))
        # As the loss falls the gradients do, and a scale that was right becomes too small. Doubling
        # it now and then keeps it just below the end of the ruler; the price is a step left out.
        fine += 1
        if recipe.scaled and fine % PATIENCE == 0:
            scale *= 2.0
    result = {key: counts[key] / max(counts["updates"], 1) for key in ("lost", "still")}
    loss = gradients([recipe.work(row) for row in weights], source, list, 1.0)[0]
    result |= {"loss": loss, "push": counts["push"] / STEPS, "curve": curve}
    return {**result, "skipped": skipped, "scale": scale}


# -- Comparison ------------------------------------------------------------------------------


def distance(ours, theirs, scale):
    """|ours / scale - theirs| over |theirs|, or None where ours isn't finite."""
    ours, theirs = ([g for row in rows for g in row] for rows in (ours, theirs))
    if not all(map(math.isfinite, ours)):
        return None
    wrong = [a / scale - b for a, b in zip(ours, theirs)]
    return math.sqrt(dot(wrong, wrong) / dot(theirs, theirs))


def slope_error(weights, source, right, h=1e-5):
    """Against (L(w + h) - L(w - h)) / 2h, in full precision, lest the rounding hide an error."""
    worst = 0.0
    for row, column in ((0, 3), (4, 0), (LETTERS, 5), (LETTERS + 9, 15)):
        losses = []
        for sign in (1, -1):
            moved = [list(r) for r in weights]
            moved[row][column] += sign * h
            losses.append(gradients(moved, source, list, 1.0)[0])
        worst = max(worst, abs((losses[0] - losses[1]) / (2 * h) - right[row][column]))
    return worst


def main():
    begin = time.perf_counter()
    random.seed(42)
    wrong = sum(form([x]) != [y] for form, x, y in KNOWN)
    ties = [wrong_ties(fp16, "e", "H", 31744, 0), wrong_ties(bf16, "f", "I", 32640, 16)]
    stops = [stuck(fp16), stuck(bf16)]
    print(f"rounding: {wrong} of {len(KNOWN)} known values wrong, {sum(ties)} of 128,764 ties")
    print(f"counting by ones ends at {stops[0]:g} in fp16, at {stops[1]:g} in bf16")

    source = draw_source()
    least = sum(share * cross(p, p) for share, p in zip(*source))
    start = [[random.gauss(0.0, 0.5) for _ in range(HIDDEN)] for _ in range(2 * LETTERS)]
    loss, right, _ = gradients(start, source, list, 1.0)
    slope = slope_error(start, source, right)
    print(f"\nloss before training {loss:.3f}, least possible {least:.3f}")

    # One gradient, before anything is learned, in fp16 and ever larger units. Gradients of tokens
    # are small and gradients of weights are sums of a million of them, so both ends of the range
    # are in use at once. Between them is a window, and any scale inside it is as good as any other.
    print(f"\n{'scale':>6} {'zeros, logits':>14} {'zeros, hidden':>14} {'gradient off by':>16}")
    window = {}
    for power in range(0, 29, 4):
        _, ours, zeros = gradients([fp16(r) for r in start], source, fp16, 2.0**power)
        window[power] = distance(ours, right, 2.0**power)
        off = "overflow" if window[power] is None else f"{100 * window[power]:.2f} %"
        print(f"  2^{power:<2}  {100 * zeros[0]:>12.1f} % {100 * zeros[1]:>12.1f} % {off:>16}")

    # In most steps the 16-bit copy stands still under a master as well. The difference is that the
    # master remembers: its small steps add up until the copy takes one of its large ones.
    columns = ("loss", "over fp32", "zeros", "lost", "still", "skipped")
    print(f"\n{'run':<20}" + "".join(f"{c:>10}" for c in columns))
    runs = {}
    for recipe in RECIPES:
        run = runs[recipe.label] = train(recipe, start, source)
        run["over"] = run["loss"] - runs["fp32"]["loss"]
        row = f"{recipe.label:<20}{run['loss']:>10.4f}{run['over']:>10.4f}"
        row += "".join(f"{100 * run[key]:>8.1f} %" for key in ("push", "lost", "still"))
        print(f"{row}{len(run['skipped']):>10}")
    mixed, alone = runs["fp16, scale, master"], runs["fp16 alone"]
    print("zeros: gradients of logits; lost: of the updates; still: the 16-bit copy didn't move")

    # The warning that there isn't: after 8 steps all losses are alike.
    places = [STEPS // 100, STEPS // 16, STEPS // 4, STEPS // 2, STEPS - 1]
    print("\nloss at step " + "".join(f"{n:>8}" for n in places))
    for label in ("fp32", "fp16 alone", "bf16 alone"):
        print(f"{label:<13}" + "".join(f"{runs[label]['curve'][n]:>8.3f}" for n in places))
    print(f"\nscale: steps left out {mixed['skipped']}, at the end 2^{math.log2(mixed['scale']):g}")
    print(f"time: {time.perf_counter() - begin:.1f} s")
    over = {label: run["over"] for label, run in runs.items()}
    no_scale = min(over["fp16 alone"], over["fp16, master"])
    share = len(mixed["skipped"]) / STEPS
    # Where the window must end follows from the exact gradient: its largest number, scaled, has to
    # be below the first that rounds to infinity.
    largest = max(abs(g) for row in right for g in row)
    top = max(p for p in window if largest * 2.0**p < 65520.0)
    fits = [p for p, off in window.items() if off is not None and off < 1e-3] or [0]
    wide = 2 ** (max(fits) - min(fits))
    base, bare = runs["fp32"]["loss"] - least, over["fp16, scale"]
    close = [abs(over[label]) for label in ("fp16, scale, master", "bf16, master", "bf16, coin")]
    unlearned = alone["loss"] - min(alone["curve"])
    two = runs["fp16, scale"]["lost"], runs["bf16 alone"]["lost"]
    return verdict(
        [
            ("known values rounded wrong", wrong, "0", wrong == 0),
            ("ties not to even, both formats", sum(ties), "0", sum(ties) == 0),
            ("counting stops, fp16 and bf16", str(stops), "2^11, 2^8", stops == [2**11, 2**8]),
            ("gradient against differences", slope, "< 1e-8", slope < 1e-8),
            ("fp32, loss over the least possible", base, "< 0.05", base < 0.05),
            ("largest scale in the window, log 2", max(fits), f"{top}", max(fits) == top),
            ("window, largest scale over smallest", wide, ">= 16", wide >= 16),
            ("fp16 without scale, over fp32", no_scale, "> 0.1", no_scale > 0.1),
            ("fp16 alone, its end over its own best", unlearned, "> 0.05", unlearned > 0.05),
            ("its logits' gradients that are 0", alone["push"], "> 0.25", alone["push"] > 0.25),
            ("the same with scale", mixed["push"], "< 0.001", mixed["push"] < 0.001),
            ("fp16, scale, master, off fp32", close[0], "< 0.001", close[0] < 0.001),
            ("its steps left out, share", share, "> 0, < 0.02", 0 < share < 0.02),
            ("fp16, scale, no master, over fp32", bare, "> 0.001", bare > 0.001),
            ("bf16 alone, over fp32", over["bf16 alone"], "> 0.01", over["bf16 alone"] > 0.01),
            ("bf16, master, off fp32", close[1], "< 0.001", close[1] < 0.001),
            ("bf16, coin, off fp32", close[2], "< 0.001", close[2] < 0.001),
            ("updates lost without master, fp16", two[0], "> 0.25", two[0] > 0.25),
            ("updates lost without master, bf16", two[1], "> 0.5", two[1] > 0.5),
            ("updates lost with master", mixed["lost"], "< 0.001", mixed["lost"] < 0.001),
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
