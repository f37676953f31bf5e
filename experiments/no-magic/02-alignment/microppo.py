"""microppo: a policy climbs a reward learned from comparisons, and only a leash keeps it honest.

The whole of RLHF in one file. A small GPT learns names. A judge compares pairs of names, and a
reward model learns the judge's taste from the comparisons alone. Then PPO moves the policy toward
what the reward model likes: sample, score, subtract what a value function expected, take several
clipped steps on the same samples, and pay for every nat of distance from the first model. The
same loop then runs without that payment, and the judge, who isn't asked in training, says what
came of it.

Schulman et al. (2017), Proximal Policy Optimization; Christiano et al. (2017), learning from
comparisons; Stiennon et al. (2020) and Ouyang et al. (2022), InstructGPT, for the three stages and
the KL penalty; Gao, Schulman and Hilton (2023), on overoptimizing a learned reward. Idea of a
single-file program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: with no leash the reward climbs to 4.9 standard deviations, and what earns it is aaaaaaaa:
one syllable, before a judge that wants many, after a peak of three at step 10. A reward model that
is right on 95 % of pairs of names knows nothing about aaaaaaaa. With the leash PPO reaches 2.8
syllables at 2.4 nats; but the best of 16 names of the untrained reference has 3.2 at 1.8. And the
clip, at 1.2, let a ratio of 2.2 through: it stops the push, not the movement. (Invented names end
as jojojojo, four syllables: there the judge is content, and all names are the same.)

Built properly in phase 17 (mini-GPT, the model) and phase 07 (scalar autograd, the engine).
"""

import functools
import itertools
import math
import os
import random
import time
import urllib.request

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# The symbol END opens a name and closes it. A name has at most as many symbols as there are places.
END, SYMBOLS = 26, 27
# Two heads of four numbers: 1,264 parameters.
WIDTH, HEAD, CONTEXT = 8, 4, 8
# Hidden units of the reward model.
HIDDEN = 16
PRETRAIN_STEPS, PAIRS, STEPS, BATCH = (40, 300, 4, 4) if SMOKE else (2000, 6000, 100, 10)
HELD_OUT, FRESH = (20, 32) if SMOKE else (300, 640)
EPOCHS, CLIP, RATE, VALUE_RATE = 4, 0.2, 0.006, 0.005
# Reward paid for one nat of distance from the reference. The first run is the proper one; the
# other two are for comparison. The unit of reward is its spread among the reference's own names.
LEASHES = (0.5, 0.1, 0.0)


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
# Each operation notes the slopes of its result; one walk backward multiplies along paths and adds
# where they meet. One operation is new here, the last one before `backward`.


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

    def clip(self, lo, hi):
        # Flat outside and at the bounds: there the result no longer follows what goes in.
        inside = 1.0 if lo < self.data < hi else 0.0
        return Value(min(max(self.data, lo), hi), (self,), (inside,))

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
# `Value` follows the canonical interface in docs/autograd-interface.md, with one method more:
# `clip`, the operation that PPO's surrogate is built on. Outside the class stand fused nodes,
# because a node costs about a microsecond whatever it computes: `dot`, `cross_entropy`, `rms_norm`
# (one node for the scale of a vector) and `attend` (softmax over scores and weighted mean), all as
# in microgpt. Each has its derivative beside it.
#
# IMPLEMENTATION NOTE
# This is a hybrid. The policy is made of `Value`, because the gradient of the surrogate must pass
# through ratio, softmax and attention down to each of 1,264 weights. The reward model (448 numbers)
# and the value function (34) are plain floats. Each is trained by a loss of its own, and the policy
# takes nothing from them but a number, so no gradient has to pass. Their derivatives are a line
# each and are held against central differences. As nodes they would cost run time and add
# nothing to the argument. Production systems vectorize all of it: four large models (policy,
# reference, reward, value) on many GPUs, and an inference engine that does the sampling.


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


# -- Policy ----------------------------------------------------------------------------------
# The model of microgpt at half its width. In this trade it is a policy: the state is the name so
# far, an action is the next symbol, an episode is one name. Nothing in the network knows about
# that.


