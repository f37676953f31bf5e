"""Lab 18.5: other steps, fewer bits."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.floats import BF16, E4M3, FP16, round_to
from minilm.gpt import GPT, GPTConfig
from minilm.muon import Muon, hidden_matrices, orthogonalized
from minilm.rounding import (
    lost_updates,
    round_gradients_,
    round_parameters_,
    rounded,
    spacing,
)
from minitorch import Tensor
from minitorch.nn import Linear, Parameter

MUON = "theory/05-a-step-for-matrices.md"
PAGE = "theory/06-what-rounding-loses.md"


def matrix(rows, columns, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(dtype)


def with_values(values, rows=6, columns=4):
    u, _ = np.linalg.qr(matrix(rows, rows))
    v, _ = np.linalg.qr(matrix(columns, columns, 1))
    k = len(values)
    return u[:, :k] * np.array(values) @ v[:, :k].T


def stepped(x, steps=5, f=(3.4445, -4.7750, 2.0315)):
    for _ in range(steps):
        x = f[0] * x + f[1] * x**3 + f[2] * x**5
    return x


def test_singular_values_go_through_the_polynomial():
    values = np.array([4.0, 3.0, 2.0, 0.5])
    for rows, columns in ((6, 4), (4, 6), (4, 4)):
        g = with_values(values, rows, columns)
        for steps in (0, 1, 5):
            expected = np.sort(stepped(values / np.linalg.norm(values), steps))[::-1]
            got = np.linalg.svd(orthogonalized(g, steps), compute_uv=False)
            expect_close(got, expected, tol=1e-9, what=f"the singular values of a {rows} by {columns} matrix after {steps} steps", idea="Divided by the Frobenius norm, then a s + b s³ + c s⁵, once a step.", page=MUON)  # fmt: skip


def test_directions_stay():
    for rows, columns in ((6, 4), (4, 6)):
        g = with_values([4.0, 3.0, 2.0, 0.5], rows, columns)
        u, s, vt = np.linalg.svd(g, full_matrices=False)
        expected = u * stepped(s / np.linalg.norm(s)) @ vt
        expect_close(orthogonalized(g), expected, tol=1e-9, what=f"a {rows} by {columns} matrix, orthogonalized", idea="Singular vectors stay. Is a tall matrix turned back?", page=MUON)  # fmt: skip


def test_sizes_come_near_one():
    s = np.linalg.svd(orthogonalized(matrix(64, 256)), compute_uv=False)
    expect_true(s.min() > 0.6 and s.max() < 1.3, what="the singular values of a random 64 by 256 matrix, orthogonalized", expected="between 0.6 and 1.3", got=(float(s.min()), float(s.max())), idea="Five steps of the three coefficients.", page=MUON)  # fmt: skip


def test_size_and_dtype_and_zeros():
    g = matrix(5, 3, dtype=np.float32)
    kept = g.copy()
    expect_close(orthogonalized(g * 1000), orthogonalized(g), tol=1e-4, what="a matrix times 1000, orthogonalized", idea="What is divided out first?", page=MUON)  # fmt: skip
    expect_equal(str(orthogonalized(g).dtype), "float32", what="the dtype", idea="As it came.", page=MUON)  # fmt: skip
    expect_true((g == kept).all(), what="the matrix that was given", expected="as it was", got="changed", idea="A new one.", page=MUON)  # fmt: skip
    with np.errstate(all="raise"):
        expect_close(orthogonalized(np.zeros((3, 2))), np.zeros((3, 2)), tol=0, what="zeros, orthogonalized", idea="Divided by what?", page=MUON)  # fmt: skip


def test_muon_steps_by_its_momentum():
    for shape in ((6, 4), (4, 6)):
        p = Parameter(matrix(*shape, 3))
        optimizer = Muon([p], lr=0.1, momentum=0.9, weight_decay=0.5)
        x, v = p.data.copy(), np.zeros(shape)
        for i in range(3):
            g = matrix(*shape, 10 + i)
            p.grad = g.copy()
            optimizer.step()
            v = 0.9 * v + g
            u, s, vt = np.linalg.svd(g + 0.9 * v, full_matrices=False)
            step = u * stepped(s / np.linalg.norm(s)) @ vt
            x = x * (1 - 0.1 * 0.5) - 0.1 * max(1, shape[0] / shape[1]) ** 0.5 * step
            expect_close(p.data, x, tol=1e-9, what=f"a {shape} matrix after step {i + 1} of Muon", idea="Velocity, a look ahead, orthogonalized; decay apart; a tall matrix steps farther.", page=MUON)  # fmt: skip
            expect_true((p.grad == g).all(), what="the gradient", expected="as it was", got="changed", idea="It isn't the optimizer's.", page=MUON)  # fmt: skip


def test_vectors_are_refused():
    with expect_raises(
        ValueError, what="Muon for a bias", idea="Given.", page=MUON, mentions="(3,)"
    ):
        Muon([Parameter(np.zeros(3))])


def test_hidden_matrices_are_those_between_features():
    for tied in (True, False):
        model = GPT(GPTConfig(12, d_model=8, n_heads=2, n_layers=2, d_ff=16, tied=tied, positions="learned"))  # fmt: skip
        names = {id(p): name for name, p in model.named_parameters()}
        hidden, rest = hidden_matrices(model)
        expected = [n for n, p in model.named_parameters() if n.startswith("blocks") and p.ndim == 2]  # fmt: skip
        expect_equal([names[id(p)] for p in hidden], expected, what=f"Muon's part of a GPT, tied {tied}", idea="Attention's and the feed-forward's. Which matrices are tables?", page=MUON)  # fmt: skip
        expect_equal([names[id(p)] for p in rest], [n for n in names.values() if n not in expected], what="AdamW's part", idea="All others, each once.", page=MUON)  # fmt: skip


def test_spacing_is_that_of_the_neighbors():
    for fmt, x, gap in ((FP16, 1.0, 2**-10), (FP16, 1.999, 2**-10), (FP16, 2048.0, 2.0), (BF16, 1.0, 2**-7), (BF16, -300.0, 2.0), (FP16, 1e-6, 2**-24), (FP16, 0.0, 2**-24), (E4M3, 20.0, 2.0)):  # fmt: skip
        expect_close(float(spacing(np.array([x]), fmt)[0]), gap, tol=1e-12, what=f"the distance of neighbors of {fmt.name} around {x}", idea="The exponent, less the bits of the mantissa. Below the smallest normal number it stays.", page=PAGE)  # fmt: skip


def test_nearest_is_nearest():
    x = matrix(50, 4, dtype=np.float32) * 10
    for fmt in (FP16, BF16):
        got = rounded(x, fmt)
        expect_true((got == round_to(x, fmt)).all() and got.dtype == np.float32, what=f"numbers rounded to {fmt.name}", expected="those of round_to, in float32", got=str(got.dtype), idea="Phase 02 has it.", page=PAGE)  # fmt: skip


def test_at_random_the_mean_stays():
    rng = np.random.default_rng(0)
    for value in (1.003, -1.003, 0.3, 100.3):
        x = np.full(40_000, value, np.float32)
        got = rounded(x, BF16, rng)
        gap = float(spacing(np.array([value]), BF16)[0])
        expect_equal(len(np.unique(got)), 2, what=f"how many numbers {value} becomes in bf16", idea="The neighbor below and the one above.", page=PAGE)  # fmt: skip
        expect_true(np.abs(got - value).max() < gap, what="the farthest of them", expected=f"nearer than {gap}", got=float(np.abs(got - value).max()), idea="Only neighbors.", page=PAGE)  # fmt: skip
        expect_close(float(got.astype(np.float64).mean()), value, tol=0.02 * gap / abs(value) + 1e-6, what=f"the mean of 40,000 roundings of {value}", idea="The nearer neighbor more often: how often?", page=PAGE)  # fmt: skip
    exact = np.array([1.0, -0.5, 0.0, 96.0], np.float32)
    expect_equal(rounded(exact, BF16, rng).tolist(), exact.tolist(), what="numbers that bf16 has", idea="They stay what they are.", page=PAGE)  # fmt: skip
    expect_equal(str(rounded(exact, BF16, rng).dtype), "float32", what="the dtype", idea="As it came.", page=PAGE)  # fmt: skip


def test_updates_that_rounding_loses():
    before = np.array([1.0, 1.0, 1.0, 1.0, 0.001], np.float32)
    after = before + np.array([0.001, 0.1, 0.0, -0.001, 0.001], np.float32)
    expect_close(lost_updates(before, after, BF16), 0.5, tol=1e-9, what="of four updates in bf16, two of a thousandth of their number, the share that is lost", idea="Those that changed; and of these, those that rounding puts back. No change is no update.", page=PAGE)  # fmt: skip
    expect_close(lost_updates(before, before, BF16), 0.0, tol=0, what="the share where nothing changed", idea="0 of 0.", page=PAGE)  # fmt: skip


def layer_with(grads):
    layer = Linear(2, 2, rng=np.random.default_rng(0))
    layer.weight.grad, layer.bias.grad = (np.array(g, np.float32) for g in grads)
    return layer


def test_scaled_gradients_survive():
    tiny = [[1e-8, 1.0], [2e-8, -3e-8]], [1e-9, 1.0]
    layer = layer_with(tiny)
    expect_equal(round_gradients_(layer, FP16), True, what="whether tiny gradients are finite in fp16", idea="Zero is finite.", page=PAGE)  # fmt: skip
    expect_equal(int((layer.weight.grad == 0).sum() + (layer.bias.grad == 0).sum()), 3, what="how many of six gradients become 0", idea="Half of the smallest number is the border, and it is 2^-25.", page=PAGE)  # fmt: skip
    layer = layer_with(tiny)
    expect_equal(round_gradients_(layer, FP16, 2.0**12), True, what="whether they are finite times 4096", idea="1 becomes 4096.", page=PAGE)  # fmt: skip
    expect_close(layer.weight.grad, tiny[0], tol=1e-9, what="the weight's gradients, scaled before and after", idea="Multiplied, rounded, divided.", page=PAGE)  # fmt: skip
    expect_equal((layer.weight.grad != 0).all() and str(layer.weight.grad.dtype) == "float32", True, what="whether all survive, in float32", idea="In the parameter's dtype.", page=PAGE)  # fmt: skip


def test_an_overflow_forgets_all_gradients():
    layer = layer_with(([[1.0, 1.0], [1.0, 1.0]], [100.0, 1.0]))
    expect_equal(round_gradients_(layer, FP16, 1024.0), False, what="whether 100 times 1024 is finite in fp16", idea="The largest number is 65,504.", page=PAGE)  # fmt: skip
    expect_equal((layer.weight.grad, layer.bias.grad), (None, None), what="the gradients then", idea="A step with a part of them would be another step.", page=PAGE)  # fmt: skip


def test_parameters_without_gradient_are_left_alone():
    layer = layer_with(([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0]))
    layer.bias.grad = None
    expect_equal((round_gradients_(layer, BF16), layer.bias.grad), (True, None), what="a bias that got no gradient", idea="Nothing to round.", page=PAGE)  # fmt: skip
    round_parameters_(layer, BF16)
    expect_true((layer.weight.data == round_to(layer.weight.data, BF16)).all(), what="rounded parameters", expected="numbers of bf16", got="others", idea="Given.", page=PAGE)  # fmt: skip
    expect_equal(layer(Tensor(np.ones((1, 2), np.float32))).shape, (1, 2), what="the layer's output", idea="It still works.", page=PAGE)  # fmt: skip
