"""microvae: a network that must write its code in noisy ink learns a map that new points can be drawn from.

An encoder turns a point into a Gaussian over codes, a decoder turns a code back into a point, and
both are trained to reconstruct well while the codes stay near a standard normal. The sampling in
the middle is made differentiable by drawing the noise first and shifting it afterwards. With one
number for a code, everything that is intractable elsewhere is a sum on a grid: here the bound, the
true likelihood and the law of the data stand in one table.

Kingma and Welling (2014), Auto-Encoding Variational Bayes; Rezende, Mohamed and Wierstra (2014);
Higgins et al. (2017), beta-VAE; Lucas et al. (2019), on collapse in the linear case; Williams (1992)
for the other estimator. Idea of a single-file program after Andrej Karpathy's micrograd, makemore
and microgpt; written from scratch.

Surprise: the score function, which never looks into the decoder, trains nearly as well here, a bound
of -1.200 against -1.163: for one code its gradient has 2.6 times the variance. With 64 parts in one
example it has 39 times, and the path's hasn't moved. The decoder has taught itself the normal
distribution function: code z lies at Phi(z) of the curve, to 0.03. And samples hide faults: for beta
from 0 to 10 they lie 0.046 to 0.055 from the data, while the bound goes from -6.9 to -1.2 to -5.1.

Built properly in phase 05 (probability and information: the KL divergence), with network and
optimizer in phase 09 (modules); the course builds no VAE.
"""

import itertools
import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
POINTS, HELD_OUT, TRAIN_STEPS, DRAWS = (100, 60, 60, 40) if SMOKE else (1000, 500, 3000, 1000)
BATCH, HIDDEN = 50, 16
# 0 is an autoencoder that may turn its noise off; 20 and 40 lie on two sides of a limit, see main.
BETAS = (0.0, 0.1, 1.0, 10.0, 20.0, 40.0)
WIDTH = 0.15  # standard deviation of the data around their curve, and of the decoder's output

# -- Data ------------------------------------------------------------------------------------
# Three quarters of a circle, smeared. A point of the plane is a complex number. Two coordinates,
# but only one of them matters: the place on the curve. That is what a code of one number must find.


def curve(u):
    # u from 0 to 1, at even speed.
    angle = 1.5 * math.pi * (u - 0.5)
    return complex(math.cos(angle), math.sin(angle))


def gauss():
    return complex(random.gauss(0, 1), random.gauss(0, 1))


def mean(numbers):
    return sum(numbers) / len(numbers)


def variance(numbers):
    m = mean(numbers)
    return mean([(a - m) ** 2 for a in numbers])


# -- Model -----------------------------------------------------------------------------------
# Encoder: 2 coordinates, 16 tanh, 2 numbers (mean and log variance of the code). Decoder: 1 code, 16
# tanh, 2 coordinates. Weights are one flat list of rows, each with its bias last.

SIZES = ((HIDDEN, 3), (2, HIDDEN + 1), (HIDDEN, 2), (2, HIDDEN + 1))


def draw_weights():
    scales = [1 / math.sqrt(columns) for _, columns in SIZES]
    return [random.gauss(0, s) for s, (r, c) in zip(scales, SIZES) for _ in range(r * c)]


def matrices(weights):
    numbers = iter(weights)
    return [[list(itertools.islice(numbers, c)) for _ in range(r)] for r, c in SIZES]


def dot(xs, ys):
    return sum([x * y for x, y in zip(xs, ys)])


def encode(layers, x):
    """Mean and log variance of the code, and the activations on the way."""
    a0 = (x.real, x.imag, 1.0)
    a1 = [*[math.tanh(dot(row, a0)) for row in layers[0]], 1.0]
    return dot(layers[1][0], a1), dot(layers[1][1], a1), a0, a1


def decode(layers, z):
    """The center of the points that code z stands for, and the activations on the way."""
    a2 = (z, 1.0)
    a3 = [*[math.tanh(w * z + b) for w, b in layers[2]], 1.0]
    return complex(dot(layers[3][0], a3), dot(layers[3][1], a3)), a2, a3