def draw_policy():
    def matrix(rows, columns, std):
        return [[Value(random.gauss(0.0, std)) for _ in range(columns)] for _ in range(rows)]

    std = WIDTH**-0.5
    weights = {"letters": matrix(SYMBOLS, WIDTH, 0.3), "places": matrix(CONTEXT, WIDTH, 0.3)}
    weights |= {name: matrix(WIDTH, WIDTH, std) for name in ("query", "key", "value", "out")}
    weights |= {"up": matrix(4 * WIDTH, WIDTH, std), "down": matrix(WIDTH, 4 * WIDTH, std / 2)}
    return weights | {"readout": matrix(SYMBOLS, WIDTH, std / 2)}


def copy_policy(weights):
    # New nodes with the same numbers: from here on the two models go separate ways.
    return {n: [[Value(v.data) for v in row] for row in matrix] for n, matrix in weights.items()}


def parameters_of(weights):
    return [v for matrix in weights.values() for row in matrix for v in row]


def linear(matrix, x):
    return [dot(row, x) for row in matrix]


def rms_norm(x):
    # y_i = s x_i with s = (mean of x^2 + eps)^(-1/2); one node for s, ds/dx_j = -s^3 x_j / n.
    s = (sum([v.data * v.data for v in x]) / len(x) + 1e-5) ** -0.5
    scale = Value(s, tuple(x), tuple([-(s**3) * v.data / len(x) for v in x]))
    return [v * scale for v in x]


def attend(query, keys, values):
    # a = softmax(s) and o = sum_t a_t v_t, so do/dv_t = a_t and do/ds_t = a_t (v_t - o): pulling at
    # a score moves the mean toward its value, by as much as the two differ.
    scores = [dot(query, key) * HEAD**-0.5 for key in keys]
    a, mixed = softmax(scores), []
    for column in zip(*values):
        v = [x.data for x in column]
        o = sum([p * x for p, x in zip(a, v)])
        mixed.append(Value(o, (*column, *scores), (*a, *[p * (x - o) for p, x in zip(a, v)])))
    return mixed


def softmax(logits):
    """Probabilities as plain floats."""
    top = max(v.data for v in logits)
    e = [math.exp(v.data - top) for v in logits]
    total = sum(e)
    return [x / total for x in e]


def next_logits(weights, symbol, place, cache):
    """27 logits for what follows `symbol`; its key and value are left in the cache."""
    # Sampling and training call the same function symbol by symbol. So in the first epoch the ratio
    # is 1 to the last bit. Systems that sample on another engine than they train on lose this, and
    # correct for it.
    x = [a + b for a, b in zip(weights["letters"][symbol], weights["places"][place])]
    h = rms_norm(x)
    query, key, value = (linear(weights[name], h) for name in ("query", "key", "value"))
    cache.append((key, value))
    mixed = []
    for a in range(0, WIDTH, HEAD):
        keys, values = ([pair[i][a : a + HEAD] for pair in cache] for i in (0, 1))
        mixed += attend(query[a : a + HEAD], keys, values)
    x = [a + b for a, b in zip(x, linear(weights["out"], mixed))]
    hidden = [v.relu() for v in linear(weights["up"], rms_norm(x))]
    x = [a + b for a, b in zip(x, linear(weights["down"], hidden))]
    return linear(weights["readout"], rms_norm(x))


def all_logits(weights, text):
    cache = []
    return [next_logits(weights, s, place, cache) for place, s in enumerate([END, *text[:-1]])]


# For a language model this is the loss of each symbol, for PPO it is -log pi of each action: the
# same number, which is why a pretrained model can be taken over as a policy without any change.


def surprises(weights, text):
    """-log pi(symbol | what stands before it) for each symbol of a text, as nodes."""
    return [cross_entropy(z, symbol) for z, symbol in zip(all_logits(weights, text), text)]


