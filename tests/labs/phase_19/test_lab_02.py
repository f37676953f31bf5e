"""Lab 19.2: marks of faults."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.batches import Batch, Item, collate
from minilm.dynamics.faults import batch_gradient, cosines, diagnose, odd_batch, spikes
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.train import accumulate

PAGE = "theory/03-marks.md"


def model_of(seed=0):
    config = GPTConfig(8, d_model=8, n_heads=2, n_layers=1, d_ff=16, context_len=24, init_std=0.2)
    return GPT(config, np.random.default_rng(seed))


def batch_of(seed, asked=None):
    rng = np.random.default_rng(seed)
    batch = collate([[Item((0, *rng.integers(1, 3, 9).tolist(), 0))] for _ in range(4)])
    if asked is None:
        return batch
    return Batch(batch.ids, np.full_like(batch.targets, asked), batch.positions, batch.mask)


def falling(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return [float(3 * 0.97**i + 1 + 0.02 * rng.standard_normal()) for i in range(n)]


def test_a_spike_is_found_where_it_is():
    values = falling()
    values[40] += 2
    expect_equal(spikes(values), [40], what="spikes of a falling curve with one", idea="Far from what came just before.", page=PAGE)  # fmt: skip
    expect_equal(spikes(falling(seed=1)), [], what="spikes of a falling curve without one", idea="Noise is no spike.", page=PAGE)  # fmt: skip


def test_a_fall_is_no_spike():
    values = falling()
    values[40] -= 2
    expect_equal(spikes(values), [], what="spikes of a curve with a hole", idea="Above, not below.", page=PAGE)  # fmt: skip


def test_a_spike_doesnt_hide_the_next_one():
    values = falling(80)
    values[40] += 50
    values[43] += 2
    expect_equal(spikes(values), [40, 43], what="a small spike behind a large one", idea="What does one enormous number do to a mean, and to a median?", page=PAGE)  # fmt: skip


def test_the_first_window_has_no_past():
    values = falling()
    values[5] += 9
    expect_equal(spikes(values, window=20), [], what="a spike at 5 with a window of 20", idea="There is nothing to compare with yet.", page=PAGE)  # fmt: skip
    expect_equal(spikes(values, window=5), [5], what="the same with a window of 5", idea="Now there is.", page=PAGE)  # fmt: skip


def test_a_constant_series_has_no_spikes():
    values = [1.0] * 40
    values[30] = 1.04
    expect_equal(spikes(values), [], what="spikes of ones with 1.04", idea="Its spread is 0: everything is infinitely far.", page=PAGE)  # fmt: skip
    values[30] = 1.06
    expect_equal(spikes(values), [30], what="of ones with 1.06", idea="A twentieth.", page=PAGE)  # fmt: skip


def test_what_is_not_finite_is_a_spike_and_no_past():
    values = [1.0] * 40
    values[25], values[30] = math.nan, math.inf
    expect_equal(spikes(values), [25, 30], what="nan and infinity", idea="They are far from anything, and tell nothing of what comes.", page=PAGE)  # fmt: skip


def test_times_is_the_bar():
    values = [1.0, 2.0] * 15 + [4.0]
    expect_equal((spikes(values, times=4), spikes(values, times=6)), ([30], []), what="a value 2.5 above a median with a spread of 0.5", idea="Five spreads: above four, below six.", page=PAGE)  # fmt: skip


def test_a_batchs_gradient_is_one_vector():
    model, batch = model_of(), batch_of(0)
    g = batch_gradient(model, batch)
    expect_equal((g.dtype, g.shape), (np.dtype("float64"), (sum(p.size for p in model.parameters()),)), what="the gradient's dtype and shape", idea="All parameters, one behind another.", page=PAGE)  # fmt: skip
    expect_true(all(p.grad is None for p in model.parameters()), what="gradients in the model afterwards", expected="none", got="some", idea="A look leaves no trace.", page=PAGE)  # fmt: skip
    accumulate(model, [batch])
    first = next(iter(model.parameters()))
    expect_close(g[: first.size], first.grad.ravel(), tol=1e-6, what="its first part", idea="The order of the parameters.", page=PAGE)  # fmt: skip


def test_each_is_held_against_the_others():
    a, b = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    expect_close(cosines([a, a, b]), [1 / math.sqrt(2), 1 / math.sqrt(2), 0.0], tol=1e-12, what="the cosines of a, a, b", idea="Is one of them part of what it is held against?", page=PAGE)  # fmt: skip
    expect_close(cosines([a, a * 0, a]), [1.0, 0.0, 1.0], tol=1e-12, what="the cosines of a, 0, a", idea="Nothing has no direction.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="two gradients", idea="Which is the odd one?", page=PAGE, mentions="got 2"):  # fmt: skip
        cosines([a, b])


def test_the_odd_batch_is_found_wherever_it_stands():
    for at in (0, 2, 4):
        batches = [batch_of(s) for s in range(5)]
        batches[at] = batch_of(9, asked=7)
        expect_equal(odd_batch(model_of(), batches), at, what=f"the odd one of five, number {at}", idea="Which way does each want to go?", page=PAGE)  # fmt: skip


def test_a_large_gradient_doesnt_outvote_the_others():
    from minilm.dynamics import faults

    kept = faults.batch_gradient
    given = {0: np.array([1.0, 0.5]), 1: np.array([1.0, -0.5]), 2: np.array([-100.0, 100.0])}
    faults.batch_gradient = lambda model, batch: given[batch]
    try:
        expect_equal(odd_batch(None, [0, 1, 2]), 2, what="two small gradients that agree, and a large one that doesn't", idea="Whose sum are they held against?", page=PAGE)  # fmt: skip
        given[1] = np.array([1.0, 0.5]) * 50
        expect_equal(odd_batch(None, [0, 1, 2]), 2, what="the same with one of the two large", idea="Direction, not size.", page=PAGE)  # fmt: skip
    finally:
        faults.batch_gradient = kept


def record(steps=60, **changes):
    """A healthy record, with what is said of a step in its place."""
    rng = np.random.default_rng(0)
    lines = []
    for t in range(1, steps + 1):
        noise = float(rng.standard_normal())
        line = {
            "step": t, "loss": 3 * 0.97**t + 1, "lr": 0.01 * min(1, t / 6) * (1 - t / 100), "norm": 1 + 0.1 * noise,
            "gradients": {"embed": 0.5, "blocks.0": 0.6}, "updates": {"embed": 0.01, "blocks.0": 0.02},
        }  # fmt: skip
        if t % 10 == 0:
            line["inside"] = {"entropy": [[0.9999, 0.95]], "silent": [0.1], "stream": [1.0], "hidden": [[0] * 14]}  # fmt: skip
        for key, change in changes.items():
            change(line) if key == "line" else line.__setitem__(key, change(t, line[key]))
        lines.append(line)
    return lines


def seen(name, value, first=0):
    def change(line):
        if "inside" in line and line["step"] > first:
            line["inside"][name] = value

    return change


def told(lines, kind, idea):
    expect_equal(diagnose(lines), kind, what=f"the diagnosis of a record that is {kind}", idea=idea, page=PAGE)  # fmt: skip


def test_healthy_is_healthy():
    told(record(), "healthy", "One wide head of two, some silent units, noise: all of that is ordinary.")  # fmt: skip


def test_a_block_that_never_moves_is_frozen():
    told(record(updates=lambda t, u: {**u, "blocks.0": 0.0}), "frozen", "Which instrument tells who moves?")  # fmt: skip
    told(record(updates=lambda t, u: {**u, "embed": 0.0 if t == 30 else 0.01}), "healthy", "Once isn't always.")  # fmt: skip


def test_a_block_that_says_nothing_is_silent():
    told(record(line=seen("silent", [0.95])), "silent", "How many units are silent at the last look?")  # fmt: skip
    told(record(line=lambda x: seen("silent", [0.95])(x) if x["step"] < 30 else None), "healthy", "A block that wakes up is none.")  # fmt: skip


def test_heads_that_never_choose_are_blurred():
    told(record(line=seen("entropy", [[1.0, 0.9999]])), "blurred", "All heads of a block, and late too.")  # fmt: skip
    told(record(line=lambda x: seen("entropy", [[1.0, 1.0]])(x) if x["step"] <= 20 else None), "healthy", "At first every head looks everywhere.")  # fmt: skip
    told(record(line=seen("entropy", [[0.97, 0.9], [1.0, 1.0]])), "blurred", "One block is enough.")


def test_a_rate_that_never_changes_is_steady():
    told(record(lr=lambda t, _: 0.003), "steady-rate", "Look at the rate's panel.")


def test_a_jump_of_the_loss_is_a_bad_batch():
    told(record(loss=lambda t, x: 2 * x if t == 45 else x), "bad-batch", "One step isn't like the others.")  # fmt: skip
    told(record(norm=lambda t, n: 2.2 if t == 45 else n), "healthy", "The norm of a small batch's gradient jumps in healthy trainings too.")  # fmt: skip


def test_names_and_losses_dont_tell():
    lines = record(updates=lambda t, u: {**u, "blocks.0": 0.0}, loss=lambda t, _: 1.0)
    told(lines, "frozen", "The loss is no instrument here.")


def test_a_record_that_cant_be_read():
    with expect_raises(MinilmError, what="a record of 39 steps", idea="Too little to judge by.", page=PAGE, mentions="got 39"):  # fmt: skip
        diagnose(record(39))
    with expect_raises(MinilmError, what="a record whose last line has no look", idea="What would be judged?", page=PAGE, mentions="inside"):  # fmt: skip
        diagnose(record(59))
