"""microbatching: a batch that is refilled at every step, and no answer that knows its neighbors.

One step of decoding reads all weights to make one letter for each request in the batch, so more
requests a step is more letters for the same reading. A static batch starts together and ends with
its longest answer; the slots of the others stand empty. A continuous batch lets a request go the
moment it ends and the next one in at the next step. Here a real model answers one trace of
requests under each policy: time comes from counted memory traffic, and every answer must have
the same letters and the same logits, to the bit, as when the request runs alone.

Yu et al. (2022), Orca, for scheduling by the step; Kwon et al. (2023), PagedAttention, for admission
by memory and preemption; He et al. (2025), Defeating Nondeterminism in LLM Inference, for what
the size of a batch does to bits. Idea of a single-file program after Andrej Karpathy's
micrograd, makemore and microgpt; written from scratch.

Surprise: a static batch of 8 fills 38 % of its slots and one of 32 only 28 %, close to 1 over the
harmonic number of its size: the last of S exponential answers takes 1 + 1/2 + .. + 1/S means. A
continuous batch fills all, and still 32 slots give 4.2 times the letters of one, not 32 times,
because the caches are read for each request alone. And equal bits are fragile: sums ordered by the size
of the batch, which is what fast libraries do, change the logits of 46 requests out of 48.

Built properly in phase 33 (inference serving), on the cache of phase 22 (the KV cache).
"""

import math
import os
import random
import time
from collections import Counter

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LETTERS = " abcdefghijklmnopqrstuvwxyz"
WIDTH, HEADS, LAYERS, CONTEXT = 16, 4, 2, 128
PASSES = 1 if SMOKE else 6
LEARNED = 200 if SMOKE else 2000  # letters to learn from, at most
REQUESTS = 8 if SMOKE else 48  # answered by the model
QUEUE = 200 if SMOKE else 4000  # scheduled without it
SLOTS = 8
MEAN, LONGEST = 20, 80  # letters of an answer
TALLY = {"read": 0}


# -- Data ------------------------------------------------------------------------------------
# The text above, up to its surprise, in 26 letters and the space. Prompts are stretches of it; what
# matters of a request is when it comes, how much it brings and how long it stays.


def own_text():
    thesis = __doc__.split("Surprise:")[0]
    words = "".join(c if c in LETTERS else " " for c in thesis.lower()).split()
    return [LETTERS.index(c) for c in " ".join(words)]


def draw_requests(text, count, rate):
    """Requests as they come in: when, which letters, and how many letters of answer there will be.

    The scheduler never reads `answer` before it is reached: a server can't know it.
    """
    # Exponential gaps between arrivals and exponential lengths: the least regular traffic that has a
    # mean, and a fair model of users who don't know of each other.
    requests, now = [], 0.0
    for number in range(count):
        now += random.expovariate(rate)
        at, size = random.randrange(len(text) - 16), random.randint(4, 16)
        answer = min(1 + int(random.expovariate(1 / (MEAN - 0.5))), LONGEST)
        requests.append({"number": number, "arrival": now, "prompt": text[at : at + size]})
        requests[-1]["answer"] = answer
    return requests


# -- Model -----------------------------------------------------------------------------------
# A transformer of two layers, written for batches: every function takes the vectors of all jobs.
# Each vector goes through its own sums in its own order, and that alone keeps the answers apart.


def draw_model():
    def matrix(rows, columns, std):
        return [[random.gauss(0.0, std) for _ in range(columns)] for _ in range(rows)]

    std = 1.0 / math.sqrt(WIDTH)
    shapes = {**dict.fromkeys("qkvo", (WIDTH, WIDTH)), "up": (4 * WIDTH, WIDTH)}
    shapes["down"] = (WIDTH, 4 * WIDTH)
    return {
        "letters": matrix(len(LETTERS), WIDTH, 1.0),
        "places": matrix(CONTEXT, WIDTH, 0.3),
        "layers": [{n: matrix(*s, std) for n, s in shapes.items()} for _ in range(LAYERS)],
        "readout": matrix(len(LETTERS), WIDTH, 0.0),
    }


def product(a, b):
    return sum(map(float.__mul__, a, b))


def split_product(a, b):
    # Two halves, then their sum: as right as the other, and not the same bits.
    half = len(a) // 2
    return product(a[:half], b[:half]) + product(a[half:], b[half:])


