"""What minitorch promises beyond its mathematics: dtypes, memory, clear errors, and graphs that can't be wrong quietly."""

from __future__ import annotations

import ast
import gc
import math
import pickle
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch import (
    Tensor,
    cat,
    detect_anomaly,
    einsum,
    manual_seed,
    nn,
    no_grad,
    optim,
    pad,
    split,
    stack,
    where,
)
from minitorch import functional as F
from minitorch.attention import (
    MultiHeadAttention,
    added,
    attention,
    causal_mask,
    leak,
    merge_heads,
    padding_mask,
    soft_lookup,
    split_heads,
    without_heads,
)
from minitorch.checkpoint import load_file, load_metadata, save_file
from minitorch.nn import init
from minitorch.positions import (
    LearnedPositions,
    RotaryAttention,
    alibi,
    alibi_slopes,
    frequencies,
    linear_frequencies,
    ntk_frequencies,
    rope,
    sinusoidal,
    to_halves,
    to_pairs,
)
from minitorch.testing import assert_matches, gradcheck

ROOT = Path(__file__).parents[2]


def leaf(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.random.default_rng(0).normal(size=shape).astype(dtype), requires_grad=True)


# Dtypes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_dtype(dtype: Any) -> None:
    x, w = leaf(3, 4, dtype=dtype), leaf(4, 4, dtype=dtype)
    y = F.layer_norm(F.gelu(x @ w + 1, "tanh") * 2.5 / np.float64(3), w[0], w[1])
    loss = F.cross_entropy(attention(y, y, y, causal=True), [0, 1, 2]) + y.mean() + y.var(0).max()
    loss.backward()
    assert loss.dtype == dtype
    assert x.grad is not None and x.grad.dtype == dtype


def test_python_numbers_become_float32_and_arrays_stay_what_they_are() -> None:
    assert Tensor([1, 2]).dtype == np.float32
    assert Tensor(1.5).dtype == np.float32
    assert Tensor(np.array([1, 2])).dtype == np.int64
    assert (Tensor(np.ones(2)) * 2).dtype == np.float64


def test_float16_is_refused_as_data_with_a_sentence_that_says_what_to_do() -> None:
    half = np.full(3, 1.5, np.float16)
    for call in (
        lambda: Tensor(half),
        lambda: Tensor(half[0]),
        lambda: Tensor([1.0], dtype=np.float16),
        lambda: nn.Parameter(half),
        lambda: cat([half, half]),
    ):
        with pytest.raises(TypeError, match=r"Tensor: float16 ends at 65,504.*dtype=np\.float32"):
            call()
    assert Tensor(half, dtype=np.float32).dtype == np.float32
    assert (leaf(3) * half).dtype == np.float64  # a constant, computed in the tensor's dtype
    layer = nn.Linear(1, 3, bias=False)
    layer.load_state_dict({"weight": half[:, None]})
    assert layer.weight.data[:, 0].tolist() == half.tolist()


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh"])
def test_no_operation_gives_float16(name: str) -> None:
    bytes_ = Tensor(np.array([1, 2], np.int8))  # of which NumPy makes float16
    with pytest.raises(TypeError, match=f"{name}: float16"):
        getattr(bytes_, name)()


def test_optimizers_compute_in_the_dtype_of_the_parameter_whatever_the_gradients_is() -> None:
    for make in (
        lambda p: optim.SGD(p, lr=1e-3, momentum=0.9, weight_decay=0.1),
        lambda p: optim.Adam(p, weight_decay=0.1),
        lambda p: optim.AdamW(p),
    ):
        results = []
        for dtype in (np.float16, np.float32):
            p = leaf(3, dtype=np.float32)
            optimizer = make([p])
            for _ in range(3):
                p.grad = np.array([300.0, 1e-3, 6e4]).astype(np.float16).astype(dtype)
                optimizer.step()
            assert np.isfinite(p.data).all()
            results.append(p.numpy())
        assert np.array_equal(*results)
    p = Tensor(np.zeros(70_000, np.float32), requires_grad=True)
    p.grad = np.ones(70_000, np.float16)
    assert optim.clip_grad_norm_([p], 1e6) == pytest.approx(math.sqrt(70_000))


def wide(value: float) -> Any:
    return np.full((3, 3), value)


ACROSS: dict[str, Callable[[Tensor], Tensor]] = {
    "add an array": lambda x: x + wide(0.1),
    "add an array on the left": lambda x: wide(0.1) + x,
    "add a 0-d array": lambda x: x + np.array(0.1),
    "add integers": lambda x: x + np.ones(3, int),
    "add an integer tensor": lambda x: x + Tensor(np.ones(3, int)),
    "add to an integer tensor": lambda x: Tensor(np.ones(3, int)) + x,
    "sub": lambda x: wide(0.1) - x,
    "mask": lambda x: x * (x.data > 0),
    "mul": lambda x: x * wide(0.1),
    "div": lambda x: wide(0.1) / x,
    "pow": lambda x: x ** np.full(3, 2),
    "base": lambda x: wide(2.0) ** x,
    "matmul": lambda x: x @ wide(0.1),
    "rmatmul": lambda x: wide(0.1) @ x,
    "cat": lambda x: cat([wide(0.1), x]),
    "stack": lambda x: stack([x, wide(0.1)]),
    "where": lambda x: where(x.data > 0, wide(0.1), x),
    "where integers": lambda x: where(x.data > 0, Tensor(np.eye(3, dtype=int)), x),
    "einsum": lambda x: einsum("ij,jk->ik", wide(0.1), x),
    "pad": lambda x: pad(x, [(1, 1), (0, 0)], np.float64(0.1)),
    "var": lambda x: x.var(0, correction=np.int64(1)),
    "mse_loss": lambda x: F.mse_loss(x, wide(0.1)),
    "layer_norm": lambda x: F.layer_norm(x, x[0], x[1], np.float64(1e-5)),
    "rms_norm": lambda x: F.rms_norm(x, x[0], np.float64(1e-6)),
    "dropout": lambda x: F.dropout(x, np.float64(0.5)),
    "attention": lambda x: attention(x, x, x, mask=wide(0.1)),
}