def sample(weights):
    """An episode: its symbols (the last is END where there was room for it), and log pi of each."""
    # Temperature 1, always: the arithmetic of PPO holds for samples of the policy itself, and a
    # sharpened one would be another policy. The log pi are kept as plain numbers. They are the
    # pi_old of the ratio, and stay what they were while the weights move on.
    text, log_probs, cache = [], [], []
    while len(text) < CONTEXT and text[-1:] != [END]:
        logits = next_logits(weights, text[-1] if text else END, len(text), cache)
        text += random.choices(range(SYMBOLS), softmax(logits))
        log_probs.append(-cross_entropy(logits, text[-1]).data)
    return text, log_probs


def spelled(text):
    return "".join(ALPHABET[i] for i in text if i != END)


def as_text(name):
    # A name of eight letters has no room for its END. It ends because the episode does.
    return [*map(ALPHABET.index, name), END][:CONTEXT]


def adam(parameters):
    # m follows the gradient, u its square, and both are divided by what they have seen so far. One
    # optimizer a run: a new run must not inherit the momentum of the last.
    m, u, t = [0.0] * len(parameters), [0.0] * len(parameters), 0

    def step(rate):
        nonlocal t
        t += 1
        rate, full = rate / (1 - 0.85**t), 1 - 0.99**t
        for i, p in enumerate(parameters):
            g = p.grad
            m[i] += 0.15 * (g - m[i])
            u[i] += 0.01 * (g * g - u[i])
            p.data -= rate * m[i] / (math.sqrt(u[i] / full) + 1e-8)
            p.grad = 0.0

    return step


# -- Stage one: a model that writes names ----------------------------------------------------
# Ordinary next-symbol training. What comes out is used twice: as the place where PPO starts, and,
# frozen, as the reference that the leash is tied to.


def pretrain(names):
    weights = draw_policy()
    step = adam(parameters_of(weights))
    for t in range(PRETRAIN_STEPS):
        each = surprises(weights, as_text(names[t % len(names)]))
        (sum(each) * (1.0 / len(each))).backward()
        step(0.01 * (1 - t / PRETRAIN_STEPS))
    return weights


# -- Stage two: a reward model from comparisons ----------------------------------------------
# Nobody can say what a good answer is worth in points, but most people can say which of two is
# better. So a model is fitted whose scores agree with the choices. Its scores have no zero and no
# unit of their own, since only differences were ever seen. And they say something about the kind of
# text that was compared, which is all names; about anything else the model has to guess.


def syllables(name):
    """The judge's taste: groups of vowels. The loop below may never ask it."""
    # In production this is a person, slow and dear. Here it is a rule so that every name that the
    # policy ever writes can be judged afterward: the gap between model and judge is the subject.
    return len("".join(c if c in "aeiouy" else " " for c in name).split())


def draw_pairs(names, count):
    """(chosen, rejected) by the judge; pairs on which it has no opinion are left out."""
    # People contradict each other; this judge never does. Noisy labels can't be blamed later.
    pairs = []
    while len(pairs) < count:
        a, b = random.choice(names), random.choice(names)
        if syllables(a) != syllables(b):
            pairs.append((a, b) if syllables(a) > syllables(b) else (b, a))
    return pairs


def counts_of(name):
    # How often each letter occurs, and a constant for the bias. The order of letters is lost. That
    # is the blind spot of this reward model, put in on purpose and small enough to be named; real
    # ones have theirs without anybody's doing. Among names it hardly matters: see the agreement.
    return [*[float(name.count(c)) for c in ALPHABET], 1.0]


def score(model, counts):
    """last . relu(first counts), and the hidden layer."""
    hidden = [max(sum(map(float.__mul__, row, counts)), 0.0) for row in model["first"]]
    return sum(map(float.__mul__, model["last"], hidden)), hidden


