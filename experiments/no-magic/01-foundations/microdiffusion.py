"""microdiffusion: a network that only guesses which noise was added can draw new points from pure noise.

Mix a point with noise, a little or a lot, and ask a small network which noise it was. That is the
whole training: one regression, no adversary, no likelihood. To generate, begin with noise, take off
a little of what the network believes to be noise, and do it a hundred times. For points whose law is
known the best possible guess is a formula, so the network is held against it, and against the
formula that knows nothing but the training points.

Sohl-Dickstein et al. (2015), Deep Unsupervised Learning using Nonequilibrium Thermodynamics; Ho,
Jain and Abbeel (2020), Denoising Diffusion Probabilistic Models; Song, Meng and Ermon (2021), DDIM,
for the sampler without new noise; Karras et al. (2022), for a network that corrects a linear answer.
Idea of a single-file program after Andrej Karpathy's micrograd, makemore and microgpt; written from
scratch.

Surprise: the lowest possible training loss belongs to the formula that knows nothing but the 200
points learned from. It passes every test of mean, variance and distance, and its samples lie 7 times
nearer to those points than new points of the spiral do: they are copies. On points held out its
loss is twice that of a linear guess. A network draws something new because it falls short of its
own loss's minimum. And there is little to gain: a linear guess gets 0.623, the law of the spiral
itself 0.532. That seventh is all the difference between the spiral and a round cloud.

Built properly in phase 09 (modules, layers and optimizers), which has the network and the optimizer;
the course builds no diffusion model.
"""

import collections
import itertools
import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
POINTS, HELD_OUT, SAMPLES = (50, 100, 40) if SMOKE else (200, 1000, 500)
TRAIN_STEPS = 60 if SMOKE else 6000
STEPS, BATCH, HIDDEN = 100, 50, 24

# A 2D point becomes an image, the MLP a U-Net, and the algorithm stays: an image is a point too, with
# a coordinate for each pixel and color. What guesses its noise is then a U-Net (or a transformer) with
# billions of parameters, while the mixing, the loss and the sampler of this file needn't change.

# -- Noise -----------------------------------------------------------------------------------
# One step keeps sqrt(1 - beta) of a point and adds sqrt(beta) of new noise: a variance of 1 stays
# 1. Many such steps are one Gaussian again, x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e, where a_t is the
# product of all (1 - beta) so far. Any t is reached in one jump, and training needs no chain.
# The paper's linear schedule, 1e-4 to 0.02 in 1,000 steps, with ten times the slope for 100. Unscaled
# it would end at a_T = 0.36: training would stop at noise through which the picture still shows, and
# sampling would begin at noise that shows nothing.

BETA = [0.001 + (0.2 - 0.001) * t / (STEPS - 1) for t in range(STEPS)]
KEPT = list(itertools.accumulate((1 - b for b in BETA), lambda a, b: a * b))  # a_t
# The network must know how much noise to expect. Waves of four lengths tell near steps apart
# and keep far ones comparable, like the positions of a transformer.
CLOCK = [
    [f(math.pi / 2 * 2**k * t / STEPS) for k in range(4) for f in (math.sin, math.cos)]
    for t in range(STEPS)
]


def gauss():
    return complex(random.gauss(0, 1), random.gauss(0, 1))


# -- Data ------------------------------------------------------------------------------------
# A point of the plane is a complex number: two coordinates in one variable, and the formulas keep
# the shape that they have on paper. A spiral, because its mean and variance say nothing of it.

WIDTH = 0.16  # of the arm, where the whole spiral has a standard deviation of 1


def arm(u):
    # 1.25 turns. The root spreads the points evenly: further out there is more arm to each turn.
    turn = 0.35 + 1.25 * math.sqrt(u)
    angle = 2 * math.pi * turn
    return turn * complex(math.cos(angle), math.sin(angle))


def moments(points):
    """Mean and variance of both axes."""
    axes = [p.real for p in points], [p.imag for p in points]
    means = [mean(axis) for axis in axes]
    return means, [mean([(a - m) ** 2 for a in axis]) for axis, m in zip(axes, means)]


