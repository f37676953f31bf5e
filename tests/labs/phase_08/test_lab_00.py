"""Lab 08.0: a tensor, its graph and the walk back. The operations here are made by hand."""

import gc
import weakref

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch.tensor import Tensor, detect_anomaly, no_grad, record, topological_order

from ._differences import back

WALK = "theory/00-the-walk-of-arrays.md"
TURN = "When it is a tensor's turn, what has come for it, and from whom?"


def times(x, factor):
    return record(x._data * factor, "times", (x,), lambda g: (g * factor,))


def plus(x, y):
    return record(x._data + y._data, "plus", (x, y), lambda g: (g, g))


def test_a_leaf_is_made_of_its_numbers_and_nothing_else():
    t = Tensor(np.array([1.0, 2.0]))
    expect_equal(
        (
            t.data.tolist(),
            t.grad,
            t.requires_grad,
            t._inputs,
            t._op,
            t._stamps,
            t._keeps,
            t._version,
        ),
        ([1.0, 2.0], None, False, (), "", (), False, 0),
        what="data, grad, requires_grad, _inputs, _op, _stamps, _keeps and _version of Tensor([1, 2])",
        idea="A leaf has no history and no gradient yet: None, not zeros.",
        page=WALK,
    )
    expect_equal(
        Tensor([1, 2], requires_grad=True).requires_grad,
        True,
        what="requires_grad when asked for",
        idea="The constructor keeps what it is given.",
        page=WALK,
    )


def test_a_result_joins_the_graph_if_an_input_needs_it():
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2))
    c = plus(a, b)
    expect_equal(
        (c.requires_grad, c._op, c._inputs == (a, b), plus(b, b).requires_grad, plus(b, b)._inputs),
        (True, "plus", True, False, ()),
        what="requires_grad, _op and _inputs of a + b, where only a needs a gradient; then of b + b",
        idea="Can anybody ask for the gradient of an input? If nobody can, what would the inputs be kept for?",
        page=WALK,
    )
    expect_equal(
        (plus(b, a).requires_grad, plus(a, a).requires_grad),
        (True, True),
        what="requires_grad of b + a, and of a + a",
        idea="Does it matter on which side the tensor stands that needs a gradient?",
        page=WALK,
    )


def test_nothing_is_recorded_under_no_grad():
    a = Tensor(np.ones(2), requires_grad=True)
    with no_grad():
        c = times(a, 3.0)
    expect_equal(
        (c.requires_grad, c._inputs, times(a, 3.0).requires_grad),
        (False, (), True),
        what="requires_grad and _inputs of a result under no_grad, and requires_grad after it",
        idea="Who knows whether a graph is wanted at the moment? Ask before anything is noted.",
        page=WALK,
    )


def test_integers_never_join():
    a = Tensor(np.ones(3), requires_grad=True)
    which = record(np.argmax(a._data), "argmax", (a,), lambda g: (None,))
    expect_equal(
        which.requires_grad,
        False,
        what="requires_grad of an integer result",
        idea="If the input moves a little, by how much does the place of its largest number move?",
        page=WALK,
    )


def test_the_result_of_a_recorded_operation_cannot_be_written_to():
    c = times(Tensor(np.ones(2), requires_grad=True), 3.0)
    expect_equal(
        c.data.flags.writeable,
        False,
        what="whether a result's array can be changed",
        idea="Who else may need these very numbers, and when? NumPy can lock an array.",
        page=WALK,
    )
    free = times(Tensor(np.ones(2)), 3.0)
    expect_equal(
        free.data.flags.writeable,
        True,
        what="whether the array of a result that joined no graph can be changed",
        idea="Nobody will ask for these numbers again. What is there to protect?",
        page=WALK,
    )


def test_the_version_of_every_input_is_noted():
    a = Tensor(np.ones(2), requires_grad=True)
    a.data = np.zeros(2)
    expect_equal(
        times(a, 3.0)._stamps,
        (1,),
        what="_stamps of a result whose input was assigned once",
        idea="How does backward find out later that an input was assigned in between?",
        page=WALK,
    )
    b = Tensor(np.ones(2), requires_grad=True)
    expect_equal(
        plus(b, a)._stamps,
        (0, 1),
        what="_stamps of b + a, where a was assigned once and b never",
        idea="One for each input, in their order.",
        page=WALK,
    )


