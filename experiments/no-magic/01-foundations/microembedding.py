"""microembedding: names that differ by a slip of the pen end up side by side, and nobody said what a name means.

A name is a bag of character n-grams; each n-gram owns a short vector, and a name is the sum of its
vectors, scaled to length 1. Training shows pairs (a name, the same name with a letter lost or two
swapped) and asks one question: which of the 32 names of this batch is it? That question alone
places all names on a sphere, where similarity is a dot product.

Hadsell, Chopra and LeCun (2006) for contrastive learning; van den Oord, Li and Vinyals (2018) for
InfoNCE; Chen et al. (2020), SimCLR, for in-batch negatives and the temperature; Bojanowski et al.
(2017), fastText, for words as sums of n-gram vectors. Idea of a single-file program after Andrej
Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: training weighs the n-grams in the opposite order of TF-IDF. Single letters, which every name
has, get rows 2.5 times as long as triples, because a swap keeps all letters and destroys four triples. So
TF-IDF finds the original of a misspelled name less often (37 %) than plain counts do (51 %). And what
was learned sits in those lengths: one number an n-gram, as a weight on plain counts, finds 78 %, the
whole embedding 75 %. What the 24 numbers buy is size, and unrelated names at a right angle. In edits,
the neighbors by plain counts are even the nearer ones.

Built properly in phase 13 (embeddings and the geometry of vectors).
"""

import collections
import math
import os
import random
import urllib.request

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
DIM = 24
BATCH = 8 if SMOKE else 32  # a name has one right answer and BATCH - 1 wrong ones
STEPS = 20 if SMOKE else 800
ZERO = [0.0] * DIM
SAMPLE = 600 if SMOKE else 5000  # names at most; the gallery's size changes the time, not the idea
HELD_OUT = 60 if SMOKE else 300


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


# A boundary counts as a character: "^a" and "a$" are different facts about a name. The two marks alone
# stand in every name and say nothing, so they are left out.


def ngrams(word):
    """Counts of the n-grams of one, two and three characters: the sparse form of a name."""
    text = f"^{word}$"
    grams = [text[i : i + size] for size in (1, 2, 3) for i in range(len(text) - size + 1)]
    return collections.Counter(gram for gram in grams if gram not in "^$")


# "anna" has a, n, ^a, an, nn, na, a$, ^an, ann, nna, na$: a swap in the middle of a longer name leaves all
# letters, breaks three pairs and four triples.

# The label comes for free: a corrupted name belongs to the name it was made from. What the corruption
# leaves alone is what the embedding learns to look at, so this function is the real teacher. SimCLR crops
# and recolors images for the same reason: what survives a crop is the object.


def corrupt(word):
    i, lost = random.randrange(len(word) - 1), random.random() < 0.5 and len(word) > 2
    # A letter lost, or two neighbors swapped. Two equal neighbors: a slip that nobody sees.
    return word[:i] + ("" if lost else word[i + 1]) + word[i + lost] + word[i + 2 :]


# -- Model -----------------------------------------------------------------------------------
# A linear map from counts to 24 numbers: row g of the matrix is the vector of n-gram g, so the product
# with a sparse count is a sum of some twenty rows. Untrained, this is a random projection, which keeps
# angles roughly (Johnson and Lindenstrauss, 1984): a baseline that must be beaten.


def features(word, rows):
    # An n-gram that no training name has owns no row, and is left out.
    return [(gram, n) for gram, n in ngrams(word).items() if gram in rows]


def project(pairs, rows):
    """z = u / |u| with u = sum of n_g * row_g. Returns (z, |u|)."""
    # ZERO stands in for a name that has no known n-gram at all: it stays in the center of the ball.
    u = [sum(c) for c in zip(ZERO, *[[n * a for a in rows[gram]] for gram, n in pairs])]
    # On the sphere only direction counts: a long name isn't more similar to everything.
    length = math.sqrt(sum(a * a for a in u)) + 1e-12
    return [a / length for a in u], length


def dense(rows):
    return lambda word: project(features(word, rows), rows)[0]


