"""What holds the claims of phase 09, each beside its control."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from minitorch import Tensor, manual_seed, nn, optim
from minitorch import functional as F
from minitorch.checkpoint import save_file

CURVATURE = np.array([100.0, 1.0])
CORNERS = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], np.float32)
PARITY = np.array([0, 1, 1, 0])


def left(rate, momentum, steps=300):
    """How far from the minimum of a parabola with curvatures 100 and 1 SGD ends, from (1, 1)."""
    p = Tensor(np.array([1.0, 1.0]), requires_grad=True)
    optimizer = optim.SGD([p], lr=rate, momentum=momentum)
    for _ in range(steps):
        p.grad = CURVATURE * p.data
        optimizer.step()
    return float(np.abs(p.data).max())


def test_momentum_raises_the_ceiling_to_two_times_one_plus_mu():
    for mu in (0.5, 0.9):
        ceiling = 2 * (1 + mu) / 100
        assert left(0.97 * ceiling, mu) < 1
        assert left(1.03 * ceiling, mu) > 1


def test_without_momentum_the_same_rates_explode():
    assert left(0.0194, 0.0) < 1
    assert left(0.0206, 0.0) > 1
    assert left(0.97 * 0.03, 0.0) > 1


def fitted(between):
    """The loss of two linear layers on the parity of two signs, with `between` in the middle."""
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), *between, nn.Linear(8, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(Tensor(CORNERS)), PARITY)
        loss.backward()
        optimizer.step()
    return loss.item()


def test_a_bend_between_two_layers_solves_parity():
    assert max(fitted([bend]) for bend in (nn.ReLU(), nn.GELU(), nn.Tanh())) < 0.01


def test_two_layers_without_a_bend_stay_at_one_half():
    assert fitted([]) == pytest.approx(np.log(2), abs=0.01)


def summed(training, scale=1.0):
    """The mean over 20,000 draws of a sum of four numbers behind dropout, without dropout 10."""
    x = Tensor(np.tile(np.array([1.0, 2.0, 3.0, 4.0]), (20_000, 1)))
    y = F.dropout(x, 0.5, training, np.random.default_rng(0)).data * scale
    return float(y.sum(1).mean())


def test_dropouts_division_keeps_the_mean_of_a_sum():
    assert summed(True) == pytest.approx(summed(False), rel=0.02)


def test_kept_numbers_as_they_are_would_halve_the_sum():
    assert summed(True, scale=0.5) == pytest.approx(0.5 * summed(False), rel=0.02)


def first_step(gradient):
    """How far Adam with a rate of 0.01 moves a zero at its first gradient."""
    p = Tensor(np.zeros(1), requires_grad=True)
    p.grad = np.array([gradient])
    optim.Adam([p], lr=0.01).step()
    return float(p.data[0])


def test_adams_first_step_is_the_rate_whatever_the_gradient():
    for gradient in (1000.0, 3.0, 0.001):
        assert first_step(gradient) == pytest.approx(-0.01, rel=1e-4)


def test_the_uncorrected_means_give_a_step_three_times_as_long():
    m, v = 0.1 * 3.0, 0.001 * 3.0**2
    assert m / v**0.5 == pytest.approx(3.16, abs=0.01)


def decayed(kind, scale):
    """What is left of 1 after a hundred steps under a gradient of `scale` that alternates."""
    p = Tensor(np.array([1.0]), requires_grad=True)
    optimizer = kind([p], lr=0.01, weight_decay=0.1)
    for i in range(100):
        p.grad = np.array([scale * (-1.0) ** i])
        optimizer.step()
    return float(p.data[0])


def test_adamw_takes_the_same_off_both():
    assert decayed(optim.AdamW, 10.0) == pytest.approx(decayed(optim.AdamW, 0.1), abs=1e-3)


def test_adam_takes_more_off_where_gradients_are_small():
    assert decayed(optim.Adam, 10.0) > 0.95
    assert decayed(optim.Adam, 0.1) < 0.5


def offsets(order, path):
    """Where the arrays of three dtypes begin in a file, and their elements' sizes; `order` names them."""
    kinds = {"a": np.int8, "b": np.float64, "c": np.float32}
    save_file({name: np.ones(3, kinds[name]) for name in order}, path)
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    return [
        (8 + size + header[name]["data_offsets"][0], np.dtype(kinds[name]).itemsize)
        for name in kinds
    ]


def test_the_widest_first_puts_every_array_at_a_multiple_of_its_element(tmp_path):
    assert all(start % width == 0 for start, width in offsets("abc", tmp_path / "w"))


def test_by_name_an_array_would_begin_anywhere():
    # int8 "a" of three elements first: what follows begins at 3, no multiple of 8.
    assert (3 * np.dtype(np.int8).itemsize) % np.dtype(np.float64).itemsize != 0