def ranking_slopes(model, chosen, rejected):
    """Loss -log sigmoid(d) with d = s(chosen) - s(rejected), and its slopes for both layers."""
    (s_c, h_c), (s_r, h_r) = score(model, chosen), score(model, rejected)
    # Bradley and Terry (1952): P(chosen wins) = sigmoid(d). With e = exp(-|d|) nothing overflows:
    # -log sigmoid(d) = log(1 + e) + max(-d, 0).
    e = math.exp(-abs(s_c - s_r))
    loss = math.log1p(e) + max(s_r - s_c, 0.0)
    # dL/dd = -sigmoid(-d) = -1 / (1 + exp(d)): a pair that is in order by a margin pushes little,
    # one that is the wrong way round pushes with almost 1.
    push = -(e if s_c > s_r else 1.0) / (1.0 + e)
    # ds/d(last_k) = h_k, and ds/d(first_ki) = last_k [h_k > 0] count_i; chosen minus rejected. An
    # output bias would cancel in d and never learn, so there is none.
    last = [push * (a - b) for a, b in zip(h_c, h_r)]
    first = []
    for w, a, b in zip(model["last"], h_c, h_r):
        on_c, on_r = push * w * (a > 0), push * w * (b > 0)
        first.append([on_c * x - on_r * y for x, y in zip(chosen, rejected)])
    return loss, first, last


def train_reward_model(pairs):
    # Plain gradient descent, one comparison a step, each comparison once: with twelve times more
    # comparisons than weights there is nothing to learn by heart.
    model = {
        "first": [[random.gauss(0.0, 0.2) for _ in range(SYMBOLS)] for _ in range(HIDDEN)],
        "last": [random.gauss(0.0, HIDDEN**-0.5) for _ in range(HIDDEN)],
    }
    for t, (chosen, rejected) in enumerate(pairs):
        _, first, last = ranking_slopes(model, counts_of(chosen), counts_of(rejected))
        rate = 0.05 * (1 - t / len(pairs))
        model["last"] = [w - rate * g for w, g in zip(model["last"], last)]
        for k, row in enumerate(model["first"]):
            model["first"][k] = [w - rate * g for w, g in zip(row, first[k])]
    return model


def agreement(model, pairs):
    # The usual quality mark of a reward model. It is measured on texts that a person wrote, or the
    # reference: never on those that the trained policy is going to write.
    right = [score(model, counts_of(a))[0] > score(model, counts_of(b))[0] for a, b in pairs]
    return sum(right) / len(right)


def make_reward(model, texts):
    """The reward in units of its own spread over what the reference writes, 0 on average."""
    # Without units a leash of 0.5 would mean nothing. Centering changes no gradient on average; it
    # spares the value function, which starts at 0, learning a constant first.
    found = [score(model, counts_of(spelled(text)))[0] for text in texts]
    center = sum(found) / len(found)
    spread = (sum((x - center) ** 2 for x in found) / len(found)) ** 0.5
    return lambda name: (score(model, counts_of(name))[0] - center) / spread


# -- Stage three: PPO ------------------------------------------------------------------------
# Intuition: write some names, see how each fared against expectation, make the symbols of the good
# ones likelier and those of the bad ones rarer. Samples are dear, so each batch is used for several
# steps. After the first of them the policy is no longer the one that drew the batch. The ratio
# r = pi_new / pi_old says how far it has moved on a symbol, and the clip stops paying for more.
#
# What makes this harder than supervised learning: no right symbol is known. There is one number for
# a whole name, and every symbol of it gets the blame or the credit. The gradient of a mean reward
# comes out of that all the same, as a mean over samples (Williams 1992):
# d/dw sum_x pi(x) R(x) = sum_x pi(x) R(x) dlog pi(x)/dw.


def expectations(baseline, text):
    """The value function: the reward expected before each symbol is drawn."""
    # V = what the letters so far are worth + what it means to have come to this place: 34
    # numbers. One for each letter at each place, 216 in all, was tried and learned too slowly to be
    # of use: most of them are seen a few times in a hundred steps. Production value functions are
    # as large as the policy, often a second readout of the same network.
    total, found = 0.0, []
    for place, symbol in enumerate([None, *text[:-1]]):
        if symbol is not None:
            total += baseline["letters"][symbol]
        found.append(total + baseline["places"][place])
    return found


