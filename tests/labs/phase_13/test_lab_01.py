"""Lab 13.1: one right word among drawn ones."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.embed import log_sigmoid, negative_sampling_loss, noise
from minitorch import Tensor
from minitorch.testing import gradcheck

PAGE = "theory/01-yes-or-no.md"


def check_gradient(f, *arrays, what):
    try:
        gradcheck(f, [Tensor(a, requires_grad=True) for a in arrays])
    except AssertionError as error:
        expect_true(False, what=what, expected="gradients equal to central differences", got=str(error), idea="What does backward multiply the incoming gradient with?", page=PAGE)  # fmt: skip


def test_values_of_the_logarithm_of_the_sigmoid():
    x = np.array([[0.0, 2.0], [-2.0, 1e-8]])
    wanted = np.log(1 / (1 + np.exp(-x)))
    expect_close(log_sigmoid(Tensor(x)).data, wanted, tol=1e-12, what="log_sigmoid of 0, 2, -2 and 1e-8", idea="The logarithm of a probability: never above 0, and log(1/2) where the score says nothing.", page=PAGE)  # fmt: skip


def test_extreme_scores_stay_finite_in_both_precisions():
    for dtype in (np.float32, np.float64):
        x = Tensor(np.array([1e4, -1e4, 90.0, -90.0], dtype), requires_grad=True)
        with np.errstate(all="raise", under="ignore"):
            y = log_sigmoid(x)
            y.sum().backward()
        expect_close(y.data, [0, -1e4, 0, -90], tol=1e-6, what=f"log_sigmoid of 10000, -10000, 90, -90 in {dtype.__name__}", idea="For a very wrong answer the loss is the score itself. Which exponential must you never compute there?", page=PAGE)  # fmt: skip
        expect_close(x.grad, [0, 1, 0, 1], tol=1e-6, what=f"its gradient there in {dtype.__name__}", idea="How strongly does a score that is far on the wrong side pull? And one on the right side?", page=PAGE)  # fmt: skip
        expect_equal((y.dtype, x.grad.dtype), (np.dtype(dtype), np.dtype(dtype)), what="the dtypes of value and gradient", idea="What came in decides.", page=PAGE)  # fmt: skip


def test_the_gradient_at_zero_is_one_half():
    x = Tensor(np.zeros(3), requires_grad=True)
    log_sigmoid(x).backward(np.array([1.0, 2.0, -4.0]))
    expect_close(x.grad, [0.5, 1.0, -2.0], tol=1e-12, what="the gradient of log_sigmoid at 0 for upstream gradients 1, 2 and -4", idea="A training that starts with all scores at 0 begins exactly here.", page=PAGE)  # fmt: skip


def test_the_gradient_is_the_slope():
    x = np.random.default_rng(0).normal(scale=3, size=(3, 4))
    check_gradient(log_sigmoid, x, what="the gradient of log_sigmoid")


def test_noise_is_the_counts_raised_to_a_power():
    counts = np.array([100, 10, 1])
    for power in (0.75, 1.0, 0.0, 0.5):
        raised = counts**power
        expect_close(noise(counts, power), raised / raised.sum(), tol=1e-12, what=f"noise of counts 100, 10, 1 with power {power}", idea="In proportion to, so that they sum to one.", page=PAGE)  # fmt: skip
    expect_close(noise(counts), noise(counts, 0.75), tol=1e-12, what="noise without a power", idea="Which power did word2vec settle on?", page=PAGE)  # fmt: skip
    expect_equal(str(noise([3, 1]).dtype), "float64", what="the dtype for integers", idea="Probabilities.", page=PAGE)  # fmt: skip


def test_a_word_that_never_occurs_is_never_drawn():
    for power in (0.75, 0.0, -1.0):
        expect_equal(noise([4, 0, 4], power)[1], 0.0, what=f"the probability of a word with count 0, power {power}", idea="What is 0 to the power 0 in floating point?", page=PAGE)  # fmt: skip


def random_batch(batch=3, negatives=4, d=5, scale=1.0):
    rng = np.random.default_rng(1)
    return [
        rng.normal(scale=scale, size=s) for s in ((batch, d), (batch, d), (batch, negatives, d))
    ]


def by_definition(hidden, right, wrong):
    total = 0.0
    for h, r, negatives in zip(hidden, right, wrong, strict=True):
        total -= np.log(1 / (1 + np.exp(-(h @ r))))
        for w in negatives:
            total -= np.log(1 - 1 / (1 + np.exp(-(h @ w))))
    return total / len(hidden)


def test_the_loss_is_that_of_all_its_questions():
    arrays = random_batch()
    got = negative_sampling_loss(*(Tensor(a) for a in arrays))
    expect_equal(got.shape, (), what="the shape of the loss", idea="One number for a batch.", page=PAGE)  # fmt: skip
    expect_close(got.item(), by_definition(*arrays), tol=1e-10, what="the loss of three rows with four negatives", idea="For each row one yes and four no's; over the rows the mean.", page=PAGE)  # fmt: skip


def test_vectors_of_zero_know_nothing():
    for negatives in (1, 5):
        zeros = [np.zeros(s) for s in ((2, 3), (2, 3), (2, negatives, 3))]
        got = negative_sampling_loss(*(Tensor(a) for a in zeros)).item()
        expect_close(got, (1 + negatives) * np.log(2), tol=1e-12, what=f"the loss of zeros with {negatives} negatives", idea="How many questions, each answered by a coin?", page=PAGE)  # fmt: skip


def test_the_loss_falls_towards_zero_where_all_answers_are_right():
    h = np.array([[30.0, 0.0]])
    got = negative_sampling_loss(Tensor(h), Tensor(h), Tensor(-h[:, None]))
    expect_true(got.item() < 1e-12, what="the loss of a target that points along and a negative that points away", expected="nearly 0", got=got.item(), idea="Which sign do negatives want?", page=PAGE)  # fmt: skip
    got = negative_sampling_loss(Tensor(h), Tensor(-h), Tensor(h[:, None]))
    expect_close(got.item(), 1800.0, tol=1e-9, what="the loss of the two exchanged", idea="Both answers are wrong by a score of 900.", page=PAGE)  # fmt: skip


def test_every_vector_gets_its_gradient():
    check_gradient(
        negative_sampling_loss,
        *random_batch(),
        what="the gradients of the three arguments of the loss",
    )


def test_counts_that_are_none_are_refused():
    for counts in ([], [0, 0], [3, -1], [3, np.nan], [3, np.inf], [[1, 2]]):
        with expect_raises(ValueError, mentions="counts", what=f"noise of the counts {counts}", idea="What would the probabilities sum to?", page=PAGE):  # fmt: skip
            noise(counts)
