"""Lab 07.3: the gradient check accepts what is right, refuses what is wrong, and leaves no trace."""

import contextlib
import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.gradcheck import central_difference, gradcheck
from minigrad.scalar import Value, dot

CHECKING = "theory/06-gradient-checking.md"


def sign_bug(a, b):
    """a - b whose local derivative to b has the wrong sign."""
    return Value(a.data - b.data, (a, b), "-", (1.0, 1.0))


def skip(x):
    """h + 9 h with h = 2 x: a short and a long way from h to the result."""
    h = x * 2.0
    return h + h * 3.0 * 3.0


def test_the_difference_is_central():
    expect_close(
        central_difference(lambda x: x**3, (Value(1.0),), 0, eps=0.1),
        3.01,
        tol=1e-9,
        what="the central difference of x^3 at 1 with a step of 0.1",
        idea="How far apart are the two places at which you look? A look to one side alone would give 3.31.",
        page=CHECKING,
    )
    inputs = (Value(2.0), Value(5.0))
    got = [central_difference(lambda a, b: a * b, inputs, i, 1e-5) for i in (0, 1)]
    expect_close(
        got,
        [5.0, 2.0],
        tol=1e-6,
        what="the central differences of a * b at 2, 5",
        idea="Move only the input at `index`; the others stay.",
        page=CHECKING,
    )
    single = central_difference(lambda x: x * x, (Value(1.0),), 0, eps=np.float32(1e-4))
    expect_close(
        single,
        2.0,
        tol=1e-6,
        what="the central difference of x * x at 1 with eps = np.float32(1e-4)",
        idea="A float plus a float32 has seven digits. How many of them are left in the difference?",
        page=CHECKING,
    )


def test_the_inputs_are_put_back_to_the_last_bit():
    x = Value(0.000001)
    central_difference(lambda v: v * v, (x,), 0, eps=1e-5)
    expect_equal(
        x.data,
        0.000001,
        what="x.data afterwards, 0.000001 before",
        idea="Is x - eps + eps always x, to the last bit? What is?",
        page=CHECKING,
    )


def test_the_inputs_are_put_back_even_if_f_raises():
    x = Value(0.000001)
    with contextlib.suppress(ValueError):
        central_difference(lambda v: v.log(), (x,), 0, eps=1e-5)
    expect_equal(
        x.data,
        0.000001,
        what="x.data after f raised on the way",
        idea="try ... finally: a check that moves your weights when it fails is worse than none.",
        page=CHECKING,
    )


def test_every_operation_passes():
    a, b = (2.5, -1.3), (0.7,)
    for what, f, at in [
        ("a + b", lambda x, y: x + y, a),
        ("a - b", lambda x, y: x - y, a),
        ("a * b", lambda x, y: x * y, a),
        ("a / b", lambda x, y: x / y, a),
        ("a / (b + 1)", lambda x, y: x / (y + 1.0), a),
        ("-a", lambda x: -x, b),
        ("a ** 3", lambda x: x**3, b),
        ("a ** 0.5", lambda x: x**0.5, b),
        ("exp", Value.exp, b),
        ("log", Value.log, b),
        ("tanh", Value.tanh, b),
        ("relu", Value.relu, b),
        ("relu(a*b + c)", lambda x, y, z: (x * y + z).relu(), (2.5, -1.3, 4.0)),
        ("dot", lambda x, y, z: dot([x, y], [z, 2.0], x), (2.5, -1.3, 4.0)),
        ("the diamond", lambda x, y, z: (x * y + z) * (x - z), (2.0, 3.0, 4.0)),
        ("a skip around two steps", skip, (1.0,)),
    ]:
        expect_true(
            gradcheck(f, tuple(Value(v) for v in at)) is True,
            what=f"gradcheck of {what}",
            expected="True",
            got="something else",
            idea="Two numbers for each input, from two sources: which two, and what does it say if all agree?",
            page=CHECKING,
        )


def test_a_wrong_sign_is_found_and_named():
    with expect_raises(
        AssertionError,
        what="gradcheck of a - b with the wrong sign for b",
        idea="Say which input: counting from 0, b is input 1.",
        page=CHECKING,
        mentions="input 1",
    ):
        gradcheck(sign_bug, (Value(2.0), Value(3.5)))
    message = ""
    try:
        gradcheck(lambda a, b: sign_bug(a, b) * 6.0, (Value(2.0), Value(3.5)))
    except AssertionError as error:
        message = str(error)
    expect_true(
        all(
            part in message for part in ("numerical -6", "analytic 6", "abs diff 12", "rel diff 2")
        ),
        what="the message for d(6 (a - b))/db with the wrong sign",
        expected="numerical -6, analytic 6, abs diff 12, rel diff 2, in these words",
        got=message,
        idea="Whoever reads it decides from these four numbers whether it is a sign, a factor or noise.",
        page=CHECKING,
    )


def test_the_first_input_that_disagrees_is_named():
    def both_wrong(a, b):
        return Value(a.data - b.data, (a, b), "-", (2.0, 1.0))

    with expect_raises(
        AssertionError,
        what="gradcheck of a - b with two wrong derivatives",
        idea="Two inputs disagree: which one does the message name?",
        page=CHECKING,
        mentions="input 0",
    ):
        gradcheck(both_wrong, (Value(2.0), Value(3.5)))