@pytest.mark.parametrize("name", ACROSS)
def test_only_a_float64_tensor_turns_a_float32_graph_into_float64(name: str) -> None:
    x = leaf(3, 3, dtype=np.float32)
    x.data = np.abs(x.data)
    y = ACROSS[name](x)
    assert y.dtype == np.float32
    y.backward(np.ones(y.shape))
    assert x.grad is not None and x.grad.dtype == np.float32


def test_batch_norm_stays_float32_with_float64_averages() -> None:
    norm = nn.BatchNorm1d(3)
    norm.running_mean = np.zeros(3)
    assert norm.eval()(leaf(2, 3, dtype=np.float32)).dtype == np.float32


def test_integers_alone_compute_as_in_numpy() -> None:
    big = Tensor(np.array([20_000_001]))  # not a float32
    assert (big * 2).data.tolist() == [40_000_002]
    assert (big + big).dtype == np.int64


def test_a_narrow_input_gets_a_narrow_gradient() -> None:
    a, b = leaf(3, dtype=np.float32), leaf(3)
    (a * b).sum().backward()
    assert a.grad is not None and a.grad.dtype == np.float32
    assert b.grad is not None and b.grad.dtype == np.float64


def test_a_tensor_owns_its_numbers() -> None:
    array = np.ones(3)
    t = Tensor(array)
    array[0] = 9
    t.numpy()[1] = 9
    assert t.data.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", [np.int64, np.int8, np.uint8, np.array])
def test_numpys_integers_are_axes_and_lengths_everywhere(kind: Callable[[int], Any]) -> None:
    x, i, j = leaf(2, 3), kind(0), kind(1)
    for name in ("sum", "mean", "var", "max"):
        f = getattr(x, name)
        assert_matches(f(i), f(0))
        assert_matches(f((i, j)), f())
        assert_matches(f([j]), f(1))
    assert_matches(F.softmax(x, i), F.softmax(x, 0))
    assert_matches(F.log_softmax(x, i), F.log_softmax(x, 0))
    assert_matches(nn.Softmax(i)(x), F.softmax(x, 0))
    assert_matches(cat([x, x], j), cat([x, x], 1))
    assert_matches(stack([x, x], j), stack([x, x], 1))
    assert [t.shape for t in split(x, j, j)] == [(2, 1)] * 3
    assert [t.shape for t in split(x, (j, kind(2)), j)] == [(2, 1), (2, 2)]
    assert_matches(x.transpose(i, j), x.T)
    assert_matches(x.permute(j, i), x.T)
    assert x.reshape(kind(6)).shape == x.reshape((kind(6),)).shape == (6,)
    assert x.broadcast_to(kind(4), kind(2), kind(3)).shape == (4, 2, 3)
    assert pad(x, [(i, j), (j, i)]).shape == (3, 4)
    assert pad(x, np.array([[0, 1], [1, 0]])).shape == (3, 4)


def test_axes_count_from_the_end_in_cat_and_stack() -> None:
    x = leaf(2, 3)
    assert cat([x, x], -1).shape == (2, 6)
    assert stack([x, x], -1).shape == (2, 3, 2)
    cat([x, x], -1).sum().backward()
    assert_matches(x.grad, np.full((2, 3), 2.0))


def test_numpy_takes_a_tensor_for_the_array_that_it_holds() -> None:
    x = leaf(2, 3, dtype=np.float32)
    for array in (np.array(x), np.asarray(x), np.array([x[0], x[1]])):
        assert array.dtype == np.float32
        assert np.array_equal(array, x.data)
    assert np.asarray(x, np.float64).dtype == np.float64
    assert np.array(Tensor(2.5)).tolist() == 2.5
    np.asarray(x)[:] = 7
    assert not (x.data == 7).any()
    assert [row.shape for row in x] == [(3,), (3,)]
    x.data = Tensor(np.ones((2, 3)))
    assert x.data.sum() == 6


def test_joining_takes_arrays_as_constants_and_any_iterable() -> None:
    x, one = leaf(2), np.ones(2)
    for joined in (cat([one, x, [1, 1]]), cat(t for t in (one, x, one))):
        assert joined.shape == (6,)
        joined.sum().backward()
    assert_matches(x.grad, [2, 2])
    assert cat([one, one]).data.tolist() == [1, 1, 1, 1]
    assert stack([one, one]).dtype == np.float64
    assert einsum("i,i->", one, one).item() == 2


def test_gradients_are_arrays_also_without_axes() -> None:
    x = Tensor(2.0, requires_grad=True)
    for f in (Tensor.exp, Tensor.tanh, F.gelu, F.silu, lambda t: t * t, lambda t: t.max() + t):
        x.zero_grad()
        f(x).backward()
        f(x).backward()
        assert type(x.grad) is np.ndarray
        assert x.grad.shape == () and x.grad.dtype == np.float32


def test_a_loss_on_booleans_is_one_on_0_and_1_or_an_error() -> None:
    x = leaf(3)
    right = np.array([True, False, True])
    assert F.mse_loss(x, right).item() == F.mse_loss(x, right.astype(float)).item()
    assert F.cross_entropy(leaf(2, 3), np.array([1, 2], np.uint8)).item() > 0


def test_nothing_to_look_up_needs_no_dtype() -> None:
    w = leaf(3, 2)
    rows = F.embedding([], w)
    assert rows.shape == (0, 2)
    rows.sum().backward()
    assert_matches(w.grad, np.zeros((3, 2)))
    assert F.cross_entropy(leaf(0, 3), [], reduction="sum").item() == 0


def test_powers_have_the_right_gradients_at_0_and_infinity() -> None:
    b = Tensor(np.array([-1.0, 0.0, 2.0]), requires_grad=True)
    with np.errstate(divide="ignore"):
        y = 0**b
        y.backward(np.ones(3))
    assert y.data.tolist() == [math.inf, 1, 0]
    assert b.grad is not None and b.grad.tolist() == [-math.inf, 0, 0]
    a = Tensor(np.array([0.0, math.inf, 3.0]), requires_grad=True)
    (a**0).sum().backward()
    assert a.grad is not None and a.grad.tolist() == [0, 0, 0]