def update_baseline(baseline, text, total):
    # Gradient descent on (total - V)^2 / 2: its slope is -(total - V) dV/d(weight), and
    # dV/d(weight) is how often the weight was added up. Every place of a name is told the same
    # total, since there is only one reward and it comes at the end. Generalized advantage
    # estimation (GAE) would mix in what the value function says one place later. What that is worth
    # over eight places isn't tried here.
    for place, expected in enumerate(expectations(baseline, text)):
        g = VALUE_RATE * (total - expected)
        baseline["places"][place] += g
        for symbol in text[:place]:
            baseline["letters"][symbol] += g


def surrogate(ratio, advantage):
    """min(r A, clip(r, 1 - eps, 1 + eps) A), and whether the clip took the gradient away."""
    free, kept = ratio * advantage, ratio.clip(1 - CLIP, 1 + CLIP) * advantage
    # Where A > 0 and r is already above 1 + eps, the lower of the two is flat: no push. Where A > 0
    # and r has fallen below 1 - eps, the lower one is r A: the way back is never blocked. For A < 0
    # it is the mirror image. So the minimum is a pessimist: it believes a loss and doubts a gain.
    return (kept, True) if kept.data < free.data else (free, False)


def align(reference, reward, leash):
    """PPO from the reference: the policy, and what each step saw."""
    random.seed(42)
    policy = copy_policy(reference)
    step = adam(parameters_of(policy))
    baseline = {"letters": [0.0] * 26, "places": [0.0] * CONTEXT}
    history = []
    for _ in range(STEPS):
        batch, seen, furthest = [], [], 1.0
        for _ in range(BATCH):
            # Sample and score. The distance is log pi - log pi_ref of what was drawn: one name's
            # share of KL(pi || ref), right on average, though it may be negative for a single name.
            # It is a price on the whole name and comes off the reward, as in InstructGPT: the total
            # is R - leash * distance. Whoever writes what the reference would have written pays
            # nothing.
            text, old = sample(policy)
            distance = sum(old) + sum(s.data for s in surprises(reference, text))
            r = reward(spelled(text))
            total = r - leash * distance
            # Advantage: better or worse than expected at that point of the name. What was known
            # before a symbol can't be its merit. Subtracting it changes no average, because
            # sum_a pi(a) dlog pi(a)/dw = d(sum_a pi(a))/dw = d1/dw = 0; it only takes out noise.
            advantages = [total - v for v in expectations(baseline, text)]
            batch.append((text, old, total, advantages))
            seen.append((r, syllables(spelled(text)), distance))
        symbols, clipped = sum(len(text) for text, *_ in batch), []
        for _ in range(EPOCHS):
            stopped = 0
            for text, old, _, advantages in batch:
                # log pi_new = -s, so r = exp(-s - log pi_old). In the first epoch it is 1.
                ratios = [(-(s + before)).exp() for s, before in zip(surprises(policy, text), old)]
                furthest = max(furthest, *(ratio.data for ratio in ratios))
                terms = [surrogate(ratio, a) for ratio, a in zip(ratios, advantages)]
                stopped += sum(flat for _, flat in terms)
                # Minus, because the optimizer goes down and the surrogate is to go up. One graph a
                # name, let go before the next: gradients of the weights add up until the step. The
                # loss itself isn't kept. It starts at minus the mean advantage, about 0, in each
                # batch anew and says nothing about progress; the mean reward does.
                (sum(term for term, _ in terms) * (-1.0 / symbols)).backward()
            step(RATE)
            clipped.append(stopped / symbols)
        # The value function learns from a batch after it was used. Before, the advantages would
        # contain their own answer, and a large enough function would explain all of them away.
        for text, _, total, _ in batch:
            update_baseline(baseline, text, total)
        means = [sum(column) / BATCH for column in zip(*seen)]
        errors = [(total, a) for _, _, total, advantages in batch for a in advantages]
        history.append((*means, clipped, furthest, errors))
    return policy, history


# Two numbers on the noise. A gradient estimate is a mean of advantage times dlog pi, so its noise
# grows with the square of the advantage. If the value function foresees something, or merely the
# mean, the same batch teaches more.


