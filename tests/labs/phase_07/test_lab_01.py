"""Lab 07.1: arithmetic against its closed forms, then the graphs, the refusals and the long chain."""

import math

from given.checking import expect_equal, expect_raises, expect_true
from minigrad.scalar import Value

from ._closed_forms import GRAPHS, RULES, check, remembers

BY_HAND = "theory/03-backprop-by-hand.md"


def test_values_and_reflected_forms():
    x = Value(2.0)
    for what, got, wanted in [
        ("x + 3", x + 3, 5.0),
        ("3 + x", 3 + x, 5.0),
        ("x - 3", x - 3, -1.0),
        ("3 - x", 3 - x, 1.0),
        ("x * 3", x * 3, 6.0),
        ("3 * x", 3 * x, 6.0),
        ("x / 4", x / 4, 0.5),
        ("4 / x", 4 / x, 2.0),
        ("-x", -x, -2.0),
        ("x + True", x + True, 3.0),
        ("sum([x, x])", sum([x, x]), 4.0),
    ]:
        expect_true(
            isinstance(got, Value) and math.isclose(got.data, wanted),
            what=f"{what} at x = 2",
            expected=f"a Value of {wanted}",
            got=got,
            idea="Python calls x.__rsub__(3) for 3 - x: the operands arrive swapped. "
            "Wrap a plain number into a Value and the rest is the same.",
            page=RULES,
        )
    for what, result in [("x + 3", x + 3), ("x - 3", x - 3), ("x * 3", x * 3), ("x / 4", x / 4)]:
        remembers(what, result, x)


def test_addition():
    check(
        "a + b",
        lambda a, b: a + b,
        (2.5, -1.3),
        1.2,
        1.0,
        1.0,
        idea="Raise one of the two by a little: by how much does the sum rise?",
    )
    check("a + 3", lambda a: a + 3, (2.5,), 5.5, 1.0, idea="A constant changes no slope.")
    check("3 + a", lambda a: 3 + a, (2.5,), 5.5, 1.0, idea="A constant changes no slope.")


def test_subtraction():
    idea = "Raise b by a little: which way does a - b go, and how far?"
    check("a - b", lambda a, b: a - b, (2.5, -1.3), 3.8, 1.0, -1.0, idea=idea)
    check("a - 3", lambda a: a - 3, (2.5,), -0.5, 1.0, idea=idea)
    check("3 - a", lambda a: 3 - a, (2.5,), 0.5, -1.0, idea=idea)
    check(
        "-a", lambda a: -a, (2.5,), -2.5, -1.0, idea="A mirror: which way does -a go when a grows?"
    )


def test_multiplication():
    idea = "A rectangle with the sides a and b: widen one side, and how long is the strip that is added?"
    check("a * b", lambda a, b: a * b, (2.5, -1.3), -3.25, -1.3, 2.5, idea=idea)
    check("a * 3", lambda a: a * 3, (2.5,), 7.5, 3.0, idea=idea)
    check("3 * a", lambda a: 3 * a, (2.5,), 7.5, 3.0, idea=idea)
    check(
        "a * a",
        lambda a: a * a,
        (2.5,),
        6.25,
        5.0,
        idea="A square grows on two sides at once: how many arrows lead from a to the node?",
    )


def test_division():
    idea = "Does the share grow or shrink when more people divide it, and how fast if there are very few of them already?"
    a, b = 2.5, -1.3
    check("a / b, both tiny", lambda a, b: a / b, (1e-200, 1e-200), 1.0, 1e200, -1e200, idea=idea)
    check("a / b", lambda a, b: a / b, (a, b), a / b, 1 / b, -a / b**2, idea=idea)
    check("a / 4", lambda a: a / 4, (a,), 0.625, 0.25, idea=idea)
    check("4 / a", lambda a: 4 / a, (a,), 1.6, -4 / a**2, idea=idea)


def test_the_diamond_adds_both_paths():
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    result = (a * b + c) * (a - c)
    result.backward()
    expect_equal(
        (result.data, a.grad, b.grad, c.grad),
        (-20.0, 4.0, -4.0, -12.0),
        what="L and the gradients of a, b, c in L = (a*b + c) * (a - c) at 2, 3, 4",
        idea="a and c are used twice. Each use brings a contribution, and contributions add up.",
        page=BY_HAND,
    )


def test_a_sum_built_in_a_loop_reaches_every_term():
    terms = [Value(float(i)) for i in range(5)]
    total = Value(0.0)
    for term in terms:
        total = total + term
    total.backward()
    expect_equal(
        [t.grad for t in terms],
        [1.0] * 5,
        what="the gradients of five values added in a loop",
        idea="If only the last has one, look at what a function made in a loop captures: "
        "the variable, not its value at that time. Numbers stored in _local can't have this fault.",
        page=RULES,
    )


def test_gradients_belong_to_the_point_of_the_forward_pass():
    a = Value(3.0)
    square = a * a
    a.data = 100.0
    square.backward()
    expect_equal(
        a.grad,
        6.0,
        what="the gradient of a * a, computed at a = 3, after a.data was changed to 100",
        idea="Local derivatives are numbers, fixed when the node is made. Code that reads .data again on the way "
        "back mixes two points.",
        page=RULES,
    )


def test_what_is_not_a_number_is_refused():
    x = Value(2.0)
    for what, f in [
        ("x + '1'", lambda: x + "1"),
        ("'1' + x", lambda: "1" + x),
        ("x - None", lambda: x - None),
        ("None - x", lambda: None - x),
        ("x * [2]", lambda: x * [2]),
        ("[2] * x", lambda: [2] * x),
        ("x / '2'", lambda: x / "2"),
        ("'2' / x", lambda: "2" / x),
        ("x + 1j", lambda: x + 1j),
    ]:
        with expect_raises(
            TypeError,
            what=what,
            idea="Operands are Values and real numbers. Who refuses the rest, if you make a Value of every operand?",
            page=RULES,
        ):
            f()


def test_division_by_zero_is_refused():
    for what, f in [
        ("x / 0", lambda: Value(1.0) / 0),
        ("x / Value(0)", lambda: Value(1.0) / Value(0.0)),
        ("1 / Value(0)", lambda: 1 / Value(0.0)),
    ]:
        with expect_raises(
            ZeroDivisionError,
            what=what,
            idea="Refuse at the operation: three layers later it is a nan without a name.",
            page=RULES,
        ):
            f()


def test_a_chain_of_10000_additions_differentiates():
    x = Value(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    expect_equal(
        (y.data, x.grad),
        (10_001.0, 1.0),
        what="value and gradient of 1 + 1 + ... + 1, 10,000 times",
        idea="No operation and no walk may call itself once for each node.",
        page=GRAPHS,
    )