# The graph


def test_arrays_on_the_left_leave_the_operator_to_the_tensor() -> None:
    x = leaf(3)
    y = np.ones(3) + np.eye(3) @ x
    assert isinstance(y, Tensor)
    assert y.requires_grad


def test_no_grad_keeps_no_graph_and_nests() -> None:
    x = leaf(3)
    with no_grad():
        with no_grad():
            pass
        inside = x * 2
    assert not inside.requires_grad
    assert (x * 2).requires_grad

    @no_grad()
    def double(n: int) -> Tensor:
        return double(n - 1) if n else x * 2

    assert not double(3).requires_grad
    with pytest.raises(RuntimeError, match=r"no graph.*no_grad"):
        inside.sum().backward()


def test_a_graph_partly_built_under_no_grad_takes_that_part_as_constant() -> None:
    x = leaf(2)
    with no_grad():
        scale = x * 3
    (x * scale).sum().backward()
    assert_matches(x.grad, 3 * x.data)


def test_detach_is_a_constant() -> None:
    x = leaf(2)
    (x * x.detach()).sum().backward()
    assert_matches(x.grad, x.data)


def test_the_graph_is_deeper_than_pythons_stack() -> None:
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 0.0
    y.backward()
    assert x.grad is not None and x.grad.item() == 1


def test_nothing_of_a_graph_stays_behind_and_no_collector_is_needed() -> None:
    gc.disable()
    try:
        x = leaf(4, 4)
        y = F.softmax(F.linear(x, x).tanh()[0] ** 2)
        watched = weakref.ref(y)
        loss = (y * y).sum()
        del y
        assert watched() is not None
        loss.backward()
        assert watched() is None
        abandoned = x * 2
        watched = weakref.ref(abandoned)
        total = abandoned.sum()
        del abandoned, total
        assert watched() is None
    finally:
        gc.enable()


def test_a_second_backward_needs_retain_graph() -> None:
    x = leaf(2)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert_matches(x.grad, 4 * x.data)
    before = x.grad
    with pytest.raises(RuntimeError, match=r"freed.*retain_graph"):
        y.backward()
    assert x.grad is before


def test_a_freed_part_is_noticed_before_any_gradient_changes() -> None:
    x = leaf(2)
    shared = x * x
    shared.sum().backward()
    x.zero_grad()
    with pytest.raises(RuntimeError, match="mul was freed"):
        (shared * 2 + x).sum().backward()
    assert x.grad is None


def test_no_two_gradients_are_one_array() -> None:
    a, b = leaf(2), leaf(2)
    (a + b).sum().backward()
    assert a.grad is not None and b.grad is not None
    a.grad *= 10
    assert b.grad.tolist() == [1, 1]


def test_gradients_of_results_are_kept_when_asked_for() -> None:
    x = leaf(2)
    y = x * 3
    y.retain_grad()
    z = (y * y).sum()
    z.backward()
    assert_matches(y.grad, 2 * 3 * x.data)
    assert z.grad is None


def test_backward_wants_one_number_or_a_gradient() -> None:
    x = leaf(2, 3)
    with pytest.raises(RuntimeError, match=r"shape \(2, 3\) isn't one number"):
        (x * 1).backward()
    with pytest.raises(ValueError, match=r"gradient must have shape \(2, 3\), got \(3,\)"):
        (x * 1).backward(np.ones(3))
    (x * 1).backward(np.full((2, 3), 2.0))
    assert_matches(x.grad, np.full((2, 3), 2.0))


# Changing numbers


@pytest.mark.parametrize("change", ["assign", "in place", "step", "load"])
def test_a_parameter_changed_between_forward_and_backward_is_noticed(change: str) -> None:
    layer = nn.Linear(2, 2)
    loss = (layer(Tensor([[1.0, 2.0]])) ** 2).sum()
    layer.weight.grad = np.ones((2, 2), np.float32)
    if change == "assign":
        layer.weight.data = np.zeros((2, 2))
    elif change == "in place":
        layer.weight.data -= 1
    elif change == "step":
        optim.SGD([layer.weight], lr=0.1).step()
    else:
        layer.load_state_dict(layer.state_dict())
    layer.weight.grad = None
    with pytest.raises(
        RuntimeError, match=r"input 1 of linear, shape \(2, 2\), was changed in place"
    ):
        loss.backward()
    assert layer.weight.grad is None


def test_an_edit_of_single_elements_is_noticed_by_detect_anomaly() -> None:
    x = leaf(3)
    with detect_anomaly():
        y = (x * x).sum()
        x.data[0] = 5
        with pytest.raises(RuntimeError, match="was changed in place"):
            y.backward()


def test_results_are_read_only() -> None:
    y = leaf(3) * 2
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 1
    with pytest.raises(RuntimeError, match=r"result of mul can't be assigned; detach"):
        y.data = np.zeros(3)


def test_assigned_data_must_fit() -> None:
    with pytest.raises(ValueError, match=r"shape must stay \(3,\), got \(2,\)"):
        leaf(3).data = np.zeros(2)


def test_detect_anomaly_names_the_operation_that_made_a_nan() -> None:
    x = Tensor([0.0], requires_grad=True)
    with detect_anomaly(), np.errstate(divide="ignore"):
        y = (x.sqrt() * 2).sum()
        with pytest.raises(RuntimeError, match="backward of sqrt: a gradient isn't finite"):
            y.backward()


# Bad input: the message names the operation, and the shape or the value

BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Tensor([[1, 2], [3]]), ValueError, "rectangular"),
    (lambda: Tensor("abc"), TypeError, "real numbers, got dtype <U3"),
    (lambda: Tensor(["1.5"]), TypeError, "real numbers, got dtype <U3"),
    (lambda: Tensor([None, 1.0]), TypeError, "real numbers, got dtype object"),
    (lambda: Tensor(np.array([1j]), dtype=np.float32), TypeError, "complex128"),
    (lambda: Tensor([1.0], dtype=complex), TypeError, "complex128"),
    (lambda: leaf(2) + np.array([1j, 0]), TypeError, "complex128"),
    (lambda: leaf(2) + None, TypeError, "object"),
    (lambda: Tensor(np.array([1j])), TypeError, "complex128"),
    (lambda: Tensor(np.array([1]), requires_grad=True), TypeError, "only floats.*int64"),
    (lambda: leaf(2, 3) @ leaf(2, 3), ValueError, r"matmul: shapes \(2, 3\) and \(2, 3\)"),
    (lambda: leaf(2).sum(1), ValueError, r"sum: axis 1 doesn't fit shape \(2,\)"),
    (lambda: leaf(2, 3).sum(True), TypeError, r"sum: ints are needed, got \(True,\)"),
    (lambda: leaf(2, 3).max((0, True)), TypeError, "max: ints"),
    (lambda: leaf(2, 3).mean(1.0), TypeError, r"mean: ints are needed, got \(1.0,\)"),
    (lambda: leaf(2, 2).mean((0, -2)), ValueError, r"mean: axis \(0, -2\)"),
    (lambda: leaf(0, 2).mean(0), ValueError, r"mean: shape \(0, 2\) has too few"),
    (lambda: leaf(1, 2).var(0, correction=1), ValueError, "var.*too few"),
    (lambda: leaf(0).max(), ValueError, "max.*too few"),
    (lambda: leaf(2, 3).reshape(4, 2), ValueError, r"reshape: 6 elements, \(2, 3\)"),
    (lambda: leaf(2, 3).reshape(2.5, 2), TypeError, "reshape: ints"),
    (lambda: leaf(2, 3).permute(0, 0), ValueError, r"permute: axes \(0, 0\)"),
    (lambda: leaf(2, 3).permute(0, 5), ValueError, "permute"),
    (lambda: leaf(2, 3).transpose(0, 2), ValueError, "transpose: axis 2"),
    (lambda: leaf(2, 3).transpose(1), TypeError, "transpose: one axis is needed, got None"),
    (lambda: leaf(2, 3).broadcast_to(3, 3), ValueError, r"\(2, 3\) doesn't broadcast to \(3, 3\)"),
    (lambda: leaf(2)[5], IndexError, r"getitem: shape \(2,\)"),
    (lambda: leaf(2, 3).item(), ValueError, r"item.*\(2, 3\)"),
    (lambda: bool(leaf(2)), ValueError, "item"),
    (lambda: len(leaf()), TypeError, "0-d"),
    (lambda: list(leaf()), TypeError, "0-d"),
    (lambda: np.array(leaf(2), copy=False), ValueError, "t.data"),
    (lambda: cat([]), ValueError, "cat: no tensors"),
    (lambda: cat([leaf(2, 3), leaf(2, 2)]), ValueError, r"cat: shapes \[\(2, 3\), \(2, 2\)\]"),
    (lambda: cat([leaf(2)], 1), ValueError, "axis 1"),
    (lambda: cat([leaf(2)], None), TypeError, "cat: one axis is needed, got None"),
    (lambda: cat([np.ones(2), leaf(2, 2)]), ValueError, r"cat: shapes \[\(2,\), \(2, 2\)\]"),
    (lambda: stack([]), ValueError, "stack: no tensors"),
    (lambda: stack([leaf(2), leaf(3)]), ValueError, r"stack.*\(2,\), \(3,\)"),
    (lambda: stack([leaf(2)], 3), ValueError, "stack: axis 3"),
    (lambda: split(leaf(5), [2, 2]), ValueError, r"split: sizes \(2, 2\) don't add up to 5"),
    (lambda: split(leaf(5), 0), ValueError, "split"),
    (lambda: split(leaf(5), [4.0, 1.0]), TypeError, "split: ints"),
    (lambda: pad(leaf(2), [(1, 1), (0, 0)]), ValueError, r"pad.*\(2,\)"),
    (lambda: pad(leaf(2), [(-1, 0)]), ValueError, "pad"),
    (lambda: pad(leaf(2), [(0.5, 1)]), TypeError, "pad: ints"),
    (lambda: where([1, 0], leaf(2), 0.0), TypeError, "where: condition must be booleans"),
    (lambda: where([True, False], leaf(3), 0.0), ValueError, r"\(2,\), \(3,\)"),
    (lambda: einsum("ij,jk", leaf(2, 3), leaf(3, 2)), ValueError, "after ->"),
    (lambda: einsum("ii->i", leaf(2, 2)), ValueError, "each axis.*once"),
    (lambda: einsum("ij->i", leaf(2)), ValueError, r"\(2,\)"),
    (lambda: einsum("ij,jk->ik", leaf(2, 3), leaf(2, 3)), ValueError, "doesn't fit"),
    (lambda: F.gelu(leaf(2), "sigmoid"), ValueError, "approximate.*'sigmoid'"),
    (lambda: F.softmax(leaf(2), 1), ValueError, "softmax: axis 1"),
    (lambda: F.softmax(leaf(2, 0)), ValueError, "softmax"),
    (lambda: F.softmax(leaf(2, 2), (0, 1)), TypeError, r"softmax: one axis is needed, got \(0, 1\)"),
    (lambda: F.log_softmax(leaf(2, 2), None), TypeError, "log_softmax: one axis"),
    (lambda: F.softmax(leaf()), ValueError, "softmax"),
    (lambda: F.cross_entropy(leaf(2, 3), [0, 3]), IndexError, r"0\.\.2, got 0\.\.3"),
    (lambda: F.cross_entropy(leaf(2, 3), [0, -1]), IndexError, r"got -1\.\.0"),
    (lambda: F.cross_entropy(leaf(2, 3), [0.0, 1.0]), TypeError, "integers, got dtype float64"),
    (lambda: F.cross_entropy(leaf(2, 3), [math.nan, 1]), TypeError, "integers"),
    (lambda: F.cross_entropy(leaf(2, 3), [True, False]), TypeError, "integers, got dtype bool"),
    (lambda: F.cross_entropy(leaf(2, 3), np.array([True, False])), TypeError, "got dtype bool"),
    (lambda: F.cross_entropy(leaf(2, 3), np.eye(2, 3, dtype=int)), ValueError, r"\(2,\), got \(2, 3\)"),
    (lambda: F.cross_entropy(leaf(2, 3), [-100, -100]), ValueError, "at least one"),
    (lambda: F.cross_entropy(leaf(2, 3), [0, 1], reduction="avg"), ValueError, "'avg'"),
    (lambda: F.cross_entropy(leaf(), 0), ValueError, r"shape \(\)"),
    (lambda: F.mse_loss(leaf(3, 1), np.zeros(3)), ValueError, r"\(3, 1\) and \(3,\)"),
    (lambda: F.mse_loss(leaf(2), [1, math.nan]), ValueError, "target has NaN"),
    (lambda: F.linear(leaf(2, 3), leaf(4, 2)), ValueError, r"x \(2, 3\) doesn't fit weight \(4, 2\)"),
    (lambda: F.linear(leaf(2, 3), leaf(4, 3), leaf(3)), ValueError, r"bias \(3,\)"),
    (lambda: F.linear(leaf(2, 0), leaf(4, 0)), ValueError, r"weight \(4, 0\)"),
    (lambda: F.embedding([0], leaf(4, 2, 2)), ValueError, r"\(V, d\), got \(4, 2, 2\)"),
    (lambda: F.layer_norm(leaf(2, 0), leaf(0)), ValueError, r"weight \(0,\)"),
    (lambda: F.embedding([0, 4], leaf(4, 2)), IndexError, r"0\.\.3, got 0\.\.4"),
    (lambda: F.embedding([-1], leaf(4, 2)), IndexError, "-1"),
    (lambda: F.embedding([0.5], leaf(4, 2)), TypeError, "float64"),
    (lambda: F.dropout(leaf(2), 1.0), ValueError, "dropout: p.*1.0"),
    (lambda: F.layer_norm(leaf(2, 3), leaf(2)), ValueError, r"weight \(2,\).*\(2, 3\)"),
    (lambda: F.rms_norm(leaf(2, 3), leaf(3), eps=0), ValueError, "eps must be above 0, got 0"),
    (lambda: attention(leaf(2, 3), leaf(2, 4), leaf(2, 4)), ValueError, r"q \(2, 3\), k \(2, 4\)"),
    (lambda: attention(leaf(3, 2, 4), leaf(2, 2, 4), leaf(2, 2, 4)), ValueError, r"q \(3, 2, 4\)"),
    (lambda: attention(leaf(0, 3), leaf(2, 3), leaf(2, 3)), ValueError, r"q \(0, 3\).*empty"),
    (lambda: attention(leaf(2, 3), leaf(0, 3), leaf(0, 3)), ValueError, r"k \(0, 3\).*empty"),
    (lambda: attention(leaf(3), leaf(3), leaf(3)), ValueError, r"q \(3,\)"),
    (lambda: attention(leaf(2, 2), leaf(2, 2), Tensor([[1.0, math.nan], [0.0, 0.0]], dtype=np.float64)), ValueError, "v isn't finite"),
    (lambda: attention(Tensor([[math.inf]]), Tensor([[1.0]]), Tensor([[1.0]])), ValueError, "q isn't finite"),
    (lambda: attention(*[leaf(2, 3)] * 3, mask=np.array([0.0, math.nan])), ValueError, "mask has NaN"),
    (lambda: attention(*[Tensor(np.eye(2, dtype=int))] * 3), TypeError, "floats is needed, got dtype int64"),
    (lambda: soft_lookup(*[leaf(2, 3)] * 3, mask=np.zeros((2, 2))), TypeError, "booleans, got dtype float64"),
    (lambda: soft_lookup(*[leaf(2, 3)] * 3, mask=np.ones((3, 2), bool)), ValueError, r"mask \(3, 2\) doesn't fit"),
    (lambda: soft_lookup(leaf(4, 2, 3), leaf(2, 2, 3), leaf(2, 2, 3)), ValueError, "don't fit"),
    (lambda: causal_mask(0), ValueError, "at least 1 is needed, got 0"),
    (lambda: causal_mask(2, True), TypeError, "an int is needed, got True"),
    (lambda: padding_mask([1.0], 2), TypeError, "integers, got dtype float64"),
    (lambda: padding_mask([3], 2), ValueError, r"0 to 2, got \[3\]"),
    (lambda: split_heads(leaf(2, 6), 4), ValueError, r"4 heads don't divide the features of \(2, 6\)"),
    (lambda: merge_heads(leaf(2, 6)), ValueError, r"got \(2, 6\)"),
    (lambda: MultiHeadAttention(6, 4), ValueError, "4 heads don't divide d_model 6"),
    (lambda: MultiHeadAttention(8, 4, 3), ValueError, "3 n_kv_heads don't divide 4"),
    (lambda: MultiHeadAttention(8, 4, 0), ValueError, "0 n_kv_heads don't divide 4"),
    (lambda: added(np.full((2, 3), 1e300), (2, 3), np.float32), ValueError, "more than float32 can hold"),
    (lambda: leak(lambda x: x, np.zeros((4, 2)), np.zeros((3, 2))), ValueError, r"other \(3, 2\)"),
    (lambda: leak(lambda x: x, np.zeros((4, 2), int), np.full((4, 2), 0.5)), ValueError, "other .* float64"),
    (lambda: without_heads(MultiHeadAttention(4, 2), [2]).__enter__(), IndexError, r"\[2\] aren't all in 0..1"),
    (lambda: frequencies(5), ValueError, "d must be even, got 5"),
    (lambda: frequencies(4, 0), ValueError, "base must be finite and above 0, got 0"),
    (lambda: frequencies(4.0), TypeError, "an int is needed, got 4.0"),
    (lambda: sinusoidal([0.5], 4), TypeError, "positions must be integers, got dtype float64"),
    (lambda: sinusoidal([[1]], 4), ValueError, r"one axis, got \(1, 1\)"),
    (lambda: LearnedPositions(0, 4), ValueError, "at least 1 is needed, got 0"),
    (lambda: LearnedPositions(4, 2)([3, 4]), IndexError, "positions 3 to 4, the table has 0 to 3"),
    (lambda: LearnedPositions(4, 2)([-1]), IndexError, "positions -1 to -1, the table has 0 to 3"),
    (lambda: rope(leaf(2, 3)), ValueError, r"d even, got \(2, 3\)"),
    (lambda: rope(leaf(4)), ValueError, r"d even, got \(4,\)"),
    (lambda: rope(leaf(2, 4), [1]), ValueError, r"1 positions and w \(2,\) don't fit x \(2, 4\)"),
    (lambda: rope(leaf(2, 4), w=np.ones(4)), ValueError, r"w \(4,\) don't fit"),
    (lambda: rope(leaf(2, 4), [True, False]), TypeError, "integers, got dtype bool"),
    (lambda: rope(Tensor(np.eye(2, dtype=int))), TypeError, "floats is needed, got dtype int64"),
    (lambda: RotaryAttention(6, 2), ValueError, "d must be even, got 3"),
    (lambda: to_halves(np.zeros((6, 2)), 2), ValueError, r"2 heads don't cut the rows of \(6, 2\)"),
    (lambda: to_pairs(np.zeros(()), 1), ValueError, r"rows of \(\)"),
    (lambda: to_pairs(np.zeros(4), 0), ValueError, "at least 1 is needed, got 0"),
    (lambda: alibi_slopes(0), ValueError, "at least 1 is needed, got 0"),
    (lambda: alibi(2, 0), ValueError, "at least 1 is needed, got 0"),
    (lambda: linear_frequencies(4, 0.5), ValueError, "at least 1, got 0.5"),
    (lambda: ntk_frequencies(2, 2), ValueError, "d must be at least 4, got 2"),
    (lambda: attention(*[leaf(2, 3)] * 3, mask=np.eye(2, dtype=int)), TypeError, "booleans or floats, got dtype int64"),
    (lambda: attention(*[leaf(2, 3)] * 3, mask=np.ones((5, 2, 2))), ValueError, r"mask \(5, 2, 2\) doesn't fit scores \(2, 2\)"),
    (lambda: attention(*[leaf(2, 3)] * 3, mask=leaf(2, 2)), TypeError, "mask gets no gradient"),
    (lambda: attention(leaf(2, 3), leaf(2, 3), leaf(2, 3, dtype=np.float32)), TypeError, "dtypes.*float32"),
    (lambda: nn.BatchNorm1d(3)(leaf(1, 3)), ValueError, "more than one value"),
    (lambda: nn.BatchNorm1d(3)(leaf(4, 2)), ValueError, r"\(N, 3\).*\(4, 2\)"),
    (lambda: nn.Sequential(nn.Linear(1, 1), "relu"), TypeError, "modules are needed, got 'relu'"),
    (lambda: nn.Module()(1), NotImplementedError, "no forward"),
    (lambda: optim.SGD([]), ValueError, "no parameters"),
    (lambda: optim.SGD([Tensor([1.0])]), TypeError, "require a gradient"),
    (lambda: optim.SGD([leaf(2) * 1]), TypeError, "leaves"),
    (lambda: optim.SGD([leaf(2)], lr=-1), ValueError, "lr must be at least 0"),
    (lambda: optim.SGD([leaf(2)], lr=math.nan), ValueError, "lr"),
    (lambda: optim.SGD([leaf(2)], nesterov=True), ValueError, "nesterov needs momentum"),
    (lambda: optim.Adam([leaf(2)], betas=(1.0, 0.9)), ValueError, "betas"),
    (lambda: optim.Adam([{"params": [leaf(2)], "beta": 1}]), TypeError, r"unknown settings \['beta'\]"),
    (lambda: optim.clip_grad_norm_([leaf(2)], 0), ValueError, "max_norm"),
    (lambda: init.kaiming_normal_(leaf(2)), ValueError, r"\(2,\)"),
    (lambda: init.kaiming_std(leaf(2, 2), "fan"), ValueError, "mode.*'fan'"),
    (lambda: init.calculate_gain("swish"), ValueError, "'swish' is none of"),
    (lambda: gradcheck(lambda x: x, [leaf(2, dtype=np.float32)]), ValueError, "float64"),
]  # fmt: skip