def mean(numbers):
    return sum(numbers) / len(numbers)


# -- Model -----------------------------------------------------------------------------------
# 2 coordinates and 8 numbers of the clock; two hidden layers of tanh; 2 numbers for the noise. The
# weights are one flat list of rows, each with its bias last: the optimizer sees one vector.

SIZES = ((HIDDEN, 2 + 8 + 1), (HIDDEN, HIDDEN + 1), (2, HIDDEN + 1))


def draw_weights():
    # Variance 1 / inputs, so that sums keep the size of their parts. The last layer begins at 0:
    # before any training the model is exactly the linear answer below.
    stds = [0.0 if rows == 2 else 1 / math.sqrt(columns - 1) for rows, columns in SIZES]
    return [random.gauss(0, std) for std, (r, c) in zip(stds, SIZES) for _ in range(r * c)]


def matrices(weights):
    """The flat list cut into the rows of the three layers."""
    numbers = iter(weights)
    return [[list(itertools.islice(numbers, c)) for _ in range(r)] for r, c in SIZES]


def dot(xs, ys):
    return sum([x * y for x, y in zip(xs, ys)])


# The best linear guess needs no learning. Points and noise both have variance 1, so x_t has too, and
# the covariance of e and x_t is sqrt(1 - a_t): that times x_t is the guess, and a_t is its error. It
# is all that mean and variance can tell, and sampling with it alone gives a round cloud. What the
# network adds is the rest, the shape.


def guess_noise(layers, x, t):
    """What the model takes for the noise in x, and the activations on the way."""
    first, second, (real, imaginary) = layers
    a0 = [x.real, x.imag, *CLOCK[t], 1.0]
    a1 = [math.tanh(dot(row, a0)) for row in first]
    a1.append(1.0)
    a2 = [math.tanh(dot(row, a1)) for row in second]
    a2.append(1.0)
    return math.sqrt(1 - KEPT[t]) * x + complex(dot(real, a2), dot(imaginary, a2)), (a0, a1, a2)


# -- Training --------------------------------------------------------------------------------


def noisy(point, t):
    """x_t and the noise in it, which is the answer that training asks for."""
    e = gauss()
    return math.sqrt(KEPT[t]) * point + math.sqrt(1 - KEPT[t]) * e, e


def draw_batch(points):
    # The steps t lie evenly, with one random shift for all. Drawn freely, some batches would have
    # the hard ones and others the easy ones, and the loss would jump for that reason alone.
    shift = random.random()
    times = [int((i + shift) * STEPS / BATCH) for i in range(BATCH)]
    return [(*noisy(random.choice(points), t), t) for t in times]


def loss_and_gradient(weights, batch):
    """Mean squared error of the guess in a coordinate, and its derivative for each weight, flat."""
    # L = sum |guess - e|^2 / (2 B). With d3 = dL/dguess = (guess - e) / B, and tanh' = 1 - tanh^2,
    # the chain rule goes back layer by layer:
    #   d2 = (W3^T d3) (1 - a2^2)        d1 = (W2^T d2) (1 - a1^2)
    #   dL/dW3 = sum d3 a2^T             dL/dW2 = sum d2 a1^T             dL/dW1 = sum d1 a0^T
    # The sums run over the batch, so each entry is one dot product of two columns of length B. The
    # linear part of the guess has no weight and takes no part.
    layers = matrices(weights)
    back = list(zip(*layers[1]))[:-1]
    loss, passed, errors = 0.0, [], []
    for x, e, t in batch:
        guess, (a0, a1, a2) = guess_noise(layers, x, t)
        d3 = (guess - e) / BATCH
        loss += abs(d3) ** 2 * BATCH / 2
        # The 1 for the bias at the end of a1 and a2 has no error: zip stops before it.
        d2 = [(d3.real * u + d3.imag * v) * (1 - a * a) for u, v, a in zip(*layers[2], a2[:-1])]
        d1 = [dot(column, d2) * (1 - a * a) for column, a in zip(back, a1)]
        passed.append((a0, a1, a2))
        errors.append((d1, d2, (d3.real, d3.imag)))
    gradient = []
    for rows, d in zip(zip(*passed), zip(*errors)):
        columns = list(zip(*rows))
        gradient += [dot(error, column) for error in zip(*d) for column in columns]
    return loss, gradient


