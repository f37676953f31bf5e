"""microquant: eight bits a weight cost a model nothing and four cost little, while scales stay local.

A small GPT is trained on names. Then its 4,192 weights are rounded to integers, packed into bytes
and unpacked again, so that every size in the tables is the length of something. One scale for a
matrix or one for each row; a grid around zero or one with a zero point; eight bits down to two.
Then the same function is written with other weights, and the same rounding breaks it.

Jacob et al. (2018), Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-
Only Inference; Nagel et al. (2019), who even out rows and columns without data; Dettmers et al.
(2022), LLM.int8(), for the outliers; Frantar et al. (2023), GPTQ. Idea of a single-file program
after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: a scale for each row always brings the weights nearer, and is not worth its bytes here. Five
bits under one scale a matrix are smaller than four bits by row, 2,656 bytes against 2,952, nearer to
the weights, 6.8 percent off against 8.8, and cost less loss, 0.28 percent against 0.47: rows of 16
numbers are too short to pay for a scale. And one column written 64 times larger, in a model that
computes the same to the last digits, makes four bits by row ten times as costly, 4.8 percent. Evening
out the ranges takes that back without looking at a single name.

Built properly in phase 26 (quantization).
"""

import math
import os
import random
import struct
import urllib.request

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
# One symbol opens a name and closes it.
ALPHABET, END, SYMBOLS = "abcdefghijklmnopqrstuvwxyz", 26, 27
WIDTH, HEAD, CONTEXT = 16, 4, 16
STEPS, HELD_OUT = (40, 10) if SMOKE else (2000, 200)


# -- Data ------------------------------------------------------------------------------------


def clean_names(text):
    # One name a line, each name once; what isn't 2 to 15 plain letters is dropped, not guessed at.
    words = (line.strip().lower() for line in text.splitlines())
    return list(
        dict.fromkeys(w for w in words if 2 <= len(w) <= 15 and w.isascii() and w.isalpha())
    )


def invented_names(count=2000):
    # Syllables from a generator of its own, so that the data never moves the script's own draws.
    rng = random.Random(42)
    names = {}
    while len(names) < count:
        word = "".join(
            rng.choice(["", *"bcdfghjklmnprstvz"]) + rng.choice("aaeeiiou")
            for _ in range(rng.choice([1, 2, 2, 2, 3, 3]))
        ) + rng.choice(["", "", "a", "n", "l", "s", "r"])
        if 2 <= len(word) <= 15:
            names[word] = None
    return list(names)


def load_names():
    # Beside the script, then the repository's data/, then the network, then invented.
    wanted = os.environ.get("NO_MAGIC_NAMES", "")
    cache = os.path.join(HERE, "names.txt")
    shipped = os.path.join(HERE, *[os.pardir] * 3, "data", "names.txt")
    places = [("names.txt beside the script", cache), ("data/names.txt", shipped)]
    for label, path in [("the file in NO_MAGIC_NAMES", wanted)] if wanted else places:
        if path == "generated" or not (wanted or os.path.exists(path)):
            continue
        try:
            with open(path, encoding="utf-8") as file:
                names = clean_names(file.read(5_000_000))
        except (OSError, ValueError) as problem:
            print(f"names: can't read {label} ({type(problem).__name__})")
            continue
        if len(names) >= 1000:
            print(f"names: {len(names)} from {label}")
            return names
        print(f"names: {label} has {len(names)} usable names, 1000 needed")
    if not wanted:
        try:
            with urllib.request.urlopen(NAMES_URL, timeout=10) as reply:
                size, body = reply.headers.get("Content-Length"), reply.read(5_000_001)
            names = clean_names(body.decode("utf-8"))
            # A page of HTML cleans to few names; a cut-off file is short, or ends inside a line.
            whole = size in (None, str(len(body))) and body.endswith(b"\n")
            if len(body) > 5_000_000 or len(names) < 1000 or not whole:
                raise ValueError("not the list")
        # A network fails in more ways than OSError (http.client has its own), all with one answer.
        except Exception as problem:
            print(f"names: no download ({type(problem).__name__})")
        else:
            print(f"names: {len(names)} downloaded")
            try:
                with open(cache + ".part", "wb") as file:
                    file.write(body)
                os.replace(cache + ".part", cache)
            except OSError as problem:
                print(f"names: not kept ({type(problem).__name__})")
            return names
    names = invented_names()
    print(f"names: {len(names)} invented from syllables")
    return names


