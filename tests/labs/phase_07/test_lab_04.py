"""Lab 07.4: powers and curves against their closed forms, the refusals, then random expressions."""

import math
import random

from given.checking import expect_close, expect_raises, expect_true
from minigrad.scalar import Value

from ._closed_forms import RULES, check, remembers

MODES = "theory/04-forward-and-reverse.md"


def test_results_remember_their_operand():
    x = Value(2.0)
    for what, got, wanted in [
        ("x ** 3", x**3, 8.0),
        ("x ** True", x**True, 2.0),
        ("x.exp()", x.exp(), math.exp(2.0)),
        ("x.log()", x.log(), math.log(2.0)),
        ("x.tanh()", x.tanh(), math.tanh(2.0)),
        ("x.relu()", x.relu(), 2.0),
    ]:
        expect_true(
            isinstance(got, Value) and math.isclose(got.data, wanted),
            what=f"{what} at x = 2",
            expected=f"a Value of {wanted:.6g}",
            got=got,
            idea="Python's `math` does the arithmetic; what comes back is a Value.",
            page=RULES,
        )
        remembers(what, got, x)


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


def test_an_exponent_is_a_number():
    x = Value(2.0)
    for what, f in [
        ("x ** '2'", lambda: x ** "2"),
        ("x ** Value(2.0)", lambda: x ** Value(2.0)),
        ("2 ** x", lambda: 2**x),
    ]:
        with expect_raises(
            TypeError,
            what=what,
            idea="An exponent is a plain number. What would its own derivative need of the base?",
            page=RULES,
        ):
            f()


def test_what_has_no_real_value_is_refused():
    for what, f, mentions in [
        ("log(0.0)", lambda: Value(0.0).log(), "0.0"),
        ("log(-1.5)", lambda: Value(-1.5).log(), "-1.5"),
        ("log(nan)", lambda: Value(math.nan).log(), "nan"),
        ("0 ** -1", lambda: Value(0.0) ** -1, "-1"),
        ("0 ** -3", lambda: Value(0.0) ** -3, "0.0"),
        ("0 ** 0.5", lambda: Value(0.0) ** 0.5, "0.5"),
        ("(-2) ** 0.5", lambda: Value(-2.0) ** 0.5, "-2"),
        ("(-2) ** 1.5", lambda: Value(-2.0) ** 1.5, "1.5"),
    ]:
        with expect_raises(
            ValueError,
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
