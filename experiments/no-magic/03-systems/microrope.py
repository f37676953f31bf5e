"""microrope: turning queries and keys by their position makes attention see distances only.

Rotary embedding takes a vector's numbers in pairs and turns pair i by the angle position * theta_i.
A turn keeps every length, and the product of two turned vectors depends on the difference of their
angles: so the score of a query at n and a key at m depends on n - m, and on nothing else about
n and m. Here that is checked, compared with adding positions, and then broken in the ways in which
it breaks in real models: mixed layouts, lengths never trained on, and too few bits.

Su et al. (2021), RoFormer; Vaswani et al. (2017) for the added sinusoids; Chen et al. (2023),
Position Interpolation; Peng et al. (2023), YaRN, who also write up the change of base. Idea of a
single-file program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.
Wang et al. (2024), When Precision Meets Position, for the bits.

Surprise: a position kept in bfloat16 ruins the one property that the method exists for. Of 2,048
positions 641 are left, and a score that should depend on distance alone strays by 0.4 of all that
scores vary; rounding the cosines instead costs 0.002. Squeezing positions to reach twice as far
makes a head that was made to look 4 back look 8 back. And the famous decay with distance is
a property of vectors that are alike: unrelated ones have scores as wide at 4,096 as at 0.

Built properly in phase 16 (positional encodings), and cached in phase 22 (the KV cache).
"""

import functools
import math
import os
import random
import struct
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
SIZE = 64  # d, numbers in a query or a key: 32 pairs
BASE = 10000.0
TRAINED = 2048  # positions that a model of this design has seen
DRAWS = 20 if SMOKE else 200


# -- Data ------------------------------------------------------------------------------------
# Nothing is trained: what is claimed holds for every vector, so random ones may try to refute it.


def draw():
    # Independent numbers of variance 1: a score of two such vectors has the variance d.
    return [random.gauss(0.0, 1.0) for _ in range(SIZE)]


def product(a, b):
    return sum(map(float.__mul__, a, b))


# -- Rotation --------------------------------------------------------------------------------
# Intuition: each pair of numbers is the hand of a clock, and the position turns it. The clocks run
# at different speeds, the fastest by a radian a position, the slowest hardly at all. Two hands
# that have been turned show their difference, and the difference of two positions is a distance.
# In symbols: R_m is orthogonal and R_m^T R_n = R_(n - m), so (R_n q) . (R_m k) = q . R_(m - n) k.


