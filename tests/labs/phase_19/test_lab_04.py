"""Lab 19.4: a law of sizes."""

import math
import tempfile
from pathlib import Path

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.dynamics.scaling import Source, interval, power_fit, predicted, remembered
from minilm.errors import MinilmError

PAGE = "theory/05-a-law-of-sizes.md"


def test_a_batch_is_a_function_of_its_name():
    a, b = Source(5, 3, 8, 1), Source(5, 3, 8, 1)
    expect_equal(a.batch("x").ids.tolist(), b.batch("x").ids.tolist(), what="the batch of one name, twice", idea="Nothing but seed and name.", page=PAGE)  # fmt: skip
    expect_true(a.batch("x").ids.tolist() != a.batch("y").ids.tolist(), what="batches of two names", expected="others", got="the same", idea="The name counts.", page=PAGE)  # fmt: skip
    expect_true(a.batch("x").ids.tolist() != Source(5, 3, 8, 2).batch("x").ids.tolist(), what="batches of two seeds", expected="others", got="the same", idea="The seed counts.", page=PAGE)  # fmt: skip
    next(a)
    first = next(a).ids.tolist()
    c = Source(5, 3, 8, 1)
    c.load_state_dict({"at": 1})
    expect_equal(next(c).ids.tolist(), first, what="the second batch of one that was resumed", idea="Where it stands is one number.", page=PAGE)  # fmt: skip


def test_targets_are_what_follows():
    batch = Source(5, 3, 8, 1).batch("x")
    expect_equal((batch.ids.shape, batch.tokens), ((3, 8), 24), what="shape and targets", idea="All are asked for.", page=PAGE)  # fmt: skip
    expect_equal(batch.targets[:, :-1].tolist(), batch.ids[:, 1:].tolist(), what="targets but the last", idea="The next id.", page=PAGE)  # fmt: skip
    expect_true(bool(batch.mask.all()) and batch.positions[0].tolist() == list(range(8)), what="mask and positions", expected="all, 0 to 7", got=batch.positions[0], idea="A row is one text.", page=PAGE)  # fmt: skip


def test_tokens_come_as_the_table_says():
    source = Source(3, 400, 60, 3, sharpness=0.5)
    batch = source.batch("many")
    ids = np.concatenate([batch.ids, batch.targets[:, -1:]], axis=1)
    counts = np.zeros((3, 3, 3))
    np.add.at(counts, (ids[:, :-2].ravel(), ids[:, 1:-1].ravel(), ids[:, 2:].ravel()), 1)
    often = counts.sum(-1) > 800
    off = np.abs(counts / np.maximum(counts.sum(-1, keepdims=True), 1) - source.table)[often]
    expect_true(bool(often.any()) and off.max() < 0.06, what="shares of what follows, against the table", expected="within 0.06", got=off.max(), idea="By the last but one and the last, in this order.", page=PAGE)  # fmt: skip


def test_entropy_of_tables_that_are_known():
    source = Source(4, 2, 4, 0)
    source.table = np.full((4, 4, 4), 0.25)
    expect_close(source.entropy(), math.log(4), tol=1e-9, what="nats of a table without preference", idea="Nothing is known.", page=PAGE)  # fmt: skip
    source.table = np.zeros((4, 4, 4))
    source.table[..., 2] = 1.0
    expect_close(source.entropy(), 0.0, tol=1e-9, what="nats of a table that always says 2", idea="Nothing is open.", page=PAGE)  # fmt: skip


def test_entropy_weighs_pairs_as_they_come():
    source = Source(2, 2, 4, 0)
    source.table = np.zeros((2, 2, 2))
    source.table[:, 0] = [0.9, 0.1]
    source.table[:, 1] = [0.5, 0.5]
    h = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    expect_close(source.entropy(), 5 / 6 * h + 1 / 6 * math.log(2), tol=1e-9, what="nats of a table whose open pairs are rare", idea="How often does each pair come in the long run?", page=PAGE)  # fmt: skip
    source.table = np.zeros((2, 2, 2))
    source.table[:, 0, 1] = source.table[:, 1, 0] = 1.0
    expect_close(source.entropy(), 0.0, tol=1e-9, what="nats of 0 1 0 1 ...", idea="A cycle is no reason to go on for ever.", page=PAGE)  # fmt: skip


