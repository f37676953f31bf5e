"""Lab 07.2: the fused dot product, the network, and the step that trains it."""

import math
import random

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.mlp import MLP, Layer, Neuron, squared_error, train, train_step
from minigrad.scalar import Value, dot, topological_order

RULES = "theory/02-local-derivatives.md"
STEP = "theory/05-one-training-step.md"

ONE_HOT = [[float(i == j) for j in range(5)] for i in range(5)]
TARGETS = [[1.0 if i == j else -1.0 for j in range(5)] for i in range(5)]


def seeded(seed=42, n_in=5, sizes=(4, 5)):
    random.seed(seed)
    return MLP(n_in, list(sizes))


def correct(model):
    """How many of the five inputs have their largest output in the right place."""
    rows = [[y.data for y in model(x)] for x in ONE_HOT]
    return sum(row.index(max(row)) == i for i, row in enumerate(rows))


def loss_of(model):
    return squared_error([model(x) for x in ONE_HOT], TARGETS)


def spelled_out(ws, xs, bias):
    total = bias
    for w, x in zip(ws, xs, strict=True):
        total = total + w * x
    return total


def test_dot_agrees_with_the_sum_spelled_out():
    random.seed(1)
    weights, inputs = ([random.uniform(-1, 1) for _ in range(4)] for _ in range(2))
    for kind in ("numbers", "Values", "one of each"):
        results = []
        for f in (dot, spelled_out):
            ws, bias = [Value(w) for w in weights], Value(0.25)
            xs = [
                Value(x) if kind == "Values" or (kind == "one of each" and i % 2) else x
                for i, x in enumerate(inputs)
            ]
            out = f(ws, xs, bias)
            out.backward()
            leaves = [*ws, bias, *(x for x in xs if isinstance(x, Value))]
            results.append([out.data, *(v.grad for v in leaves)])
        expect_close(
            results[0],
            results[1],
            tol=1e-12,
            what=f"value and gradients of dot(ws, xs, bias) where xs holds {kind}",
            idea="Raise one of them by a little, hold the others: by how much does the sum rise?",
            page=RULES,
        )


def test_dot_takes_a_number_as_bias_and_defaults_to_none():
    w = Value(2.0)
    for what, result, wanted in [
        ("dot([w], [3.0]).data", dot([w], [3.0]).data, 6.0),
        ("dot([w], [3.0], 0.5).data", dot([w], [3.0], 0.5).data, 6.5),
        ("dot([], [], 0.5).data", dot([], [], 0.5).data, 0.5),
    ]:
        expect_close(
            result,
            wanted,
            tol=1e-12,
            what=what,
            idea="What does the sum of one pair, or of none, come to?",
            page=RULES,
        )


def test_dot_is_one_node():
    ws = [Value(0.1 * i) for i in range(16)]
    out = dot(ws, [1.0] * 16, Value(0.0))
    graph = topological_order(out)
    made = [v for v in graph if v._prev]
    expect_equal(
        len(graph),
        18,
        what="the values in the graph of dot for 16 weights, 16 plain numbers and a bias",
        idea="The weights, the bias and the result. Who would ever ask for the gradient of a plain number?",
        page=RULES,
    )
    expect_equal(
        len(made),
        1,
        what="how many nodes dot makes for 16 weights (leaves not counted)",
        idea="That is the point of it: one node with 17 local derivatives instead of 32 nodes with two each.",
        page=RULES,
    )


def test_dot_refuses_lengths_that_differ():
    with expect_raises(
        ValueError,
        what="dot of two weights and three inputs",
        idea="zip would drop the third input without a word.",
        page=RULES,
    ):
        dot([Value(1.0), Value(2.0)], [1.0, 2.0, 3.0])


