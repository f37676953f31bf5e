"""What phase 07's pages say of causes, each with its control."""

import gc
import random

from given.checking import expect_close, expect_equal, expect_true
from minigrad.gradcheck import central_difference
from minigrad.mlp import MLP, squared_error
from minigrad.scalar import Value, topological_order

TABLE = "theory/02-local-derivatives.md"
WALK = "theory/03-backprop-by-hand.md"
MODES = "theory/04-forward-and-reverse.md"
STEP = "theory/05-one-training-step.md"
CHECKING = "theory/06-gradient-checking.md"
INPUTS = [[float(i == j) for j in range(5)] for i in range(5)]
TARGETS = [[1.0 if i == j else -1.0 for j in range(5)] for i in range(5)]


def trained(clear, *, start=None, epochs=300, seed=42):
    """The tense MLP of page 05 and its losses; `clear` says where the gradients are cleared."""
    random.seed(seed)
    model = MLP(5, [4, 5])
    for p in model.parameters() if start is not None else ():
        p.data = start
    losses = []
    for _ in range(epochs):
        loss = squared_error([model(x) for x in INPUTS], TARGETS)
        losses.append(loss.data)
        for line in ("before", "backward", "between", "update", "after"):
            if line == "backward":
                loss.backward()
            for p in model.parameters():
                if line == "update":
                    p.data -= 0.05 * p.grad
                elif line == clear:
                    p.grad = 0.0
    return model, losses


def kahn(root):
    """Another order that obeys the law: a value is released when all of its arrows are dealt with."""
    waiting, ready, order = {}, [root], []
    for value in topological_order(root):
        for p in value._prev:
            waiting[p] = waiting.get(p, 0) + 1
    while ready:
        order.append(ready.pop(0))
        for p in order[-1]._prev:
            waiting[p] -= 1
            if not waiting[p]:
                ready.append(p)
    return order


def by_distance(root):
    order, seen = [root], {root}
    for value in order:
        for p in value._prev:
            if p not in seen:
                seen.add(p)
                order.append(p)
    return order


def gradients(order):
    """What a walk along `order` leaves in the leaves."""
    for value in order:
        value.grad = 0.0
    order[0].grad = 1.0
    for value in order:
        for p, local in zip(value._prev, value._local, strict=True):
            p.grad += local * value.grad
    return [v.grad for v in topological_order(order[0]) if not v._prev]


def shared(seed):
    """A random expression whose inner values are used several times, at different distances."""
    rng = random.Random(seed)
    made = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    for _ in range(15):
        a, b = rng.choice(made), rng.choice(made)
        made.append(rng.choice([lambda: a + b, lambda: a * b, lambda: (a - b).tanh()])())  # noqa: B023
    return made[-1] + made[-2] * made[-3]


def test_any_lawful_order_gives_the_same_sums():
    for seed in range(30):
        root = shared(seed)
        root.backward()
        own = [v.grad for v in topological_order(root) if not v._prev]
        expect_close(
            own,
            gradients(kahn(root)),
            tol=1e-12,
            what=f"the leaves' gradients by backward() and by Kahn's order (seed {seed})",
            idea="Both let a value speak when all of its users have.",
            page=WALK,
        )


def test_an_unlawful_order_gives_others():
    wrong = 0
    for seed in range(30):
        root = shared(seed)
        right, early = gradients(kahn(root)), gradients(by_distance(root))
        wrong += any(abs(a - b) > 1e-9 for a, b in zip(right, early, strict=True))
    expect_true(
        wrong > 10,
        what="expressions of 30 that a walk by distance gets wrong",
        expected="more than 10",
        got=wrong,
        idea="Without the law it isn't any order that will do.",
        page=WALK,
    )


def product(n):
    total = Value(1.0)
    for i in range(n - 1):
        total = total * Value(1.0 + i / n)
    return total


def test_a_walk_costs_two_evaluations():
    for n in (3, 30, 300):
        arrows = sum(len(v._prev) for v in topological_order(product(n)))
        expect_equal(
            n - 1 + arrows,
            3 * (n - 1),
            what=f"multiplications for the whole gradient of a product of {n}",
            idea="Two arrows a node.",
            page=MODES,
        )


def test_measuring_costs_more_with_every_input():
    calls = []

    def f(*xs):
        calls.append(1)
        return sum(xs, Value(0.0))

    for n in (3, 30):
        calls.clear()
        xs = tuple(Value(float(i)) for i in range(n))
        for i in range(n):
            central_difference(f, xs, i)
        expect_equal(
            len(calls), 2 * n, what=f"evaluations for {n} inputs", idea="Two each.", page=MODES
        )


