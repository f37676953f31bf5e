"""Every operation of minitorch against PyTorch in float64: shapes, broadcasts, axes, layouts drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import Tensor, cat, einsum, nn, pad, split, stack, where
from minitorch import functional as F
from minitorch.attention import MultiHeadAttention, attention, soft_lookup

from .both import SEEDS, SHAPES, away_from_zero, compare, drawn

TF = torch.nn.functional

UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "neg": (lambda x: -x, lambda x: -x),
    "exp": (Tensor.exp, torch.exp),
    "log": (lambda x: (x * x).log(), lambda x: (x * x).log()),
    "sqrt": (lambda x: (x * x).sqrt(), lambda x: (x * x).sqrt()),
    "tanh": (Tensor.tanh, torch.tanh),
    "sigmoid": (Tensor.sigmoid, torch.sigmoid),
    "relu": (Tensor.relu, torch.relu),
    "gelu": (F.gelu, TF.gelu),
    "gelu_tanh": (lambda x: F.gelu(x, "tanh"), lambda x: TF.gelu(x, approximate="tanh")),
    "silu": (F.silu, TF.silu),
    "square": (lambda x: x**2, lambda x: x**2),
    "cube": (lambda x: x**3, lambda x: x**3),
    "inverse": (lambda x: x**-1, lambda x: x**-1),
    "to_the_zero": (lambda x: x**0, lambda x: x**0),
    "base": (lambda x: 2.0**x, lambda x: 2.0**x),
    "numbers": (lambda x: 3 - 2 * x + x / 4 - 1 / x, lambda x: 3 - 2 * x + x / 4 - 1 / x),
    "used_thrice": (lambda x: x * x + x, lambda x: x * x + x),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: (a * a) ** b,
}
# What makes an array's memory something else than one row-major block; both sides get the same view.
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda x: x,
    "transposed": lambda x: x.permute(*range(x.ndim)[::-1]) if x.ndim else x,
    "strided": lambda x: x[::2] if x.ndim else x,
    "broadcast": lambda x: x.broadcast_to((2, *x.shape)),
}


@pytest.mark.parametrize("name", UNARY)
@drawn
@given(shape=SHAPES, seed=SEEDS, layout=st.sampled_from(sorted(LAYOUTS)))
def test_elementwise_operations_agree(
    name: str, shape: tuple[int, ...], seed: int, layout: str
) -> None:
    ours, theirs = UNARY[name]
    view = LAYOUTS[layout]
    compare(lambda x: ours(view(x)), lambda x: theirs(view(x)), away_from_zero(shape, seed))


def test_powers_agree_at_0_and_infinity() -> None:
    with np.errstate(divide="ignore"):
        compare(lambda x: 0.0**x, lambda x: 0.0**x, [-2.0, -0.5, 0.0, 0.5, 2.0])
        compare(lambda x, y: x**y, lambda x, y: x**y, [[2.0], [0.0]], [-1.0, 0.0, 3.0])
    compare(lambda x: x**0, lambda x: x**0, [0.0, np.inf, 3.0])


@pytest.mark.parametrize("name", BINARY)
@drawn
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4), seed=SEEDS)
def test_broadcasting_operations_agree(name: str, shapes: Any, seed: int) -> None:
    a, b = (away_from_zero(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    compare(BINARY[name], BINARY[name], a, b)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "var", "var1"])
@drawn
@given(data=st.data(), shape=SHAPES, seed=SEEDS, keepdims=st.booleans())
def test_reductions_agree_over_any_axes(
    name: str, data: Any, shape: tuple[int, ...], seed: int, keepdims: bool
) -> None:
    axes = data.draw(st.none() | hnp.valid_tuple_axes(len(shape), min_size=1)) if shape else None
    x = away_from_zero(shape, seed)
    n = x.size if axes is None else int(np.prod([x.shape[i] for i in axes]))
    dims = axes if axes is not None else tuple(range(len(shape)))
    correction = int(name == "var1")
    if n <= correction:
        return
    theirs = {
        "sum": lambda t: t.sum(dims, keepdim=keepdims),
        "mean": lambda t: t.mean(dims, keepdim=keepdims),
        "max": lambda t: torch.amax(t, dims, keepdim=keepdims),
        "var": lambda t: torch.var(t, dims, correction=0, keepdim=keepdims),
        "var1": lambda t: torch.var(t, dims, correction=1, keepdim=keepdims),
    }
    ours = {
        "sum": lambda t: t.sum(axes, keepdims),
        "mean": lambda t: t.mean(axes, keepdims),
        "max": lambda t: t.max(axes, keepdims),
        "var": lambda t: t.var(axes, keepdims),
        "var1": lambda t: t.var(axes, keepdims, correction=1),
    }
    compare(ours[name], theirs[name], x)


def test_equal_maxima_share_the_gradient() -> None:
    x = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]
    compare(lambda t: t.max(1), lambda t: torch.amax(t, 1), x)
    compare(lambda t: t.max(), lambda t: torch.amax(t, (0, 1)), x)


@drawn
@given(data=st.data(), shape=SHAPES, seed=SEEDS)
def test_shape_operations_agree(data: Any, shape: tuple[int, ...], seed: int) -> None:
    x = away_from_zero(shape, seed)
    order = data.draw(st.permutations(range(len(shape))))
    to = data.draw(st.sampled_from([(-1,), (x.size, 1), (1, *shape), (*shape, 1)]))
    lead = data.draw(st.sampled_from([(), (3,), (2, 1)]))
    compare(lambda t: t.permute(order), lambda t: t.permute(order), x)
    compare(lambda t: t.reshape(to), lambda t: t.reshape(to), x)
    compare(lambda t: t.permute(order).reshape(-1), lambda t: t.permute(order).reshape(-1), x)
    compare(lambda t: t.broadcast_to((*lead, *shape)), lambda t: t.broadcast_to((*lead, *shape)), x)
    if shape:
        a, b = (data.draw(st.integers(-len(shape), len(shape) - 1)) for _ in "ab")
        compare(lambda t: t.transpose(a, b), lambda t: t.transpose(a, b), x)


@drawn
@given(data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=5), seed=SEEDS)
def test_indexing_agrees(data: Any, shape: tuple[int, ...], seed: int) -> None:
    x = away_from_zero(shape, seed)
    basic = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    parts = basic if isinstance(basic, tuple) else (basic,)
    if not any(
        isinstance(p, slice) and (p.step or 1) < 0 for p in parts
    ):  # PyTorch has no negative steps
        compare(lambda t: t[basic], lambda t: t[basic], x)
    rows = data.draw(hnp.arrays(np.int64, hnp.array_shapes(max_dims=2, max_side=5), elements=st.integers(-shape[0], shape[0] - 1)))  # fmt: skip
    compare(lambda t: t[rows], lambda t: t[torch.tensor(rows)], x)
    mask = data.draw(hnp.arrays(bool, shape))
    compare(lambda t: t[mask], lambda t: t[torch.tensor(mask)], x)
    if len(shape) > 1:
        compare(lambda t: t[:, [0, 0, -1]], lambda t: t[:, [0, 0, -1]], x)
        compare(lambda t: t[rows, 0], lambda t: t[torch.tensor(rows), 0], x)


@drawn
@given(data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), seed=SEEDS)
def test_joining_and_cutting_agree(data: Any, shape: tuple[int, ...], seed: int) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    longer = list(shape)
    longer[axis] += 2
    a, b, c = (
        away_from_zero(shape, seed),
        away_from_zero(longer, seed + 1),
        away_from_zero(shape, seed + 2),
    )
    compare(lambda x, y: cat([x, y, x], axis), lambda x, y: torch.cat([x, y, x], axis), a, b)
    compare(lambda x, y: stack([x, y, x], axis), lambda x, y: torch.stack([x, y, x], axis), a, c)
    size = data.draw(st.integers(1, longer[axis]))
    compare(lambda x: split(x, size, axis), lambda x: torch.split(x, size, axis), b)
    sizes = [longer[axis] - 1, 1]
    compare(lambda x: split(x, sizes, axis), lambda x: torch.split(x, sizes, axis), b)
    widths = [data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in shape]
    flat = [n for pair in widths[::-1] for n in pair]
    compare(lambda x: pad(x, widths, 1.5), lambda x: TF.pad(x, flat, value=1.5), a)


@drawn
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=4), seed=SEEDS)
def test_where_agrees(shapes: Any, seed: int) -> None:
    by, a, b = (away_from_zero(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    compare(
        lambda x, y: where(by > 0, x, y), lambda x, y: torch.where(torch.tensor(by) > 0, x, y), a, b
    )


@drawn
@given(shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=4), seed=SEEDS)  # fmt: skip
def test_matmul_agrees_for_every_combination_of_ranks(shapes: Any, seed: int) -> None:
    a, b = (away_from_zero(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    compare(lambda x, y: x @ y, torch.matmul, a, b)


@pytest.mark.parametrize(
    ("spec", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
        ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]),
        ("bthd,bshd->bhts", [(2, 3, 2, 4), (2, 5, 2, 4)]),
        ("i,j->ij", [(3,), (4,)]),
        ("ij->ji", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("ij->j", [(2, 3)]),
        ("ij,ij->i", [(2, 3), (2, 3)]),
        ("i,i->", [(3,), (3,)]),
        ("ij,k->i", [(2, 3), (4,)]),
        ("a,ab,abc->c", [(2,), (2, 3), (2, 3, 4)]),
        ("ij,...->...i", [(2, 3), (4, 2)]),
    ],
)
def test_einsum_agrees(spec: str, shapes: list[tuple[int, ...]]) -> None:
    arrays = [away_from_zero(shape, i) for i, shape in enumerate(shapes)]
    compare(lambda *t: einsum(spec, *t), lambda *t: torch.einsum(spec, *t), *arrays)


@drawn
@given(data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=4), seed=SEEDS, size=st.sampled_from([1, 30, 900]))  # fmt: skip
def test_softmaxes_agree_also_for_large_logits(
    data: Any, shape: tuple[int, ...], seed: int, size: int
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = size * away_from_zero(shape, seed)
    compare(lambda t: F.softmax(t, axis), lambda t: torch.softmax(t, axis), x)
    compare(lambda t: F.log_softmax(t, axis), lambda t: torch.log_softmax(t, axis), x)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@drawn
@given(rows=st.integers(1, 5), classes=st.integers(1, 6), seed=SEEDS, size=st.sampled_from([1, 900]))  # fmt: skip
def test_cross_entropy_agrees_and_ignores(
    reduction: str, rows: int, classes: int, seed: int, size: int
) -> None:
    rng = np.random.default_rng(seed)
    logits = size * away_from_zero((rows, classes), seed)
    targets = rng.integers(0, classes, rows)
    targets[1:][rng.random(rows - 1) < 0.3] = -100
    compare(
        lambda t: F.cross_entropy(t, targets, reduction=reduction),
        lambda t: TF.cross_entropy(t, torch.tensor(targets), reduction=reduction),
        logits,
    )
    compare(
        lambda t: F.cross_entropy(t.reshape(1, rows, classes), targets[None], reduction="sum"),
        lambda t: TF.cross_entropy(t, torch.tensor(targets), reduction="sum"),
        logits,
    )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_squared_error_agrees(reduction: str) -> None:
    target = away_from_zero((3, 2), 1)
    compare(
        lambda t: F.mse_loss(t, target, reduction=reduction),
        lambda t: TF.mse_loss(t, torch.tensor(target), reduction=reduction),
        away_from_zero((3, 2), 0),
    )


@drawn
@given(lead=hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), d=st.integers(1, 5), out=st.integers(1, 4), seed=SEEDS)  # fmt: skip
def test_layers_as_functions_agree(lead: tuple[int, ...], d: int, out: int, seed: int) -> None:
    x, w, b = (
        away_from_zero((*lead, d), seed),
        away_from_zero((out, d), seed + 1),
        away_from_zero((out,), seed + 2),
    )
    compare(F.linear, TF.linear, x, w, b)
    compare(F.linear, TF.linear, x, w)
    gain, shift = away_from_zero((d,), seed + 3), away_from_zero((d,), seed + 4)
    compare(F.layer_norm, lambda x, w, b: TF.layer_norm(x, (d,), w, b), x, gain, shift)
    compare(F.layer_norm, lambda x, w: TF.layer_norm(x, (d,), w), x, gain)
    compare(F.rms_norm, lambda x, w: TF.rms_norm(x, (d,), w, 1e-6), x, gain)
    ids = np.random.default_rng(seed).integers(0, out, lead)
    compare(lambda t: F.embedding(ids, t), lambda t: TF.embedding(torch.tensor(ids), t), w)


def sdpa(q: Any, k: Any, v: Any, seen: Any, shares: bool = False) -> Any:
    """PyTorch's attention under an explicit mask. A row that sees nothing is NaN there and 0 here: it sees all, times 0."""
    some = torch.tensor(seen.any(-1, keepdims=True))
    mask = torch.tensor(seen) | ~some
    return TF.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=shares) * some