def frequencies(base=BASE, size=SIZE):
    # A geometric ladder, so that some pair is sensitive at each scale of distance.
    # theta_i = base^(-2i/d): the first pair turns by 1 radian a position, the last by nearly 1/base.
    return [base ** (-2 * i / size) for i in range(size // 2)]


def rotate(x, position, thetas):
    """Pair i = (x[2i], x[2i + 1]) turned by position * theta_i: the layout of the paper."""
    # (a, b) -> (a cos - b sin, a sin + b cos): the plane turned by the angle. Real code computes the
    # cosines of all positions once, since they don't depend on the text.
    out = []
    for i, theta in enumerate(thetas):
        c, s = math.cos(position * theta), math.sin(position * theta)
        a, b = x[2 * i], x[2 * i + 1]
        out += [a * c - b * s, a * s + b * c]
    return out


def rotate_halves(x, position, thetas):
    """Pair i = (x[i], x[i + d/2]): the layout of most code today, one wide operation a half.

    Either is right as long as queries and keys agree. Weights trained with one layout and run with
    the other are the classic bug of converted models: no shape is wrong, and the text is.
    """
    half = len(x) // 2
    turned = rotate([v for pair in zip(x[:half], x[half:]) for v in pair], position, thetas)
    return turned[0::2] + turned[1::2]


def rotate_matrix(x, position, thetas):
    """The same as a d x d matrix of 2 x 2 blocks: what the short form leaves out is zeros.

    d^2 multiplies instead of 2 d. It is written out once, because the proofs speak of this matrix.
    """
    rows = []
    for i, theta in enumerate(thetas):
        c, s = math.cos(position * theta), math.sin(position * theta)
        left, right = [0.0] * (2 * i), [0.0] * (len(x) - 2 * i - 2)
        rows += [[*left, c, -s, *right], [*left, s, c, *right]]
    return [product(row, x) for row in rows]


def sinusoid(position, thetas):
    # Vaswani et al.: the same angles, but added to the vector instead of turning it. The score is
    # then x.y + x.p + p.y + p.p', and only the last of the four terms knows nothing but distance.
    return [f(position * t) for t in thetas for f in (math.sin, math.cos)]


# -- Attention -------------------------------------------------------------------------------
# Attention itself is a mixture over a set: shuffle keys and values together and nothing changes.
# Position has to come in somewhere, and here it comes in at the score, in every layer, instead of
# once at the bottom, where later layers must carry it along with everything else.


def mix(query, keys, values):
    scores = [product(query, key) / math.sqrt(SIZE) for key in keys]
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [product(e, column) / total for column in zip(*values)]


def turn_and_mix(query, keys, values, thetas):
    """The last position's output. Keys are turned, values aren't: position chooses, content answers."""
    turned = [rotate(key, t, thetas) for t, key in enumerate(keys)]
    return mix(rotate(query, len(keys) - 1, thetas), turned, values)


def gap(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


# -- Precision -------------------------------------------------------------------------------
# bfloat16 is the upper half of a 32-bit float: 8 bits of mantissa, the hidden one included. Up to
# 256 every whole number has its own code, up to 512 every second, up to 1,024 every fourth. So a
# model that is switched to bfloat16 as a whole, positions included, has neighbors in one place.


def to_bfloat16(x):
    (bits,) = struct.unpack(">I", struct.pack(">f", x))
    # 32-bit float, as bits, to 16 bits and back: `struct` has no code for this format.
    # Round to nearest, ties to even: add just under half of what is cut off, or half if odd.
    bits += 0x7FFF + (bits >> 16 & 1)
    return struct.unpack(">f", struct.pack(">I", bits >> 16 << 16))[0]


def rotate_rounded(x, position, thetas, where):
    """A rotation with one of its numbers in bfloat16: the position, the angle, or the cosines.

    The error of a rounded angle is up to 1/512 of the angle, which for a fast pair far out is many
    radians. The error of a rounded cosine is 1/512 of something at most 1. Same bits, same
    formula, another place to round.
    """
    out = []
    place = to_bfloat16(position) if where == "position" else position
    for i, theta in enumerate(thetas):
        angle = to_bfloat16(place * theta) if where == "angle" else place * theta
        c, s = math.cos(angle), math.sin(angle)
        if where == "cosines":
            c, s = to_bfloat16(c), to_bfloat16(s)
        a, b = x[2 * i], x[2 * i + 1]
        out += [a * c - b * s, a * s + b * c]
    return out


# -- Comparison ------------------------------------------------------------------------------
# First that the property holds, then each way to lose it, with one measure for all: let a query and
# a key walk along the text together and watch their score.


def spread(turn_query, turn_key, distance=4):
    """How far the score of a query and a key strays while both move along at one distance.

    The std over places, as a share of the std over everything: 0 means that only the distance
    counts, 1 that the pair gets a new score wherever it stands.
    """
    places = [random.randrange(TRAINED - distance) for _ in range(16)]
    within, all_scores = 0.0, []
    for _ in range(DRAWS):
        q, k = draw(), draw()
        scores = [product(turn_query(q, n + distance), turn_key(k, n)) for n in places]
        within += variance(scores) / DRAWS
        all_scores += scores
    return math.sqrt(within / variance(all_scores))


def variance(xs):
    # Around the mean of the list itself: for one pair its own level, for all pairs the common one.
    mean = sum(xs) / len(xs)
    return sum((x - mean) ** 2 for x in xs) / len(xs)


def check_rotation(thetas):
    """Largest gaps: between three ways to turn, of lengths, of two turns against one, of layouts."""
    forms = lengths = sums = layouts = 0.0
    for _ in range(DRAWS):
        x, n, m = draw(), random.randrange(TRAINED), random.randrange(TRAINED)
        turned = rotate(x, n, thetas)
        forms = max(forms, gap(turned, rotate_matrix(x, n, thetas)))
        # A pair as a complex number: the turn is one product with exp(i n theta).
        units = [complex(math.cos(n * t), math.sin(n * t)) for t in thetas]
        pairs = [complex(a, b) * u for a, b, u in zip(x[0::2], x[1::2], units)]
        forms = max(forms, gap(turned, [v for z in pairs for v in (z.real, z.imag)]))
        lengths = max(lengths, abs(product(turned, turned) / product(x, x) - 1))
        sums = max(sums, gap(rotate(turned, m, thetas), rotate(x, n + m, thetas)))
        # The layouts are one method with the numbers in another order, P R x = R' P x.
        other = rotate_halves(x[0::2] + x[1::2], n, thetas)
        layouts = max(layouts, gap(turned[0::2] + turned[1::2], other))
    return forms, lengths, sums, layouts


def check_attention(thetas):
    """What shuffled keys change without and with turns, and the error of keys moved in a cache."""
    length, drop = 24, 7
    # The query stands last and sees all.
    query = draw()
    keys, values = [draw() for _ in range(length)], [draw() for _ in range(length)]
    order = random.sample(range(length), length)
    mixed_keys, mixed_values = [keys[i] for i in order], [values[i] for i in order]
    blind = gap(mix(query, keys, values), mix(query, mixed_keys, mixed_values))
    before = turn_and_mix(query, keys, values, thetas)
    sees = gap(before, turn_and_mix(query, mixed_keys, mixed_values, thetas))
    # A cache keeps keys turned. When the oldest are dropped and the rest is renumbered, each needs
    # one more turn, back by `drop`: turns add up, so nothing is computed from the text again.
    cached = [rotate(key, t, thetas) for t, key in enumerate(keys)]
    moved = [rotate(key, -drop, thetas) for key in cached[drop:]]
    fresh = turn_and_mix(query, keys[drop:], values[drop:], thetas)
    last = rotate(query, length - drop - 1, thetas)
    return blind, sees, gap(mix(last, moved, values[drop:]), fresh)


def farthest_look(thetas, longer):
    """Where a head made for distance 4 looks when the frequencies are replaced by `longer`.

    Its key is its query turned by 4 under the trained frequencies, as a head that looks four
    positions back would learn it, so that the score at distance D is the sum of
    cos(D theta'_i - 4 theta_i) over the pairs: largest where all clocks agree.
    """
    scores = [sum(math.cos(d * b - 4 * a) for a, b in zip(thetas, longer)) for d in range(64)]
    return scores.index(max(scores))


def main():
    start = time.perf_counter()
    random.seed(42)
    thetas = frequencies()
    forms, lengths, sums, layouts = check_rotation(thetas)
    print(f"{SIZE} numbers in {len(thetas)} pairs; a turn changes a length by {lengths:.0e} of it")

    # The difference of places is 4 in each row. Turned scores agree to the digits that a double has
    # left at angles of a million; added ones are another number each time.
    # The property itself, with one query and one key that move along together.
    q, k = draw(), draw()
    print(f"\n{'query at':>9} {'key at':>9} {'turned':>12} {'added':>10}")
    scores = {"turned": [], "added": []}
    for shift in (0, 100, 10_000, 1_000_000):
        n, m = 7 + shift, 3 + shift
        a, b = ([u + v for u, v in zip(x, sinusoid(t, thetas))] for x, t in ((q, n), (k, m)))
        scores["turned"].append(product(rotate(q, n, thetas), rotate(k, m, thetas)))
        scores["added"].append(product(a, b))
        print(f"{n:>9} {m:>9} {scores['turned'][-1]:>12.8f} {scores['added'][-1]:>10.5f}")
    ranges = {way: max(column) - min(column) for way, column in scores.items()}

    # One pair proves nothing in the other direction: a method could keep this score by luck.
    # The same for many pairs, and for the ways to lose it. Each entry turns queries and keys.
    def turn(x, t):
        return rotate(x, t, thetas)

    def turn_other(x, t):
        return rotate_halves(x, t, thetas)

    def add(x, t):
        return [u + v for u, v in zip(x, sinusoid(t, thetas))]

    ways = {"turned": (turn, turn), "added": (add, add), "layouts mixed": (turn, turn_other)}
    for where in ("cosines", "angle", "position"):
        rounded = functools.partial(rotate_rounded, thetas=thetas, where=where)
        ways[f"{where} in bfloat16"] = (rounded, rounded)
    strays = {way: spread(*pair) for way, pair in ways.items()}
    print(f"\n{'score at distance 4':<24} {'strays by':>10}   (share of the std of scores)")
    for way, stray in strays.items():
        print(f"{way:<24} {stray:>10.2g}")
    places = len({to_bfloat16(n) for n in range(TRAINED)})
    print(f"{TRAINED} positions in bfloat16: {places} different ones")

    # The paper shows a bound that falls with distance, and it's often read as "far means little".
    # Decay. For a key equal to its query the mean score is (2/d) sum cos(D theta_i), which falls as
    # the clocks part. For unrelated vectors each turn is only another random direction.
    # A head that wants to look near must learn queries and keys that are alike; turning doesn't do it.
    print(f"\n{'distance':<24} {'alike':>10} {'unrelated, std':>15}")
    alike, wide = {}, {}
    for distance in (0, 1, 16, 256, 4096):
        alike[distance] = sum(math.cos(distance * t) for t in thetas) / len(thetas)
        unrelated = [product(rotate(draw(), distance, thetas), draw()) for _ in range(5 * DRAWS)]
        wide[distance] = math.sqrt(variance(unrelated) / SIZE)
        print(f"{distance:<24} {alike[distance]:>10.3f} {wide[distance]:>15.2f}")

    # What a longer text meets. A model can be asked for positions it was never trained on; which
    # of its clocks are then in unknown territory can be said without running it.
    # Twice the trained length. A clock that went round in training has shown every angle; a slower
    # one shows angles that the model has never met. Interpolation slows all by 2. A larger base
    # slows the last clock by 2 and the first not at all: base' = base 2^(d / (d - 2)).
    # Pair i goes round when 2 pi base^(2i/d) < 2,048: up to i = 32 ln(326) / ln(10,000) = 20.1.
    slow = [i for i, t in enumerate(thetas) if TRAINED * t < 2 * math.pi]
    longer = {
        "as trained": thetas,
        "interpolated": [t / 2 for t in thetas],
        "larger base": frequencies(BASE * 2 ** (SIZE / (SIZE - 2))),
    }
    print(
        f"\n{len(slow)} of {len(thetas)} pairs don't go round in {TRAINED} positions; at twice as many"
    )
    print(
        f"{'frequencies':<16} {'pairs beyond':>13} {'by up to':>9} {'a head for distance 4 sees':>27}"
    )
    beyond, look = {}, {}
    for way, new in longer.items():
        excess = [2 * new[i] / thetas[i] - 1 for i in slow]
        beyond[way] = (sum(e > 1e-9 for e in excess), max(excess))
        look[way] = farthest_look(thetas, new)
        print(f"{way:<16} {beyond[way][0]:>13} {beyond[way][1]:>9.0%} {look[way]:>27}")
    # Interpolation keeps every clock within its training and pays with what near means: the head's
    # 4 has become 8, and only more training moves it back. The larger base keeps the fast clocks, by
    # which near distances are told, and lets the middle ones go a quarter beyond.
    blind, sees, moved = check_attention(thetas)
    print(f"\nshuffled keys change the output by {blind:.0e}, turned by place by {sees:.2f}")
    print(f"time: {time.perf_counter() - start:.1f} s")
    # What must come out, said beforehand.
    # Codes up to 256, then 128 in each of the three doublings; the last rounds up to 2,048 itself.
    codes = 257 + 3 * 128
    turned, added = (ranges[way] for way in ("turned", "added"))
    decay, width = alike[4096] / alike[0], wide[4096] / wide[0]
    above, inside = beyond["as trained"], beyond["interpolated"][0]
    ends = [b / a for a, b in zip(thetas, longer["larger base"])]
    last, excess = abs(2 * ends[-1] - 1), beyond["larger base"][1]
    heads = list(look.values())
    mixed, bits = strays["layouts mixed"], strays["position in bfloat16"]
    cosines = strays["cosines in bfloat16"]
    return verdict(
        [
            ("change of a length, relative", lengths, "< 1e-12", lengths < 1e-12),
            ("pairs, matrix, complex numbers: gap", forms, "< 1e-12", forms < 1e-12),
            ("two turns against their sum: gap", sums, "< 1e-9", sums < 1e-9),
            ("halves against pairs, permuted: gap", layouts, "< 1e-12", layouts < 1e-12),
            ("score at (7, 3) moved to 1e6, turned", turned, "< 1e-6", turned < 1e-6),
            ("the same with sinusoids added", added, "> 0.1", added > 0.1),
            ("strays at one distance, turned", strays["turned"], "< 1e-9", strays["turned"] < 1e-9),
            ("strays, sinusoids added", strays["added"], "> 0.1", strays["added"] > 0.1),
            ("strays, layouts mixed", mixed, "> 0.5", mixed > 0.5),
            ("strays, cosines in bfloat16", cosines, "< 0.01", cosines < 0.01),
            (
                "strays, position in bfloat16, over cosines",
                bits / cosines,
                "> 20",
                bits > 20 * cosines,
            ),
            ("positions that bfloat16 can tell apart", places, str(codes), places == codes),
            ("decay to distance 4,096, alike", decay, "< 0.1", abs(decay) < 0.1),
            ("decay to distance 4,096, unrelated", width, "0.9 to 1.1", 0.9 < width < 1.1),
            (
                "pairs beyond their training, as trained",
                above[0],
                "11",
                above[0] == len(slow) == 11,
            ),
            ("the same, interpolated", inside, "0", inside == 0),
            ("larger base: worst excess", excess, "< 1", 0 < excess < above[1]),
            ("larger base: last pair slowed by 2, miss", last, "< 1e-12", last < 1e-12),
            ("a head for distance 4 looks at", str(heads), "[4, 8, 4]", heads == [4, 8, 4]),
            ("shuffled keys, no position", blind, "< 1e-12", blind < 1e-12),
            ("shuffled keys, turned by place", sees, "> 0.01", sees > 0.01),
            ("cached keys turned back against fresh", moved, "< 1e-9", moved < 1e-9),
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