def test_a_gradient_where_none_is_measured():
    with expect_raises(
        AssertionError,
        what="gradcheck of a constant that claims a slope of 1",
        idea="A share of nothing can't be computed. What does the message say then?",
        page=CHECKING,
        mentions="numerical 0",
    ):
        gradcheck(lambda x: Value(7.0, (x,), "7", (1.0,)), (Value(1.0),))


def test_f_is_called_as_often_as_promised():
    seen = []

    def product(a, b):
        seen.append((a.data, b.data))
        return a * b

    gradcheck(product, (Value(2.0), Value(4.0)), eps=0.5)
    expect_equal(
        sorted(seen),
        [(1.5, 4.0), (2.0, 3.5), (2.0, 4.0), (2.0, 4.5), (2.5, 4.0)],
        what="where gradcheck of a * b at 2, 4 evaluates with a step of 0.5",
        idea="Two looks for each input, and one run for the walk. Whose step is it?",
        page=CHECKING,
    )


def test_a_forgotten_path_is_found():
    def last_path_only(a, b):
        product = a * b
        return Value(product.data + a.data, (product, a), "+", (1.0, 0.0))

    with expect_raises(
        AssertionError,
        what="gradcheck of a*b + a where the second path to a is lost",
        idea="A difference sees the whole of f, along every path.",
        page=CHECKING,
    ):
        gradcheck(last_path_only, (Value(2.0), Value(3.0)))


def test_tolerances_are_atol_plus_rtol_times_the_size():
    def off_by(relative):
        return lambda x: Value(1000 * x.data, (x,), "1000 a", (1000 * (1 + relative),))

    expect_true(
        gradcheck(off_by(5e-4), (Value(1.0),)),
        what="a gradient of 1000 that is off by 0.5",
        expected="accepted: a thousandth of 1000 is 1",
        got="refused",
        idea="For a gradient of 1000, which of the two tolerances counts, and how much does it allow?",
        page=CHECKING,
    )
    negative = Value(-1.0)
    expect_true(
        gradcheck(lambda x: off_by(5e-4)(x) * -1.0, (negative,)),
        what="a gradient of -1000 that is off by 0.5",
        expected="accepted, as for 1000",
        got="refused",
        idea="How large is -1000?",
        page=CHECKING,
    )
    with expect_raises(
        AssertionError,
        what="a gradient of 500 that claims to be 1000, with rtol=0.6",
        idea="The tolerance grows with the witness's number, not with the number of the suspect: which of the two is which?",
        page=CHECKING,
    ):
        gradcheck(lambda x: Value(500 * x.data, (x,), "500 a", (1000.0,)), (Value(1.0),), rtol=0.6)
    expect_true(
        gradcheck(lambda x: Value(0.0, (x,), "flat", (5e-5,)), (Value(1.0),)),
        what="a gradient of 0.00005 where 0 is measured",
        expected="accepted: it is below atol",
        got="refused",
        idea="A share of nothing is nothing. Which of the two tolerances is left?",
        page=CHECKING,
    )
    for what, f, options in [
        ("off by 2", off_by(2e-3), {}),
        ("off by 0.5, with rtol=1e-4", off_by(5e-4), {"rtol": 1e-4}),
    ]:
        with expect_raises(
            AssertionError,
            what=f"a gradient of 1000 that is {what}",
            idea="For a gradient of 1000, which of the two tolerances counts, and how much does it allow?",
            page=CHECKING,
        ):
            gradcheck(f, (Value(1.0),), **options)


def test_not_a_number_never_passes():
    with expect_raises(
        AssertionError,
        what="a gradient that is nan",
        idea="nan > tolerance is False, so `if diff > tolerance: raise` lets nan through. "
        "Ask `if not diff <= tolerance`.",
        page=CHECKING,
    ):
        gradcheck(lambda x: Value(x.data, (x,), "bad", (math.nan,)), (Value(1.0),))
    with expect_raises(
        AssertionError,
        what="a function whose value is nan, with a gradient of 1",
        idea="The witness says nan. Does that agree with 1?",
        page=CHECKING,
    ):
        gradcheck(lambda x: Value(math.nan, (x,), "bad", (1.0,)), (Value(1.0),))


def test_old_gradients_do_not_count():
    two = (Value(3.0), Value(4.0))
    two[1].grad = 100.0
    expect_true(
        gradcheck(lambda a, b: a * b, two),
        what="gradcheck of a * b with b.grad = 100 beforehand",
        expected="True",
        got="False",
        idea="Whose gradients does the walk add to?",
        page=CHECKING,
    )
    x = Value(3.0)
    x.grad = 100.0
    expect_true(
        gradcheck(lambda v: v * v, (x,)),
        what="gradcheck of x * x with x.grad = 100 beforehand",
        expected="True",
        got="False",
        idea="backward() adds. To what?",
        page=CHECKING,
    )
    expect_close(
        x.grad,
        6.0,
        tol=1e-12,
        what="x.grad afterwards",
        idea="One backward pass, so the analytic gradient stands there, once.",
        page=CHECKING,
    )


def test_a_check_of_nothing_is_refused():
    for what, inputs, options in [
        ("without inputs", (), {}),
        ("with a step of 0", (Value(1.0),), {"eps": 0.0}),
        ("with a negative step", (Value(1.0),), {"eps": -1e-5}),
        ("with a step of nan", (Value(1.0),), {"eps": math.nan}),
    ]:
        with expect_raises(
            ValueError,
            what=f"gradcheck {what}",
            idea="A check that can't fail is worse than none.",
            page=CHECKING,
        ):
            gradcheck(lambda *v: Value(1.0), inputs, **options)
