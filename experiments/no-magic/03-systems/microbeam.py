"""microbeam: the most probable name is not a likely one, and finding it exactly is cheaper than it looks.

One trained model, and every common way to get names out of it: greedy, temperature, top-k, top-p, beam
search, exact search, and greedy decoding with a small model that guesses ahead. What a
strategy finds, what it costs in passes of the model, and how far its names are from those that
people have.

Lowerre (1976), The HARPY Speech Recognition System, for the beam; Fan, Lewis and Dauphin (2018), top-k;
Holtzman et al. (2020), top-p; Stahlberg and Byrne (2019), On NMT Search Errors and Model Errors, for
exact search; Stern, Shazeer and Uszkoreit (2018) and Leviathan, Kalman and Matias (2023), for guessing
ahead. Idea of a single-file program after Andrej Karpathy's micrograd, makemore and microgpt;
written from scratch.

Surprise: the most probable name that the model knows is no name: the end at once, at 0.3 percent,
although each name that it has seen has two letters or more. A beam of 16 misses that and looks the
better for it. Exact search needs 223 positions to prove it, and with two letters given it is
cheaper than the beam of 16, 27 positions against 40. And the draft that was taught by the target's
answers is worse at names than drawing letters blindly, 5.6 nats against 3.3, but has 77 percent of
its guesses accepted; the draft that knows names has 45.

Built properly in phase 21 (inference and sampling), with speculation in
phase 22 (the KV cache).
"""

import collections
import functools
import math
import os
import random
import urllib.request

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
# A name is a text of its own: the search for the best one can be carried to its end, which no search
# over sentences can.
# END opens a name and closes it. A name has 15 letters at most, so END and they fill the context.
ALPHABET, END, SYMBOLS = "abcdefghijklmnopqrstuvwxyz", 26, 27
HEAD, CONTEXT = 4, 16
STEPS, HELD_OUT, SAMPLES, BEGUN = (30, 10, 15, 3) if SMOKE else (2000, 200, 300, 40)
TALLY = {"positions": 0}  # computed by the forward pass, whichever model it is


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


# -- Autograd --------------------------------------------------------------------------------
# Needed for training only: every operation notes how its result leans on what went in, and a walk back
# from the loss multiplies these slopes along each path and adds them where paths meet.


class Value:
    """A number that remembers what it was computed from, so that it can hand a gradient back."""

    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        # A plain number needs no gradient, so it needs no node.
        return Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return (-self) + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def exp(self):
        e = math.exp(self.data)
        return Value(e, (self,), (e,))

    def log(self):
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (1.0 if self.data > 0 else 0.0,))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1.0 - t * t,))

    def backward(self):
        # Children before users: a walk with its own stack, since recursion stops near 1,000.
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(c, False) for c in node.children if c.children and c not in seen]
        self.grad = 1.0
        for node in reversed(order):
            g = node.grad
            for child, local in zip(node.children, node.local_grads):
                child.grad += local * g


# AUTOGRAD DIFFERENCES IN THIS SCRIPT
# The class is the canonical one of docs/autograd-interface.md, unchanged. Beside it stand four functions
# that make one node out of many, because a training step has to fit into ten milliseconds: `dot`
# and `cross_entropy` as on that page, `rms_norm` for the scale of a vector, and `attend` for the
# softmax over scores together with the mean that it weights.


def dot(xs, ws):
    # d(sum x_i w_i)/dx_i = w_i and /dw_i = x_i: one node instead of 2n - 1.
    x = [v.data for v in xs]
    w = [v.data for v in ws]
    return Value(sum([a * b for a, b in zip(x, w)]), (*xs, *ws), (*w, *x))


def cross_entropy(logits, target):
    # One node for -log softmax(logits)[target]; its gradient is p - onehot (softmax minus truth).
    top = max(v.data for v in logits)
    e = [math.exp(v.data - top) for v in logits]
    total = sum(e)
    p = [x / total for x in e]
    loss = -math.log(max(p[target], 1e-10))
    p[target] -= 1.0
    return Value(loss, tuple(logits), tuple(p))