def test_the_fit_finds_the_law():
    sizes = [5e3, 2e4, 1e5]
    losses = [1.5 + 40 * n**-0.45 for n in sizes]
    expect_close(power_fit(sizes, losses, 1.5), (40.0, 0.45), tol=1e-6, what="a law of 40 and 0.45", idea="What is a power on paper with two logarithms?", page=PAGE)  # fmt: skip
    expect_close(predicted(1e6, (40.0, 0.45), 1.5), 1.5 + 40 * 1e6**-0.45, tol=1e-9, what="its loss for a million", idea="The floor stands below it.", page=PAGE)  # fmt: skip


def test_the_fit_refuses_what_has_no_logarithm():
    with expect_raises(MinilmError, what="a loss on the floor", idea="Of what would the logarithm be?", page=PAGE, mentions="1.5"):  # fmt: skip
        power_fit([1, 2], [2.0, 1.5], 1.5)
    with expect_raises(MinilmError, what="one size twice", idea="A line needs two places.", page=PAGE, mentions="size"):  # fmt: skip
        power_fit([7, 7], [2.0, 2.1], 1.5)


def test_the_interval_lies_about_the_law_and_grows_outwards():
    sizes = [1e3, 1e3, 1e4, 1e4, 1e5, 1e5]
    up = np.exp([0.1, -0.1, 0.1, -0.1, 0.1, -0.1])
    losses = [1 + 10 * n**-0.3 * u for n, u in zip(sizes, up, strict=True)]
    low, high = interval(sizes, losses, 1.0, 1e4)
    middle = predicted(1e4, (10, 0.3), 1.0) - 1
    expect_close(math.sqrt((low - 1) * (high - 1)), middle, tol=1e-6, what="its middle, in logarithms", idea="The scatter is one of factors.", page=PAGE)  # fmt: skip
    # spread sqrt(0.06 / 4), at the mean of sizes times sqrt(1 + 1/6), and t of 4 at 90 %: 2.1318
    expect_close(math.log((high - 1) / middle), 2.1318 * math.sqrt(0.06 / 4 * 7 / 6), tol=1e-3, what="its half width in the middle", idea="A new point's scatter, and that of the line.", page=PAGE)  # fmt: skip
    far = interval(sizes, losses, 1.0, 1e6)
    expect_close(math.log((far[1] - 1) / (far[0] - 1)) / 2, 2.1318 * math.sqrt(0.06 / 4 * (7 / 6 + 4 / 4)), tol=1e-3, what="its half width ten times beyond the largest", idea="A line that is turned a little is far off at its end.", page=PAGE)  # fmt: skip
    wide = interval(sizes, losses, 1.0, 1e4, level=0.99)
    expect_true(wide[0] < low and wide[1] > high, what="at 99 %", expected="wider", got=wide, idea="Surer is wider.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="two points", idea="Through two points a line has no scatter.", page=PAGE, mentions="got 2"):  # fmt: skip
        interval(sizes[1:3], losses[1:3], 1.0, 1e4)


def test_what_was_made_isnt_made_again():
    with tempfile.TemporaryDirectory() as folder:
        path, made = Path(folder) / "done.jsonl", []

        def make(value):
            made.append(value)
            return value

        first = remembered(path, "a", lambda: make(1.5))
        again = remembered(path, "a", lambda: make(2.5))
        expect_equal((first, again, made), (1.5, 1.5, [1.5]), what="a key asked for twice", idea="Look before you make.", page=PAGE)  # fmt: skip
        expect_equal(remembered(path, "b", lambda: make([1, 2])), [1, 2], what="another key", idea="One line each.", page=PAGE)  # fmt: skip


def test_a_line_that_was_cut_off_is_made_again():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "done.jsonl"
        remembered(path, "a", lambda: 1)
        whole = path.read_text()
        path.write_text(whole + '{"key": "b", "val')
        expect_equal(remembered(path, "b", lambda: 2), 2, what="a key whose line was cut off", idea="It wasn't finished.", page=PAGE)  # fmt: skip
        expect_equal((remembered(path, "a", lambda: 9), remembered(path, "b", lambda: 9)), (1, 2), what="both afterwards", idea="What lies behind half a line?", page=PAGE)  # fmt: skip
        path.write_text("{}\n" + whole)
        with expect_raises(MinilmError, what="a whole line that isn't one of ours", idea="Somebody wrote into it.", page=PAGE, mentions="line 1"):  # fmt: skip
            remembered(path, "c", lambda: 3)


def test_an_error_is_not_remembered():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "done.jsonl"
        with expect_raises(KeyError, what="a training that fails", idea="It isn't swallowed.", page=PAGE):  # fmt: skip
            remembered(path, "a", lambda: {}["missing"])
        expect_equal(remembered(path, "a", lambda: 4), 4, what="the same key afterwards", idea="Nothing was finished.", page=PAGE)  # fmt: skip
