"""Lab 14.4: the gradient through time, and training in spans."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.rnn import (
    LSTMCell,
    RecurrentLM,
    RNNCell,
    detached,
    gradient_norms,
    train_truncated,
    unroll,
)
from minitorch import Tensor
from minitorch import functional as F
from minitorch.nn import Parameter
from minitorch.optim import SGD

TIME = "theory/05-the-way-back.md"
SPANS = "theory/07-spans.md"


def made(kind, inputs=2, hidden=4, seed=0):
    cell = kind(inputs, hidden, rng=np.random.default_rng(seed))
    for name, p in list(cell.named_parameters()):
        setattr(cell, name, Parameter(p.numpy().astype(np.float64)))
    return cell


def drawn(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def model_of(kind=RNNCell, seed=0, vocab=5):
    rng = np.random.default_rng(seed)
    return RecurrentLM(vocab, 3, kind(3, 6, rng=rng), rng=rng)


def test_the_state_goes_on_as_numbers():
    x = Tensor(drawn(2, 3), requires_grad=True)
    state = (x * 2, x + 1)
    got = detached(state)
    expect_equal(len(got), 2, what="states", idea="All of them.", page=SPANS)
    for a, b in zip(got, state, strict=True):
        expect_close(a, b.numpy(), tol=0, what="the numbers", idea="They stay.", page=SPANS)
        expect_equal(a.requires_grad, False, what="whether a gradient goes through", idea="The graph ends here.", page=SPANS)  # fmt: skip


def test_an_rnns_gradient_is_multiplied_at_every_step():
    cell, x, last = made(RNNCell), Tensor(drawn(7, 3, 2)), drawn(3, 4, seed=2)
    outputs, _ = unroll(cell, x)
    w, h, back = cell.weight_hh.numpy(), outputs.numpy(), last
    want = [np.linalg.norm(back)]
    for t in range(6, -1, -1):
        back = (back * (1 - h[t] ** 2)) @ w
        want.append(np.linalg.norm(back))
    got = gradient_norms(cell, x, last)
    expect_equal(np.shape(got), (8,), what="shape for T = 7", idea="The state before the first step, and after each.", page=TIME)  # fmt: skip
    expect_close(got, np.array(want[::-1]), tol=1e-9, what="norms by a loop in NumPy, last step last", idea="One step back is one factor. Of a whole batch: the norm of all rows together.", page=TIME)  # fmt: skip


def test_an_lstms_gradient_has_two_ways_back():
    cell, x, last = made(LSTMCell), Tensor(drawn(5, 3, 2)), drawn(3, 4, seed=2)
    got = gradient_norms(cell, x, last)
    for t in range(6):
        state = cell.start(3)
        if t:
            _, state = unroll(cell, x[:t])
        marked = tuple(Tensor(s.numpy(), requires_grad=True) for s in state)
        end = marked
        if t < 5:
            _, end = unroll(cell, x[t:], marked)
        end[0].backward(last)
        want = math.sqrt(sum(float((s.grad**2).sum()) for s in marked if s.grad is not None))
        expect_close(got[t], want, tol=1e-9, what=f"norm of the gradient by the state after {t} of 5 steps, LSTM", idea="By h and by c, as one long vector. After the last step the loss sees h alone.", page=TIME)  # fmt: skip


def test_the_norms_end_with_what_was_handed_in():
    for kind in (RNNCell, LSTMCell):
        last = drawn(3, 4, seed=2)
        got = gradient_norms(made(kind), Tensor(drawn(1, 3, 2)), last)
        expect_close(got[-1], np.linalg.norm(last), tol=1e-9, what=f"the last norm, {kind.__name__}, T = 1", idea="No step back yet.", page=TIME)  # fmt: skip
        scaled = gradient_norms(made(kind), Tensor(drawn(1, 3, 2)), 3 * last)
        expect_close(scaled, 3 * got, tol=1e-9, what="norms for three times the gradient", idea="The way back is linear.", page=TIME)  # fmt: skip


def test_very_small_gradients_are_still_numbers():
    cell = made(RNNCell)
    cell.weight_hh = Parameter(np.eye(4) * 1e-3)
    cell.bias_ih = cell.bias_hh = Parameter(np.zeros(4))
    got = gradient_norms(cell, Tensor(np.zeros((60, 1, 2))), np.ones((1, 4)))
    expect_close(np.log10(got[0]), math.log10(2) - 180, tol=1e-6, what="log10 of the norm after sixty factors of 0.001", idea="Squared it would be 1e-360. In which order are the squares, the sum and the root safe?", page=TIME)  # fmt: skip


def test_looking_changes_no_parameters_gradient():
    cell = made(RNNCell)
    cell.weight_hh.grad = np.full((4, 4), 7.0)
    gradient_norms(cell, Tensor(drawn(3, 2, 2)), drawn(2, 4))
    expect_close(cell.weight_hh.grad, np.full((4, 4), 7.0), tol=0, what="a gradient that was there before", idea="A look between two steps of training must leave it.", page=TIME)  # fmt: skip
    expect_true(cell.weight_ih.grad is None, what="a gradient that was None", expected="None", got="an array", idea="backward adds to every leaf that it meets.", page=TIME)  # fmt: skip


def test_a_way_back_that_does_not_fit_is_refused():
    cell, x = made(RNNCell), Tensor(drawn(3, 2, 2))
    for last in (drawn(3, 4), drawn(2, 3), np.full((2, 4), math.nan), np.full((2, 4), math.inf)):
        with expect_raises(ValueError, mentions="last must be (2, 4) and finite", what=f"gradient_norms with last {last.shape}, {last.flat[0]:.3}", idea="A gradient for each number of the last h.", page=TIME):  # fmt: skip
            gradient_norms(cell, x, last)
    with expect_raises(ValueError, mentions="T above 0", what="gradient_norms of no step", idea="As unroll.", page=TIME):  # fmt: skip
        gradient_norms(cell, Tensor(np.zeros((0, 2, 2))), drawn(2, 4))


def test_the_model_looks_up_unrolls_and_scores():
    for kind in (RNNCell, LSTMCell):
        model, ids = model_of(kind), np.array([[0, 1], [2, 3], [4, 0]])
        logits, state = model(ids)
        outputs, want = unroll(model.cell, model.embedding(ids))
        expect_equal(logits.shape, (3, 2, 5), what="shape of the logits", idea="For each place of each text, a score a token.", page=SPANS)  # fmt: skip
        expect_close(logits, model.head(outputs).numpy(), tol=1e-6, what="the logits", idea="Embedding, cell, head.", page=SPANS)  # fmt: skip
        for a, b in zip(state, want, strict=True):
            expect_close(a, b.numpy(), tol=1e-6, what="the state", idea="That of the cell.", page=SPANS)  # fmt: skip
        rest, _ = model(ids[1:], model(ids[:1])[1])
        expect_close(rest, logits.numpy()[1:], tol=1e-5, what="the logits from a state on", idea="Hand the state to the cell.", page=SPANS)  # fmt: skip


def test_the_models_parts():
    model = model_of(vocab=500)
    shapes = {name: p.shape for name, p in model.named_parameters()}
    expect_equal(shapes, {"embedding.weight": (500, 3), "cell.weight_ih": (6, 3), "cell.weight_hh": (6, 6), "cell.bias_ih": (6,), "cell.bias_hh": (6,), "head.weight": (500, 6), "head.bias": (500,)}, what="the parameters", idea="Each part under its name.", page=SPANS)  # fmt: skip
    expect_close(float(model.embedding.weight.data.std()), 1.0, tol=0.1, what="standard deviation of the embedding", idea="1: an RNN's input should be of the size of its state.", page=SPANS)  # fmt: skip
    for part in ("embedding", "head"):
        same = [getattr(model_of(seed=seed), part).weight.numpy() for seed in (0, 0, 1)]
        expect_equal((bool((same[0] == same[1]).all()), bool((same[0] == same[2]).all())), (True, False), what=f"{part} with the same generator, and with another", idea="Draw with the generator that was handed over.", page=SPANS)  # fmt: skip
    with expect_raises(ValueError, mentions="a cell of 4 inputs", what="a cell of 3 inputs for vectors of 4", idea="Say it before a product does.", page=SPANS):  # fmt: skip
        RecurrentLM(5, 4, RNNCell(3, 6))


def by_hand(model, ids, span, lr, clip):
    """Spans as the page says them, step by step, with one optimizer step each."""
    losses, state = [], None
    for at in range(0, len(ids) - 1, span):
        end = min(at + span, len(ids) - 1)
        logits, state = model(ids[at:end], state)
        state = tuple(Tensor(s.numpy()) for s in state)
        loss = F.cross_entropy(logits, ids[at + 1 : end + 1])
        model.zero_grad()
        loss.backward()
        norm = math.sqrt(sum(float((p.grad.astype(float) ** 2).sum()) for p in model.parameters()))
        for p in model.parameters():
            p.data = p.numpy() - lr * p.grad * min(1.0, clip / (norm + 1e-6))
        losses.append(loss.item())
    return losses


def test_a_pass_is_spans_with_a_step_each():
    ids = np.random.default_rng(4).integers(0, 5, (11, 2))
    for kind in (RNNCell, LSTMCell):
        for span, clip in ((3, 1.0), (4, 0.05), (1, 1.0), (10, 1.0), (50, 1.0)):
            one, other = model_of(kind), model_of(kind)
            got = train_truncated(one, ids, SGD(one.parameters(), lr=0.5), span, clip)
            want = by_hand(other, ids, span, 0.5, clip)
            expect_close(got, want, tol=1e-5, what=f"losses of 10 targets in spans of {span}, clipped to {clip}, {kind.__name__}", idea="Each token is the target of the one before; the state goes on, its graph doesn't; the last span may be short; a step after each.", page=SPANS)  # fmt: skip
            for (name, a), (_, b) in zip(one.named_parameters(), other.named_parameters(), strict=True):  # fmt: skip
                expect_close(a, b.numpy(), tol=1e-4, what=f"{name} after the pass, spans of {span}, clipped to {clip}", idea="Zero, backward, clip, step; for each span.", page=SPANS)  # fmt: skip


def test_the_norm_is_clipped_to_one_if_nobody_says():
    ids = np.random.default_rng(4).integers(0, 5, (11, 2))
    one, other = model_of(), model_of()
    for model in (one, other):
        model.head.weight.data = model.head.weight.numpy() * 40
    train_truncated(one, ids, SGD(one.parameters(), lr=0.5), 5)
    by_hand(other, ids, 5, 0.5, 1.0)
    expect_close(one.head.bias, other.head.bias.numpy(), tol=1e-4, what="the head's bias after a pass with large gradients", idea="clip is 1 unless somebody says otherwise.", page=SPANS)  # fmt: skip


def test_a_list_of_lists_will_do():
    model = model_of()
    got = train_truncated(model, [[0, 1], [2, 3], [4, 0]], SGD(model.parameters(), lr=0.1), 2)
    expect_equal((len(got), type(got[0])), (1, float), what="losses of two targets in a span of two", idea="One float for each span.", page=SPANS)  # fmt: skip


def test_what_cannot_be_trained_on_is_refused():
    model = model_of()
    before = model.state_dict()
    for ids, span, word in (
        (np.zeros(5, np.int64), 2, "(T + 1, B)"),
        (np.zeros((1, 2), np.int64), 2, "(T + 1, B)"),
        (np.zeros((0, 2), np.int64), 2, "(T + 1, B)"),
        (np.zeros((5, 0), np.int64), 2, "(T + 1, B)"),
        (np.zeros((5, 2), np.int64), 0, "span"),
        (np.zeros((5, 2), np.int64), 2.0, "span"),
        (np.zeros((5, 2), np.int64), True, "span"),
        (np.array([[0], [1], [2], [5]]), 1, "id 5 at (3, 0)"),
        (np.array([[0, 0], [1, -1], [2, 5]]), 1, "id -1 at (1, 1)"),
        (np.zeros((5, 2)), 2, "integers"),
    ):
        with expect_raises(ValueError, mentions=word, what=f"train_truncated with ids {ids.shape} and span {span!r}", idea="A first token, and at least one to predict.", page=SPANS):  # fmt: skip
            train_truncated(model, ids, SGD(model.parameters(), lr=0.1), span)
    for clip in (0.0, -1.0, math.nan):
        with expect_raises(ValueError, mentions="clip", what=f"train_truncated with clip {clip}", idea="How long may a gradient be?", page=SPANS):  # fmt: skip
            train_truncated(
                model, np.zeros((5, 2), np.int64), SGD(model.parameters(), lr=0.1), 2, clip
            )
    for name, array in model.state_dict().items():
        expect_close(array, before[name], tol=0, what=f"{name} after the errors", idea="Nothing was trained.", page=SPANS)  # fmt: skip