def square_means(history):
    """Mean square of the advantages over that of the totals, and the spread of the totals."""
    pairs = [pair for *_, errors in history for pair in errors]
    totals, advantages = (sum(x * x for x in column) / len(pairs) for column in zip(*pairs))
    center = sum(total for total, _ in pairs) / len(pairs)
    return advantages / totals, max(totals - center**2, 0.0) ** 0.5


# A sign error in a slope doesn't crash; it looks like a badly chosen learning rate.


def worst_error(entries, objective):
    """Largest error of slopes against central differences; entries are (value, slope, setter)."""
    worst, h = 0.0, 1e-6
    for value, slope, put in entries:
        ends = []
        # The last of the three puts the value back.
        for x in (value + h, value - h, value):
            put(x)
            ends.append(objective())
        # Relative where the slope is large, absolute where it is next to nothing.
        error = abs((ends[0] - ends[1]) / (2 * h) - slope)
        worst = max(worst, error / max(abs(slope), 1e-3))
    return worst


def slope_errors(model, pair, policy, reference):
    """The slopes by hand, all of them, and those of backpropagation, the largest of each matrix."""
    chosen, rejected = map(counts_of, pair)
    _, first, last = ranking_slopes(model, chosen, rejected)
    entries = [
        (row[i], slope, functools.partial(row.__setitem__, i))
        for row, slopes in zip([*model["first"], model["last"]], [*first, last])
        for i, slope in enumerate(slopes)
    ]
    by_hand = worst_error(entries, lambda: ranking_slopes(model, chosen, rejected)[0])

    # The surrogate is tried far from where it starts: the ratio is taken between the trained policy
    # and the reference, where it is no longer 1, with advantages of both signs. So both branches of
    # the minimum occur, and the clip is passed on both sides.
    text, _ = sample(policy)
    old = [-s.data for s in surprises(reference, text)]

    def objective():
        ratios = [(-(s + before)).exp() for s, before in zip(surprises(policy, text), old)]
        return sum(surrogate(r, (-1.0) ** place)[0] for place, r in enumerate(ratios))

    objective().backward()
    # Most letters don't occur in one name and have the slope 0; the largest entry says more.
    largest = [max(parameters_of({0: m}), key=lambda v: abs(v.grad)) for m in policy.values()]
    entries = [(v.data, v.grad, functools.partial(setattr, v, "data")) for v in largest]
    return by_hand, worst_error(entries, lambda: objective().data)


# -- Inference -------------------------------------------------------------------------------
# What the policy writes when nobody corrects it. The judge, who had no part in the loop, reads along,
# and the reference says of each symbol how strange it finds it.


def fresh(policy, reference, reward):
    """New names: (name, reward, syllables, distance, syllables squared)."""
    rows = []
    for _ in range(FRESH):
        text, _ = sample(policy)
        # Here the distance is exact at each place, sum_a pi(a) log(pi(a) / ref(a)), and summed over
        # a drawn name: the same average as log pi - log pi_ref of the drawn symbols, with less
        # noise. In training the cheaper one does, since the symbol's two numbers are there already.
        distance = 0.0
        for ours, theirs in zip(all_logits(policy, text), all_logits(reference, text)):
            for p, q in zip(softmax(ours), softmax(theirs)):
                distance += p * (math.log(max(p, 1e-10)) - math.log(max(q, 1e-10)))
        name = spelled(text)
        rows.append((name, reward(name), syllables(name), distance, syllables(name) ** 2))
    return rows


def column_mean(rows, i):
    return sum(row[i] for row in rows) / len(rows)


def variety(rows):
    """Different names, as a share of all."""
    return len({row[0] for row in rows}) / len(rows)


def standard_errors(rows, others):
    """How many standard errors apart two means of syllables are."""
    # The variance of a difference of means is the sum of each group's variance over its size.
    variance = sum((column_mean(x, 4) - column_mean(x, 2) ** 2) / len(x) for x in (rows, others))
    return (column_mean(rows, 2) - column_mean(others, 2)) / max(variance, 1e-10) ** 0.5