def test_dot_takes_only_real_numbers():
    with expect_raises(
        TypeError,
        what="dot of a weight and the text '1'",
        idea="A number gets no node, so nobody looks at it later: who looks at it now?",
        page=RULES,
    ):
        dot([Value(1.0)], ["1"])
    out = dot([Value(1 / 3)], [np.float32(0.1)])
    expect_equal(
        (type(out.data).__name__, out.data),
        ("float", 1 / 3 * float(np.float32(0.1))),
        what="dot of a weight of 1/3 and a NumPy float32",
        idea="A float times a float32 is rounded to seven digits, and every later result with it. What does real_number give?",
        page=RULES,
    )


def test_a_new_neuron_has_drawn_weights_and_no_bias():
    random.seed(7)
    neuron = Neuron(200)
    weights = [w.data for w in neuron.w]
    expect_true(
        all(-1 <= w <= 1 for w in weights)
        and len(set(weights)) == 200
        and abs(sum(weights) / 200) < 0.2
        and max(weights) > 0.8
        and min(weights) < -0.8,
        what="200 new weights",
        expected="200 different numbers, spread over -1 to 1",
        got=f"from {min(weights):.3f} to {max(weights):.3f}, {len(set(weights))} different",
        idea="Where do equal weights end after a hundred steps, and where those that lie on one side of 0?",
        page=STEP,
    )
    expect_equal(neuron.b.data, 0.0, what="a new bias", idea="Biases start at 0.", page=STEP)


def test_a_neuron_is_tanh_of_its_weighted_sum():
    random.seed(3)
    neuron = Neuron(3)
    neuron.b.data = 0.5
    xs = [1.0, -2.0, 0.5]
    wanted = math.tanh(sum(w.data * x for w, x in zip(neuron.w, xs, strict=True)) + 0.5)
    expect_close(
        neuron(xs).data,
        wanted,
        tol=1e-12,
        what="the output of a neuron with three inputs",
        idea="Three inputs, three weights, one bias, one curve that bends: what comes first?",
        page=STEP,
    )


def test_layers_and_networks_count_their_parameters():
    for what, got, wanted in [
        ("Neuron(5)", len(Neuron(5).parameters()), 6),
        ("Layer(5, 4)", len(Layer(5, 4).parameters()), 24),
        ("MLP(5, [4, 5])", len(MLP(5, [4, 5]).parameters()), 49),
        ("MLP(2, [16, 16, 1])", len(MLP(2, [16, 16, 1]).parameters()), 337),
    ]:
        expect_equal(
            got,
            wanted,
            what=f"the number of parameters of {what}",
            idea="One weight for each input and one bias, for each neuron: (5+1) 4 + (4+1) 5 = 49.",
            page=STEP,
        )
    model = MLP(5, [4, 5])
    first, second = model.parameters(), model.parameters()
    expect_true(
        len(set(first)) == 49 and all(p is q for p, q in zip(first, second, strict=True)),
        what="parameters() called twice",
        expected="the same 49 Values each time",
        got=f"{len(set(first))} different Values, {len(set(first) & set(second))} of them again",
        idea="The training step changes them in place: hand out the values themselves, not copies.",
        page=STEP,
    )


def test_weights_are_drawn_in_the_order_of_the_parameters():
    random.seed(11)
    wanted = [0.0 if i % 4 == 3 else random.uniform(-1, 1) for i in range(8)]
    wanted += [0.0 if i % 3 == 2 else random.uniform(-1, 1) for i in range(6)]
    random.seed(11)
    got = [p.data for p in MLP(3, [2, 2]).parameters()]
    expect_equal(
        got,
        wanted,
        what="the parameters of MLP(3, [2, 2]) with seed 11",
        idea="The same seed, the same network: which weight is drawn first, and where does each bias stand?",
        page=STEP,
    )


