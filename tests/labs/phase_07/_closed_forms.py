"""An operation against its closed form, and what its result remembers: the witness of labs 07.1 and 07.4."""

from given.checking import expect_close, expect_true
from minigrad.scalar import Value

GRAPHS = "theory/01-computation-graphs.md"
RULES = "theory/02-local-derivatives.md"


def check(what, f, at, value, *gradients, idea):
    """f(*Values) at the point `at`: its value, and its gradient with respect to each input."""
    inputs = [Value(x) for x in at]
    result = f(*inputs)
    expect_close(result.data, value, tol=1e-12, what=f"the value of {what}", idea=idea, page=RULES)
    result.backward()
    for i, (x, wanted) in enumerate(zip(inputs, gradients, strict=True)):
        which = f"the gradient of {what}" + (f" for operand {i}" if len(inputs) > 1 else "")
        expect_close(x.grad, wanted, tol=1e-12, what=which, idea=idea, page=RULES)


def remembers(what, result, x):
    """The result of an operation names x among what it was made from, and has a label."""
    expect_true(
        bool(result._op) and x in result._prev,
        what=f"_prev and _op of {what}",
        expected="x among the operands, and a non-empty label",
        got=[result._prev, result._op],
        idea="A result remembers what it was made from; drawings show the label.",
        page=GRAPHS,
    )