# The rival that costs no training at all: let the reference write n names and keep the best. Any
# method that moves weights should be held against it at the same distance, and seldom is.


def best_of(rows, n):
    """Draw n, keep the one with the highest reward: mean reward, syllables, distance. No training.

    Sorted upward, row i is the best of n in C(i, n - 1) of all C(N, n) draws, so that the average
    over all draws needs no drawing. The distance of what is kept from what was drawn from is known
    without knowing the model: the best of n has the density n F^(n-1), F the share of names
    that are worse, and its KL is the mean of log(n F^(n-1)) = log n - (n - 1)/n. Ties make it less.
    """
    rows = sorted(rows, key=lambda row: row[1])
    shares = [math.comb(i, n - 1) / math.comb(len(rows), n) for i in range(len(rows))]
    r, s = (sum(p * row[i] for p, row in zip(shares, rows)) for i in (1, 2))
    return r, s, math.log(n) - (n - 1) / n


# -- Comparison ------------------------------------------------------------------------------


def print_history(histories):
    """Means of reward, syllables and distance over windows of steps, a group of columns a run."""
    heads = [f"{f'leash {leash}: reward':>21} {'syl':>4} {'nats':>5}" for leash in histories]
    print("\nsteps   ", *heads, sep="")
    # Watch the syllables: they rise with the reward while the reward model knows what it sees.
    marks = [m for m in (0, 5, 10, 20, 40, 60, 80, 100) if m < STEPS] + [STEPS]
    for a, b in itertools.pairwise(marks):
        line = f"{f'{a + 1}-{b}':<8}"
        for history in histories.values():
            r, s, d = (sum(row[i] for row in history[a:b]) / (b - a) for i in range(3))
            line += f"{r:>21.2f} {s:>4.1f} {d:>5.1f}"
        print(line)