def loss_and_gradient(rows, names, slips, tau, push=1.0):
    """InfoNCE of a batch: names[i] belongs to slips[i], all other columns are wrong answers.

    L = -1/B sum_i log( exp(s_ii) / sum_j exp(s_ij) ), with s_ij = a_i . b_j / tau: a classifier whose classes
    are the other names of the batch. It needs no labels and no output layer, and the classes are new
    in each step.
    """
    ends = [project(pairs, rows) for pairs in names + slips]
    a, b = [z for z, _ in ends[: len(names)]], [z for z, _ in ends[len(names) :]]
    loss, slopes = 0.0, []
    for i, x in enumerate(a):
        scores = [sum(map(float.__mul__, x, y)) / tau for y in b]
        top = max(scores)
        e = [math.exp(s - top) for s in scores]
        total = sum(e)
        # log p_i = s_i - log(sum_j e^s_j): a pull to the own slip and a push off all. push = 0 leaves the
        # pull alone, to see what the wrong answers are for.
        loss -= (scores[i] - push * (top + math.log(total))) / len(a)
        # Softmax and cross-entropy: dL/ds_ij = (p_ij - [i = j]) / B. The temperature sharpens p: with a
        # small one only the nearest wrong names push, with a large one all push alike.
        p = [push * v / total for v in e]
        p[i] -= 1.0
        slopes.append([v / (tau * len(a)) for v in p])
    # With the 1 / tau in the slopes: dL/da_i = sum_j slope_ij b_j, and dL/db_j = sum_i slope_ij a_i. A name
    # moves toward its slip and away from the mixture of all slips that it could be taken for.
    b_columns, a_columns = list(zip(*b)), list(zip(*a))
    dz = [[sum(map(float.__mul__, s, c)) for c in b_columns] for s in slopes]
    dz += [[sum(map(float.__mul__, s, c)) for c in a_columns] for s in zip(*slopes)]
    gradient = {}
    for pairs, (z, length), d in zip(names + slips, ends, dz):
        # z = u / |u| gives dz/du = (I - z z^T) / |u|: the part along z is taken out, since a longer u is
        # the same point. What is left turns u, by less the longer u has grown.
        along = sum(map(float.__mul__, d, z))
        du = [(x - along * y) / length for x, y in zip(d, z)]
        # u = sum n_g row_g, so d row_g = n_g du. Rows without an n-gram in the batch get nothing.
        for gram, n in pairs:
            gradient[gram] = [x + n * y for x, y in zip(gradient.get(gram, ZERO), du)]
    return loss, gradient


def gradient_error(rows, words, tau):
    """The largest gap between the derivation above and central differences, over the largest slope."""
    batch = [features(w, rows) for w in words], [features(corrupt(w), rows) for w in words]
    _, gradient = loss_and_gradient(rows, *batch, tau)
    gaps, h = [], 1e-5
    for gram in list(gradient)[:40]:
        row, kept, sides = rows[gram], rows[gram][0], []
        # One number up, down and back: the third loss isn't used, its loop restores the row.
        for row[0] in (kept + h, kept - h, kept):
            sides.append(loss_and_gradient(rows, *batch, tau)[0])
        gaps.append(abs(gradient[gram][0] - (sides[0] - sides[1]) / (2 * h)))
    return max(gaps) / max(abs(d[0]) for d in gradient.values())


# -- Training --------------------------------------------------------------------------------
# Picture the names as points on a ball. Each step pulls a name to its misspelling and pushes it off the
# other 31, hardest off those that are nearest. The pull alone has a perfect and worthless solution,
# one point for all; the push alone would scatter them evenly. Wang and Isola (2020) call the two
# alignment and uniformity.


