"""Lab 07.0: a value, its graph, and the walk back. No operations: the graphs are put together by hand."""

import random

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.scalar import Value, topological_order

GRAPHS = "theory/01-computation-graphs.md"
BY_HAND = "theory/03-backprop-by-hand.md"


def node(op, *inputs):
    """A node made by hand from (value, local derivative) pairs; its number doesn't matter here."""
    return Value(0.0, tuple(v for v, _ in inputs), op, tuple(d for _, d in inputs))


def canonical():
    """L = (a*b + c) * (a - c) at a=2, b=3, c=4, with the local derivatives of page 03."""
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ab = Value(6.0, (a, b), "ab", (3.0, 2.0))
    e = Value(10.0, (ab, c), "e", (1.0, 1.0))
    f = Value(-2.0, (a, c), "f", (1.0, -1.0))
    return a, b, c, ab, e, f, Value(-20.0, (e, f), "L", (-2.0, 10.0))


def random_graph(seed, size=14):
    """A root and its nodes, each made from one or two earlier ones."""
    rng = random.Random(seed)
    nodes = [Value(0.0), Value(0.0), Value(0.0)]
    while len(nodes) < size:
        inputs = rng.choices(nodes, k=rng.choice([1, 2]))
        nodes.append(node("op", *((v, rng.choice([-2.0, -1.0, 1.0, 3.0])) for v in inputs)))
    return nodes[-1], nodes


def sum_over_paths(root, leaf):
    """d(root)/d(leaf) by the definition: every path, its local derivatives multiplied. No order involved."""
    if root is leaf:
        return 1.0
    inputs = zip(root._prev, root._local, strict=True)
    return sum(local * sum_over_paths(v, leaf) for v, local in inputs)


def test_a_leaf_keeps_its_number_as_a_float():
    for given, kept in [(2.5, 2.5), (3, 3.0), (True, 1.0), (-0.5, -0.5)]:
        leaf = Value(given)
        got = (type(leaf.data).__name__, leaf.data)
        expect_equal(
            got,
            ("float", kept),
            what=f"the data of Value({given!r})",
            idea="A Value holds one Python float. Integers and bools are converted on the way in, by real_number.",
            page=GRAPHS,
        )
    got = (leaf.grad, leaf._prev, leaf._op, leaf._local)
    expect_equal(
        got,
        (0.0, (), "", ()),
        what="grad, _prev, _op and _local of a new leaf",
        idea="A leaf was made from nothing, and no gradient has reached it yet.",
        page=GRAPHS,
    )


def test_a_value_refuses_what_is_not_a_number():
    for wrong in ["3", None, [1.0], 1j, Value(1.0)]:
        with expect_raises(
            TypeError,
            what=f"Value({wrong!r})",
            idea="A string that happens to look like a number is still a mistake of the caller: "
            "say so here, where it is cheap to find. real_number does it for you.",
            page=GRAPHS,
            mentions="real number",
        ):
            Value(wrong)


def test_repr_shows_the_number_and_the_gradient():
    leaf = Value(2.5)
    leaf.grad = -0.125
    expect_true(
        "2.5" in repr(leaf) and "-0.125" in repr(leaf),
        what="repr of a Value with data 2.5 and grad -0.125",
        expected="a text with both numbers, such as Value(data=2.5, grad=-0.125)",
        got=repr(leaf),
        idea="You will print many of these: show what you debug with.",
        page=GRAPHS,
    )


def test_a_node_remembers_what_it_was_made_from():
    a, b = Value(2.0), Value(3.0)
    product = Value(6.0, (a, b), "*", (3.0, 2.0))
    expect_true(
        product._prev == (a, b) and product._op == "*" and product._local == (3.0, 2.0),
        what="_prev, _op and _local of a node made from a and b",
        expected="(a, b), '*' and (3.0, 2.0), as given",
        got=(product._prev, product._op, product._local),
        idea="A node is its number plus the memory of how it was made. The constructor only keeps it.",
        page=GRAPHS,
    )


def test_two_values_are_equal_only_if_they_are_the_same_node():
    a, twin = Value(1.0), Value(1.0)
    expect_equal(
        (a == a, a == twin, len({a, twin, a})),
        (True, False, 2),
        what="a == a, a == another Value(1.0), and the size of the set of both",
        idea="Two nodes with the same number are still two nodes. Leave __eq__ and __hash__ as Python gives them.",
        page=GRAPHS,
    )


def test_backward_on_a_leaf_gives_one():
    leaf = Value(2.5)
    leaf.backward()
    expect_equal(
        leaf.grad,
        1.0,
        what="the grad of a leaf after its own backward()",
        idea="How much does a value change when it changes? By as much: the walk starts with 1.",
        page=BY_HAND,
    )


def test_every_value_comes_once_and_after_its_inputs():
    for seed in range(40):
        root, _ = random_graph(seed)
        order = topological_order(root)
        place = {v: i for i, v in enumerate(order)}
        late = [v for v in order for p in v._prev if place.get(p, len(order)) >= place[v]]
        expect_true(
            len(place) == len(order) and not late and order[-1] is root,
            what=f"topological_order on a random graph (seed {seed})",
            expected="every value once, after all of its inputs, and the root last",
            got=f"{len(order)} entries, {len(order) - len(place)} repeated, {len(late)} before an input",
            idea="Put a value into the order when you leave it for good, not when you first see it.",
            page=GRAPHS,
        )