def main():
    start = time.perf_counter()
    random.seed(42)
    names = load_names()
    random.shuffle(names)
    # Names that fit into the context, and no more of them than a small model can make use of.
    names = [name for name in names if len(name) <= CONTEXT][:4000]
    held_out, names = names[:HELD_OUT], names[HELD_OUT:]
    # Comparisons need names that differ in syllables; a list of one kind would be asked for ever.
    if len(names) < HELD_OUT or min(len({*map(syllables, x)}) for x in (held_out, names)) < 2:
        print(f"names: too few of at most {CONTEXT} letters, or all with as many syllables")
        return 2
    reference = pretrain(names)
    each = [s.data for name in held_out for s in surprises(reference, as_text(name))]
    loss = sum(each) / len(each)
    print(f"reference: {len(parameters_of(reference))} weights, held-out loss {loss:.3f}")
    model = train_reward_model(draw_pairs(names, PAIRS))
    unseen = draw_pairs(held_out, 1000)
    agrees = agreement(model, unseen)
    print(f"reward model: {PAIRS} comparisons, agrees with the judge on {agrees:.1%} of new ones")

    reward = make_reward(model, [sample(reference)[0] for _ in range(FRESH)])
    policies, histories = {}, {}
    for leash in LEASHES:
        policies[leash], histories[leash] = align(reference, reward, leash)
    print_history(histories)
    leash, history = LEASHES[0], histories[LEASHES[0]]
    clipped = [sum(c) / STEPS for c in zip(*(row[3] for row in history))]
    furthest = max(row[4] for row in history)
    print(f"\nleash {leash}: stopped by the clip, by epoch:", *[f"{c:.1%}" for c in clipped])
    # The clip is no wall. It stops the push on one symbol, and the steps on all the others go on
    # moving the weights that they share with it. Without it the ratio gets about twice as far.
    print(f"largest ratio seen, where the clip begins at {1 + CLIP}: {furthest:.2f}")
    # What the value function is for: the square of what multiplies the gradient, with it and
    # without it.
    _, began = square_means(history[:5])
    squares, ended = square_means(history[-20:])
    print(f"advantages squared, for one of rewards squared: {squares:.2f} in the last steps")
    print(f"spread of R - leash * distance: {began:.2f} in the first 5 steps, then {ended:.2f}")

    # The objective, the mean of R - leash * distance, has a known maximum. No writer does better
    # than pi(x) = ref(x) exp(R(x) / leash) / Z, which reaches leash * log Z, with Z the mean of
    # exp(R / leash) over the reference: that only needs samples. For this best writer
    # R - leash * log(pi / ref) = leash * log Z whatever the name is. So all names come out equal,
    # and the spread above has to fall. DPO starts from the same formula, solved for R, and so does
    # without a reward model and without this loop.
    #
    # How to read the table: the reward was optimized, so it is no evidence. The syllables are what
    # was wanted, the nats what they cost, and a writer of few different names has forgotten the
    # task that it was pretrained for.
    base = fresh(reference, reference, reward)
    made = {leash: fresh(policy, reference, reward) for leash, policy in policies.items()}
    most = leash * math.log(sum(math.exp(row[1] / leash) for row in base) / len(base))
    # The objective is counted at the proper leash for all writers.
    print(f"\n{'writer':<14} reward syllables   nats objective different  samples")
    lines = []
    for label, rows in {"reference": base, **{f"PPO, leash {b}": made[b] for b in LEASHES}}.items():
        lines.append((label, *[column_mean(rows, i) for i in (1, 2, 3)], variety(rows), rows))
    # Best-of-n keeps what the reference wrote, so its names are as varied as they were.
    lines += [(f"best of {n}", *best_of(base, n), variety(base), []) for n in (4, 16)]
    for label, r, s, nats, different, rows in lines:
        measured = f"{nats:>6.2f} {r - leash * nats:>9.2f} {different:>9.0%}"
        print(f"{label:<14} {r:>6.2f} {s:>9.2f} {measured}  {' '.join(row[0] for row in rows[:5])}")
    print(f"{'the best there is':<37} {most:>9.2f}")

    by_hand, by_graph = slope_errors(model, unseen[0], policies[leash], reference)
    print(f"time: {time.perf_counter() - start:.1f} s")
    first, last = (sum(row[0] for row in part) / 20 for part in (history[:20], history[-20:]))
    tied, free = made[leash], made[0.0]
    nats = column_mean(tied, 3)
    share = (column_mean(tied, 1) - leash * nats) / most
    gain, many, few = standard_errors(tied, base), variety(tied), variety(free)
    hacked = column_mean(free, 1) - column_mean(tied, 1)
    return verdict(
        [
            ("reference: held-out loss, nats a symbol", loss, "< 2.7", loss < 2.7),
            ("reward model: right on held-out pairs", agrees, "> 0.7", agrees > 0.7),
            ("slopes by hand, relative error", by_hand, "< 1e-4", by_hand < 1e-4),
            ("slopes by Value, relative error", by_graph, "< 1e-4", by_graph < 1e-4),
            ("reward, last 20 steps minus first 20", last - first, "> 0", last > first),
            ("syllables, new names: errors above reference", gain, "> 3", gain > 3),
            ("distance at step 1, nats", history[0][2], "0", abs(history[0][2]) < 1e-9),
            ("distance of new names, nats", nats, "> 0.1", nats > 0.1),
            ("clipped in the last epoch", clipped[-1], "> 0.01", clipped[-1] > 0.01),
            ("largest ratio: the clip is no wall", furthest, "> 1.2", furthest > 1 + CLIP),
            ("advantages squared, for one of rewards", squares, "< 1", squares < 1),
            ("spread of R - leash * distance, end : start", ended / began, "< 1", ended < began),
            ("objective, share of the possible", share, "0.5 to 1", 0.5 < share <= 1),
            ("no leash: reward above the leashed one", hacked, "> 0", hacked > 0),
            ("leash: different names among the new ones", many, "> 0.9", many > 0.9),
            ("no leash: different names, for one leashed", few / many, "< 0.5", few < 0.5 * many),
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