# -- The two terms ---------------------------------------------------------------------------
# The evidence lower bound: log p(x) >= E_q[log p(x | z)] - KL(q(z | x) || p(z)). Its negative is what is
# minimized. The first term is a squared error, |x - decode(z)|^2 / (2 WIDTH^2), but for a constant. The
# second has a closed form for Gaussians, KL(N(mu, e^l) || N(0, 1)) = -0.5 (1 + l - mu^2 - e^l). Its
# first minus is often lost: the term is then never positive, and training runs away from the prior.


def divergence(mu, log_variance):
    return -0.5 * (1 + log_variance - mu * mu - math.exp(log_variance))


def misfit(x, center):
    return abs(x - center) ** 2 / (2 * WIDTH**2)


LEVEL = math.log(2 * math.pi * WIDTH**2)  # the constant: -log p(x | z) = misfit + LEVEL


# beta KL + |x - c|^2 / (2 s^2) is beta times the loss of a decoder of variance beta s^2: a beta is a
# noise level under another name. It says how wide a smear the decoder may call the same point. The
# autoencoders under latent diffusion models use one near 1e-6: they want sharp pictures, and leave
# it to the diffusion model to learn where the codes lie. See microdiffusion.


def decoder_gradient(layers, x, c, a3):
    """Derivatives of the misfit: by the center, by the decoder's hidden sums, by the code."""
    # dR/dc = (c - x) / s^2      d3 = (W4^T dR/dc) (1 - a3^2)      dR/dz = w3 d3
    dc = (c - x) / WIDTH**2
    d3 = [(dc.real * u + dc.imag * v) * (1 - a * a) for u, v, a in zip(*layers[3], a3[:-1])]
    return dc, d3, sum([w * d for (w, _), d in zip(layers[2], d3)])


# -- Training --------------------------------------------------------------------------------
# Intuition: the encoder sends a message over a noisy line. Loud codes (mu far from 0, small variance) get
# through, and KL is the price of being loud. So it spends only what reconstruction pays for, and
# neighbors in code space must decode to neighbors, since noise will confuse them.


def loss_and_gradient(weights, batch, beta, baseline=None):
    """Mean loss, mean misfit, and the derivative for each weight, flat. batch: pairs (x, e).

    With a baseline the encoder's gradient comes from the score function and not from the path.
    """
    # Reparameterized: z = mu + sigma e, sigma = e^(l / 2), with e drawn before. z is now a plain function
    # of mu and l, and e a constant. With L = R + beta KL, R the misfit:
    #   dL/dmu = dR/dz + beta mu                 since dz/dmu = 1 and dKL/dmu = mu
    #   dL/dl = dR/dz sigma e / 2 + beta (e^l - 1) / 2            since dz/dl = sigma e / 2
    #   d1 = (W2^T (dL/dmu, dL/dl)) (1 - a1^2)
    # and the derivative of each matrix is the sum over the batch of error times input.
    layers = matrices(weights)
    loss, missed, passed, errors = 0.0, 0.0, [], []
    for x, e in batch:
        mu, log_variance, a0, a1 = encode(layers, x)
        sigma = math.exp(log_variance / 2)
        c, a2, a3 = decode(layers, mu + sigma * e)
        missed += misfit(x, c) / len(batch)
        loss += (misfit(x, c) + beta * divergence(mu, log_variance)) / len(batch)
        dc, d3, dz = decoder_gradient(layers, x, c, a3)
        by_mu, by_l = dz, dz * sigma * e / 2
        if baseline is not None:
            # The score function: dE[R]/dmu = E[R d log q/dmu], with d log q/dmu = e / sigma and
            # d log q/dl = (e^2 - 1) / 2. It never looks into the decoder, only at how well it went.
            above = misfit(x, c) - baseline
            by_mu, by_l = above * e / sigma, above * (e * e - 1) / 2
        by_mu, by_l = by_mu + beta * mu, by_l + beta * (sigma * sigma - 1) / 2
        d1 = [(by_mu * u + by_l * v) * (1 - a * a) for u, v, a in zip(*layers[1], a1[:-1])]
        passed.append((a0, a1, a2, a3))
        errors.append((d1, (by_mu, by_l), d3, (dc.real, dc.imag)))
    gradient = []
    for rows, d in zip(zip(*passed), zip(*errors)):
        columns = list(zip(*rows))
        gradient += [dot(e, column) / len(batch) for e in zip(*d) for column in columns]
    return loss, missed, gradient