def test_a_network_chains_its_layers_and_gives_a_list():
    model = seeded(n_in=2, sizes=(3, 1))
    xs = [0.4, -0.9]
    hidden = [
        math.tanh(sum(w.data * x for w, x in zip(n.w, xs, strict=True)))
        for n in model.layers[0].neurons
    ]
    wanted = math.tanh(
        sum(w.data * h for w, h in zip(model.layers[1].neurons[0].w, hidden, strict=True))
    )
    out = model(xs)
    expect_true(
        isinstance(out, list) and len(out) == 1 and isinstance(out[0], Value),
        what="the output of MLP(2, [3, 1])",
        expected="a list of one Value",
        got=out,
        idea="Always a list, so that no caller needs to ask.",
        page=STEP,
    )
    expect_close(
        out[0].data,
        wanted,
        tol=1e-12,
        what="the output of MLP(2, [3, 1])",
        idea="What a layer gives is what the next one reads.",
        page=STEP,
    )


def test_squared_error_sums_over_examples_and_outputs():
    predictions = [[Value(1.0), Value(-0.5)], [Value(0.0), Value(2.0)]]
    loss = squared_error(predictions, [[1.0, -1.0], [1.0, -1.0]])
    loss.backward()
    expect_close(
        [loss.data, *(y.grad for row in predictions for y in row)],
        [10.25, 0.0, 1.0, -2.0, 6.0],
        tol=1e-12,
        what="the loss of two examples with two outputs, and its gradients",
        idea="0 + 0.25 + 1 + 9, nothing divided. How steep is a parabola at these four places?",
        page=STEP,
    )
    with expect_raises(
        ValueError,
        what="squared_error of two rows and one target row",
        idea="A loss over fewer outputs than there are still goes down. zip(..., strict=True) refuses.",
        page=STEP,
    ):
        squared_error(predictions, [[1.0, -1.0]])
    with expect_raises(
        ValueError,
        what="squared_error of two rows of two outputs, the second target row one number short",
        idea="What would a training step do with an output that no target asks about?",
        page=STEP,
    ):
        squared_error(predictions, [[1.0, -1.0], [1.0]])


def test_a_step_moves_every_parameter_against_its_gradient():
    model, twin = seeded(), seeded()
    loss = loss_of(twin)
    loss.backward()
    wanted = [p.data - 0.05 * p.grad for p in twin.parameters()]
    returned = train_step(model, ONE_HOT, TARGETS, 0.05)
    expect_close(
        returned,
        loss.data,
        tol=1e-12,
        what="what train_step returns",
        idea="The loss before the step, as a float.",
        page=STEP,
    )
    expect_close(
        [p.data for p in model.parameters()],
        wanted,
        tol=1e-12,
        what="the parameters after one step",
        idea="Which way does the loss fall, and how far does a parameter go whose slope is twice as steep?",
        page=STEP,
    )


def test_a_step_keeps_its_own_rate():
    plain, numpy_rate = seeded(), seeded()
    train_step(plain, ONE_HOT, TARGETS, 0.01)
    train_step(numpy_rate, ONE_HOT, TARGETS, np.float64(0.01))
    moved = [
        abs(p.data - q.data) for p, q in zip(plain.parameters(), seeded().parameters(), strict=True)
    ]
    expect_true(
        0 < max(moved) < 0.3,
        what="the longest move of a parameter in a step with lr = 0.01",
        expected="between 0 and 0.3; with lr = 0.05 it would be five times as long",
        got=max(moved),
        idea="Whose rate is it: the caller's, or one of your own?",
        page=STEP,
    )
    expect_true(
        all(type(p.data) is float for p in numpy_rate.parameters())
        and [p.data for p in numpy_rate.parameters()] == [p.data for p in plain.parameters()],
        what="the parameters after a step with lr = np.float64(0.01)",
        expected="the same Python floats as with lr = 0.01",
        got=sorted({type(p.data).__name__ for p in numpy_rate.parameters()}),
        idea="What type has a float minus a NumPy number, and what does that do to everything computed with it?",
        page=STEP,
    )
    slow, twin = seeded(), seeded()
    losses = train(slow, ONE_HOT, TARGETS, lr=0.01, epochs=3)
    expect_equal(
        losses,
        [train_step(twin, ONE_HOT, TARGETS, 0.01) for _ in range(3)],
        what="three losses of train with lr = 0.01",
        idea="The same three steps, one after the other, at the same rate.",
        page=STEP,
    )