@drawn
@given(lead=hnp.array_shapes(min_dims=0, max_dims=2, max_side=3), t=st.integers(1, 5), s=st.integers(1, 5), d=st.integers(1, 4), e=st.integers(1, 4), seed=SEEDS, kind=st.sampled_from(["none", "causal", "bool", "both", "added"]))  # fmt: skip
def test_attention_agrees(
    lead: tuple[int, ...], t: int, s: int, d: int, e: int, seed: int, kind: str
) -> None:
    q, k, v = (
        away_from_zero((*lead, *n), seed + i) for i, n in enumerate([(t, d), (s, d), (s, e)])
    )
    rng = np.random.default_rng(seed)
    if kind == "added":
        mask = rng.normal(size=(t, s))
        compare(
            lambda q, k, v: attention(q, k, v, mask=mask),
            lambda q, k, v: TF.scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor(mask)),
            *(q, k, v),
            tol=1e-10,
        )
        return
    causal = kind in ("causal", "both")
    drawn_mask = rng.random((t, s)) < 0.6 if kind in ("bool", "both") else None
    seen = np.ones((t, s), bool) if drawn_mask is None else drawn_mask
    if causal:
        # Written out: PyTorch's own flag aligns unequal lengths at the first query, ours at the last.
        seen = seen & (np.arange(s) <= np.arange(t)[:, None] + s - t)
    for ours in (attention, soft_lookup):
        masks = {"mask": seen} if ours is soft_lookup else {"causal": causal, "mask": drawn_mask}
        compare(
            lambda q, k, v, ours=ours, masks=masks: ours(q, k, v, **masks),
            lambda q, k, v: sdpa(q, k, v, seen),
            *(q, k, v),
            tol=1e-10,
        )


