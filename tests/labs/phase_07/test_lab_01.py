"""Lab 07.1: every operation against its closed form, then the graphs, the refusals and the long chain."""

import math
import random

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.scalar import Value

GRAPHS = "theory/01-computation-graphs.md"
RULES = "theory/02-local-derivatives.md"
BY_HAND = "theory/03-backprop-by-hand.md"
MODES = "theory/04-forward-and-reverse.md"


def check(what, f, at, value, *gradients, idea):
    """f(*Values) at the point `at`: its value, and its gradient with respect to each input."""
    inputs = [Value(x) for x in at]
    result = f(*inputs)
    expect_close(result.data, value, tol=1e-12, what=f"the value of {what}", idea=idea, page=RULES)
    result.backward()
    for i, (x, wanted) in enumerate(zip(inputs, gradients, strict=True)):
        which = f"the gradient of {what}" + (f" for operand {i}" if len(inputs) > 1 else "")
        expect_close(x.grad, wanted, tol=1e-12, what=which, idea=idea, page=RULES)


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
        ("x ** 3", x**3, 8.0),
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
    expect_true(
        all(
            (op(x))._op and x in op(x)._prev for op in (lambda v: v * 2, lambda v: v**2, Value.exp)
        ),
        what="_prev and _op of a result",
        expected="the operands, and a non-empty label",
        got=[(x * 2)._prev, (x * 2)._op],
        idea="A result remembers what it was made from; drawings show the label.",
        page=GRAPHS,
    )


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


def test_powers():
    idea = "The volume of a cube of side a: how many faces grow when a does? And what is the slope of a constant?"
    check("a ** 3", lambda a: a**3, (2.5,), 15.625, 18.75, idea=idea)
    check("a ** 0.5", lambda a: a**0.5, (2.5,), math.sqrt(2.5), 0.5 / math.sqrt(2.5), idea=idea)
    check("a ** -2", lambda a: a**-2, (2.5,), 2.5**-2, -2 * 2.5**-3, idea=idea)
    check("a ** 3, a negative", lambda a: a**3, (-1.3,), (-1.3) ** 3, 3 * 1.3**2, idea=idea)
    check("a ** 1 at 0", lambda a: a**1, (0.0,), 0.0, 1.0, idea=idea)
    check("a ** 2 at 0", lambda a: a**2, (0.0,), 0.0, 0.0, idea=idea)
    check(
        "a ** 0 at 0",
        lambda a: a**0,
        (0.0,),
        1.0,
        0.0,
        idea="0 ** 0 is 1, and constant. What would the power rule have to compute there?",
    )


def test_exp():
    for x in (0.5, -2.0, 0.0):
        idea = "The more there is, the faster it grows: which number is as large as its slope?"
        check("exp(a)", Value.exp, (x,), math.exp(x), math.exp(x), idea=idea)


def test_log():
    for x in (2.0, 0.1):
        idea = "How far must a grow from 0.1, and how far from 2, for log to rise by the same little bit?"
        check("log(a)", Value.log, (x,), math.log(x), 1 / x, idea=idea)


def test_tanh():
    idea = "How flat is tanh where its result is 0, and where it is nearly 1? Can you tell from the result alone?"
    for x in (0.7, -1.2, 0.0):
        check("tanh(a)", Value.tanh, (x,), math.tanh(x), 1 - math.tanh(x) ** 2, idea=idea)
    check(
        "tanh(a) at 1000",
        Value.tanh,
        (1000.0,),
        1.0,
        0.0,
        idea="Far out, tanh is flat. math.tanh knows; (e^x - e^-x)/(e^x + e^-x) overflows.",
    )