def gradient_gap(weights, batch):
    """Largest difference to central differences, over the largest derivative."""
    # The zeros of the last layer would hide everything under it, so they are shaken first.
    weights = [w + random.gauss(0, 0.1) for w in weights]
    gradient, gap = loss_and_gradient(weights, batch)[1], 0.0
    for i in random.sample(range(len(weights)), 10 if SMOKE else 150):
        up, down = (
            loss_and_gradient([*weights[:i], weights[i] + h, *weights[i + 1 :]], batch)[0]
            for h in (1e-5, -1e-5)
        )
        gap = max(gap, abs((up - down) / 2e-5 - gradient[i]))
    return gap / max(map(abs, gradient))


# Intuition: at each place the network is asked where the noise came from. Where two arms of the
# spiral could both be the origin, squared error makes it answer the mean of both, which lies on
# neither. It needn't be right there: after one small step towards that mean the question is asked
# again, with less noise, and one of the arms has become the nearer one.


def train(points, weights):
    m, v, losses = [0.0] * len(weights), [0.0] * len(weights), []
    for step in range(1, TRAIN_STEPS + 1):
        loss, gradient = loss_and_gradient(weights, draw_batch(points))
        losses.append(loss)
        # Adam. The rate falls to 0 in a straight line: the answers are random, so the loss never
        # comes to rest, and only a falling rate averages that out.
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradient)]
        v = [0.99 * a + 0.01 * g * g for a, g in zip(v, gradient)]
        rate, fix = 0.01 * (1 - step / TRAIN_STEPS) / (1 - 0.9**step), 1 / (1 - 0.99**step)
        weights = [w - rate * a / (math.sqrt(b * fix) + 1e-8) for w, a, b in zip(weights, m, v)]
        if step % (TRAIN_STEPS // 3) == 0:
            print(f"step {step:>5}: loss {mean(losses[-TRAIN_STEPS // 10 :]):.4f}")
    return weights


# -- The best possible guess -----------------------------------------------------------------
# If points lie around centers c_i, Gaussian with variance v on each axis, then Bayes' rule says of x_t
#   w_i ~ exp(-|x_t - s c_i|^2 / (2 q))      with s = sqrt(a_t), q = s^2 v + 1 - a_t
#   E[x_0 | x_t] = c + (s v / q) (x_t - s c)     with c = sum w_i c_i, the mean center
# and no guess has a smaller squared error than this mean. With the training points for centers and
# v = 0 it is the minimum of the training loss, and nothing is trained: the data are the formula.
# That is the copyist. With centers all along the arm and its true width, it is the law itself.


def best_guess(centers, v, x, t):
    """The noise in x if its origin is the posterior mean."""
    s, noise = math.sqrt(KEPT[t]), 1 - KEPT[t]
    q = s * s * v + noise
    far = [abs(x - s * c) ** 2 / (-2 * q) for c in centers]
    top = max(far)
    w = [math.exp(f - top) for f in far]
    c = dot(w, centers) / sum(w)
    return (x - s * (c + s * v / q * (x - s * c))) / math.sqrt(noise)


# -- Sampling --------------------------------------------------------------------------------


def sample(guess, steps, fresh):
    """Points from noise, in `steps` steps. fresh: 1 is DDPM; 0 brings no new noise in, DDIM."""
    # A guess implies an origin, x_0 = (x_t - sqrt(1 - a) e) / sqrt(a). Mix that again, with less noise:
    #   sqrt(a') x_0 + sqrt(1 - a' - v) e + sqrt(v) z
    # A part of the noise is the old one, as guessed; v is the new part. Bayes' rule for one step back,
    # q(x_t' | x_t, x_0), gives v = (1 - a') / (1 - a) (1 - a / a'). A smaller v fits the same
    # training, which never saw two steps together: only the sum of both parts counts.
    times, drawn = [(i + 1) * STEPS // steps - 1 for i in range(steps)][::-1], []
    for _ in range(SAMPLES):
        x = gauss()
        for t, after in zip(times, [*times[1:], None]):
            e, a, b = guess(x, t), KEPT[t], 1.0 if after is None else KEPT[after]
            v = fresh * (1 - b) / (1 - a) * (1 - a / b)
            origin = (x - math.sqrt(1 - a) * e) / math.sqrt(a)
            x = math.sqrt(b) * origin + math.sqrt(1 - b - v) * e + math.sqrt(v) * gauss()
        drawn.append(x)
    return drawn


# -- Comparison ------------------------------------------------------------------------------


def distance(points, others):
    """Mean distance from a point to the nearest of the others. Small only where the others are."""
    return mean([min([abs(p - q) for q in others]) for p in points])


def picture(points):
    """The density on a grid of 24 by 12, in four shades."""
    cells = collections.Counter(
        (math.floor(6 - p.imag / 4.6 * 12), math.floor(12 + p.real / 4.6 * 24)) for p in points
    )
    shades = [[math.ceil(200 * cells[i, j] / len(points)) for j in range(24)] for i in range(12)]
    return ["".join(" .o#"[min(3, shade)] for shade in row) for row in shades]


def main():
    start = time.perf_counter()
    random.seed(42)
    # The curve to mean 0 and variance 1 on both axes, since the noise has the same: what is mixed
    # is of one size. Real pictures are scaled to [-1, 1] for this.
    curve = [arm((i + 0.5) / 200) for i in range(200)]
    (mean_x, mean_y), (wide, high) = moments(curve)

    def lay(p):
        return complex((p.real - mean_x) / math.sqrt(wide), (p.imag - mean_y) / math.sqrt(high))

    along, count = [lay(p) for p in curve], POINTS + HELD_OUT + SAMPLES
    spiral = [lay(arm(random.random())) + WIDTH * gauss() for _ in range(count)]
    points, held_out, own = spiral[:POINTS], spiral[POINTS:-SAMPLES], spiral[-SAMPLES:]
    untrained = draw_weights()
    print(f"{POINTS} points of a spiral, {len(untrained)} weights, a_T = {KEPT[-1]:.1e}")
    gap = gradient_gap(untrained, draw_batch(points))
    blank, layers = matrices(untrained), matrices(train(points, untrained))
    print(f"trained: {time.perf_counter() - start:.1f} s")
    guesses = {
        "linear": lambda x, t: guess_noise(blank, x, t)[0],
        "network": lambda x, t: guess_noise(layers, x, t)[0],
        "copyist": lambda x, t: best_guess(points, 0.0, x, t),
        "law": lambda x, t: best_guess(along, WIDTH**2, x, t),
    }

    # Where is the loss? At much noise the linear guess is all there is to know. At the least noise
    # nobody can tell it from the width of the arm. The shape is decided between the two.
    print(f"\nloss {'points learned from':>37} {'points held out':>35}")
    print(f"{'t':>4} {'a_t':>6}", *(f"{name:>8}" for name in [*guesses, *guesses]))
    table = []
    for t in (0, 2, 5, 10, 20, 30, 50, 99):
        table.append([])
        for some in (points, held_out):
            mixed = [noisy(p, t) for p in some for _ in range(1 if SMOKE else 1000 // len(some))]
            for guess in guesses.values():
                table[-1].append(mean([abs(guess(x, t) - e) ** 2 / 2 for x, e in mixed]))
        print(f"{t + 1:>4} {KEPT[t]:>6.3f}", *(f"{loss:>8.3f}" for loss in table[-1]))
    losses = [mean(column) for column in zip(*table)]
    print(f"{'mean':>11}", *(f"{loss:>8.3f}" for loss in losses))

    # The answers have a spread that no guess can tell, so most of the loss is there to stay, and the
    # part that can be learned beyond the linear guess is what separates a spiral from a cloud.

    # Distance both ways: from samples to data (are they on the arm?) and from data to samples (is all
    # of the arm there?). "To learned" is to the training points alone: far too small means copied.
    # The Gaussian of the training points' mean and variance is all that a linear guess could draw.
    aim = moments(points)
    cloud = [complex(*map(random.gauss, aim[0], map(math.sqrt, aim[1]))) for _ in own]
    runs = {("spiral", "", ""): own, ("Gaussian", "", ""): cloud}
    order = [("network", 5, 0), ("network", 20, 0), ("law", 100, 1), ("copyist", 100, 1)]
    order[2:2] = [("network", steps, 1) for steps in (5, 10, 20, 100)]
    for name, steps, fresh in order:
        runs[name, steps, fresh] = sample(guesses[name], steps, fresh)
    print("\nsamples of steps new noise  to data from data to learned          mean      variance")
    seen = {}
    for (name, steps, fresh), drawn in runs.items():
        away, back = distance(drawn, held_out), distance(held_out, drawn)
        seen[name, steps, fresh] = (away, back, distance(drawn, points), *moments(drawn))
        print(f"{name:<10} {steps:>5} {fresh:>9} {away:>8.3f} {back:>9.3f}", end=" ")
        _, _, learned, means, spread = seen[name, steps, fresh]
        print(f"{learned:>10.3f}", *(f"{m:>+6.3f}" for m in means), *(f"{s:>6.3f}" for s in spread))
    best, few, round_one = ("network", 100, 1), ("network", 5, 1), ("Gaussian", "", "")
    print("\n" + "|".join(f"{k:^24}" for k in ("data", "100 steps", "5 steps", "Gaussian")))
    for line in zip(*(picture(some) for some in (held_out, runs[best], runs[few], cloud))):
        print("|".join(line))
    print(f"time: {time.perf_counter() - start:.1f} s")

    # Distances in units of what new points of the spiral get themselves, so that 1 is perfect; moments
    # against those of the training points. The Gaussian must pass the moments and fail the distance, or
    # the distance would say nothing that the moments don't.
    unit = seen["spiral", "", ""][:3]
    near = {run: [a / b for a, b in zip(row, unit)] for run, row in seen.items()}
    off = max(abs(a - b) for a, b in zip(seen[best][3], aim[0]))
    ratios = {run: [a / b for a, b in zip(row[4], aim[1])] for run, row in seen.items()}
    worst = {run: max(both, key=lambda r: abs(r - 1)) for run, both in ratios.items()}
    wide, flat, shrunk = worst[best], worst[round_one], worst[few]
    away, back, fresh = near[best]
    blind, sound, (found, _, same) = (
        near[round_one][0],
        near["law", 100, 1][0],
        near["copyist", 100, 1],
    )
    linear, network, copyist, law = losses[4:]
    learned, worse = (linear - network) / (linear - law), copyist / linear
    return verdict(
        [
            ("gradient against central differences", gap, "< 1e-6", gap < 1e-6),
            ("mean of the samples, off by (std)", off, "< 0.2", off < 0.2),
            ("variance over the data's, worse axis", wide, "0.8 to 1.2", 0.8 <= wide <= 1.2),
            ("samples to data", away, "< 2", away < 2),
            ("data to samples", back, "< 2", back < 2),
            ("Gaussian: variance over the data's", flat, "0.8 to 1.2", 0.8 <= flat <= 1.2),
            ("Gaussian: samples to data", blind, "> 2", blind > 2),
            ("5 steps: variance over the data's", shrunk, "< 0.8", shrunk < 0.8),
            ("law: samples to data", sound, "< 1.2", sound < 1.2),
            ("held out: share learned, linear to law", learned, "> 0.5", learned > 0.5),
            ("held out: copyist's loss over linear's", worse, "> 1", worse > 1),
            ("copyist: samples to data", found, "< 2", found < 2),
            ("copyist: samples to learned", same, "< 0.25", same < 0.25),
            ("network: samples to learned", fresh, "> 0.75", fresh > 0.75),
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