# -- Model -----------------------------------------------------------------------------------
# A GPT of one block: vectors of letter and place, attention, a two-layer network, RMSNorm before
# each, no biases. All numbers are plain floats, and the derivatives are worked out by hand beside
# their functions. So there is no second program for inference: what is trained, what is rounded
# and what is measured runs through the same lines. The same shape on scalar autograd is microgpt,
# which arrives at the same loss in more than twice the time.


# Nine matrices hold all that the model knows, and `apply` is the only place that reads seven of
# them; the vectors of letters and places are looked up. Whatever rounding does to a matrix enters
# the model as an error of these sums, and there many small errors of both signs mostly cancel.


def apply(matrix, x):
    return [sum(map(float.__mul__, row, x)) for row in matrix]


def apply_back(matrix, slopes, x, g):
    # y = W x, and g = dL/dy: dL/dW_ij = g_i x_j is added to the slopes, dL/dx = W^T g is handed on.
    for i, s in enumerate(g):
        slopes[i] = [a + s * b for a, b in zip(slopes[i], x)]
    return apply(zip(*matrix), g)


def norm(x):
    # RMSNorm: y = x s with s = (mean of x^2 + eps)^(-1/2). It keeps s for the way back.
    s = (sum(map(float.__mul__, x, x)) / len(x) + 1e-5) ** -0.5
    return [a * s for a in x], s


def norm_back(y, s, g):
    # ds/dx_j = -s^3 x_j / n, so that dL/dx_j = s (g_j - y_j mean_i(g_i y_i)): what would only make
    # the whole vector longer or shorter is taken out of the slope, since the norm undoes it.
    mean = sum(map(float.__mul__, y, g)) / len(y)
    return [s * (a - b * mean) for a, b in zip(g, y)]


def softmax(scores):
    # exp(s - max): no exponent is above 0, and the factor cancels.
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def add(x, y):
    return [a + b for a, b in zip(x, y)]


def forward(w, text):
    """For each position of a text everything that its derivative will need, probabilities last."""
    tape, keys, values = [], [], []
    for place, letter in enumerate(text):
        x = add(w["letters"][letter], w["places"][place])
        h, s1 = norm(x)
        query = apply(w["query"], h)
        keys.append(apply(w["key"], h))
        values.append(apply(w["value"], h))
        # Causal without a mask: what comes later isn't in the lists yet. Each head compares its
        # part of the query with its part of every key, and mixes its part of the values.
        shares, mixed = [], []
        for a in range(0, WIDTH, HEAD):
            scores = apply([k[a : a + HEAD] for k in keys], query[a : a + HEAD])
            shares.append(softmax([s * HEAD**-0.5 for s in scores]))
            mixed += apply(list(zip(*values))[a : a + HEAD], shares[-1])
        x = add(x, apply(w["out"], mixed))
        h2, s2 = norm(x)
        hidden = [max(a, 0.0) for a in apply(w["up"], h2)]
        h3, s3 = norm(add(x, apply(w["down"], hidden)))
        p = softmax(apply(w["readout"], h3))
        tape.append((h, s1, query, shares, mixed, h2, s2, hidden, h3, s3, p))
    return tape, keys, values