def train(grams, words, tau, push=1.0, steps=STEPS):
    """The rows after some batches of plain SGD, and the loss of each batch."""
    rows, losses = {gram: [random.gauss(0, 0.1) for _ in range(DIM)] for gram in grams}, []
    for step in range(steps):
        # Two names of a batch may really be close (anna and anne), and are pushed apart all the same. With
        # 32 of thousands that is rare; with a batch of thousands it is the main source of noise.
        batch = random.sample(words, BATCH)
        names = [features(word, rows) for word in batch]
        slips = [features(corrupt(word), rows) for word in batch]
        loss, gradient = loss_and_gradient(rows, names, slips, tau, push)
        losses.append(loss)
        # Only some 400 of the thousands of rows move. Adam would need an average for every row, also for
        # those that haven't been seen since; the |u| in the derivative already tempers the steps.
        for gram, d in gradient.items():
            rows[gram] = [w - (1 - step / steps) * g for w, g in zip(rows[gram], d)]
    return rows, losses


# -- Inference -------------------------------------------------------------------------------
# Two questions. Given a misspelled name that nobody has seen, which name is it? That is what was trained.
# And which name is most like a given one? That wasn't, and plain counts may well be better at it.
# Every contestant is a function from a name to a vector of length 1, dense or sparse, and similarity is
# always the cosine. So the table compares representations and nothing else.


def sparse(word, weights=None):
    """The n-gram counts of a name, each times its weight, scaled to length 1: no training needed."""
    # An n-gram that no training name has counts as little with weights as it does without rows.
    x = {g: n * (weights.get(g, 0.0) if weights else 1.0) for g, n in ngrams(word).items()}
    length = math.sqrt(sum(v * v for v in x.values())) or 1.0
    return {gram: v / length for gram, v in x.items()}


def cosine(x, y):
    # All lengths are 1, so the product is the cosine. A vector database does nothing else, only faster:
    # it avoids comparing with everything.
    if isinstance(x, dict):
        return sum(v * y[gram] for gram, v in x.items() if gram in y)
    return sum(map(float.__mul__, x, y))


def edit_distance(a, b):
    """Levenshtein: the fewest insertions, deletions and replacements. A swap counts two."""
    # row[j] is the distance of the first i letters of a to the first j of b.
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]


def nearest(word, words, embed):
    point = embed(word)
    return " ".join(sorted(words, key=lambda other: -cosine(point, embed(other)))[:3])


