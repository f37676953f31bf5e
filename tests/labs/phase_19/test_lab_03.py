"""Lab 19.3: rates and batches."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.batches import Item, collate
from minilm.dynamics.rates import chosen, noise_scale, ramp, range_test, retuned
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.train import Trainer
from minitorch.optim import SGD, Scheduler

PAGE = "theory/04-rates-and-batches.md"
BATCH = collate([[Item((0, 1, 2, 3, 0))], [Item((0, 5, 2, 3, 6, 0))]])


class Again:
    def __next__(self):
        return BATCH

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def make(schedule):
    config = GPTConfig(8, d_model=8, n_heads=2, n_layers=1, d_ff=16, context_len=8, init_std=0.2)
    model = GPT(config, np.random.default_rng(0))
    return Trainer(model, Again(), [Scheduler(SGD(model.parameters()), schedule)], clip=1e9)


def test_a_ramp_climbs_by_equal_factors():
    f = ramp(1e-4, 1e-1, 4)
    expect_close([f(1), f(2), f(3), f(4)], [1e-4, 1e-3, 1e-2, 1e-1], tol=1e-9, what="four rates from 1e-4 to 1e-1", idea="Step 1 has the low one, the last step the high one.", page=PAGE)  # fmt: skip


def test_a_ramp_that_doesnt_climb_is_refused():
    for low, high, steps in ((0.0, 1.0, 5), (1.0, 0.5, 5), (0.1, 0.1, 5), (0.1, 1.0, 1)):
        with expect_raises(MinilmError, what=f"a ramp from {low} to {high} in {steps}", idea="From where to where?", page=PAGE, mentions=str(low)):  # fmt: skip
            ramp(low, high, steps)


def test_the_test_tells_each_steps_rate_and_loss():
    pairs = range_test(make, 1e-3, 1e-1, 10)
    f = ramp(1e-3, 1e-1, 10)
    expect_close([r for r, _ in pairs], [f(t) for t in range(1, 11)], tol=1e-12, what="the rates of ten steps", idea="The rate that the step is made with.", page=PAGE)  # fmt: skip
    expect_close(pairs[0][1], make(f).advance()["loss"], tol=1e-6, what="the first loss", idea="Before the first step.", page=PAGE)  # fmt: skip
    expect_true(pairs[-1][1] < pairs[0][1], what="the last loss", expected="below the first", got=pairs[-1][1], idea="One training, not ten.", page=PAGE)  # fmt: skip


def test_it_ends_where_it_diverges():
    pairs = range_test(make, 1e-2, 1e5, 40)
    expect_true(len(pairs) < 40 and math.isinf(pairs[-1][1]), what="a test up to a rate of 100,000", expected="shorter, with infinity at its end", got=pairs[-1], idea="What does the trainer raise?", page=PAGE)  # fmt: skip
    expect_close(pairs[-1][0], ramp(1e-2, 1e5, 40)(len(pairs)), tol=1e-9, what="the rate of the last pair", idea="That of the step that wasn't made.", page=PAGE)  # fmt: skip
    expect_true(all(math.isfinite(loss) for _, loss in pairs[:-1]), what="losses before", expected="finite", got=pairs, idea="One infinity, at the end.", page=PAGE)  # fmt: skip


def test_chosen_is_a_third_of_the_best():
    pairs = [(0.1, 4.0), (0.2, 3.0), (0.4, 2.0), (0.8, 1.0), (1.6, 9.0), (3.2, 9.0)]
    expect_close(chosen(pairs, keep=0.0), 0.8 / 3, tol=1e-12, what="the rate chosen without smoothing", idea="Where is it least, and how far from the edge is that?", page=PAGE)  # fmt: skip


def test_one_lucky_batch_doesnt_choose():
    pairs = [(2.0**k, 5.0 - 0.3 * k) for k in range(10)]
    pairs[2] = (4.0, 1.9)
    expect_close(chosen(pairs), 2.0**9 / 3, tol=1e-9, what="the rate chosen in spite of one low loss", idea="What is left of one loss in a running mean?", page=PAGE)  # fmt: skip


def test_the_first_smoothed_losses_arent_pulled_down():
    pairs = [(1.0, 4.0), (2.0, 3.0), (4.0, 2.0), (8.0, 1.9)]
    expect_close(chosen(pairs), 8 / 3, tol=1e-9, what="the rate chosen of a falling curve", idea="A mean that begins at 0 begins too low.", page=PAGE)  # fmt: skip


def test_infinity_isnt_chosen_and_only_infinities_are_refused():
    expect_close(chosen([(1.0, 2.0), (2.0, 1.0), (3.0, math.inf)], keep=0.0), 2 / 3, tol=1e-12, what="a rate before a divergence", idea="It counts for nothing.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="a test of which no loss is finite", idea="There is nothing to choose from.", page=PAGE, mentions="lower"):  # fmt: skip
        chosen([(1.0, math.inf)])


def test_a_larger_batch_takes_a_larger_rate():
    expect_close([retuned(0.01, 16, 64), retuned(0.01, 16, 4), retuned(0.01, 16, 64, power=1)], [0.02, 0.005, 0.04], tol=1e-12, what="rates for batches of 64, of 4, and of 64 for SGD", idea="A power of the ratio.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="a batch of 0", idea="One or more.", page=PAGE, mentions="0"):  # fmt: skip
        retuned(0.01, 16, 0)


def test_noise_is_measured_in_units_of_the_signal():
    g = [np.array([1.0, 1.0]), np.array([1.0, -1.0])]
    # The mean is (1, 0); the trace 2; of the mean's square, 1, half of the trace is noise: nothing is left.
    expect_equal(noise_scale(g), math.inf, what="two gradients whose signal may be all noise", idea="What of the mean's length is left of the noise?", page=PAGE)  # fmt: skip
    g = [np.array([3.0, 1.0]), np.array([3.0, -1.0])]
    expect_close(noise_scale(g), 2 / 8, tol=1e-12, what="two gradients that agree in one of two directions", idea="Divide by n - 1, and take the noise out of the mean.", page=PAGE)  # fmt: skip


def test_many_gradients_tell_the_true_scale():
    rng = np.random.default_rng(0)
    g = list(np.array([2.0, 0, 0, 0]) + rng.standard_normal((4000, 4)) * 3)
    expect_close(noise_scale(g), 9.0, tol=0.08, what="the scale of gradients with signal 4 and trace 36", idea="36 / 4.", page=PAGE)  # fmt: skip
    few = [noise_scale(g[i : i + 20]) for i in range(0, 4000, 20)]
    expect_close(float(np.median(few)), 9.0, tol=0.25, what="the median over samples of 20", idea="A sample of 20 has its own noise in its mean.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="a single gradient", idea="One has no spread.", page=PAGE, mentions="got 1"):  # fmt: skip
        noise_scale(g[:1])