@drawn
@given(batch=st.integers(1, 2), groups=st.integers(1, 3), each=st.integers(1, 3), t=st.integers(1, 4), s=st.integers(1, 4), seed=SEEDS)  # fmt: skip
def test_attention_agrees_where_heads_share_keys(
    batch: int, groups: int, each: int, t: int, s: int, seed: int
) -> None:
    shapes = [(batch, groups * each, t, 3), (batch, groups, s, 3), (batch, groups, s, 2)]
    q, k, v = (away_from_zero(shape, seed + i) for i, shape in enumerate(shapes))
    rows = np.random.default_rng(seed).random((batch, groups * each, t, s)) < 0.7
    seen = rows & (np.arange(s) <= np.arange(t)[:, None] + s - t)
    compare(
        lambda q, k, v: attention(q, k, v, causal=True, mask=rows),
        lambda q, k, v: sdpa(q, k, v, seen, shares=True),
        *(q, k, v),
        tol=1e-10,
    )


@pytest.mark.parametrize("groups", [4, 2, 1])
def test_a_layer_of_heads_agrees(groups: int) -> None:
    layer = MultiHeadAttention(8, 4, groups, rng=np.random.default_rng(0))
    weights = [p.data.astype(np.float64) for p in layer.parameters()]

    def ours(x: Any, *given_: Any) -> Any:
        for name, tensor in zip(("query", "key", "value", "out"), range(0, 8, 2), strict=True):
            part = getattr(layer, name)
            part.weight, part.bias = (nn.Parameter(given_[tensor + i].data) for i in (0, 1))
        return layer(x, causal=True)

    def theirs(x: Any, *given_: Any) -> Any:
        q, k, v = (TF.linear(x, given_[i], given_[i + 1]) for i in (0, 2, 4))
        heads = [a.unflatten(-1, (-1, 2)).transpose(-3, -2) for a in (q, k, v)]
        out = sdpa(*heads, np.tri(5, dtype=bool), shares=True).transpose(-3, -2).flatten(-2)
        return TF.linear(out, given_[6], given_[7])

    x = away_from_zero((2, 5, 8), 1)
    fixed = [torch.tensor(w) for w in weights]
    compare(lambda x: ours(x, *map(Tensor, weights)), lambda x: theirs(x, *fixed), x, tol=1e-10)