def measure(label, embed, words, held_out, slips, pairs):
    """Prints and returns what a representation does with names that training never saw.

    The mean cosine with the own slip and with random names; the share of slips that are found; the mean
    and the median number of edits to the nearest name.
    """
    gallery = [(word, embed(word)) for word in words]
    points, slipped = [embed(word) for word in held_out], [embed(slip) for slip in slips]
    positive = [cosine(x, y) for x, y in zip(points, slipped)]
    near, found = [], []
    for word, point, slip, own in list(zip(held_out, points, slipped, positive))[::2]:
        # Nearest among the names of the training, so the name itself isn't there to be found.
        near.append(edit_distance(word, max(gallery, key=lambda g: cosine(point, g[1]))[0]))
        # Found: the misspelling is nearer to its own name than to any other. A tie is a miss.
        found.append(all(cosine(slip, other) < own for _, other in gallery))
    apart = [cosine(points[i], gallery[j][1]) for i, j in pairs]
    row = [sum(x) / len(x) for x in (positive, apart, found, near)]
    print(f"{label:<28} {row[0]:>8.3f} {row[1]:>10.3f} {row[2]:>6.3f} {row[3]:>6.2f}")
    return (*row, sorted(near)[len(near) // 2])


def main():
    random.seed(42)
    names = load_names()
    # The shipped list is alphabetical: unmixed, the held-out names would all begin alike.
    random.shuffle(names)
    held_out, words = names[:HELD_OUT], names[HELD_OUT:SAMPLE]
    # In how many names an n-gram stands. Its keys are the matrix's rows, in order of appearance.
    spread = collections.Counter(gram for word in words for gram in ngrams(word))
    # No held-out name has a row that only it uses: what is known of it, others have taught.
    # One set of misspellings and of random pairs for everybody.
    slips = [corrupt(word) for word in held_out]
    pairs = [(random.randrange(HELD_OUT), random.randrange(len(words))) for _ in range(2000)]
    setting = (words, held_out, slips, pairs)
    print(f"{len(words)} names to learn from, {HELD_OUT} held out, {len(spread)} n-grams")
    untrained = train(spread, words, 0.1, steps=0)[0]
    error = gradient_error(untrained, words[:6], 0.1)

    print(f"\n{'held-out names':<28} {'cos slip':>8} {'cos random':>10} {'found':>6} {'edits':>6}")
    plain = measure("n-gram counts", sparse, *setting)[2]
    # log(N / n): how surprising it is to meet this n-gram. TF-IDF trusts the rare: what few texts have says much about those that have it. That is right for
    # topics. A slip of the pen makes new rare n-grams and destroys old ones.
    rarity = {gram: math.log(len(words) / n) for gram, n in spread.items()}
    idf = measure("TF-IDF", lambda w: sparse(w, rarity), *setting)[2]
    measure("untrained, 24 numbers", dense(untrained), *setting)
    learned = []
    for tau, push in ((0.1, 1.0), (0.02, 1.0), (0.1, 0.0)):
        rows, losses = train(spread, words, tau, push)
        label = f"learned, temperature {tau}" if push else "learned without negatives"
        row = measure(label, dense(rows), *setting)
        # What did it learn? Keep only the length of each row, forget all directions, and put the lengths
        # as weights on plain counts. Long rows also come from many updates, so the run without negatives
        # is the control: its letters are as long, and its lengths find less.
        lengths = {gram: math.sqrt(sum(a * a for a in r)) for gram, r in rows.items()}
        short = measure("  its lengths, on counts", lambda w, s=lengths: sparse(w, s), *setting)[2]
        learned.append((rows, lengths, row, short, losses))
    rows, lengths, (together, apart, found, _, edits), short, losses = learned[0]
    chance = sorted(edit_distance(held_out[i], words[j]) for i, j in pairs)[len(pairs) // 2]
    print(f"loss, temperature 0.1: {losses[0]:.3f} first, {sum(losses[-20:]) / 20:.3f} at the end")

    # Why letters? A weight is worth what is left of it after a slip, and what it says of a name is worth
    # nothing when it is gone. Survival is a property of corrupt() alone. The lengths follow it; the rarity runs against both.
    print(f"\n{'n-grams':<8} {'rows':>5} {'mean IDF':>9} {'survive a slip':>15} {'length':>7}")
    both, mean = [(ngrams(word), ngrams(slip)) for word, slip in zip(held_out, slips)], {}
    for size in (1, 2, 3):
        grams = [gram for gram in spread if len(gram) == size]
        fate = [(n, min(n, b[g])) for a, b in both for g, n in a.items() if len(g) == size]
        before, after = map(sum, zip(*fate))
        rare, mean[size] = (sum(t[g] for g in grams) / len(grams) for t in (rarity, lengths))
        print(f"{size:<8} {len(grams):>5} {rare:>9.2f} {after / before:>15.3f} {mean[size]:>7.2f}")
    print(f"\n{'held-out name':<14} {'nearest, learned':<32} nearest, n-gram counts")
    for word in held_out[:6]:
        print(f"{word:<14} {nearest(word, words, dense(rows)):<32} {nearest(word, words, sparse)}")
    collapsed, ratio = learned[2][2][1], mean[1] / mean[3]
    table = [
        ("gradient against central differences", error, "< 1e-6", error < 1e-6),
        ("cosine of a name and its slip", together, "> 0.8", together > 0.8),
        ("cosine of random names", apart, "< 0.3", apart < 0.3),
        ("edits to the nearest name, median", edits, f"< {chance}", edits < chance),
        ("slips found, learned", found, f"> {plain:.3f}", found > plain),
        ("slips found, lengths alone", short, f"> {plain:.3f}", short > plain),
        ("slips found, TF-IDF", idf, f"< {plain:.3f}", idf < plain),
        ("random names, learned without negatives", collapsed, "> 0.9", collapsed > 0.9),
        ("length of a letter's row over a triple's", ratio, "> 1.5", ratio > 1.5),
    ]
    return verdict(table)


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