def rms_norm(x):
    # y_i = x_i s, s = (mean of x^2 + eps)^(-1/2), ds/dx_j = -s^3 x_j / n: a single node for s.
    s = (sum([v.data * v.data for v in x]) / len(x) + 1e-5) ** -0.5
    scale = Value(s, tuple(x), tuple([-(s**3) * v.data / len(x) for v in x]))
    return [v * scale for v in x]


def attend(query, keys, values):
    # o = sum_t a_t v_t with a = softmax(s): do/dv_t = a_t, do/ds_t = a_t (v_t - o).
    scores = [dot(query, key) * HEAD**-0.5 for key in keys]
    a, mixed = softmax([s.data for s in scores]), []
    for column in zip(*values):
        v = [x.data for x in column]
        o = sum([p * x for p, x in zip(a, v)])
        mixed.append(Value(o, (*column, *scores), (*a, *[p * (x - o) for p, x in zip(a, v)])))
    return mixed


# -- Model -----------------------------------------------------------------------------------
# A GPT of one block, 16 wide for the target and 8 wide for its draft. The same lines run on nodes
# while it learns and on plain floats afterwards, which is several times faster: what changes is the four
# functions that do arithmetic. So no second model can differ from the one that was trained.


def softmax(scores):
    # exp(s - max): no exponent is above 0, and the factor cancels.
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def apply_nodes(matrix, x):
    return [dot(row, x) for row in matrix]


def apply(matrix, x):
    return [sum(map(float.__mul__, row, x)) for row in matrix]