def gradient_gap(weights, points):
    """Largest difference to central differences at fixed noise, over the largest derivative."""
    batch, gap = [(x, random.gauss(0, 1)) for x in points[:10]], 0.0
    gradient = loss_and_gradient(weights, batch, 2.0)[2]
    for i in range(len(weights)):
        up, down = (
            loss_and_gradient([*weights[:i], weights[i] + h, *weights[i + 1 :]], batch, 2.0)[0]
            for h in (1e-5, -1e-5)
        )
        gap = max(gap, abs((up - down) / 2e-5 - gradient[i]))
    return gap / max(map(abs, gradient))


def train(points, beta, by_score=False):
    """The layers, and the misfit of each step."""
    random.seed(42)
    weights = draw_weights()
    m, v, missed = [0.0] * len(weights), [0.0] * len(weights), []
    for step in range(1, TRAIN_STEPS + 1):
        batch = [(random.choice(points), random.gauss(0, 1)) for _ in range(BATCH)]
        # The baseline is the last steps' mean misfit: fixed before the batch, so it adds no bias.
        baseline = mean(missed[-20:] or [0.0]) if by_score else None
        _, miss, gradient = loss_and_gradient(weights, batch, beta, baseline)
        missed.append(miss)
        # Adam, with a rate that falls to 0: the noise of the codes never ends, so averaging must.
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradient)]
        v = [0.99 * a + 0.01 * g * g for a, g in zip(v, gradient)]
        rate, fix = 0.01 * (1 - step / TRAIN_STEPS) / (1 - 0.9**step), 1 / (1 - 0.99**step)
        weights = [w - rate * a / (math.sqrt(b * fix) + 1e-8) for w, a, b in zip(weights, m, v)]
    return matrices(weights), missed


# -- Judging ---------------------------------------------------------------------------------
# log p(x) = log of the integral of p(z) p(x | z) dz. For a code of a hundred numbers nobody can do
# that integral, which is why there is a bound. For a code of one number a grid does it.

GRID = [(j - 199.5) / 40 for j in range(400)]


def log_density(x, centers, log_weights):
    """log of a weighted sum of Gaussians of the known width: the model's p(x), or the law's."""
    terms = [a - misfit(x, c) for c, a in zip(centers, log_weights)]
    top = max(terms)
    return top + math.log(sum([math.exp(a - top) for a in terms])) - LEVEL


def judge(layers, points):
    """Misfit, KL, bound and log p(x), each as a mean over the points, in nats."""
    centers = [decode(layers, z)[0] for z in GRID]
    prior = [-z * z / 2 - math.log(40 * math.sqrt(2 * math.pi)) for z in GRID]
    rows = []
    for x in points:
        mu, log_variance, *_ = encode(layers, x)
        codes = [mu + math.exp(log_variance / 2) * random.gauss(0, 1) for _ in range(20)]
        missed = mean([misfit(x, decode(layers, z)[0]) for z in codes])
        kl = divergence(mu, log_variance)
        rows.append((missed, kl, -missed - kl - LEVEL, log_density(x, centers, prior)))
    return [mean(column) for column in zip(*rows)]


def distance(points, others):
    """Mean distance from a point to the nearest of the others."""
    return mean([min([abs(p - q) for q in others]) for p in points])


# -- Two ways to a gradient ------------------------------------------------------------------
# E[R] under N(mu, sigma^2) changes with mu. The path asks the decoder how R changes when z moves. The
# score only notes which draws went well, R d log q/dmu, and needs no derivative of R: it is REINFORCE,
# and what is left when codes are whole numbers or the judge is a person. See microppo.


def draw_gradients(layers, x):
    """DRAWS of (R, dR/dmu by the path, d log q/dmu) for the code of one point."""
    mu, log_variance, *_ = encode(layers, x)
    sigma, rows = math.exp(log_variance / 2), []
    for _ in range(DRAWS):
        e = random.gauss(0, 1)
        c, _, a3 = decode(layers, mu + sigma * e)
        rows.append((misfit(x, c), decoder_gradient(layers, x, c, a3)[2], e / sigma))
    return list(zip(*rows))