def test_a_step_clears_the_gradients_of_the_one_before():
    model, twin = seeded(), seeded()
    for p in model.parameters():
        p.grad = 1000.0
    train_step(model, ONE_HOT, TARGETS, 0.05)
    train_step(twin, ONE_HOT, TARGETS, 0.05)
    expect_close(
        [p.data for p in model.parameters()],
        [p.data for p in twin.parameters()],
        tol=1e-12,
        what="the parameters after a step that started with old gradients",
        idea="backward() adds. Set each parameter's grad to 0 before it, or you walk along the sum of all steps.",
        page=STEP,
    )


def test_training_learns_the_task():
    model = seeded()
    losses = train(model, ONE_HOT, TARGETS)
    expect_equal(
        len(losses), 300, what="how many losses train returns", idea="One an epoch.", page=STEP
    )
    rises = [i for i in range(1, 300) if losses[i] > losses[i - 1] * (1 + 1e-9)]
    expect_equal(
        rises,
        [],
        what="the epochs in which the loss rose",
        idea="Full batch and a small step: every step goes down. A rise means a wrong gradient or a wrong sign.",
        page=STEP,
    )
    final = loss_of(model).data
    expect_true(
        final < 0.5,
        what="the loss after 300 epochs",
        expected="below 0.5",
        got=final,
        idea="A loss that falls but ends high is what one missing contribution looks like.",
        page=STEP,
    )
    expect_equal(
        correct(model), 5, what="inputs with the right largest output", idea="All five.", page=STEP
    )


def moons():
    """Twenty points on an upper half moon with the target 1, twenty on a lower one with -1."""
    angles = [math.pi * i / 19 for i in range(20)]
    upper = [[math.cos(a), math.sin(a)] for a in angles]
    lower = [[1 - math.cos(a), 0.5 - math.sin(a)] for a in angles]
    return upper + lower, [[1.0]] * 20 + [[-1.0]] * 20


def test_a_boundary_bends_around_two_moons():
    inputs, targets = moons()
    model = seeded(n_in=2, sizes=(4, 1))
    train(model, inputs, targets, lr=0.02)
    right = sum((model(x)[0].data > 0) == (t > 0) for x, (t,) in zip(inputs, targets, strict=True))
    expect_equal(
        right,
        40,
        what="points on the right side, of forty on two half moons",
        idea="No straight line gets them all. Which part of your network can bend it?",
        page=STEP,
    )


def test_the_same_seed_gives_the_same_losses():
    runs = [train(seeded(3), ONE_HOT, TARGETS, epochs=20) for _ in range(2)]
    expect_equal(
        runs[0],
        runs[1],
        what="the losses of two runs with seed 3",
        idea="Draw every weight from the `random` module and from nothing else, in a fixed order.",
        page="theory/05-one-training-step.md",
    )


def test_equal_weights_never_part():
    model = seeded()
    for p in model.parameters():
        p.data = 0.0
    train(model, ONE_HOT, TARGETS)
    hidden = [[w.data for w in n.w] for n in model.layers[0].neurons]
    expect_true(
        all(row == hidden[0] for row in hidden) and loss_of(model).data > 10 and correct(model) < 5,
        what="300 epochs that start with every parameter at 0",
        expected="four hidden neurons still equal, a loss above 10, and not all five right",
        got=f"loss {loss_of(model).data:.3f}, {correct(model)} right",
        idea="Equal neurons get equal gradients. If yours learn from zeros, something else than the gradient moves them.",
        page=STEP,
    )