def test_an_edit_past_the_counter_is_seen_by_detect_anomaly():
    a = Tensor(np.ones(2), requires_grad=True)
    with (
        detect_anomaly(),
        expect_raises(
            RuntimeError,
            mentions="changed in place",
            what="backward under detect_anomaly after a.data[0] = 5, which no counter sees",
            idea="While _watching is on, what is noted of an input: its count, or what _stamp (given) says of it?",
            page=WALK,
        ),
    ):
        b = times(a, 3.0)
        a.data[0] = 5.0
        b.backward(np.ones(2))


def test_inputs_come_before_their_users():
    a = Tensor(1.0, requires_grad=True)
    b, c = times(a, 2.0), times(a, 3.0)
    d = plus(plus(b, c), b)
    order = topological_order(d)
    places = {id(t): i for i, t in enumerate(order)}
    expect_equal(
        (
            len(order),
            order[-1] is d,
            all(places[id(i)] < places[id(t)] for t in order for i in t._inputs),
        ),
        (5, True, True),
        what="how many tensors are in the order, whether the root is last, and whether inputs come before users",
        idea="In a diamond, when is it a tensor's turn? Draw the four nodes.",
        page=WALK,
    )


def test_constants_are_left_out_of_the_order():
    a, k = Tensor(1.0, requires_grad=True), Tensor(5.0)
    expect_equal(
        len(topological_order(plus(a, k))),
        2,
        what="how many tensors of a + constant are walked",
        idea="Will anybody ask the constant for its gradient?",
        page=WALK,
    )


def test_a_deep_graph_needs_no_recursion():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5000):
        y = times(y, 1.0)
    back(y, None, what="5,000 operations in a row", idea=TURN, page=WALK)
    expect_close(
        x.grad,
        np.asarray(1.0),
        tol=1e-12,
        what="the gradient through 5,000 operations",
        idea="Python's stack ends at a thousand calls. What would a stack of your own have to hold?",
        page=WALK,
    )


def test_every_path_adds_its_part():
    a = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    h = times(a, 2.0)
    out = plus(plus(h, times(h, 9.0)), a)
    back(out, np.array([1.0, 10.0]), what="h + 9 h + a", idea=TURN, page=WALK)
    expect_close(
        a.grad,
        np.array([21.0, 210.0]),
        tol=1e-12,
        what="the gradient of h + 9 h + a with h = 2 a",
        idea="What has come together for h when its turn comes? It has two users.",
        page=WALK,
    )


def test_a_second_backward_adds_to_the_first():
    a = Tensor(np.ones(2), requires_grad=True)
    for _ in range(2):
        times(a, 3.0).backward(np.ones(2))
    kept = a.grad
    expect_close(
        a.grad,
        np.full(2, 6.0),
        tol=1e-12,
        what="a leaf's gradient after two walks without zero_grad",
        idea="A second loss has sent its part. Where is the first one's?",
        page=WALK,
    )
    times(a, 3.0).backward(np.ones(2))
    expect_equal(
        (kept.tolist(), a.grad.tolist()),
        ([6.0, 6.0], [9.0, 9.0]),
        what="what somebody noted of a.grad before a third walk, and a.grad after it",
        idea="Whoever keeps the gradient of a step for a plot keeps an array. May the next walk write into it?",
        page=WALK,
    )


def test_no_two_tensors_share_a_gradient():
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    seed = np.ones(2)
    plus(a, b).backward(seed)
    a.grad *= 100
    expect_equal(
        (b.grad.tolist(), seed.tolist()),
        ([1.0, 1.0], [1.0, 1.0]),
        what="b's gradient and the seed after a's gradient was scaled",
        idea="plus hands the same array to both. Who owns it then?",
        page=WALK,
    )
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    seed = np.ones(2)
    plus(plus(a, b), a).backward(seed)
    expect_equal(
        (a.grad.tolist(), b.grad.tolist(), seed.tolist()),
        ([2.0, 2.0], [1.0, 1.0], [1.0, 1.0]),
        what="the gradients of a and b for (a + b) + a, and the seed afterwards",
        idea="One array came for a, for a + b, and from there for b. Two parts meet at a: into which array do they go?",
        page=WALK,
    )