def apply(weight, xs, tuned=False):
    """One matrix against the vectors of the whole batch: read once, used len(xs) times.

    That is the whole gain of batching. Arithmetic isn't saved, reading is.
    """
    TALLY["read"] += len(weight) * len(weight[0])
    # A tuned library picks another order of summation for small batches, to keep its cores busy: with
    # few rows to share out, it cuts the sums themselves in pieces.
    dot = split_product if tuned and len(xs) < 4 else product
    return [[dot(row, x) for row in weight] for x in xs]


# RMSNorm and softmax look at one vector at a time, so no batch can touch them.
def norm(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


# softmax as exp(s - max): the factor exp(-max) cancels, and no exponent is above 0.
def softmax(scores):
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def attend(query, keys, values):
    size, out = WIDTH // HEADS, []
    columns = list(zip(*values))
    for a in range(0, WIDTH, size):
        part = query[a : a + size]
        shares = softmax([product(part, k[a : a + size]) / size**0.5 for k in keys])
        out += [product(shares, column) for column in columns[a : a + size]]
    return out


def new_store():
    # Keys and values for each layer, one row a position, as in microkv; micropaged cuts it in blocks.
    return [([], []) for _ in range(LAYERS)]


def run_batch(model, jobs, tuned=False):
    """jobs: (store, letters that aren't in it yet). Returns the normed states, a list for each job.

    Rows of all jobs are laid end to end, a prompt's many and a decoding request's one, which is
    Orca's selective batching: matrices don't ask whose row it is, attention does.
    A prompt, a single new letter and a text that was thrown out are the same kind of job: letters
    that still have no keys and values.
    """
    owners, xs = [], []
    for j, (store, letters) in enumerate(jobs):
        for place, letter in enumerate(letters, len(store[0][0])):
            owners.append((j, place))
            xs.append([a + b for a, b in zip(model["letters"][letter], model["places"][place])])
    for i, w in enumerate(model["layers"]):
        h = [norm(x) for x in xs]
        for (j, _), key, value in zip(owners, apply(w["k"], h, tuned), apply(w["v"], h, tuned)):
            jobs[j][0][i][0].append(key)
            jobs[j][0][i][1].append(value)
        # Keys are stored before anybody looks, so that a prompt's letters see each other; the cut at
        # place + 1 keeps each from seeing what comes after it.
        # Attention is where a batch has nothing to share: each request reads a cache of its own.
        TALLY["read"] += sum(2 * WIDTH * len(store[i][0]) for store, _ in jobs)
        mixed = []
        for (j, place), query in zip(owners, apply(w["q"], h, tuned)):
            keys, values = jobs[j][0][i]
            mixed.append(attend(query, keys[: place + 1], values[: place + 1]))
        xs = [[*map(float.__add__, x, y)] for x, y in zip(xs, apply(w["o"], mixed, tuned))]
        hidden = [
            [max(a, 0.0) for a in row] for row in apply(w["up"], [norm(x) for x in xs], tuned)
        ]
        xs = [[*map(float.__add__, x, y)] for x, y in zip(xs, apply(w["down"], hidden, tuned))]
    states = [[] for _ in jobs]
    for (j, _), x in zip(owners, xs):
        states[j].append(norm(x))
    return states


# -- Training --------------------------------------------------------------------------------
# Only the readout learns, by softmax regression on states that stand still. How well it writes is of
# no account for the schedule; that its logits depend on all letters before is.


def train_readout(model, text):
    """Held-out loss of the readout, and that of letter frequencies, which it must beat."""
    samples, text = [], text[: LEARNED + 1]
    for a in range(0, len(text) - 1, 32):
        (states,) = run_batch(model, [(new_store(), text[a : a + 32])])
        samples += list(zip(states, text[a + 1 :]))
    random.shuffle(samples)
    held_out, learned = samples[: len(samples) // 6], samples[len(samples) // 6 :]
    weight = model["readout"]
    for p in range(PASSES):
        for x, target in learned:
            # Gradient by hand, since one linear layer is all that learns:
            # d(-log p_target) / d(logit i) = p_i - [i is the target]; the logit is row i times x.
            errors = softmax([product(row, x) for row in weight])
            errors[target] -= 1.0
            for i, g in enumerate(errors):
                rate = 0.02 * (1 - p / PASSES) * g
                weight[i] = [w - rate * a for w, a in zip(weight[i], x)]
    shares = [softmax(apply(weight, [x])[0])[t] for x, t in held_out]
    counts = [1 + sum(t == i for _, t in learned) for i in range(len(LETTERS))]
    blind = [counts[t] / sum(counts) for _, t in held_out]
    return (-sum(math.log(max(p, 1e-10)) for p in ps) / len(held_out) for ps in (shares, blind))


# -- Cost of a step --------------------------------------------------------------------------
# A step takes as long as its reading takes: on the machines that do this, arithmetic is the smaller
# part until a batch has some hundred letters (microkv counts one multiply for each number read).
# All weights are read once, 12 D^2 a layer and 27 D for the readout; each request reads its own
# keys and values, 2 D a layer for each position. The unit of time is one reading of the weights,
# so a step costs 1 + (positions in flight) / 103. A model of 7 billion weights with 32 heads of
# keys has 26,000 in place of 103: the same curve, farther to the right.

WEIGHTS = LAYERS * 12 * WIDTH**2 + len(LETTERS) * WIDTH
POSITION = LAYERS * 2 * WIDTH


def step_cost(positions):
    return 1 + positions * POSITION / WEIGHTS


# -- Scheduling ------------------------------------------------------------------------------
# Intuition: a static batch is a bus that waits until its last passenger has got off before it lets
# anybody on. A continuous batch is a row of seats: who gets up makes room at once. Nothing in the
# model forbids the second, since the requests of a batch never look at each other.
#
# Events are the steps: time jumps by the cost of each. All is decided between two steps.


class Run:
    """What one request has come to: its letters, its cache, its logits, its times."""

    def __init__(self, request, generator=None):
        self.request, self.letters, self.store = request, list(request["prompt"]), new_store()
        self.logits, self.first, self.end = [], None, None
        # Each request draws from a generator of its own. With one for all, a letter would depend on
        # how many others have drawn before.
        self.generator = generator or random.Random(request["number"])
        # Known here so that the trace can be replayed; the scheduler learns it when it is reached.
        self.final = len(self.letters) + request["answer"]
        self.longest = len(self.letters) + LONGEST

    def take(self, logits):
        # A drawn letter, not the most likely one: a service samples, and sampling has state too.
        if logits:
            self.logits.append(logits)
            self.letters += self.generator.choices(range(len(LETTERS)), softmax(logits))
        else:
            self.letters.append(0)


def simulate(model, requests, slots, static=False, budget=10**9, reserve=False, **odd):
    """Serve a trace. Without a model letters are blank and only the schedule is real.

    First come, first served, and a request that was thrown out goes back to the head of the queue.
    budget: positions that fit into memory. reserve: let a request in only if its longest possible
    answer fits too. odd: generator (one for all), tuned (sums that depend on the batch).
    """
    pending = [Run(request, odd.get("generator")) for request in reversed(requests)]
    waiting, running, done = [], [], []
    now, told = 0.0, Counter(again=0)
    while pending or waiting or running:
        while pending and pending[-1].request["arrival"] <= now:
            waiting.append(pending.pop())
        if not waiting and not running:
            # Nothing to do: time jumps to the next arrival.
            now = pending[-1].request["arrival"]
            continue
        # Who may enter: a static batch only when it is empty, a continuous one whenever a slot is.
        entering = not static or not running
        while entering and waiting and len(running) < slots:
            # Reserving takes the longest possible answer for each; else what there is now counts.
            if (
                sum(r.longest if reserve else len(r.letters) for r in running + waiting[:1])
                > budget
            ):
                break
            running.append(waiting.pop(0))
        active = [r for r in running if r.end is None]
        # Memory runs out in the middle of answers. The youngest gives its cache back and keeps its
        # letters: one job later it is where it was. Any single request fits, so one is always left.
        while sum(len(r.letters) for r in active) > budget:
            waiting.insert(0, active.pop())
            running.remove(waiting[0])
            told["again"] += len(waiting[0].store[0][0])
            waiting[0].store = new_store()
        # A prefill of many letters is one job of this step too. On a machine that runs out of arithmetic
        # first it would stall the others, and servers cut long prompts in chunks for that reason.
        # What is in memory during this step, prompts and new letters included, is what it reads.
        cost = step_cost(sum(len(r.letters) for r in active))
        logits = [None] * len(active)
        if model:
            TALLY["read"] = 0
            jobs = [(r.store, r.letters[len(r.store[0][0]) :]) for r in active]
            states = run_batch(model, jobs, odd.get("tuned", False))
            logits = apply(model["readout"], [s[-1] for s in states], odd.get("tuned", False))
            told["miscounts"] += abs(TALLY["read"] / WEIGHTS - cost) > 1e-9
        now += cost
        # How well a policy packs shows only while somebody is waiting: "full" counts these steps.
        busy = bool(waiting)
        told.update(
            {"steps": 1, "letters": len(active), "full": busy, "full letters": busy * len(active)}
        )
        for r, scores in zip(active, logits):
            r.take(scores)
            r.first = r.first or now
            if len(r.letters) == r.final:
                r.end = now
                done.append(r)
        # The difference between the policies, in two lines: who has ended leaves, or keeps its slot
        # until all have.
        left = [r for r in running if r.end is None]
        running = running if static and left else left
    told["time"] = now
    return sorted(done, key=lambda r: r.request["number"]), told


# -- What must come out ----------------------------------------------------------------------
# Two formulas that know the lengths' distribution and the cost, and nothing of any scheduler.


def expected_filled(slots):
    """Share of a static batch's slots that make a letter: mean answer over mean longest answer."""
    # P(answer <= n) = 1 - exp(-n / m) up to the limit, and the longest of S is at most n when all
    # are. A mean of whole numbers is the sum of P(more than n). Without the limit this is
    # 1 / (1 + 1/2 + .. + 1/S): the last of S exponentials to end takes that many means.
    below = [1 - math.exp(-n / (MEAN - 0.5)) for n in range(LONGEST)]
    return sum(1 - p for p in below) / sum(1 - p**slots for p in below)


def expected_speed(requests, slots):
    """Letters in a unit of time when all slots are always taken."""
    # A step makes S letters and costs 1 + S p / 103, where p is the mean number of positions of a
    # request in flight, each step of each answer counted once. For many slots the 1 vanishes and
    # 103 / p is all that any batch can give: the weights are shared, the caches aren't.
    seen = sum(len(r["prompt"]) + t for r in requests for t in range(r["answer"]))
    return slots / step_cost(slots * seen / sum(r["answer"] for r in requests))


def percentile(values, share):
    # A mean hides the user who waited longest; servers promise a percentile.
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# -- Comparison ------------------------------------------------------------------------------


def main():
    start = time.perf_counter()
    random.seed(42)
    model, text = draw_model(), own_text()
    loss, blind = train_readout(model, text)
    print(f"readout: held-out loss {loss:.3f}, letter frequencies {blind:.3f}")

    # "first" is the wait for the first letter, "end" for the last, both from the arrival on.
    # One trace, answered by the model under each policy. Requests come at a rate that a full
    # continuous batch can just serve and a static one can't.
    requests = draw_requests(text, REQUESTS, 0.11)
    alone = [simulate(model, [request], 1)[0][0] for request in requests]
    # The last two have 200 positions of memory: two requests at their longest, or some seven as they are.
    memory = 200
    policies = {
        "one at a time": {"slots": 1},
        "static, 8 slots": {"slots": SLOTS, "static": True},
        "continuous, 8 slots": {"slots": SLOTS},
        "memory 200, reserved": {"slots": SLOTS, "budget": memory, "reserve": True},
        "memory 200, preempting": {"slots": SLOTS, "budget": memory},
    }
    print(f"\n{REQUESTS} requests; latency in readings of the weights")
    header = f"{'letters/step':>12} {'/time':>6} {'first, p50':>11} {'p95':>6} {'end, p50':>9} {'p95':>6}"
    print(f"{'policy':<24} {header} {'again':>6}")
    told, ends, differing = {}, {}, 0
    for name, options in policies.items():
        done, told[name] = simulate(model, requests, **options)
        first = [r.first - r.request["arrival"] for r in done]
        ends[name] = [r.end - r.request["arrival"] for r in done]
        pairs = [(r.logits, r.letters, a.logits, a.letters) for r, a in zip(done, alone)]
        differing += sum(pair[:2] != pair[2:] for pair in pairs)
        t = told[name]
        speeds = f"{t['letters'] / t['steps']:>12.2f} {t['letters'] / t['time']:>6.2f}"
        waits = f"{percentile(first, 0.5):>11.0f} {percentile(first, 0.95):>6.0f}"
        last = f"{percentile(ends[name], 0.5):>9.0f} {percentile(ends[name], 0.95):>6.0f}"
        print(f"{name:<24} {speeds} {waits} {last} {t['again']:>6}")
    miscounts = sum(t["miscounts"] for t in told.values())

    # Equal letters can be luck. Equal logits, all 27 of each letter, to the last bit, are not.
    # Two ways to let the neighbors in. Each is compared with itself, alone.
    # `tuned` alone runs in batches of one, in company mostly in batches of four and more.
    tuned, _ = simulate(model, requests, SLOTS, tuned=True)
    tuned_alone = [simulate(model, [request], 1, tuned=True)[0][0] for request in requests]
    bits = sum(a.logits != b.logits for a, b in zip(tuned, tuned_alone))
    shared, _ = simulate(model, requests, SLOTS, generator=random.Random(1))
    letters = sum(a.letters != b.letters for a, b in zip(shared, alone))
    print(f"\nsums that depend on the batch: {bits} of {REQUESTS} requests get other logits")
    print(f"one random generator for all: {letters} of {REQUESTS} get other letters")

    # Neither is an error of arithmetic: the first moves a logit by its last bits, and either is right.
    # But nobody can repeat such an answer, since nobody can repeat the traffic.

    # Doubling a static batch never doubles its letters: each time a smaller part of it is alive.
    # A long queue, scheduled without the model by the cost that was just checked against it.
    queue = draw_requests(text, QUEUE, 1e9)
    print(f"\n{QUEUE} requests waiting; first the slots filled, then letters in a unit of time")
    # 1/H is the rule of thumb, theory the same with the longest answer cut off at 80.
    columns = ("1/H", "theory", "static", "cont.", "static", "cont.", "theory")
    print(f"{'slots':>6} " + " ".join(f"{column:>8}" for column in columns))
    miss, slip, filled, speed = 0.0, 0.0, {}, {}
    for slots in (1, 2, 4, 8, 16, 32):
        for static in (True, False):
            _, t = simulate(None, queue, slots, static)
            filled[slots, static] = t["full letters"] / t["full"] / slots
            speed[slots, static] = t["letters"] / t["time"]
        rule = 1 / sum(1 / i for i in range(1, slots + 1))
        share, most = expected_filled(slots), expected_speed(queue, slots)
        miss = max(miss, abs(filled[slots, True] / share - 1))
        slip = max(slip, abs(speed[slots, False] / most - 1))
        shares = (rule, share, filled[slots, True], filled[slots, False])
        speeds = (speed[slots, True], speed[slots, False], most)
        row = [f"{x:>8.0%}" for x in shares] + [f"{x:>8.2f}" for x in speeds]
        print(f"{slots:>6} {' '.join(row)}")
    # Equal bits don't say that attention looks at anything. With two keys its softmax is the logistic
    # function, a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))), which is worked out for head 0 here.
    query, *keys = ([random.gauss(0.0, 1.0) for _ in range(WIDTH)] for _ in range(3))
    [weight, *_], size = attend(query, keys, [[1.0] * WIDTH, [0.0] * WIDTH]), WIDTH // HEADS
    lead = product(query[:size], [b - a for a, b in zip(*keys)]) / math.sqrt(size)
    astray = abs(weight - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    # Latency falls twice: nobody waits for a batch to end before starting, and a step with free slots
    # is a cheap step.
    # Reserving for the longest answer leaves the memory of the short ones unused, and time with it.
    static, flowing = ends["static, 8 slots"], ends["continuous, 8 slots"]
    median, tail = (percentile(flowing, p) / percentile(static, p) for p in (0.5, 0.95))
    safe, bold = told["memory 200, reserved"], told["memory 200, preempting"]
    faster, full = safe["time"] / bold["time"], filled[SLOTS, False]
    # What no number of slots can pass, by the cost alone: the limit of the last theory column.
    gain, limit = speed[32, False] / speed[1, False], expected_speed(queue, 10**9) / speed[1, False]
    # The last two rows are the traps: without them, "differ: 0" might mean that nothing could differ.
    return verdict(
        [
            ("loss of the readout, held out", loss, f"< {blind:.3f}", loss < blind),
            ("requests that differ from running alone", differing, "0", differing == 0),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("steps whose reading misses the cost", miscounts, "0", miscounts == 0),
            ("slots filled, continuous, queue waiting", full, "1", full == 1),
            ("slots filled, static, miss of theory", miss, "< 0.05", miss < 0.05),
            ("letters per time, miss of theory", slip, "< 0.05", slip < 0.05),
            ("32 slots over 1, letters per time", gain, f"< {limit:.2f}", gain < limit),
            ("median latency, continuous over static", median, "< 1", median < 1),
            ("95th percentile, continuous over static", tail, "< 1", tail < 1),
            ("letters computed again after preemption", bold["again"], "> 0", bold["again"] > 0),
            ("time, reserving over preempting", faster, "> 1.2", faster > 1.2),
            ("sums by batch size: requests with other bits", bits, "> 0", bits > 0),
            ("one generator: requests with other letters", letters, "> 0", letters > 0),
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
