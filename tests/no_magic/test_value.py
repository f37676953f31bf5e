"""The contract of `Value` in every script that embeds it, and in the page that states it.

Forward values against `math`, gradients against central differences (h = 1e-6, relative tolerance 1e-4).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from . import standards

STATED = "autograd-interface.md"
MODULES: dict[str, Path] = {STATED: standards.CANONICAL[1], **dict(standards.with_value())}


@pytest.fixture(scope="module", params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    path = MODULES[request.param]
    if path.suffix == ".py":
        return standards.load(path)
    stated = ModuleType("stated")
    exec(f"import math\n{standards.blocks(path)}", stated.__dict__)
    return stated


def gradients(function: Callable[..., Any], module: ModuleType, at: list[float]) -> list[float]:
    leaves = [module.Value(x) for x in at]
    function(*leaves).backward()
    return [leaf.grad for leaf in leaves]


def slopes(function: Callable[..., Any], module: ModuleType, at: list[float]) -> list[float]:
    """Central differences: an error of h squared, so six digits at least."""
    h, found = 1e-6, []
    for i in range(len(at)):
        ends = []
        for step in (h, -h):
            moved = [module.Value(x + step * (i == j)) for j, x in enumerate(at)]
            ends.append(function(*moved).data)
        found.append((ends[0] - ends[1]) / (2 * h))
    return found


OPERATIONS: dict[str, Callable[..., Any]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "-a": lambda a, b: -a + 0 * b,
    "a ** 3": lambda a, b: a**3 + 0 * b,
    "a ** -1.5": lambda a, b: a**-1.5 + 0 * b,
    "a + 2": lambda a, b: (a + 2) * b,
    "a - 2.5": lambda a, b: (a - 2.5) * b,
    "a * 3": lambda a, b: (a * 3) * b,
    "a / 4": lambda a, b: (a / 4) * b,
    "2 + a": lambda a, b: (2 + a) * b,
    "2.5 - a": lambda a, b: (2.5 - a) * b,
    "3 * a": lambda a, b: (3 * a) * b,
    "4 / a": lambda a, b: (4 / a) * b,
    "exp": lambda a, b: a.exp() * b,
    "log": lambda a, b: a.log() * b,
    "tanh": lambda a, b: a.tanh() * b,
    "relu": lambda a, b: a.relu() * b + (-a).relu(),
    "a*a + a": lambda a, b: a * a + a + b,
    "one node, three uses": lambda a, b: (a * b) * (a * b) + (a * b).tanh() + a * b,
    "a diamond": lambda a, b: ((a + b).exp() + (a + b)) / ((a + b).exp() + 1),
    "sum of a list": lambda a, b: sum([a * a, b * b, a * b]),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("at", [[0.7, 1.3], [1.9, -0.4], [0.01, 2.0]], ids=str)
def test_each_operation_has_the_slope_that_its_values_have(
    module: ModuleType, name: str, at: list[float]
) -> None:
    got = gradients(OPERATIONS[name], module, at)
    assert got == pytest.approx(slopes(OPERATIONS[name], module, at), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(("x", "y"), [(3, 2), (0.5, -4.0)])
def test_the_values_are_those_of_arithmetic(module: ModuleType, x: float, y: float) -> None:
    a, b = module.Value(x), module.Value(y)
    assert (a + b).data == (x + b).data == (a + y).data == x + y
    assert (a * b).data == (x * b).data == (a * y).data == x * y
    assert (a - b).data == (x - b).data == (a - y).data == x - y
    assert (a / b).data == pytest.approx(x / y)
    assert (x / b).data == (a / y).data == pytest.approx(x / y)
    assert (a**2).data == x**2
    assert (-a).data == -x
    assert a.exp().data == math.exp(x)
    assert a.log().data == math.log(x)
    assert a.tanh().data == math.tanh(x)
    assert (a.relu().data, (-a).relu().data) == (x, 0)


def test_a_new_value_has_no_gradient_and_no_children(module: ModuleType) -> None:
    a = module.Value(2.0)
    assert (a.data, a.grad, a.children, a.local_grads) == (2.0, 0.0, (), ())
    assert not hasattr(a, "__dict__")


def test_relu_passes_nothing_back_at_zero_and_below(module: ModuleType) -> None:
    assert gradients(lambda a: a.relu(), module, [0.0]) == [0.0]
    assert gradients(lambda a: a.relu(), module, [-2.0]) == [0.0]
    assert gradients(lambda a: a.relu(), module, [2.0]) == [1.0]


def test_a_node_used_twice_gets_both_parts(module: ModuleType) -> None:
    assert gradients(lambda a: a * a + a, module, [3.0]) == [7.0]
    assert gradients(lambda a: a + a, module, [3.0]) == [2.0]


def test_gradients_add_up_over_graphs_until_somebody_zeroes_them(module: ModuleType) -> None:
    a = module.Value(3.0)
    (a * 2.0).backward()
    (a * 5.0).backward()
    assert a.grad == 7.0


def test_the_seed_is_one(module: ModuleType) -> None:
    a = module.Value(3.0)
    out = a * 2.0
    out.backward()
    assert out.grad == 1.0
    a.backward()
    assert a.grad == 1.0


def test_a_chain_of_5000_nodes_comes_back(module: ModuleType) -> None:
    a = module.Value(1.0)
    x = a
    for _ in range(5000):
        x = x * 1.0001
    x.backward()
    assert a.grad == pytest.approx(1.0001**5000)


def test_a_ladder_with_2_to_the_60_paths_is_walked_once(module: ModuleType) -> None:
    a = module.Value(1.0)
    x = a
    for _ in range(60):
        x = x + x
    x.backward()
    assert a.grad == 2.0**60


def test_a_plain_number_needs_no_node(module: ModuleType) -> None:
    a = module.Value(3.0)
    for out in (a + 1, a * 2, 1 + a, 2 * a):
        assert all(child is a for child in out.children)


# -- Additions, where a script has them -------------------------------------------------------


@pytest.mark.parametrize("x", [-3.0, -0.2, 0.0, 0.4, 5.0])
def test_sigmoid_has_the_slope_of_its_values(module: ModuleType, x: float) -> None:
    if hasattr(module.Value, "sigmoid"):
        sigmoid: Callable[[Any], Any] = lambda a: a.sigmoid()  # noqa: E731
        assert sigmoid(module.Value(x)).data == pytest.approx(1 / (1 + math.exp(-x)))
        assert gradients(sigmoid, module, [x]) == pytest.approx(
            slopes(sigmoid, module, [x]), rel=1e-4
        )


@pytest.mark.parametrize(("x", "s"), [(1000.0, 1.0), (-1000.0, 0.0)])
def test_sigmoid_never_overflows(module: ModuleType, x: float, s: float) -> None:
    if hasattr(module.Value, "sigmoid"):
        assert module.Value(x).sigmoid().data == pytest.approx(s)
        assert gradients(lambda a: a.sigmoid(), module, [x]) == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("x", "y", "slope"),
    [(0.5, 0.8, 0), (0.8, 0.8, 0), (1.0, 1.0, 1), (1.2, 1.2, 0), (1.5, 1.2, 0)],
)
def test_clip_passes_gradients_strictly_inside(
    module: ModuleType, x: float, y: float, slope: float
) -> None:
    if hasattr(module.Value, "clip"):
        assert module.Value(x).clip(0.8, 1.2).data == y
        assert gradients(lambda a: a.clip(0.8, 1.2), module, [x]) == [slope]


def takes(module: ModuleType, name: str, *parameters: str) -> bool:
    """Whether the script has that function with those parameters and no other."""
    function = getattr(module, name, None)
    return function is not None and tuple(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize("n", [1, 3])
def test_dot_has_the_slope_of_its_values(module: ModuleType, n: int) -> None:
    if takes(module, "dot", "xs", "ws"):
        at = [0.3, -1.2, 2.0, 0.7, 0.1, -0.5][: 2 * n]
        dot: Callable[..., Any] = lambda *v: module.dot(list(v[:n]), list(v[n:])).tanh()  # noqa: E731
        assert gradients(dot, module, at) == pytest.approx(slopes(dot, module, at), rel=1e-4)
        plain = sum(a * b for a, b in zip(at[:n], at[n:], strict=True))
        nodes = [module.Value(x) for x in at]
        assert module.dot(nodes[:n], nodes[n:]).data == pytest.approx(plain)


def test_dot_of_a_vector_with_itself_counts_both_sides(module: ModuleType) -> None:
    if takes(module, "dot", "xs", "ws"):
        square: Callable[..., Any] = lambda *v: module.dot(v, v)  # noqa: E731
        assert gradients(square, module, [1.5, -2.0]) == [3.0, -4.0]


@pytest.mark.parametrize("target", [0, 2])
def test_cross_entropy_has_the_slope_of_its_values(module: ModuleType, target: int) -> None:
    if takes(module, "cross_entropy", "logits", "target"):
        loss: Callable[..., Any] = lambda *v: module.cross_entropy(list(v), target)  # noqa: E731
        at = [0.3, -1.2, 2.0]
        total = sum(math.exp(x) for x in at)
        nodes = [module.Value(x) for x in at]
        assert loss(*nodes).data == pytest.approx(math.log(total) - at[target])
        assert gradients(loss, module, at) == pytest.approx(slopes(loss, module, at), rel=1e-4)


def test_cross_entropy_stays_finite_for_logits_far_apart(module: ModuleType) -> None:
    if takes(module, "cross_entropy", "logits", "target"):
        loss = module.cross_entropy([module.Value(1e4), module.Value(-1e4)], 1)
        assert loss.data == pytest.approx(-math.log(1e-10))