def compare_gradients(layers, points):
    """Variances for more and more points in one message, and how far the means differ."""
    # A picture is many parts. Put d points side by side, each with its own code, as one example: R is
    # then the sum over all parts, and the score of one code is multiplied by all of it, though the
    # code has to do with one part only. Whoever learns from a grade for the whole exam learns slowly.
    # The path still runs through the own part alone. The baseline takes the mean off R, not its spread.
    drawn = [draw_gradients(layers, x) for x in points]
    gaps = [r * s - path for rows in drawn for r, path, s in zip(*rows)]
    table = []
    for parts in (1, 4, 16, 64):
        spreads = []
        for k in range(0, len(drawn), parts):
            group = drawn[k : k + parts]
            totals = [sum(column) for column in zip(*(rewards for rewards, _, _ in group))]
            level = mean(totals)
            for _, path, score in group:
                plain = [r * s for r, s in zip(totals, score)]
                less = [(r - level) * s for r, s in zip(totals, score)]
                spreads.append([variance(path), variance(plain), variance(less)])
        table.append((parts, *(mean(column) for column in zip(*spreads))))
        print("{:>11} {:>18.1f} {:>13.1f} {:>16.1f}".format(*table[-1]))
    return table, abs(mean(gaps)) / math.sqrt(variance(gaps) / len(gaps))