def norm(x):
    scale = (sum(map(float.__mul__, x, x)) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def mix(query, keys, values):
    shares = softmax([s * HEAD**-0.5 for s in apply(keys, query)])
    return apply(zip(*values), shares)


NODES = (apply_nodes, rms_norm, attend, Value.relu)
FLOATS = (apply, norm, mix, lambda a: max(a, 0.0))


def next_logits(w, letter, cache, kind):
    """27 logits for what follows, and the cache with one more position."""
    apply, norm, attend, relu = kind
    x = [a + b for a, b in zip(w["letters"][letter], w["places"][len(cache)])]
    h = norm(x)
    query, key, value = (apply(w[name], h) for name in ("query", "key", "value"))
    # Attention: the query is compared with the key of every position so far, and their values are mixed
    # by how well they match, head by head. Only the past is in the cache, so no mask is needed.
    # A new tuple, and the old one stays what it was: whoever still holds it can go on from there in
    # another direction. Ten beams share their common beginning without copying a number; what is
    # copied is references. Servers do this with blocks and reference counts: see micropaged.
    cache, mixed = (*cache, (key, value)), []
    for a in range(0, len(h), HEAD):
        keys, values = ([pair[i][a : a + HEAD] for pair in cache] for i in (0, 1))
        mixed += attend(query[a : a + HEAD], keys, values)
    # Both branches are added to the stream x, so that a slope of 1 leads straight back through it.
    x = [a + b for a, b in zip(x, apply(w["out"], mixed))]
    hidden = [relu(a) for a in apply(w["up"], norm(x))]
    x = [a + b for a, b in zip(x, apply(w["down"], hidden))]
    return apply(w["readout"], norm(x)), cache


def spell(name):
    return [*map(ALPHABET.index, name), END]


# A text that is given is read at one go, each place with the true symbols before it. Decoding has no
# such text: what a model wrote is what it reads next, and it was trained on other people's names.


def walk(w, symbols, kind=FLOATS):
    """The logits at each place of a text that is already known."""
    cache = ()
    for letter in [END, *symbols[:-1]]:
        logits, cache = next_logits(w, letter, cache, kind)
        yield logits


def log_softmax(logits):
    return [math.log(max(p, 1e-10)) for p in softmax(logits)]


def log_probabilities(w, symbols):
    return [log_softmax(logits)[i] for logits, i in zip(walk(w, symbols), symbols)]


# -- Training --------------------------------------------------------------------------------
# One name a step. The target learns what came next in the names. A draft can learn that too, or it
# can learn what the target would have answered at the same place: then it needn't know names at
# all, as long as it knows the target. Both are tried.


def train(names, width, teacher=None):
    """Weights as plain floats. Answers are what came next in a name, or what a teacher would say."""
    shapes = {"letters": (SYMBOLS, width), "places": (CONTEXT, width), "readout": (SYMBOLS, width)}
    shapes |= dict.fromkeys(("query", "key", "value", "out"), (width, width))
    shapes |= {"up": (4 * width, width), "down": (width, 4 * width)}
    # Deviation n^-1/2 for rows of n: a sum of n products then has the size of its inputs.
    w = {
        name: [[Value(random.gauss(0.0, n**-0.5)) for _ in range(n)] for _ in range(rows)]
        for name, (rows, n) in shapes.items()
    }
    parameters = [v for rows in w.values() for row in rows for v in row]
    m, u = [0.0] * len(parameters), [0.0] * len(parameters)
    for t in range(1, STEPS + 1):
        text = answers = spell(names[t % len(names)])
        if teacher:
            answers = [logits.index(max(logits)) for logits in walk(teacher, text)]
        each = [cross_entropy(*pair) for pair in zip(walk(w, text, NODES), answers)]
        (sum(each) * (1.0 / len(each))).backward()
        # Adam: m follows the slope, u its square; 1 - beta^t undoes their start at zero. The rate
        # falls to zero, so that the last names don't count more than the others.
        rate, full = 0.01 * (1 - (t - 1) / STEPS) / (1 - 0.85**t), 1 - 0.99**t
        for i, p in enumerate(parameters):
            g = p.grad
            m[i] += 0.15 * (g - m[i])
            u[i] += 0.01 * (g * g - u[i])
            p.data -= rate * m[i] / (math.sqrt(u[i] / full) + 1e-8)
            p.grad = 0.0
    return {name: [[v.data for v in row] for row in rows] for name, rows in w.items()}


def mean_loss(w, names):
    found = [log for name in names for log in log_probabilities(w, spell(name))]
    return -sum(found) / len(found)


# -- Lines -----------------------------------------------------------------------------------
# A line is a text under way: its symbols, the log-probability of what was added since its beginning,
# the cache, and the log-probabilities of what may come next. It is never changed, only extended,
# so any number of strategies can branch off from one line. A finished line has nothing that may come
# next, and that is how it is told from others.
# Written as a tuple with names: a shared cache is safe only where nobody can write into it.

Line = collections.namedtuple("Line", "symbols score cache logs")


def extend(w, line, symbol):
    symbols, score = (*line.symbols, symbol), line.score + line.logs[symbol]
    # Nothing comes after the end, so the end costs nothing.
    if symbol == END:
        return Line(symbols, score, (), ())
    TALLY["positions"] += 1
    logits, cache = next_logits(w, symbol, line.cache, FLOATS)
    return Line(symbols, score, cache, log_softmax(logits))


def begin(w, prompt):
    # What is given has no probability: a line's score counts what the model added.
    TALLY["positions"] += 1
    logits, cache = next_logits(w, END, (), FLOATS)
    line = Line((), 0.0, cache, log_softmax(logits))
    for letter in prompt:
        line = extend(w, line, ALPHABET.index(letter))._replace(score=0.0)
    return line


# Every strategy below answers one question: which of these to take. None of them touches the model.


def options(line):
    """(log-probability, symbol), the best first; after 15 letters only the end is left."""
    if len(line.symbols) == CONTEXT - 1:
        return [(line.logs[END], END)]
    return sorted(zip(line.logs, range(SYMBOLS)), reverse=True)


def shown(line):
    return "".join(ALPHABET[i] for i in line.symbols[:-1])


# -- Search ----------------------------------------------------------------------------------
# 27^15 texts are too many to look at, and still the question has an answer that can be proved.
# What is the most probable name? The probability of a name is the product of what each symbol has, so
# the sum of logarithms, none of which is above 0: a line can only lose as it grows.


def greedy(w, line):
    # The best next symbol, again and again. It never goes back, so it pays for a good start with
    # whatever follows. One line, one position a symbol: nothing is cheaper.
    while line.logs:
        line = extend(w, line, options(line)[0][1])
    return line


def beam(w, line, width, power=0.0):
    """The best of all lines that are ever among the `width` best of their length.

    Intuition: instead of one runner a group, and at each step only the fastest may go on, whoever's
    children they are. A runner who starts slowly is still lost. With `power` a line is ranked at
    the end by score / symbols^power: at 1 that is the mean of a symbol, and long lines aren't at
    a disadvantage for being long.
    """

    def worth(line):
        return line.score / len(line.symbols) ** power

    live, done = [line], []
    while live:
        grown = [(a.score + log, i, s) for i, a in enumerate(live) for log, s in options(a)[:width]]
        lines = [extend(w, live[i], s) for _, i, s in sorted(grown, reverse=True)[:width]]
        done += [line for line in lines if not line.logs]
        live = [line for line in lines if line.logs]
        # Scores only fall. Once a finished line is ahead of all that still run, none can pass it. By
        # a mean, any of them could, so then the search goes on to the last.
        if done and live and power == 0.0 and max(map(worth, done)) >= live[0].score:
            break
    return max(done, key=worth)


def exact(w, line, best):
    """The most probable of all names that begin with `line`, by depth first and a bound.

    `best` is any name that is known already. A line whose score isn't above that of `best` can't
    lead to a better one, so all that begins with it is left out, and nothing else is. The fewer
    likely texts a model knows, the sooner it is over: what remains are the beginnings that are more
    probable than the best whole name, and of those a trained model has a few hundred. In
    translation it takes minutes a sentence, which is why it is done to learn something and not to
    translate.
    """
    # A stack and no recursion. An entry is a step that may be taken; the model is asked when it is.
    waiting = [(line.score + log, line, s) for log, s in reversed(options(line))]
    while waiting:
        score, line, symbol = waiting.pop()
        if score > best.score:
            line = extend(w, line, symbol)
            if not line.logs:
                best = line
            else:
                # The best option last, where the stack is popped: good names are found early, and
                # each of them raises the bound.
                waiting += [(line.score + log, line, s) for log, s in reversed(options(line))]
    return best


# -- Sampling --------------------------------------------------------------------------------


# Intuition: a model that is asked for its best name always gives the same one, and nobody is called
# that. Names that people have are not the most probable ones, there are just very many of them. To
# draw with the model's own probabilities gives each its due. What is wrong with that is the tail:
# each symbol that is unlikely has little, all of them together have a few percent, and in a
# name of seven symbols a few percent come up often. Three remedies, all of them cut at each symbol:
# - temperature T: probabilities to the power 1 / T, then again to a sum of 1. Below 1 the tail shrinks and
#   never vanishes; toward 0 it is greedy decoding, at 1 the model itself, above 1 flatter than it.
# - top-k: the k likeliest symbols and no others, however sure or unsure the model is.
# - top-p: as few of the likeliest as hold together the share p; few where it is sure, many where not.
# The first changes all ratios, the other two none among what they keep.


def sample(w, line, temperature=1.0, most=SYMBOLS, mass=1.0):
    """One name: of the `most` likeliest symbols the fewest that hold `mass`, then the temperature."""
    while line.logs:
        kept, held = [], 0.0
        for log, symbol in options(line)[:most]:
            # The symbol that crosses the border is still in, so that there is always one.
            if held < mass:
                kept.append((log, symbol))
                held += math.exp(log)
        logs, symbols = zip(*kept)
        # p^(1/T) is exp(log p / T), and dividing by the sum is what a softmax does anyway.
        line = extend(w, line, *random.choices(symbols, softmax([a / temperature for a in logs])))
    return line


# -- Guessing ahead --------------------------------------------------------------------------
# A decoding step waits for the weights, not for arithmetic, so computing five positions in one pass takes
# hardly longer than computing one (microkv counts it). The trouble is that position 5 needs symbol 4.
# A small model guesses symbols 1 to k, one after the other, which is cheap. The large one computes all
# places in one pass, as if the guesses were right. They are compared with its own choices from
# the left, and everything up to the first difference is what it would have written anyway. At the
# difference its own choice is known too. So each pass yields one symbol for sure, and k more at best.
# Nothing is approximated: the text is the large model's to the last symbol, and a bad draft only costs
# time. microspeculative does the same for sampling, where "the same symbol" becomes a matter of chance.


def speculate(target, draft, prompt, k):
    """Greedy decoding with guesses: the line, target passes, guesses made and guesses accepted."""
    line, passes, made, accepted = begin(target, prompt), 0, 0, 0
    # own[i] is the draft's line after i guesses. Both models begin with the same text, and what the
    # target computes for the prompt is part of its first pass.
    own = [begin(draft, prompt)]
    while line.logs:
        while len(own) <= k and own[-1].logs:
            own.append(extend(draft, own[-1], options(own[-1])[0][1]))
        guesses = [after.symbols[-1] for after in own[1:]]
        passes, made, taken = passes + 1, made + len(guesses), 0
        # One pass of the target in a real system; here its positions one by one, and only as far as
        # they are needed. After the last guess there is nothing to compare, and its symbol is free.
        for guess in [*guesses, None]:
            symbol = options(line)[0][1]
            line = extend(target, line, symbol)
            taken += symbol == guess
            if symbol != guess or not line.logs:
                break
        # The draft goes on from where both agreed. Its line of that moment was kept, and since lines
        # don't change, taking back what it guessed further is forgetting a list.
        accepted += taken
        own = [extend(draft, own[taken], symbol) if line.logs else line]
    return line, passes, made, accepted


# -- Comparison ------------------------------------------------------------------------------


# One table for each question: what the models know, what a search finds, what sampling gives, and what
# guessing ahead saves. Work is counted in positions that a model computed, since seconds of Python
# say nothing about a machine that does a whole beam in one go.


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def main():
    random.seed(42)
    names = load_names()
    random.shuffle(names)
    held_out, names = names[:HELD_OUT], names[HELD_OUT:]
    target, draft = train(names, 16), train(names, 8)
    # The third learns from the target's first choices at each place of the same names. It sees no
    # probability, only which symbol wins, and that is all that greedy decoding will ever ask it.
    models, taught = {"target": target, "draft": draft}, "draft taught by target"
    models[taught] = train(names, 8, target)
    print("\nmodel                   numbers  held-out loss")
    loss = {label: mean_loss(w, held_out) for label, w in models.items()}
    for label, w in models.items():
        size = sum(len(row) for rows in w.values() for row in rows)
        print(f"{label:<23} {size:>7} {loss[label]:>14.3f}")

    # Search. Exact search comes first because it is what the others are measured by. Its bound is what a
    # beam of 4 finds, so what it computes contains that beam's work.
    # "Computed" counts positions, those of the given letters too; "the best" counts the beginnings for
    # which a way finds what exact search finds. "(none)" is the name without letters: the model thinks
    # an end at the very beginning unlikely, and each single longer text less likely still.
    begun = list(dict.fromkeys(name[:2] for name in held_out))[:BEGUN]
    ways = {"exact": lambda w, line: exact(w, line, beam(w, line, 4)), "greedy": greedy}
    ways |= {f"beam {n}": functools.partial(beam, width=n) for n in (2, 4, 8, 16)}
    ways |= {f"beam 8, length^{p}": functools.partial(beam, width=8, power=p) for p in (0.5, 1)}
    print(f"\n                         nothing given       two letters given, {len(begun)} times")
    print("way               log-prob  computed  name     log-prob  computed  letters  the best")
    found, cost, letters, different, typical = {}, {}, {}, {}, {}
    for way, search in ways.items():
        TALLY["positions"] = 0
        alone = search(target, begin(target, ""))
        first = TALLY["positions"]
        lines = [search(target, begin(target, prompt)) for prompt in begun]
        cost[way] = (TALLY["positions"] - first) / len(begun)
        letters[way], score = mean(len(shown(a)) for a in lines), mean(a.score for a in lines)
        found[way] = [alone, *lines]
        best = sum(a.symbols == b.symbols for a, b in zip(lines, found["exact"][1:]))
        print(f"{way:<17} {alone.score:>8.2f} {first:>9}  {shown(alone) or '(none)':<8}", end="")
        print(f" {score:>8.2f} {cost[way]:>9.1f} {letters[way]:>8.2f} {best:>9}")
    print("the best:", *map(shown, found["exact"][1:13]))

    # Why the best are short: each further letter costs its surprise, about two nats here, and nothing
    # ever comes back. A line that ends must only pay for its end. Where an honest model spreads its
    # probability over thousands of long names, each of them has less than one short one. So the better
    # the search, the worse the result, and beams are used at 4 or 5 with a penalty on short lines:
    # a search that fails in the right direction. Dividing by the length mends the choice among
    # what the beam has kept, and can't bring back what it has dropped.

    # Sampling. Real names lie at a log-probability of which the model's own samples come within a few
    # percent: they are typical, and the most probable one is nearly ten nats away from both. The
    # columns pull in two directions. What cuts the tail makes names that are likelier, shorter, and
    # more often copied from the data; what keeps it makes names that nobody can say.
    settings = {"T 1": {}, "T 0.5": {"temperature": 0.5}, "T 1.5": {"temperature": 1.5}}
    settings |= {"top-k 5": {"most": 5}, "top-p 0.9": {"mass": 0.9}, "top-p 0.5": {"mass": 0.5}}
    real, known = mean(sum(log_probabilities(target, spell(name))) for name in held_out), set(names)
    print(f"\n{SAMPLES} names   different  known  letters  log-prob")
    for label, setting in settings.items():
        lines = [sample(target, begin(target, ""), **setting) for _ in range(SAMPLES)]
        found[label], made = lines, [*map(shown, lines)]
        different[label], typical[label] = len(set(made)), mean(a.score for a in lines)
        print(f"{label:<11} {different[label]:>9} {mean(a in known for a in made):>6.0%}", end="")
        print(f" {mean(map(len, made)):>8.2f} {typical[label]:>9.2f}  {' '.join(made[:5])}")
    length = mean(map(len, held_out))
    print(f"{'held-out names':<28} {length:>8.2f} {real:>9.2f}  {' '.join(held_out[:5])}")

    # The taught draft has the larger loss by far and the better guesses. It puts nearly everything on one
    # symbol, as it was taught, and where a name goes another way the loss is enormous. A guess
    # is right or wrong, and nobody asks how surprised it would have been otherwise. Loss measures
    # a model of names; what is wanted is a model of the model.

    # Guessing ahead, from nothing, from each letter and from the beginnings above: how much of what the
    # draft guessed was taken, and how many symbols a pass of the target brought. Greedy decoding has
    # one symbol a pass. A guess behind a wrong one is lost whatever it is, which is why the share falls
    # with k while the symbols of a pass still rise. Names end early, so guesses beyond the fourth are rarely made at all.
    prompts, other, share, speed = ["", *ALPHABET, *begun], 0, {}, {}
    plain = [greedy(target, begin(target, prompt)).symbols for prompt in prompts]
    symbols = sum(len(line) - len(prompt) for line, prompt in zip(plain, prompts))
    print("\n                   draft         draft taught by target")
    print("k" + "      accepted  symbols a pass" * 2)
    for k in (1, 2, 3, 4, 6):
        print(k, end="")
        for label in ("draft", taught):
            runs = [speculate(target, models[label], prompt, k) for prompt in prompts]
            other += sum(run[0].symbols != line for run, line in zip(runs, plain))
            passes, made, accepted = (sum(column) for column in list(zip(*runs))[1:])
            share[label, k], speed[label, k] = accepted / made, symbols / passes
            print(f"{accepted / made:>14.1%} {symbols / passes:>15.2f}", end="")
        print()

    # What must hold whatever was learned: each text ends once and in time; its score is what a fresh
    # run over it gives, though its cache was shared with lines that went elsewhere; and nothing
    # is better than the exact search says. A beam has no such promise: by keeping two lines it may drop
    # the greedy one and then lose both, and a beam of 2 did so at one beginning of the 40.
    texts = [line.symbols for lines in found.values() for line in lines]
    bad = sum(t.count(END) != 1 or t[-1] != END or len(t) > CONTEXT for t in texts)
    pairs = [pair for way in ways for pair in zip(["", *begun], found[way])]
    fresh = [sum(log_probabilities(target, a.symbols)[len(prompt) :]) for prompt, a in pairs]
    gap = max(abs(score - a.score) for score, (_, a) in zip(fresh, pairs))
    above = sum(a.score > b.score for way in ways for a, b in zip(found[way], found["exact"]))
    below = sum(a.score < b.score for a, b in zip(found["beam 8"], found["greedy"]))
    least = min(n for label, n in different.items() if "top" in label)
    cheap, short = cost["exact"] / cost["beam 16"], letters["exact"] / length
    longer, first = letters["beam 8, length^1"] - letters["beam 8"], len(shown(found["exact"][0]))
    as_real, fair = typical["T 1"] / real, 0.85 < typical["T 1"] / real < 1.15
    got, pace, lost = share[taught, 4], speed[taught, 4], loss[taught] - loss["draft"]
    accepted = share["draft", 1]
    # Samples at T 1 are the model's own names, so their mean log-prob is its entropy; that of real names is
    # its cross-entropy. They agree as far as the model is a good one, hence a band and no limit.
    # Half of the guesses is the bound for both drafts. One that knows names is granted a single guess:
    # what it guesses behind a wrong one is wasted, so its share falls with k. The taught one has four.
    return verdict(
        [
            ("held-out loss of the target", loss["target"], "< 2.7", loss["target"] < 2.7),
            ("texts that aren't names", bad, "0", bad == 0),
            ("score off a fresh run by at most", gap, "< 1e-9", gap < 1e-9),
            ("texts above the exact search", above, "0", above == 0),
            ("texts of beam 8 below greedy", below, "0", below == 0),
            ("exact over beam 16, computed, two letters", cheap, "< 1", cheap < 1),
            ("letters of the best of all names", first, "< 2", first < 2),
            ("letters of the best over real names", short, "< 0.8", short < 0.8),
            ("letters that dividing by length brings", longer, "> 0", longer > 0),
            ("log-prob of samples at T 1 over real ones", as_real, "0.85 to 1.15", fair),
            ("least different, top-k and top-p", least, f"> {SAMPLES // 2}", least > SAMPLES // 2),
            ("texts that guessing ahead has changed", other, "0", other == 0),
            ("accepted, draft, k = 1", accepted, ">= 0.5", accepted >= 0.5),
            ("accepted, taught draft, k = 4", got, ">= 0.5", got >= 0.5),
            ("symbols a pass, taught draft, k = 4", pace, "> 1.5", pace > 1.5),
            ("nats that the taught draft is worse by", lost, "> 0", lost > 0),
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