def test_relu():
    check("relu(a), a > 0", Value.relu, (2.5,), 2.5, 1.0, idea="Above 0, relu is the identity.")
    check("relu(a), a < 0", Value.relu, (-1.3,), 0.0, 0.0, idea="Below 0, relu is constant.")
    check("relu(a) at 0", Value.relu, (0.0,), 0.0, 0.0, idea="At the kink, we choose 0.")


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
        ("x ** '2'", lambda: x ** "2"),
        ("x ** Value(2.0)", lambda: x ** Value(2.0)),
        ("2 ** x", lambda: 2**x),
    ]:
        with expect_raises(
            TypeError,
            what=what,
            idea="Operands are Values and real numbers; an exponent is a number. Let real_number refuse the rest.",
            page=RULES,
        ):
            f()


def test_what_has_no_real_value_is_refused():
    for what, f, kind, mentions in [
        ("log(0.0)", lambda: Value(0.0).log(), ValueError, "0.0"),
        ("log(-1.5)", lambda: Value(-1.5).log(), ValueError, "-1.5"),
        ("log(nan)", lambda: Value(math.nan).log(), ValueError, "nan"),
        ("0 ** -1", lambda: Value(0.0) ** -1, ValueError, "-1"),
        ("0 ** -3", lambda: Value(0.0) ** -3, ValueError, "0.0"),
        ("0 ** 0.5", lambda: Value(0.0) ** 0.5, ValueError, "0.5"),
        ("(-2) ** 0.5", lambda: Value(-2.0) ** 0.5, ValueError, "-2"),
        ("(-2) ** 1.5", lambda: Value(-2.0) ** 1.5, ValueError, "1.5"),
        ("x / 0", lambda: Value(1.0) / 0, ZeroDivisionError, ""),
        ("x / Value(0)", lambda: Value(1.0) / Value(0.0), ZeroDivisionError, ""),
        ("1 / Value(0)", lambda: 1 / Value(0.0), ZeroDivisionError, ""),
    ]:
        with expect_raises(
            kind,
            what=what,
            idea="Refuse at the operation and show the number: three layers later it is a nan without a name. "
            "Python itself gives a complex number for (-2.0) ** 0.5.",
            page=RULES,
            mentions=mentions,
        ):
            f()


class Dual:
    """Forward mode, the oracle: a value and its derivative along one input, computed together."""

    def __init__(self, data, dot=0.0):
        self.data, self.dot = data, dot

    def __add__(self, o):
        return Dual(self.data + o.data, self.dot + o.dot)

    def __sub__(self, o):
        return Dual(self.data - o.data, self.dot - o.dot)

    def __mul__(self, o):
        return Dual(self.data * o.data, self.dot * o.data + self.data * o.dot)

    def tanh(self):
        c = math.tanh(self.data)
        return Dual(c, (1 - c * c) * self.dot)

    def exp(self):
        return Dual(math.exp(self.data), math.exp(self.data) * self.dot)


def expression(seed, inputs):
    """A random expression of 20 operations over `inputs`, the same for Values and Duals."""
    rng, made = random.Random(seed), list(inputs)
    for _ in range(20):
        a, b = rng.choice(made), rng.choice(made)
        made.append(rng.choice([lambda: a + b, lambda: a - b, lambda: (a * b).tanh(), a.tanh])())  # noqa: B023
    return (made[-1] + made[-2]).tanh().exp() * made[-3] + sum_of(made)


def sum_of(values):
    total = values[0]
    for v in values[1:]:
        total = total + v
    return total


def test_random_expressions_agree_with_forward_mode():
    point = [0.3, -0.8, 0.5]
    for seed in range(20):
        inputs = [Value(x) for x in point]
        expression(seed, inputs).backward()
        for i, x in enumerate(inputs):
            duals = [Dual(v, float(i == j)) for j, v in enumerate(point)]
            expect_close(
                x.grad,
                expression(seed, duals).dot,
                tol=1e-10,
                what=f"the gradient of input {i} in a random expression (seed {seed})",
                idea="Single operations are right by now, so look at how contributions meet.",
                page=MODES,
            )


def test_a_chain_of_100000_additions_differentiates():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    expect_equal(
        (y.data, x.grad),
        (100_001.0, 1.0),
        what="value and gradient of 1 + 1 + ... + 1, 100,000 times",
        idea="No operation and no walk may call itself once for each node.",
        page=GRAPHS,
    )