def main():
    start = time.perf_counter()
    random.seed(42)
    data = [curve(random.random()) + WIDTH * gauss() for _ in range(POINTS + 2 * HELD_OUT)]
    points, held_out, own = data[:POINTS], data[POINTS:-HELD_OUT], data[-HELD_OUT:]
    gap = gradient_gap(draw_weights(), points)
    # The law of the data is as easy to compute: a Gaussian around each place of the curve.
    along = [curve((i + 0.5) / 400) for i in range(400)]
    law = mean([log_density(x, along, [-math.log(400)] * 400) for x in held_out])
    # From which beta on is a code not worth its price? Near silence the decoder is a straight line,
    # and for those the answer is known: the variance that a direction of the data has must exceed
    # that of the decoder, beta s^2 (probabilistic PCA). The widest direction here is the vertical one.
    limit = variance([p.imag for p in points]) / WIDTH**2
    print(f"{POINTS} points of an arc; its own law gives new ones log p = {law:.3f}")
    print(f"a code should fall silent from beta {limit:.1f} on")

    # The bound is -misfit - KL less a constant, whatever beta was trained with, so each row says what its
    # beta cost. From bound to log p is KL(q || true posterior), the encoder's fault; from log p to the
    # law is KL(data || model), the decoder's. On pictures only the bound is known, not who is to blame.
    print("\n       beta   misfit       KL    bound    log p  to data from data   width")
    table, models = {}, {}

    def show(label, terms, drawn):
        """One line: the terms, both distances, and the width of the arc in what was drawn."""
        wide = math.sqrt(variance([abs(p) for p in drawn]))
        table[label] = [*terms, distance(drawn, held_out), distance(held_out, drawn), wide]
        print(f"{label:>11}", " " * 9 * (4 - len(terms)), *(f"{n:>8.3f}" for n in table[label]))

    show("data", [], own)
    for label in (*BETAS, "1, by score"):
        how = (1.0, True) if label == "1, by score" else (label, False)
        models[label] = layers, _ = train(points, *how)
        drawn = [decode(layers, random.gauss(0, 1))[0] + WIDTH * gauss() for _ in own]
        show(label, judge(layers, held_out), drawn)
    # The centers alone, as most demonstrations show them: a mean has no width. Blur in pictures is
    # this mean, taken over everything that the same code could have been. A GAN has no such mean, and
    # is sharp; but nothing in its loss asks whether every part of the data is drawn, and here each
    # training point that no code explains costs nats. Blurred and complete, or sharp and partial.
    layers, missed = models[1.0]
    show("1, centers", [], [decode(layers, random.gauss(0, 1))[0] for _ in own])
    print(f"trained: {time.perf_counter() - start:.1f} s")

    print("\n      parts   variance of path      of score   minus its mean")
    noisy, gradients_differ = compare_gradients(layers, held_out[: 4 if SMOKE else 64])

    # KL by its definition, E_q[log q - log p], against the closed form that training used.
    # With the sign turned round it would be off by twice its size, hundreds of standard errors.
    gaps = []
    for mu, log_variance, *_ in [encode(layers, x) for x in held_out for _ in range(40)]:
        e = random.gauss(0, 1)
        z = mu + math.exp(log_variance / 2) * e
        gaps.append((z * z - e * e - log_variance) / 2 - divergence(mu, log_variance))
    kl_differs = abs(mean(gaps)) / math.sqrt(variance(gaps) / len(gaps))

    # Between two points of the data, a straight line leads through nowhere. The way of the code doesn't:
    # its decoder was trained on every code between, since noise lands there.
    # Equal steps in the code, from the 5th to the 95th percentile of the held-out codes. Even a perfect
    # decoder doesn't take equal steps: to turn a normal code into an even curve it must follow the
    # distribution function Phi, steepest in the middle. Its largest step is then 1.46 times the mean.
    codes = sorted(encode(layers, x)[0] for x in held_out)
    low, high = codes[len(codes) // 20], codes[-len(codes) // 20]
    path = [decode(layers, low + (high - low) * i / 20)[0] for i in range(21)]
    steps = [abs(b - a) for a, b in itertools.pairwise(path)]
    print("\nby the code from end to end:", *(f"({p.real:.2f}, {p.imag:.2f})" for p in path[::4]))
    straight = [path[0] + (path[-1] - path[0]) * i / 20 for i in range(21)]
    detour = distance(path, held_out) / distance(straight, held_out)
    # Which end of the curve gets the negative codes is chance: no term of the loss asks.
    off, turn = [], 1 if decode(layers, 1.0)[0].imag > 0 else -1
    for z in (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0):
        c, phi = decode(layers, z)[0], 0.5 + math.erf(z / math.sqrt(2)) / 2
        place = 0.5 + turn * math.atan2(c.imag, c.real) / (1.5 * math.pi)
        off.append(abs(place - phi))
    print(f"time: {time.perf_counter() - start:.1f} s")

    _, kl, bound, model, away, back, _ = table[1.0]
    away, back = away / table["data"][0], back / table["data"][1]
    lost, under, over = table[40.0][4] / table["data"][0], table[20.0][1], table[40.0][1]
    fell = mean(missed[-TRAIN_STEPS // 10 :]) / mean(missed[: TRAIN_STEPS // 10])
    pairs = list(itertools.pairwise(table[beta] for beta in BETAS))
    traded = all(a[0] < b[0] and a[1] > b[1] for a, b in pairs)
    ratio, uneven = noisy[-1][3] / noisy[-1][1], max(steps) / mean(steps)
    return verdict(
        [
            ("gradient against central differences", gap, "< 1e-6", gap < 1e-6),
            ("misfit, last tenth over first", fell, "< 0.5", fell < 0.5),
            ("KL, held out, nats", kl, "0.05 to 10", 0.05 < kl < 10),
            ("KL formula off its draws, standard errors", kl_differs, "< 3", kl_differs < 3),
            ("score off path, standard errors", gradients_differ, "< 3", gradients_differ < 3),
            ("64 parts: variance, score over path", ratio, "> 10", ratio > 10),
            ("log p above its bound, nats", model - bound, "> 0", model > bound),
            ("law above the model's log p, nats", law - model, "0 to 0.1", 0 < law - model < 0.1),
            ("largest step over the mean step", uneven, "<= 2", uneven <= 2),
            ("code's path off the data, over straight line", detour, "< 0.5", detour < 0.5),
            ("place on the curve off Phi(code), at most", max(off), "< 0.05", max(off) < 0.05),
            ("samples to data, over the law's own", away, "< 1.5", away < 1.5),
            ("data to samples, over the law's own", back, "< 1.5", back < 1.5),
            ("misfit up and KL down with each beta", str(traded), "True", traded),
            ("KL at beta 20, under the limit", under, "> 0.05", under > 0.05),
            ("KL at beta 40, over the limit", over, "< 0.01", over < 0.01),
            ("beta 40: samples to data, over the law's", lost, "> 2", lost > 2),
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