def slopes_of(w, text, targets):
    """dL/dw for the mean of -log p(target) over a text: `forward`, read from its end."""
    tape, keys, values = forward(w, text)
    slopes = {name: [[0.0] * len(row) for row in rows] for name, rows in w.items()}
    key_slopes, value_slopes = ([[0.0] * WIDTH for _ in text] for _ in range(2))

    def back(name, x, g):
        return apply_back(w[name], slopes[name], x, g)

    # A key serves all later positions, so the slope that it has gathered is complete when the walk
    # arrives at the position that made it. That is why the walk goes from the last to the first.
    for t in reversed(range(len(text))):
        h, s1, query, shares, mixed, h2, s2, hidden, h3, s3, p = tape[t]
        # d(-log p_target) / d(logit i) = p_i - [i is the target].
        g = [(a - (i == targets[t])) / len(text) for i, a in enumerate(p)]
        # Each branch was added to the stream x, so its slope is added to the stream's own.
        dx = norm_back(h3, s3, back("readout", h3, g))
        g = [a if b > 0 else 0.0 for a, b in zip(back("down", hidden, dx), hidden)]
        dx = add(dx, norm_back(h2, s2, back("up", h2, g)))
        g, query_slope = back("out", mixed, dx), [0.0] * WIDTH
        for head, share in enumerate(shares):
            span = range(head * HEAD, head * HEAD + HEAD)
            for i, a in enumerate(share):
                # o = sum_i a_i v_i: do/dv_i = a_i and, through the softmax, do/ds_i = a_i (v_i - o):
                # a score matters as far as its value differs from the mixture.
                ds = a * sum([g[d] * (values[i][d] - mixed[d]) for d in span]) * HEAD**-0.5
                for d in span:
                    value_slopes[i][d] += a * g[d]
                    key_slopes[i][d] += ds * query[d]
                    query_slope[d] += ds * keys[i][d]
        g = add(back("query", h, query_slope), back("key", h, key_slopes[t]))
        dx = add(dx, norm_back(h, s1, add(g, back("value", h, value_slopes[t]))))
        for name, row in (("letters", text[t]), ("places", t)):
            slopes[name][row] = add(slopes[name][row], dx)
    return slopes


# -- Training --------------------------------------------------------------------------------
# One name a step, Adam, a rate that falls to zero. Nothing in it knows that the weights will be
# rounded: this is quantization after training, the kind that one can do to somebody else's model.
# The other kind rounds in every forward pass and lets the optimizer see what the rounding does.


# The names are those of any language model in small: 27 symbols instead of 100,000, and the same
# kind of weights come out, near a normal distribution with a few large ones.


def spell(name):
    text = [END, *map(ALPHABET.index, name), END]
    return text[:-1], text[1:]