def test_a_gradient_is_an_array_of_its_tensors_shape_and_dtype():
    a = Tensor(2.0, requires_grad=True, dtype=np.float64)
    for _ in range(2):
        times(a, 3.0).backward()
    expect_equal(
        (type(a.grad).__name__, np.shape(a.grad), str(a.grad.dtype)),
        ("ndarray", (), "float64"),
        what="type, shape and dtype of the gradient of a tensor of shape () after two walks",
        idea="NumPy's sum of two arrays of shape () is a bare number. What did grad promise to be?",
        page=WALK,
    )
    came = []
    h = record(a._data * 1.0, "look", (a,), lambda g: (came.append(type(g).__name__), g)[1:])
    plus(h, h).backward()
    expect_equal(
        came,
        ["ndarray"],
        what="what the function of a result of shape () with two uses is handed",
        idea="Two parts were added for it. Are they an array still?",
        page=WALK,
    )
    single = Tensor(np.ones(2, np.float32), requires_grad=True)
    record(single._data * np.float64(2), "mixed", (single,), lambda g: (g * np.ones(2),)).backward(
        np.ones(2)
    )
    expect_equal(
        str(single.grad.dtype),
        "float32",
        what="dtype of a float32 leaf's gradient where an operation made a float64 one",
        idea="_checked_part (given) brings each part into the dtype of the tensor that it is for.",
        page=WALK,
    )
    with expect_raises(
        RuntimeError,
        mentions="gradient of shape (3,) for an input of (2,)",
        what="an operation that hands a (3,) gradient to a (2,) input",
        idea="Who looks at each part (_checked_part is given), and before what?",
        page=WALK,
    ):
        record(single._data * 1.0, "wrong", (single,), lambda g: (np.ones(3),)).backward(np.ones(2))


def test_a_function_may_hand_nothing_on():
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    c = times(b, 3.0)
    out = record(a._data + c._data, "only the first", (a, c), lambda g: (g, None))
    back(out, np.ones(2), what="an operation that hands (g, None) on", idea=TURN, page=WALK)
    expect_equal(
        (np.asarray(a.grad).tolist(), b.grad),
        ([1.0, 1.0], None),
        what="the gradients of a and b, where an operation on a and 3 b hands (g, None) on",
        idea="Nothing came for 3 b. Then what does it hand to b?",
        page=WALK,
    )


def test_only_leaves_and_who_asks_keep_a_gradient():
    a = Tensor(np.ones(2), requires_grad=True)
    b = times(a, 2.0)
    c = times(b, 3.0)
    c.retain_grad()
    times(c, 1.0).backward(np.ones(2))
    expect_equal(
        (b.grad, c.grad.tolist()),
        (None, [1.0, 1.0]),
        what="grad of two inner results, the second after retain_grad()",
        idea="Who needs a gradient after the walk: which tensors can somebody step, and which asked?",
        page=WALK,
    )


def test_a_walked_graph_is_free():
    gc.collect()
    a = Tensor(np.ones(2), requires_grad=True)
    b = times(a, 2.0)
    gone = weakref.ref(b)
    root = times(b, 3.0)
    del b
    root.backward(np.ones(2))
    expect_true(
        gone() is None,
        what="an inner tensor after backward",
        expected="freed, because nothing refers to it any more",
        got="still alive",
        idea="After a node has handed on, what does it still refer to, and who refers to it?",
        page=WALK,
    )
    with expect_raises(
        RuntimeError,
        mentions="freed",
        what="a second backward on the same graph",
        idea="_freed stands in for the function of a walked node; backward looks for it first (given).",
        page=WALK,
    ):
        root.backward(np.ones(2))


def test_memory_shrinks_during_the_walk():
    gc.collect()
    a = Tensor(np.ones(2), requires_grad=True)
    alive = []
    b = record(a._data * 2.0, "look", (a,), lambda g: (alive.append(later() is not None), g)[1:])
    c = times(b, 3.0)
    later = weakref.ref(c)
    root = times(c, 5.0)
    del b, c
    root.backward(np.ones(2))
    expect_equal(
        alive,
        [False],
        what="whether a tensor that has handed on is alive while its input hands on",
        idea="Four names may still hold it: its user's inputs, the list of the order, your loop's variables, its own function.",
        page=WALK,
    )


def test_retain_graph_keeps_it():
    a = Tensor(np.ones(2), requires_grad=True)
    root = times(a, 3.0)
    root.backward(np.ones(2), retain_graph=True)
    root.backward(np.ones(2))
    expect_close(
        a.grad,
        np.full(2, 6.0),
        tol=1e-12,
        what="the gradient after two walks over one graph",
        idea="Somebody has asked for a second walk. What must still be there?",
        page=WALK,
    )