def test_the_order_is_depth_first_from_left_to_right():
    a, b, c, ab, e, f, root = canonical()
    names = {a: "a", b: "b", c: "c", ab: "ab", e: "e", f: "f", root: "L"}
    expect_equal(
        " ".join(names[v] for v in topological_order(root)),
        "a b ab c e f L",
        what="topological_order of L = (a*b + c) * (a - c)",
        idea="Several orders are right. This one is fixed so that sums come out the same for everyone, "
        "to the last bit: finish the first input of a node before you look at the second.",
        page=GRAPHS,
    )


def test_backward_multiplies_along_a_chain():
    x = Value(0.0)
    y = node("y", (x, 3.0))
    z = node("z", (y, -2.0))
    z.backward()
    expect_equal(
        (z.grad, y.grad, x.grad),
        (1.0, -2.0, -6.0),
        what="the gradients of z, y, x in z = -2 y, y = 3 x",
        idea="If y moves by 3 when x moves by 1, and z by -2 when y moves by 1: by how much does z move with x?",
        page=BY_HAND,
    )


def test_a_value_used_twice_receives_both_contributions():
    a, b, c, *_, root = canonical()
    root.backward()
    expect_equal(
        (a.grad, b.grad, c.grad),
        (4.0, -4.0, -12.0),
        what="the gradients of a, b, c in L = (a*b + c) * (a - c) at 2, 3, 4",
        idea="a and c reach L along two paths each. Every path brings a contribution, and they add up.",
        page=BY_HAND,
    )


def test_a_value_used_twice_by_one_node_receives_both_contributions():
    x = Value(3.0)
    square = Value(9.0, (x, x), "*", (3.0, 3.0))
    square.backward()
    expect_equal(
        x.grad,
        6.0,
        what="the gradient of x in x * x at 3",
        idea="x stands twice in _prev: two arrows, two contributions of 3.",
        page=BY_HAND,
    )


def test_a_value_hands_on_only_what_is_complete():
    x = Value(1.0)
    h = node("h", (x, 2.0))
    long_way = node("k2", (node("k1", (h, 3.0)), 3.0))
    for inputs in [((h, 1.0), (long_way, 1.0)), ((long_way, 1.0), (h, 1.0))]:
        for v in (x, h, long_way, *long_way._prev):
            v.grad = 0.0
        node("L", *inputs).backward()
        expect_equal(
            x.grad,
            20.0,
            what="dL/dx in L = h + 9 h, h = 2 x, where the second h takes a longer way",
            idea="The short way reaches h first, but h must wait for the long one before it hands anything to x. "
            "A walk by distance from L, or in the order of discovery, passes on a partial sum.",
            page=BY_HAND,
        )


def test_backward_is_the_sum_over_all_paths():
    for seed in range(25):
        root, nodes = random_graph(seed)
        root.backward()
        for i, leaf in enumerate(nodes[:3]):
            expect_close(
                leaf.grad,
                float(sum_over_paths(root, leaf)),
                tol=1e-12,
                what=f"the gradient of leaf {i} in a random graph (seed {seed})",
                idea="Multiply along a path, add over the paths. The walk does it without listing the paths.",
                page=BY_HAND,
            )


def test_a_second_backward_adds_to_the_first():
    x = Value(1.0)
    y = node("y", (x, 3.0))
    z = node("z", (y, 1.0))
    z.backward()
    z.backward()
    expect_equal(
        (z.grad, y.grad, x.grad),
        (1.0, 2.0, 9.0),
        what="the gradients of z, y, x after two calls of backward() on z = y, y = 3 x",
        idea="backward() sets only its own gradient to 1 and clears nothing. y then holds 2, so x gets 3 + 6: "
        "the longer the path, the worse. Clearing is the caller's business.",
        page=BY_HAND,
    )


def test_clearing_the_gradients_makes_backward_right_again():
    a, b, c, ab, e, f, root = canonical()
    root.backward()
    for v in (a, b, c, ab, e, f, root):
        v.grad = 0.0
    root.backward()
    expect_equal(
        (a.grad, b.grad, c.grad),
        (4.0, -4.0, -12.0),
        what="the gradients after clearing all of them and calling backward() again",
        idea="A walk leaves nothing behind but gradients: no marks, no list kept between calls.",
        page=BY_HAND,
    )


def test_a_chain_of_100000_is_no_problem():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = Value(0.0, (y,), "+", (1.0,))
    try:
        y.backward()
    except RecursionError:
        expect_true(
            False,
            what="backward() on a chain of 100,000 values",
            expected="a gradient of 1 at the far end",
            got="RecursionError",
            idea="Python allows about 1,000 nested calls. Keep your own stack: a list of the values on the way, "
            "each with how far you are through its inputs.",
            page=GRAPHS,
        )
    expect_equal(
        x.grad,
        1.0,
        what="the gradient at the far end of a chain of 100,000 values",
        idea="Each of them hands on what it got, times 1.",
        page=GRAPHS,
    )