def train(names):
    shapes = {"letters": (SYMBOLS, WIDTH), "places": (CONTEXT, WIDTH), "readout": (SYMBOLS, WIDTH)}
    shapes |= dict.fromkeys(("query", "key", "value", "out"), (WIDTH, WIDTH))
    shapes |= {"up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH)}
    # Deviation n^-1/2 for rows of n: a sum of n products then has the size of its inputs.
    weights = {
        name: [[random.gauss(0.0, n**-0.5) for _ in range(n)] for _ in range(rows)]
        for name, (rows, n) in shapes.items()
    }
    m, u = ({n: [[0.0] * len(r) for r in rows] for n, rows in weights.items()} for _ in range(2))
    for t in range(1, STEPS + 1):
        slopes = slopes_of(weights, *spell(names[t % len(names)]))
        # Adam: m follows the slope, u its square; 1 - beta^t undoes their start at zero.
        rate, full = 0.01 * (1 - (t - 1) / STEPS) / (1 - 0.85**t), 1 - 0.99**t
        for name, rows in slopes.items():
            for i, g in enumerate(rows):
                m[name][i] = mi = [a + 0.15 * (b - a) for a, b in zip(m[name][i], g)]
                u[name][i] = ui = [a + 0.01 * (b * b - a) for a, b in zip(u[name][i], g)]
                steps = [rate * a / (math.sqrt(b / full) + 1e-8) for a, b in zip(mi, ui)]
                weights[name][i] = [x - step for x, step in zip(weights[name][i], steps)]
    return weights


def mean_loss(weights, names):
    """Nats a symbol over whole names, their ends included."""
    texts = [spell(name) for name in names]
    pairs = [pair for text, to in texts for pair in zip(forward(weights, text)[0], to)]
    return sum(-math.log(max(at[-1][i], 1e-10)) for at, i in pairs) / len(pairs)


# -- Quantization ----------------------------------------------------------------------------
# Intuition: lay a ruler beside the weights and write down the nearest mark instead of the number.
# The ruler has 2^bits marks. Its unit, the scale, must be so large that the largest weight is still
# on it, so one large weight makes the marks coarse for all that share the ruler.


def choose_grid(xs, bits, zero_point):
    """(scale, zero) with w ~ scale (code - zero), codes from -2^(bits-1) to 2^(bits-1) - 1.

    Symmetric: max|w| becomes 127 or 7. The code -8 exists and is never used, a 16th of the marks
    given away for products that need no correction. With a zero point all codes lie between the
    smallest and the largest number, and 0 is one of the marks, since what a ReLU or a mask has
    set to exactly 0 must stay exactly 0.
    """
    low, high, half = min(0.0, *xs), max(0.0, *xs), 2 ** (bits - 1)
    scale = (high - low) / (2 * half - 1) if zero_point else max(high, -low) / (half - 1)
    # The scale will be kept in four bytes, so the codes are computed with what four bytes hold.
    [scale] = struct.unpack("<f", struct.pack("<f", scale or 1.0))
    return scale, round(-low / scale) - half if zero_point else 0


# In a product the scale of a row can wait: sum_i s (q_i - z) x_i = s (sum q_i x_i - z sum x_i), one
# multiplication after a sum of integers. A scale for each column would have to stay inside the sum.
# That is why scales go by rows in practice, whichever way the large weights lie.


def quantize(rows, bits, by_row, zero_point=False):
    """Each row as (scale, zero, integer codes); the grid is the row's own or the matrix's."""
    # A row shares its scale with nobody, so its step is never larger than the matrix's, and for all
    # rows but the one with the largest weight it is smaller. That is the whole case for rows.
    groups = rows if by_row else [[x for row in rows for x in row]]
    grids = [choose_grid(xs, bits, zero_point) for xs in groups] * (len(rows) // len(groups))
    half = 2 ** (bits - 1)
    return [
        (scale, zero, [min(max(round(x / scale) + zero, -half), half - 1) for x in row])
        for (scale, zero), row in zip(grids, rows)
    ]


def dequantize(stored):
    # Rounding is measured by undoing it: floats that happen to lie on a grid. The loss of these is
    # what integers would give, to the last digits of a float; no integer kernel is needed for it.
    return [[scale * (q - zero) for q in codes] for scale, zero, codes in stored]


def pack(codes, bits):
    # One large integer, `bits` binary digits a code, so that no bit is left over. Kernels keep two
    # codes of four bits in a byte, which is the same thing, and take them apart in registers.
    whole = sum((q + 2 ** (bits - 1)) << bits * i for i, q in enumerate(codes))
    return whole.to_bytes((len(codes) * bits + 7) // 8, "little")


def unpack(data, bits, count):
    whole = int.from_bytes(data, "little")
    return [(whole >> bits * i) % 2**bits - 2 ** (bits - 1) for i in range(count)]


def distance(rows, others):
    return sum((a - b) ** 2 for x, y in zip(rows, others) for a, b in zip(x, y))


def store(weights, bits, by_row, zero_point=False):
    """The model as it comes back, and what is to be said about the journey."""
    model, told = {}, {"codes": 0, "bytes": 0, "lost": 0, "reach": 0.0, "off": {}}
    for name, rows in weights.items():
        stored = quantize(rows, bits, by_row, zero_point)
        flat = [q for _, _, codes in stored for q in codes]
        data = pack(flat, bits)
        told["lost"] += unpack(data, bits, len(flat)) != flat
        told["codes"] += len(data)
        # Four bytes for each scale, and one more where there is a zero point.
        told["bytes"] += len(data) + (4 + zero_point) * (len(rows) if by_row else 1)
        model[name] = dequantize(stored)
        # Spread evenly over a step s, the mean square error is the integral of e^2 / s from -s/2 to
        # s/2, which is s^2 / 12: one bit more halves s and takes three quarters of it away.
        told["off"][name] = distance(rows, model[name])
        # The nearest mark is never further than half a step.
        for (scale, _, _), row, back in zip(stored, rows, model[name]):
            half_steps = max(abs(a - b) for a, b in zip(row, back)) / (scale / 2)
            told["reach"] = max(told["reach"], half_steps)
    return model, told


# Every model that is measured below has gone through `store`. What it doesn't do is choose: each
# weight goes to the mark next to it, whatever its neighbors do. GPTQ rounds one column after the
# other and lets the columns still to come make up for the error of those before, on real inputs.


# -- The same function in other weights ------------------------------------------------------
# A query times a key stays what it was when row j of one is multiplied by t and row j of the other
# divided by t. So does the network after a ReLU, since relu(t a) = t relu(a) for t > 0: row j of
# `up` by t, column j of `down` times t. Large models grow outliers in training. Here they are put
# in by hand, and it is certain that they mean nothing.


def rewritten(weights, queries, hidden):
    # Rows of `query` get larger and rows of `key` smaller: outliers that lie along a row, where a
    # scale of its own can take them up. In `down` a whole column grows: every row has one large
    # weight then, and no scale that goes by rows can be small.
    return {
        **weights,
        "query": [[x * t for x in row] for row, t in zip(weights["query"], queries)],
        "key": [[x / t for x in row] for row, t in zip(weights["key"], queries)],
        "up": [[x / t for x in row] for row, t in zip(weights["up"], hidden)],
        "down": [[x * t for x, t in zip(row, hidden)] for row in weights["down"]],
    }


def evened_out(weights):
    # Where an outlier means nothing, it can be taken out before rounding: SmoothQuant (Xiao et al.,
    # 2023) moves it from activations into weights by the same identity.
    # The best t gives both the same range: t max|a| = max|b| / t. No data is needed for it, and
    # nothing is left to undo at inference.
    def roots(ours, theirs):
        return [(max(map(abs, b)) / max(map(abs, a))) ** 0.5 for a, b in zip(ours, theirs)]

    queries = roots(weights["query"], weights["key"])
    return rewritten(weights, queries, roots(zip(*weights["down"]), weights["up"]))


# -- Comparison ------------------------------------------------------------------------------
# Two measures. The error of the weights is certain: the same numbers before and after. The loss is
# what one wants to know and a weak witness: on 200 names a small error moves it either way.


def main():
    random.seed(42)
    names = load_names()
    random.shuffle(names)
    held_out, names = names[:HELD_OUT], names[HELD_OUT:]
    weights = train(names)
    full = 4 * sum(len(row) for rows in weights.values() for row in rows)
    base = mean_loss(weights, held_out)
    print(f"{full // 4} weights in {full} bytes, held-out loss {base:.4f}")

    # A scale costs four bytes whatever it serves. Over a row of n weights that is 32 / n bits each:
    # 2 bits here, where most rows have 16 numbers, and 0.008 where they have 4,096.
    print("\nbits a scale for each     codes  with scales  bytes   error     loss")
    told, change = {}, {}
    size = sum(x * x for rows in weights.values() for row in rows for x in row)
    schemes = [(bits, by_row, False) for bits in (8, 5, 4, 3, 2) for by_row in (False, True)]
    for key in [*schemes, (4, False, True), (4, True, True)]:
        model, told[key] = store(weights, *key)
        change[key] = mean_loss(model, held_out) / base - 1
        codes, kept, off = (told[key][what] for what in ("codes", "bytes", "off"))
        error = (sum(off.values()) / size) ** 0.5
        words = ("matrix", "row")[key[1]] + ", zero point" * key[2]
        print(
            f"{key[0]:>4} {words:<18} {full / codes:>6.2f}x {full / kept:>11.2f}x {kept:>6}", end=""
        )
        print(f" {error:>7.4f} {change[key]:>+8.2%}")

    # The last columns of this table are what a byte buys. Where rows are short, a scale for each is
    # dear: more bits under one scale can be smaller and nearer to the weights than fewer bits by row.
    # Where rows are long the scales cost nothing, and production formats go further, to groups of 32
    # to 128 weights with a scale in two bytes or one, which is a quarter of a bit or so for each.

    # What is rounded: a normal distribution has kurtosis 3, and its largest of 256 numbers is about
    # 2.8 deviations out. Marks out there serve few weights. NormalFloat (Dettmers et al., 2023) puts
    # the marks where a normal distribution has its weights, and needs a table instead of a product.
    print("\nmatrix    largest/std  kurtosis  error, one scale over one a row")
    for name, rows in weights.items():
        xs = [x for part in rows for x in part]
        var, fourth = (sum(x**n for x in xs) / len(xs) for n in (2, 4))
        ratio = (told[4, False, False]["off"][name] / told[4, True, False]["off"][name]) ** 0.5
        print(
            f"{name:<8} {max(map(abs, xs)) / var**0.5:>12.1f} {fourth / var**2:>9.1f} {ratio:>32.2f}"
        )

    # For weights a zero point does little, since they lie on both sides of zero: it wins the code
    # that symmetry leaves unused and whatever the two tails differ by.
    # What leaves a ReLU has one sign: around zero, half of the marks lie where nothing is. So steps
    # are max / 7 without a zero point and max / 15 with one: it is worth one whole bit there.
    hidden = [at[7] for name in held_out[:20] for at in forward(weights, spell(name)[0])[0]]
    noise = [distance(hidden, dequantize(quantize(hidden, 4, True, z))) for z in (False, True)]
    gain = (noise[0] / noise[1]) ** 0.5
    print(f"\nafter the ReLU, 4 bits: error {gain:.2f} times smaller with a zero point")

    # Three ways to write one model. A loss that moved here would mean that `rewritten` is wrong;
    # everything further right is what the rounding makes of a change that the function can't feel.
    # 64 is a power of two, so the function is the same to the last bit of its mantissas.
    print("\nthe same function       float  8, matrix     8, row  4, matrix     4, row")
    ones = [1.0] * 4 * WIDTH
    forms = {"as trained": weights, "a query row x 64": rewritten(weights, [64.0, *ones], ones)}
    forms["a down column x 64"] = rewritten(weights, ones, [64.0, *ones])
    forms["the same, evened out"] = evened_out(forms["a down column x 64"])
    cost = {}
    for words, other in forms.items():
        models = [other, *(store(other, *key)[0] for key in schemes if key[0] in (8, 4))]
        plain, *cost[words] = (mean_loss(model, held_out) / base - 1 for model in models)
        print(f"{words:<21} {base * (1 + plain):>7.4f}", *(f"{c:>+10.2%}" for c in cost[words]))

    # The column's outlier is rounded by rows, the better of the two ways, and still costs. It is
    # judged against the model as trained, which has the same function.
    # Bounds: 10 and 25 percent of loss are what one commonly grants to 8 and 4 bits. Half a step,
    # 4x and 8x are arithmetic. Two bits of scales for each weight on top of
    # four make less than 6x of what is sold as 8x, and the zero point's 15 / 7 is 2.1.
    # The verdict judges the largest rise of the three or two ways to store a model in as many bits.
    int8, int4 = (max(c for key, c in change.items() if key[0] == bits) for bits in (8, 4))
    fine, coarse = ([told[b, r, False]["off"] for b in (8, 4)] for r in (True, False))
    worse = sum(a[n] >= b[n] for a, b in zip(fine, coarse) for n in weights)
    # A step is max / 7 in four bits and max / 127 in eight, so errors are 18 times smaller there.
    finer = (sum(coarse[1].values()) / sum(coarse[0].values())) ** 0.5
    reach, lost = (max(t[what] for t in told.values()) for what in ("reach", "lost"))
    bare, kept = ([full / told[b, True, False][w] for b in (8, 4)] for w in ("codes", "bytes"))
    trained, query, column, evened = cost.values()
    seen, still = query[2] - trained[2], query[3] - trained[3]
    shift, taken = column[3] - trained[3], column[3] - evened[3]
    return verdict(
        [
            ("held-out loss before", base, "< 2.7", base < 2.7),
            ("8 bits: loss rises by", int8, "< 0.1", int8 < 0.1),
            ("4 bits: loss rises by", int4, "< 0.25", int4 < 0.25),
            ("4 bits: error, over that of 8 bits", finer, "16 to 20", 16 < finer < 20),
            ("matrices that rows make no better, of 18", worse, "0", worse == 0),
            ("largest error of a weight, in half steps", reach, "<= 1", reach <= 1),
            ("matrices that their bytes don't give back", lost, "0", lost == 0),
            ("8 and 4 bits without scales", f"{bare[0]:g}x {bare[1]:g}x", "4x 8x", bare == [4, 8]),
            ("4 bits by row, with scales", kept[1], "< 8 - 2", kept[1] < 6),
            ("zero point after a ReLU: error divided by", gain, "> 1.9", gain > 1.9),
            ("outlier row, one scale: loss rises by", seen, "> 0.02", seen > 0.02),
            ("outlier row, scales by row: loss moves by", still, "0", still == 0),
            ("outlier column, by row: loss rises by", shift, "> 0.01", shift > 0.01),
            ("of that evened out", taken / shift, "> 0.9", taken > 0.9 * shift),
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
