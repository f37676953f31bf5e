"""Properties of modules, layers, optimizers and checkpoints that hold for any shapes and numbers."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import Tensor, nn, optim
from minitorch import functional as F
from minitorch.checkpoint import DTYPES, load_file, save_file
from minitorch.testing import assert_matches

ROOT = Path(__file__).parents[2]
relaxed = settings(
    max_examples=80,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(0, 2**32 - 1)


def numbers(shape: Any, seed: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


@relaxed
@given(lead=hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), i=st.integers(1, 4), o=st.integers(1, 4), seed=SEEDS)  # fmt: skip
def test_the_fused_layer_equals_its_parts(lead: tuple[int, ...], i: int, o: int, seed: int) -> None:
    arrays = numbers((*lead, i), seed), numbers((o, i), seed + 1), numbers((o,), seed + 2)
    g = numbers((*lead, o), seed + 3)
    results = []
    for f in (F.linear, lambda x, w, b: x @ w.T + b):
        x, w, b = (Tensor(a, requires_grad=True) for a in arrays)
        y = f(x, w, b)
        y.backward(g)
        results.append([y.data, x.grad, w.grad, b.grad])
    for one, two in zip(*results, strict=True):
        assert_matches(one, two, atol=1e-9)


@relaxed
@given(rows=st.integers(1, 6), ids=hnp.arrays(np.int64, hnp.array_shapes(max_dims=2, max_side=6), elements=st.integers(0, 5)), seed=SEEDS)  # fmt: skip
def test_an_embedding_is_a_one_hot_product(rows: int, ids: Any, seed: int) -> None:
    ids = ids % rows
    g = numbers((*ids.shape, 3), seed + 1)
    table = Tensor(numbers((rows, 3), seed), requires_grad=True)
    F.embedding(ids, table).backward(g)
    one_hot = np.eye(rows)[ids.ravel()]
    assert_matches(table.grad, one_hot.T @ g.reshape(-1, 3), atol=1e-9)


@relaxed
@given(state=st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda s: s != "__metadata__"), st.sampled_from(sorted(DTYPES.values())).flatmap(lambda d: hnp.arrays(np.dtype(d), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))), max_size=5))  # fmt: skip
def test_any_arrays_come_back_from_a_file(tmp_path: Path, state: dict[str, Any]) -> None:
    path = tmp_path / "any.safetensors"
    try:
        save_file(state, path)
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return
    got = load_file(path)
    assert set(got) == set(state)
    for name, array in state.items():
        assert got[name].dtype == array.dtype
        assert got[name].tobytes() == array.tobytes()
    again = tmp_path / "again.safetensors"
    save_file(got, again)
    assert again.read_bytes() == path.read_bytes()


@relaxed
@given(seed=SEEDS, scale=st.floats(1e-3, 1e3), kind=st.sampled_from(["Adam", "AdamW"]))
def test_adams_steps_dont_depend_on_the_losss_unit(seed: int, scale: float, kind: str) -> None:
    places = []
    for factor in (1.0, scale):
        p = Tensor(np.zeros(3), requires_grad=True)
        optimizer = getattr(optim, kind)([p], lr=0.1, eps=0.0, weight_decay=0.0)
        for i in range(20):
            p.grad = factor * numbers(3, seed % 1000 + i)
            optimizer.step()
        places.append(p.numpy())
    assert_matches(places[0], places[1], atol=1e-9)


@relaxed
@given(seed=SEEDS, mu=st.floats(0, 0.95))
def test_momentums_velocity_tends_to_the_sum_of_its_series(seed: int, mu: float) -> None:
    g = numbers(2, seed)
    p = Tensor(np.zeros(2), requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0, momentum=mu)
    before = p.numpy()
    for _ in range(600):
        before = p.numpy()
        p.grad = g.copy()
        optimizer.step()
    assert_matches(before - p.data, g / (1 - mu), rtol=1e-6, atol=1e-9)


@relaxed
@given(seed=SEEDS, limit=st.floats(0.01, 10))
def test_clipping_keeps_the_direction_and_the_bound(seed: int, limit: float) -> None:
    tensors = [Tensor(np.zeros(n), requires_grad=True) for n in (2, 3)]
    for i, t in enumerate(tensors):
        t.grad = numbers(t.shape, seed + i)
    before = np.concatenate([t.grad for t in tensors if t.grad is not None])
    norm = optim.clip_grad_norm_(tensors, limit)
    after = np.concatenate([t.grad for t in tensors if t.grad is not None])
    assert norm == pytest.approx(float(np.linalg.norm(before)))
    assert np.linalg.norm(after) <= max(limit, 0) * (1 + 1e-9) or norm <= limit
    assert_matches(after * np.linalg.norm(before), before * np.linalg.norm(after), atol=1e-9)


@relaxed
@given(sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5), seed=SEEDS)
def test_a_models_state_moves_to_another_model(sizes: list[int], seed: int) -> None:
    def model(i: int) -> nn.Sequential:
        rng = np.random.default_rng([seed, i])
        pairs = zip(sizes[:-1], sizes[1:], strict=True)  # noqa: RUF007 - tuples of a slice
        return nn.Sequential(*(nn.Linear(a, b, rng=rng) for a, b in pairs))

    a, b = model(0), model(1)
    b.load_state_dict(a.state_dict())
    x = Tensor(numbers((3, sizes[0]), seed).astype(np.float32))
    assert np.array_equal(a(x).data, b(x).data)
    assert sum(p.size for p in a.parameters()) == sum(m * n + n for m, n in zip(sizes, sizes[1:], strict=False))  # noqa: RUF007  # fmt: skip


def test_the_rules_of_spelling_are_right_where_a_dictionary_would_be_asked() -> None:
    path = ROOT / "experiments/09/spelling-endings/spelling.py"
    spec = importlib.util.spec_from_file_location("verbs09", path)
    assert spec is not None and spec.loader is not None
    verbs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verbs)
    known = {
        "work": ("-s", "-ed"),
        "watch": ("-es", "-ed"),
        "study": ("-ies", "-ied"),
        "play": ("-s", "-ed"),
        "like": ("-s", "-d"),
        "stop": ("-s", "double -ed"),
        "fix": ("-es", "-ed"),
        "rain": ("-s", "-ed"),
        "open": ("-s", "-ed"),
        "buzz": ("-es", "-ed"),
        "obey": ("-s", "-ed"),
        "agree": ("-s", "-d"),
        "hug": ("-s", "double -ed"),
    }
    for verb, endings in known.items():
        assert tuple(verbs.ENDINGS[verbs.ending(verb, form)] for form in (0, 1)) == endings, verb
    assert math.isclose(len(set(verbs.OTHERS)), len(verbs.OTHERS), abs_tol=2)