def test_clearing_after_the_update_is_the_same():
    before, after = trained("before", epochs=40)[1], trained("after", epochs=40)[1]
    expect_equal(
        after,
        before,
        what="40 losses with line 3 after line 5 and before line 4",
        idea="In both, each walk starts from 0.",
        page=STEP,
    )
    expect_true(
        before[-1] < before[0] / 2,
        what="the loss after 40 epochs",
        expected="less than half of the first",
        got=before[-1],
        idea="Equal, because both learn.",
        page=STEP,
    )


def test_clearing_between_walk_and_update_learns_nothing():
    losses = trained("between", epochs=5)[1]
    expect_equal(
        losses, losses[:1] * 5, what="five losses", idea="The update reads zeros.", page=STEP
    )


def test_zeros_leave_the_output_biases_alone_to_learn():
    model, losses = trained("before", start=0.0)
    hidden, out = model.layers
    moved = [abs(p.data) > 1e-6 for p in model.parameters()]
    expect_true(
        sum(moved) == 5
        and all(abs(n.b.data) > 0.1 for n in out.neurons)
        and abs(losses[-1] - 16) < 1e-3
        and len(hidden.neurons) == 4,
        what="300 epochs from zeros",
        expected="five moved parameters, the output biases, and a loss of 16",
        got=(sum(moved), losses[-1]),
        idea="No output weight and no hidden unit ever gets a gradient.",
        page=STEP,
    )


def test_equal_numbers_that_are_not_zero_stay_equal():
    model, losses = trained("before", start=0.3)
    rows = [[p.data for p in n.parameters()] for n in model.layers[0].neurons]
    expect_true(
        all(row == rows[0] for row in rows) and losses[-1] > 15 and rows[0][0] != 0.3,
        what="300 epochs from 0.3 everywhere",
        expected="four equal units that have moved, and a loss above 15",
        got=(losses[-1], rows[0][0]),
        idea="The same gradient, the same step.",
        page=STEP,
    )


def test_units_that_differ_part():
    model, losses = trained("before")
    rows = {tuple(w.data > 0 for w in n.w) for n in model.layers[0].neurons}
    expect_true(
        len(rows) > 2 and losses[-1] < 0.5,
        what="300 epochs from random weights",
        expected="hidden units that differ, a loss below 0.5",
        got=(len(rows), losses[-1]),
        idea="The same steps, another start.",
        page=STEP,
    )


def slope_error(quotient, eps):
    x = Value(0.7)
    exact = -1.4 / (1.49 * 1.49)
    return abs(quotient(lambda v: 1 / (1 + v * v), x, eps) - exact)


def central(f, x, eps):
    return central_difference(f, (x,), 0, eps)


def one_sided(f, x, eps):
    return (f(Value(x.data + eps)).data - f(x).data) / eps


def test_the_central_error_goes_with_the_square():
    ratio = slope_error(central, 1e-2) / slope_error(central, 1e-3)
    expect_true(
        90 < ratio < 110,
        what="the central difference's error at 1e-2 over that at 1e-3",
        expected="about 100",
        got=ratio,
        idea="Both ways, and every even term drops out.",
        page=CHECKING,
    )


def test_the_one_sided_error_goes_with_the_step():
    ratio = slope_error(one_sided, 1e-2) / slope_error(one_sided, 1e-3)
    expect_true(
        8 < ratio < 12,
        what="the one-sided quotient's error at 1e-2 over that at 1e-3",
        expected="about 10",
        got=ratio,
        idea="The same evaluations but one.",
        page=CHECKING,
    )


class WithFunction:
    """A node as micrograd has it: it keeps a function that mentions it."""

    def __init__(self, data, inputs=()):
        self.data, self.grad, self.inputs = data, 0.0, inputs
        self.step = lambda: None

    def __add__(self, other):
        result = WithFunction(self.data + other.data, (self, other))

        def step():
            self.grad += result.grad
            other.grad += result.grad

        result.step = step
        return result


def left_behind(kind, terms=500):
    """How many nodes of a dropped sum the collector still had to find."""
    gc.collect()
    gc.disable()
    try:
        total = kind(0.0)
        for _ in range(terms):
            total = total + kind(1.0)
        del total
        return sum(isinstance(thing, kind) for thing in gc.get_objects())
    finally:
        gc.enable()
        gc.collect()


def test_a_graph_of_numbers_is_freed_when_its_result_goes():
    expect_equal(
        left_behind(Value),
        0,
        what="values of a dropped sum that are still alive, with the collector off",
        idea="Arrows lead from the result to its inputs, and nothing leads back.",
        page=TABLE,
    )


def test_a_graph_of_functions_waits_for_the_collector():
    alive = left_behind(WithFunction)
    expect_true(
        alive >= 500,
        what="the same with a function in each node that mentions the node",
        expected="at least one for each of 500 sums",
        got=alive,
        idea="The node holds the function, and the function the node.",
        page=TABLE,
    )