def trained(keep_optimizer):
    """A weight after ten steps of AdamW, stopped after five and loaded into new objects."""
    manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = optim.AdamW(model.parameters(), lr=0.1)
    for step in range(10):
        if step == 5:
            state, kept = model.state_dict(), optimizer.state_dict()
            model = nn.Linear(3, 1)
            model.load_state_dict(state)
            optimizer = optim.AdamW(model.parameters(), lr=0.1)
            if keep_optimizer:
                optimizer.load_state_dict(kept)
        optimizer.zero_grad()
        (model(Tensor(np.eye(3, dtype=np.float32))) ** 2).sum().backward()
        optimizer.step()
    return model.weight.data.tolist()


def straight():
    """The same ten steps without a stop."""
    manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(10):
        optimizer.zero_grad()
        (model(Tensor(np.eye(3, dtype=np.float32))) ** 2).sum().backward()
        optimizer.step()
    return model.weight.data.tolist()


def test_without_the_optimizers_state_the_run_is_another():
    assert trained(keep_optimizer=False) != straight()


def test_with_it_the_run_is_the_same_bit_for_bit():
    assert trained(keep_optimizer=True) == straight()


def settled(decay, rate=0.01, steps=1000):
    """Where AdamW leads a zero that is pushed up by the same gradient in every step."""
    p = Tensor(np.zeros(1), requires_grad=True)
    optimizer = optim.AdamW([p], lr=rate, weight_decay=decay)
    for _ in range(steps):
        p.grad = np.array([-1.0])
        optimizer.step()
    return float(p.data[0])


def test_under_a_steady_gradient_decay_settles_at_one_over_its_strength():
    for rate in (0.01, 0.02):
        assert settled(3.0, rate) == pytest.approx(1 / 3, rel=0.02)
        assert settled(10.0, rate) == pytest.approx(1 / 10, rel=0.02)


def test_without_decay_a_steady_gradient_leads_on():
    assert settled(0.0) == pytest.approx(10, rel=0.02)
    assert settled(0.0, steps=2000) == pytest.approx(20, rel=0.02)


def cost(right, factor):
    """The loss of four answers by a margin of `factor`, of which `right` are right."""
    logits = Tensor(np.tile([factor, 0.0], (4, 1)))
    return F.cross_entropy(logits, np.array([0] * right + [1] * (4 - right))).item()


def test_larger_logits_cost_more_where_one_answer_in_four_is_wrong():
    best = np.log(3)
    losses = [cost(3, best * c) for c in (1, 2, 4, 8)]
    assert losses == sorted(losses)
    assert losses[0] < cost(3, best / 2)


def test_where_all_answers_are_right_larger_logits_cost_less():
    losses = [cost(4, c) for c in (1, 2, 4, 8)]
    assert losses == sorted(losses, reverse=True)


def said(also, *asked):
    """The present's endings that the speller says after 200 steps on all verbs but buzz, and on those in `also`."""
    folder = Path(__file__).parents[2] / "experiments/09/spelling-endings"
    sys.path.insert(0, str(folder))
    sys.modules.pop("run", None)  # other experiments have a run.py too
    import run
    import spelling

    sys.path.pop(0)
    del sys.modules["run"]
    verbs = [v for v in dict.fromkeys((*spelling.DOMAIN, *spelling.OTHERS)) if v != "buzz"]
    rows = [cell for verb in (*verbs, *also) for cell in spelling.cells(verb)]
    manual_seed(0)
    model = run.Speller()
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.05)
    letters, forms, ends = run.encode(rows)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(model(letters, forms), ends).backward()
        optimizer.step()
    letters, forms, _ = run.encode([(word, 0, 0) for word in asked])
    return [spelling.ENDINGS[i] for i in model(letters, forms).data.argmax(axis=1)]


def test_without_a_z_in_training_buzz_is_wrong_and_buss_right():
    assert said((), "buzz", "buss") == ["-s", "-es"]


def test_with_buzz_in_training_fizz_is_right():
    assert said(("buzz",), "fizz") == ["-es"]


def first_step_at(step, shared):
    """How far Adam moves a number at its first gradient, in rates, after another had `step` - 1; with one count for both."""
    late, early = (Tensor(np.zeros(1), requires_grad=True) for _ in range(2))
    optimizer = optim.Adam([late, early], lr=0.01)
    for _ in range(step - 1):
        early.grad = np.ones(1)
        optimizer.step()
    early.grad, late.grad = None, np.ones(1)
    if shared:
        zeros = {"m": np.zeros(1), "v": np.zeros(1)}
        optimizer.state[late] = {**zeros, "t": optimizer.state[early]["t"]}
    optimizer.step()
    return float(-late.data[0] / 0.01)


def test_with_a_count_of_its_own_a_late_first_step_is_one_rate():
    assert first_step_at(1001, shared=False) == pytest.approx(1.0, abs=1e-4)


def test_with_one_count_for_all_it_is_two_and_a_half():
    assert first_step_at(1001, shared=True) == pytest.approx(2.5, abs=0.05)