# Every operation on integers gives an error or a number that is right, never float64 by the way or half a result.
ON_FLOATS: list[Callable[[Any], Any]] = [
    *(F.gelu, F.silu, F.softmax, F.log_softmax, F.dropout),
    lambda x: F.cross_entropy(x, [0, 1]),
    lambda x: F.linear(x, leaf(4, 2)),
    lambda x: F.linear(leaf(2, 2), x),
    lambda x: F.embedding([0], x),
    lambda x: F.layer_norm(x, leaf(2)),
    lambda x: F.rms_norm(leaf(2, 2), x[0]),
]


@pytest.mark.parametrize("f", ON_FLOATS)
def test_functions_of_floats_refuse_integers_and_plain_arrays(f: Callable[[Any], Any]) -> None:
    for x, says in ((Tensor(np.eye(2, dtype=int)), "dtype int64"), (np.eye(2), "ndarray")):
        with pytest.raises(TypeError, match=f"a tensor of floats is needed, got {says}"):
            f(x)


@pytest.mark.parametrize(
    ("call", "error", "says"), BAD, ids=[f"{e.__name__}-{s}" for _, e, s in BAD]
)
def test_bad_input_is_named(call: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_shapes_that_dont_broadcast_are_an_error() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        leaf(2, 3) + leaf(2)


# Modules and optimizers


def test_a_shared_parameter_is_trained_once_and_saved_under_both_names() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(5, 3)
            self.head = nn.Linear(3, 5, bias=False)
            self.head.weight = self.embed.weight

    model = Tied()
    assert [name for name, _ in model.named_parameters()] == ["embed.weight"]
    assert set(model.state_dict()) == {"embed.weight", "head.weight"}
    optim.AdamW(model.parameters())
    with pytest.raises(ValueError, match=r"shape \(5, 3\) comes twice"):
        optim.AdamW([model.embed.weight, model.head.weight])


def test_loading_checks_everything_before_it_changes_anything() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    before = model.state_dict()
    for damage, error, says in [
        ({"0.weight": np.zeros((3, 3))}, ValueError, r"0.weight has shape \(3, 2\), got \(3, 3\)"),
        ({"extra": np.zeros(1)}, KeyError, r"missing \[\], unexpected \['extra'\]"),
    ]:
        with pytest.raises(error, match=says):
            model.load_state_dict({n: v + 1 for n, v in before.items()} | damage)
    with pytest.raises(KeyError, match=r"missing \['0.bias'\]"):
        model.load_state_dict({n: v + 1 for n, v in before.items() if n != "0.bias"})
    for name, value in model.state_dict().items():
        assert np.array_equal(value, before[name])
    assert model.load_state_dict({"other": 1}, strict=False)[1] == ["other"]


def test_a_state_dict_is_a_snapshot() -> None:
    layer = nn.Linear(2, 2)
    state = layer.state_dict()
    layer.weight.data += 1
    assert not np.array_equal(state["weight"], layer.weight.data)


def test_buffers_can_be_assigned_and_stay_buffers() -> None:
    norm = nn.BatchNorm1d(2)
    norm.running_mean = np.array([1.0, 2.0])
    assert norm.state_dict()["running_mean"].tolist() == [1, 2]
    norm.load_state_dict(norm.state_dict() | {"running_mean": np.array([3.0, 4.0])})
    assert norm.running_mean.tolist() == [3, 4]


def test_an_optimizer_goes_on_where_its_state_was_taken() -> None:
    def run(steps: int, resume_at: int | None) -> np.ndarray[Any, Any]:
        p = Tensor(np.array([1.0, -2.0]), requires_grad=True)
        optimizer = optim.AdamW([p], lr=0.1)
        for i in range(steps):
            if i == resume_at:
                kept = pickle.loads(pickle.dumps(optimizer.state_dict()))
                optimizer = optim.AdamW([p], lr=0.5)
                optimizer.load_state_dict(kept)
            optimizer.zero_grad()
            (p**4).sum().backward()
            optimizer.step()
        return p.numpy()

    assert np.array_equal(run(12, None), run(12, 5))


def test_an_optimizers_state_must_fit() -> None:
    a, b = optim.Adam([leaf(2)]), optim.Adam([leaf(3)])
    for optimizer in (a, b):
        for t in optimizer.param_groups[0]["params"]:
            t.grad = np.ones(t.shape)
        optimizer.step()
    with pytest.raises(ValueError, match=r"parameter 0 has shape \(3,\), not \(2,\)"):
        a.load_state_dict(b.state_dict())
    with pytest.raises(ValueError, match=r"groups of \[1\] parameters, got \[2\]"):
        a.load_state_dict(optim.Adam([leaf(2), leaf(2)]).state_dict())


def test_clipping_refuses_gradients_that_arent_finite() -> None:
    x = leaf(2)
    x.grad = np.array([1.0, math.inf])
    with pytest.raises(ValueError, match="norm is inf"):
        optim.clip_grad_norm_([x], 1.0)
    assert x.grad.tolist() == [1, math.inf]


def test_a_scheduler_sets_the_rate_of_the_next_step() -> None:
    optimizer = optim.SGD([leaf(2)], lr=9)
    scheduler = optim.Scheduler(optimizer, lambda t: 1 / t)
    rates = []
    for _ in range(3):
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    assert rates == [1, 1 / 2, 1 / 3]


def test_the_shared_generator_starts_anew() -> None:
    manual_seed(3)
    a = nn.Linear(3, 3).weight.numpy()
    b = nn.Linear(3, 3).weight.numpy()
    manual_seed(3)
    assert np.array_equal(a, nn.Linear(3, 3).weight.numpy())
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("name", sorted(init.GAINS))
def test_the_gains_keep_the_second_moment_of_a_normal_input(name: str) -> None:
    x = np.linspace(-12, 12, 200_001)
    f: dict[str, Callable[[Tensor], Tensor]] = {
        "linear": lambda t: t,
        "relu": F.relu,
        "tanh": Tensor.tanh,
        "sigmoid": Tensor.sigmoid,
        "gelu": F.gelu,
        "silu": F.silu,
    }
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    second = float(np.trapezoid(f[name](Tensor(x)).data ** 2 * density, x))
    assert init.GAINS[name] == pytest.approx(second**-0.5, rel=1e-9)


# Numbers that a careless formula gets wrong


def test_extreme_logits_give_finite_losses_and_gradients() -> None:
    x = Tensor(np.array([[1000.0, 0.0, 0.0], [-1000.0, 0.0, 1000.0]]), requires_grad=True)
    loss = F.cross_entropy(x, [2, 2], reduction="none")
    assert_matches(loss, [1000, 0])
    loss.sum().backward()
    assert_matches(x.grad, [[1, 0, -1], [0, 0, 0]])
    assert_matches(Tensor(np.array([-800.0, 800.0])).sigmoid(), [0, 1])


def test_a_row_that_sees_nothing_attends_to_nothing() -> None:
    q = leaf(2, 3)
    out = attention(q, q, q, mask=np.array([[False, False], [True, True]]))
    assert out.data[0].tolist() == [0, 0, 0]
    out.sum().backward()
    assert q.grad is not None and np.isfinite(q.grad).all()


def test_a_float_mask_is_added_and_changes_no_dtype() -> None:
    q = leaf(2, 3, dtype=np.float32)
    seen = np.array([[True, False], [True, True]])
    hidden = np.where(seen, 0, -np.inf)
    out = attention(q, q, q, mask=hidden)
    assert hidden.dtype == np.float64 and out.dtype == np.float32
    assert_matches(out, attention(q, q, q, mask=seen).data)
    assert_matches(out, attention(q, q, q, causal=True).data)


def test_the_last_queries_see_all_earlier_keys() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (Tensor(rng.normal(size=(5, 4))) for _ in "qkv")
    whole = attention(q, k, v, causal=True)
    assert_matches(attention(q[3:], k, v, causal=True), whole.data[3:])


def test_a_layer_of_heads_tells_the_past_nothing() -> None:
    rng = np.random.default_rng(0)
    for dtype, shape in ((np.float32, (2, 9, 16)), (np.float64, (1, 33, 16))):
        layer = MultiHeadAttention(16, 4, 2, rng=rng)
        for p in layer.parameters():
            p.data = p.data.astype(dtype)
        x, other = rng.normal(size=(2, *shape)).astype(dtype)
        with no_grad():
            assert leak(lambda a, f=layer: f(Tensor(a), causal=True), x, other) is None
            assert leak(lambda a, f=layer: f(Tensor(a)), x, other) == (0, 1)


def test_the_error_function_is_right_to_the_last_digits() -> None:
    x = np.concatenate([np.linspace(-7, 7, 9001), [0.0, 40.0, -40.0]])
    exact = np.array([math.erf(v) for v in x])
    assert np.abs(F._erf(x) - exact).max() < 1e-13
    assert F._erf(np.array([math.inf, -math.inf])).tolist() == [1, -1]
    assert np.isnan(F._erf(np.array([math.nan]))).all()
    short = np.concatenate([x, [math.inf, -math.inf, 3e38]]).astype(np.float32)
    found = F._erf(short)
    assert found.dtype == np.float32
    assert np.abs(found - [math.erf(v) for v in short.astype(float)]).max() < 1e-6
    assert np.isnan(F._erf(np.array([math.nan], np.float32))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_of_more_than_one_run_has_its_values_and_slopes(dtype: Any) -> None:
    a = np.append(np.linspace(-9, 9, 3 * 2**15), 0).reshape(-1, 5).astype(dtype)
    x = Tensor(a, requires_grad=True)
    y = F.gelu(x)
    y.sum().backward()
    wide = a.astype(float)
    phi = np.vectorize(math.erf)(wide / math.sqrt(2)) / 2 + 0.5
    slope = phi + wide * np.exp(-(wide**2) / 2) / math.sqrt(2 * math.pi)
    within = 1e-12 if dtype is np.float64 else 3e-6
    assert y.dtype == dtype and np.abs(y.data - wide * phi).max() < within
    assert x.grad is not None and np.abs(x.grad - slope).max() < within


def test_dropout_keeps_the_mean_and_the_gradient_of_what_it_kept() -> None:
    x = Tensor(np.ones((200, 200)), requires_grad=True)
    y = F.dropout(x, 0.25, rng=np.random.default_rng(0))
    assert y.data.mean() == pytest.approx(1, abs=0.02)
    assert set(np.unique(y.data)) == {0, 1 / 0.75}
    y.sum().backward()
    assert_matches(x.grad, y.data)
    assert F.dropout(x, 0.25, training=False) is x


def test_the_gradient_check_finds_a_wrong_gradient() -> None:
    def wrong(x: Tensor) -> Tensor:
        y = x.tanh()
        inner = y._backward
        if inner is not None:
            y._backward = lambda g: tuple(None if p is None else 1.001 * p for p in inner(g))
        return y

    with pytest.raises(AssertionError, match=r"gradient of input 0, shape \(3,\)"):
        gradcheck(wrong, [leaf(3)])


# Files


def test_a_checkpoint_comes_back_byte_for_byte(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    save_file(model.state_dict(), tmp_path / "a.safetensors", {"step": "7"})
    save_file(dict(reversed(model.state_dict().items())), tmp_path / "b.safetensors", {"step": "7"})
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    model.load_state_dict(load_file(tmp_path / "a.safetensors"))
    assert load_metadata(tmp_path / "a.safetensors") == {"step": "7"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


def test_a_damaged_file_is_refused_wherever_it_is_cut_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": np.arange(3.0), "b": np.ones((2, 2), np.float32)}, path)
    whole = path.read_bytes()
    for n in range(len(whole)):
        path.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=r"x\.safetensors"):
            load_file(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(ValueError, match="1 bytes belong to no entry"):
        load_file(path)
    header = whole[8 : 8 + int.from_bytes(whole[:8], "little")]
    for old, new in [
        (b'"F64"', b'"F65"'),
        (b"[3]", b"[4]"),
        (b"[0,24]", b"[8,32]"),
        (b"[2,2]", b"[2,x"),
        (b"[2,2]", b"[-2,-2]"),
        (b'"shape"', b'"shaqe"'),
    ]:
        damaged = header.replace(old, new)
        path.write_bytes(len(damaged).to_bytes(8, "little") + damaged + whole[8 + len(header) :])
        with pytest.raises(ValueError, match=r"x\.safetensors"):
            load_file(path)


def test_what_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(TypeError, match="z has dtype complex128"):
        save_file({"z": np.array([1j])}, path)
    with pytest.raises(TypeError, match="metadata must be text"):
        save_file({}, path, {"step": 7})  # type: ignore[dict-item]
    assert not path.exists()


# The library itself


def code_lines(path: Path) -> int:
    """Lines that are neither blank, nor a comment (the labs' markers are comments), nor part of a docstring."""
    text = path.read_text(encoding="utf-8")
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.end_lineno:
            told |= set(range(node.lineno, node.end_lineno + 1))
    lines = enumerate((line.strip() for line in text.splitlines()), 1)
    return sum(bool(line) and not line.startswith("#") and i not in told for i, line in lines)


def test_the_library_stays_small() -> None:
    rooms = sorted((ROOT / "solutions/minitorch").rglob("*.py"))
    assert len(rooms) > 10
    assert sum(map(code_lines, rooms)) < 1900
