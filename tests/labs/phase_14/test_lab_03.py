"""Lab 14.3: an RNN cell, an LSTM cell, and both unrolled."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.rnn import Cell, LSTMCell, RNNCell, unroll
from minitorch import Tensor
from minitorch.nn import Parameter
from minitorch.testing import gradcheck

STATE = "theory/04-a-state-that-is-carried.md"
GATES = "theory/06-gates.md"
NAMES = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]


def in_double(cell):
    """The cell with its weights in float64."""
    for name in NAMES:
        setattr(cell, name, Parameter(getattr(cell, name).numpy().astype(np.float64)))
    return cell


def made(kind, inputs=3, hidden=4, seed=0):
    return in_double(kind(inputs, hidden, rng=np.random.default_rng(seed)))


def drawn(*shape, seed=1):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(cell, x, state):
    """One step in NumPy, unit by unit as the pages say it."""
    w = {name: getattr(cell, name).numpy() for name in NAMES}
    z = x @ w["weight_ih"].T + w["bias_ih"] + state[0] @ w["weight_hh"].T + w["bias_hh"]
    if isinstance(cell, RNNCell):
        return (np.tanh(z),)
    i, f, g, o = np.split(z, 4, axis=-1)
    c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def test_the_weights_have_pytorchs_names_shapes_and_range():
    for kind, rows in ((RNNCell, 16), (LSTMCell, 64)):
        cell = kind(3, 16, rng=np.random.default_rng(0))
        shapes = {name: p.shape for name, p in cell.named_parameters()}
        expect_equal(shapes, {"weight_ih": (rows, 3), "weight_hh": (rows, 16), "bias_ih": (rows,), "bias_hh": (rows,)}, what=f"parameters of {kind.__name__}(3, 16)", idea="A row for each unit, of each gate; in this order, since it is that in which they are drawn.", page=STATE)  # fmt: skip
        for name, p in cell.named_parameters():
            expect_equal(p.dtype, np.dtype(np.float32), what=f"dtype of {name}", idea="As all weights here start.", page=STATE)  # fmt: skip
            expect_true(np.abs(p.data).max() <= 0.25, what=f"size of {name}, 16 hidden units", expected="at most 1/4", got=float(np.abs(p.data).max()), idea="1/sqrt(H), not of the inputs.", page=STATE)  # fmt: skip
            if p.size > 40:
                expect_true(np.abs(p.data).max() > 0.2 and abs(p.data.mean()) < 0.1, what=f"spread of {name}", expected="uniform in ±1/4", got=(float(p.data.min()), float(p.data.max())), idea="Uniform, on both sides of 0.", page=STATE)  # fmt: skip


def test_the_generator_draws_them_all():
    for kind in (RNNCell, LSTMCell):
        one, same, other = (kind(3, 4, rng=np.random.default_rng(seed)) for seed in (5, 5, 6))
        for name in NAMES:
            a, b, c = (getattr(cell, name).numpy() for cell in (one, same, other))
            expect_equal(bool((a == b).all()), True, what=f"{name} of {kind.__name__} with the same generator", idea="Draw with the generator that was handed over.", page=STATE)  # fmt: skip
            expect_equal(bool((a != c).any()), True, what=f"{name} of {kind.__name__} with another one", idea="Draw with the generator that was handed over.", page=STATE)  # fmt: skip


def test_the_forget_gate_starts_where_it_is_told():
    plain, open_ = (LSTMCell(3, 4, rng=np.random.default_rng(0), forget_bias=b).bias_ih.numpy() for b in (0.0, 2.0))  # fmt: skip
    expect_close(open_ - plain, np.repeat([0.0, 2.0, 0.0, 0.0], 4), tol=1e-6, what="what forget_bias = 2 adds to bias_ih, 4 hidden units", idea="The rows of the gates stand in the order input, forget, candidate, output.", page=GATES)  # fmt: skip
    expect_true(np.abs(plain[4:8]).min() > 0, what="the forget gate's bias with forget_bias = 0", expected="as it was drawn", got=plain[4:8].tolist(), idea="Added to what was drawn, not put in its place.", page=GATES)  # fmt: skip


def test_a_step_by_hand():
    cell = in_double(RNNCell(2, 4))
    cell.weight_ih = Parameter(np.array([[1.0, 0], [0, 1], [1, 1], [-1, 1]]))
    cell.weight_hh = Parameter(np.eye(4) * 0.5)
    cell.bias_ih = cell.bias_hh = Parameter(np.zeros(4))
    (h,) = cell(Tensor([[1.0, 0.0]]), None)
    expect_close(h, np.tanh([[1.0, 0, 1, -1]]), tol=1e-9, what="h after x = (1, 0), from zeros", idea="One product and one tanh.", page=STATE)  # fmt: skip
    (h,) = cell(Tensor([[0.0, 1.0]]), (h,))
    expect_close(h, [[0.3634, 0.7616, 0.8811, 0.5506]], tol=1e-4, what="h after x = (0, 1), from that state", idea="Half of the old state is added before the tanh.", page=STATE)  # fmt: skip


def test_each_cell_steps_as_its_equations_say():
    for kind, page in ((RNNCell, STATE), (LSTMCell, GATES)):
        cell = made(kind)
        x, state = drawn(5, 3), tuple(drawn(5, 4, seed=2 + i) for i in range(kind.states))
        got, want = cell(x, state), by_hand(cell, x.numpy(), [s.numpy() for s in state])
        expect_equal(len(got), len(want), what=f"states of {kind.__name__}", idea="A tuple of all that is carried.", page=page)  # fmt: skip
        for name, a, b in zip("hc", got, want, strict=False):
            expect_close(a, b, tol=1e-9, what=f"{name} of {kind.__name__} after a step", idea="Both biases count. Which rows are whose gate, and which gates are sigmoids?", page=page)  # fmt: skip


def test_large_sums_stay_finite():
    for kind in (RNNCell, LSTMCell):
        cell = made(kind)
        for size in (1e3, -1e3):
            got = cell(Tensor(np.full((1, 3), size)), None)
            expect_true(all(np.isfinite(s.data).all() for s in got), what=f"state of {kind.__name__} after an input of {size:g}", expected="finite numbers", got=[s.numpy() for s in got], idea="A saturated gate is 0 or 1, and no NaN.", page=GATES)  # fmt: skip


def test_the_unrolled_network_is_the_cell_again_and_again():
    for kind in (RNNCell, LSTMCell):
        cell, x = made(kind), drawn(6, 2, 3)
        outputs, after = unroll(cell, x)
        state = [np.zeros((2, 4))] * kind.states
        expect_equal(outputs.shape, (6, 2, 4), what=f"shape of the outputs of {kind.__name__}", idea="Time first: one h for each step.", page=STATE)  # fmt: skip
        for t in range(6):
            state = by_hand(cell, x.numpy()[t], state)
            expect_close(outputs[t], state[0], tol=1e-9, what=f"output {t} of {kind.__name__}", idea="The same weights at each step, the state of the one before.", page=STATE)  # fmt: skip
        expect_equal(len(after), kind.states, what=f"states of {kind.__name__} after the last step", idea="All that is carried.", page=STATE)  # fmt: skip
        for a, b in zip(after, state, strict=True):
            expect_close(a, b, tol=1e-9, what=f"the last state of {kind.__name__}", idea="All that is carried, after the last step.", page=STATE)  # fmt: skip


def test_a_given_state_is_where_it_begins():
    for kind in (RNNCell, LSTMCell):
        cell, x = made(kind), drawn(6, 2, 3)
        outputs, after = unroll(cell, x)
        _, half = unroll(cell, x[:2])
        rest, end = unroll(cell, x[2:], half)
        expect_close(rest, outputs.numpy()[2:], tol=1e-9, what=f"{kind.__name__} in two pieces", idea="The state is all that the second piece needs to know of the first.", page=STATE)  # fmt: skip
        for a, b in zip(end, after, strict=True):
            expect_close(a, b, tol=1e-9, what=f"the last state of {kind.__name__} in two pieces", idea="c goes on, too.", page=STATE)  # fmt: skip


def test_gradients_pass_gradcheck():
    for kind in (RNNCell, LSTMCell):
        cell, x = made(kind, 2, 3), Tensor(drawn(4, 2, 2).numpy(), requires_grad=True)

        def loss(*_, cell=cell, x=x):
            outputs, after = unroll(cell, x)
            return (outputs * outputs).sum() + sum((s.sum() for s in after[1:]), after[0].sum())

        try:
            ok = gradcheck(loss, [x, *cell.parameters()])
        except AssertionError as error:
            ok = str(error)
        expect_true(ok is True, what=f"gradients of {kind.__name__} over 4 steps, by x and each weight", expected="those of finite differences", got=ok, idea="Compute with tensors from end to end: a NumPy array in between cuts the graph.", page=STATE)  # fmt: skip


def test_one_step_and_one_row_work():
    for kind in (RNNCell, LSTMCell):
        outputs, _ = unroll(kind(1, 1, rng=np.random.default_rng(0)), Tensor(np.ones((1, 1, 1), np.float32)))  # fmt: skip
        expect_equal((outputs.shape, outputs.dtype), ((1, 1, 1), np.dtype(np.float32)), what=f"shape and dtype of {kind.__name__}(1, 1) after one step of one row", idea="float32 stays float32.", page=STATE)  # fmt: skip


def test_what_does_not_fit_is_refused():
    for kind in (RNNCell, LSTMCell):
        cell = made(kind)
        good = tuple(drawn(2, 4) for _ in range(kind.states))
        bad = Tensor(np.full((5, 2, 3), math.nan))
        for x, state, word in (
            (drawn(5, 2, 2), None, "(T, B, 3)"),
            (drawn(5, 3), None, "(T, B, 3)"),
            (Tensor(np.zeros((0, 2, 3))), None, "T above 0"),
            (drawn(5, 2, 3), tuple(drawn(3, 4) for _ in good), "the state must be"),
            (drawn(5, 2, 3), tuple(drawn(2, 5) for _ in good), "the state must be"),
            (drawn(5, 2, 3), (*good, drawn(2, 4)), "the state must be"),
            (bad, None, "x isn't finite"),
            (
                drawn(5, 2, 3),
                (*good[:-1], Tensor(np.full((2, 4), math.inf))),
                f"state {kind.states - 1} isn't finite",
            ),
        ):
            with expect_raises(ValueError, mentions=word, what=f"unroll of {kind.__name__} with x {x.shape} and state {state and [s.shape for s in state]}", idea="Say what doesn't fit, before a product does.", page=STATE):  # fmt: skip
                unroll(cell, x, state)
    for sizes in ((0, 3), (3, 0)):
        with expect_raises(ValueError, mentions="1 or more", what=f"RNNCell{sizes}", idea="A state of nothing remembers nothing.", page=STATE):  # fmt: skip
            RNNCell(*sizes)


def test_the_cells_share_their_sums():
    class Plain(Cell):
        gates = 2

    cell = made(Plain)
    x, h = drawn(5, 3), drawn(5, 4)
    want = x.numpy() @ cell.weight_ih.numpy().T + h.numpy() @ cell.weight_hh.numpy().T + cell.bias_ih.numpy() + cell.bias_hh.numpy()  # fmt: skip
    expect_close(cell.sums(x, h), want, tol=1e-9, what="sums of a cell with two gates", idea="Two linear maps, each with its bias.", page=STATE)  # fmt: skip
