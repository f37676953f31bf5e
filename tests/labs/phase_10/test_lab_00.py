"""Lab 10.0: the standard deviations that keep a signal's size, forward and backward."""

import math

import numpy as np

from given.checking import expect_close, expect_true
from minitorch import Tensor
from minitorch.nn import init

WALK, GAINS = "theory/00-variance-walk.md", "theory/01-gains.md"


def weight(fan_out, fan_in):
    return Tensor(np.zeros((fan_out, fan_in)))


def through(fill, depth=20, width=256, seed=0, relu=True):
    """The mean square of a signal before layer 1 and after `depth` layers."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((64, width))
    for _ in range(depth):
        w = weight(width, width)
        fill(w, rng)
        x = x @ w.data.T
        if relu:
            x = np.maximum(x, 0)
    return float((x * x).mean())


def test_kaiming_divides_by_the_number_of_summands():
    expect_close(
        init.kaiming_std(weight(50, 200)),
        0.1,
        tol=1e-12,
        what="kaiming_std of a weight (50, 200) before a ReLU",
        idea="How many products does each result sum, and how much of their mean square does ReLU let through?",
        page=WALK,
    )


def test_fan_in_is_the_second_axis():
    expect_close(
        [init.kaiming_std(weight(8, 2)), init.kaiming_std(weight(2, 8))],
        [1.0, 0.5],
        tol=1e-12,
        what="kaiming_std of weights (8, 2) and (2, 8)",
        idea="A weight is (out, in). Over which of its axes does x W^T sum? On square weights nobody notices the difference.",
        page=WALK,
    )


def test_fan_out_keeps_the_gradient_instead():
    expect_close(
        init.kaiming_std(weight(50, 200), "fan_out"),
        0.2,
        tol=1e-12,
        what='kaiming_std of a weight (50, 200) with mode "fan_out"',
        idea="Backward the sum runs the other way: how many results does one input feed?",
        page=WALK,
    )


def test_each_activation_has_its_gain():
    names = ["linear", "relu", "tanh", "gelu", "silu"]
    expect_close(
        [init.kaiming_std(weight(100, 100), activation=name) * 10 for name in names],
        [1.0, math.sqrt(2), 1.5925374197, 1.5335304412, 1.6765324703],
        tol=1e-9,
        what=f"kaiming_std times sqrt(fan_in) for {', '.join(names)}",
        idea="What the activation took must be given back: which function knows how much?",
        page=GAINS,
    )


def test_xavier_takes_the_mean_of_both_fans():
    expect_close(
        [init.xavier_std(weight(50, 150)), init.xavier_std(weight(50, 150), gain=3.0)],
        [0.1, 0.3],
        tol=1e-12,
        what="xavier_std of a weight (50, 150), without and with gain 3",
        idea="Forward wants one variance, backward another. Which one lies between them, and stays the same if the two sides are swapped?",
        page=WALK,
    )


def test_a_signal_survives_twenty_layers_of_relu():
    got = through(lambda w, rng: init.kaiming_normal_(w, rng=rng))
    expect_true(
        0.2 < got < 5,
        what="the mean square after 20 layers of 256 with ReLU, 1 before",
        expected="between 0.2 and 5",
        got=f"{got:.3g}",
        idea="A factor of 2 a layer that you forget is a factor of a million after twenty.",
        page=WALK,
    )
    lost = through(lambda w, rng: init.xavier_normal_(w, rng=rng))
    expect_true(
        1e-8 < lost < 1e-4,
        what="the same with Xavier's weights",
        expected="about 1e-6: ReLU takes its share in each layer, and Xavier doesn't know",
        got=f"{lost:.3g}",
        idea="xavier_std has no gain of its own: it is meant for activations that are nearly linear around 0.",
        page=WALK,
    )


def test_uniform_and_normal_have_the_same_spread():
    w = weight(300, 300)
    rng = np.random.default_rng(0)
    spreads = [
        float(fill(w, rng=rng).data.std())
        for fill in (init.kaiming_normal_, init.kaiming_uniform_, init.xavier_uniform_)
    ]
    expect_close(
        spreads,
        [math.sqrt(2 / 300), math.sqrt(2 / 300), math.sqrt(1 / 300)],
        tol=2e-2,
        what="the standard deviations of kaiming_normal_, kaiming_uniform_ and xavier_uniform_ on (300, 300)",
        idea="Which variance has a uniform distribution on [-b, b]? The given functions make the bound from your std.",
        page=WALK,
    )
