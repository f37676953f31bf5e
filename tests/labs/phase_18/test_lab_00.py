"""Lab 18.0: packed batches."""

import json

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.batches import IGNORE, Item, Loader, collate, in_order, pack
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig

PAGE = "theory/00-rows-of-texts.md"
STATE = "theory/04-a-run-that-can-be-killed.md"


def texts(n=12, seed=0, longest=9):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, longest, n)
    return [Item((0, *rng.integers(1, 10, size).tolist(), 0)) for size in sizes]


def walk(loader, steps):
    return [next(loader).ids.tolist() for _ in range(steps)]


def test_a_text_goes_into_the_first_row_that_has_room():
    for lengths, room, rows in (
        ([5, 4, 3, 2, 6], 8, [[0, 2], [1, 3], [4]]),
        ([3, 3, 2], 8, [[0, 1, 2]]),
        ([8, 8], 8, [[0], [1]]),
        ([4, 6, 2], 8, [[0, 2], [1]]),
        ([4, 7, 4, 1], 8, [[0, 2], [1, 3]]),
        ([], 8, []),
    ):
        expect_equal(
            pack(lengths, room),
            rows,
            what=f"pack({lengths}, {room})",
            idea="Ask the rows from the first on. Which of them has room? And does a row that is exactly full count?",
            page=PAGE,
        )


def test_what_no_row_holds_is_named():
    for lengths, named in (([3, 9], "text 1 takes 9"), ([0], "text 0 takes 0")):
        with expect_raises(MinilmError, what=f"pack({lengths}, 8)", idea="Cut nothing off in silence.", page=PAGE, mentions=named):  # fmt: skip
            pack(lengths, 8)


def test_each_token_is_the_target_of_the_one_before():
    batch = collate([[Item((0, 5, 6, 0)), Item((0, 7, 0))], [Item((0, 8, 0))]])
    expect_equal(
        batch.ids.tolist(),
        [[0, 5, 6, 0, 7], [0, 8, 0, 0, 0]],
        what="the ids of two rows, (0 5 6 0) (0 7 0) and (0 8 0)",
        idea="What is read: all of a text but its last token. The shorter row is filled with borders.",
        page=PAGE,
    )
    expect_equal(
        batch.targets.tolist(),
        [[5, 6, 0, 7, 0], [8, 0, IGNORE, IGNORE, IGNORE]],
        what="their targets",
        idea="What is asked: all of a text but its first token. Is a filled place asked for anything?",
        page=PAGE,
    )
    expect_equal(
        batch.positions.tolist(),
        [[0, 1, 2, 0, 1], [0, 1, 0, 1, 2]],
        what="their positions",
        idea="At which place of a sentence does the second text of a row begin?",
        page=PAGE,
    )
    expect_equal(batch.tokens, 7, what="how many targets count", idea="The filled ones don't.", page=PAGE)  # fmt: skip


def test_a_prompt_is_read_and_not_asked_for():
    batch = collate([[Item((0, 3, 4, 5, 0), quiet=3), Item((0, 6, 0), quiet=1)]])
    expect_equal(
        batch.targets.tolist(),
        [[IGNORE, IGNORE, IGNORE, 0, IGNORE, 0]],
        what="the targets of (0 3 4 5 0) with 3 quiet ones and (0 6 0) with 1",
        idea="`quiet` counts targets. Which are the first three, and where does the second text begin?",
        page=PAGE,
    )


def test_the_mask_lets_a_text_see_itself_alone():
    batch = collate([[Item((0, 5, 0)), Item((0, 7, 0))], [Item((0, 8, 0))]])
    expect_equal(batch.mask.shape, (2, 1, 4, 4), what="the shape of the mask of two rows of 4", idea="An axis for the heads.", page=PAGE)  # fmt: skip
    block = np.kron(np.eye(2, dtype=int), np.ones((2, 2), int)).tolist()
    for row, what in ((0, "two texts of 2"), (1, "a text of 2 and 2 filled places")):
        expect_equal(
            batch.mask[row, 0].astype(int).tolist(),
            block,
            what=f"the mask of {what}",
            idea="Who belongs to whom? What fills a row up belongs to itself.",
            page=PAGE,
        )


def test_packed_rows_say_what_unpacked_rows_say():
    model = GPT(GPTConfig(10, d_model=8, n_heads=2, n_layers=2, d_ff=16, context_len=40, init_std=0.3), np.random.default_rng(0), dtype=np.float64)  # fmt: skip
    some = texts(7)
    batch = collate([some[:4], some[4:]])
    logits = model(batch.ids, mask=batch.mask, positions=batch.positions).data
    for r, row in enumerate((some[:4], some[4:])):
        start = 0
        for item in row:
            alone = model(np.array([item.ids[:-1]])).data[0]
            expect_close(
                logits[r, start : start + len(item)],
                alone,
                tol=1e-10,
                what=f"the logits of a text that begins at {start} of row {r}",
                idea="What does a text see in a row with others that it doesn't see alone? Mask, and positions.",
                page=PAGE,
            )
            start += len(item)


def test_every_text_comes_once_an_epoch():
    items = [Item((0, i, 0)) for i in range(1, 12)]
    for packed in (True, False):
        loader = Loader(items, 2, 5, seed=3, packed=packed)
        epochs = []
        for _ in range(3):
            seen = []
            while len(seen) < len(items):
                seen += [i for i in next(loader).ids.ravel().tolist() if i]
            epochs.append(seen)
        expect_equal([sorted(e) for e in epochs], [list(range(1, 12))] * 3, what=f"the texts of three epochs, packed {packed}", idea="The last batch of an epoch may be smaller; it isn't dropped.", page=PAGE)  # fmt: skip
        expect_true(epochs[0] != epochs[1], what="the order of the second epoch", expected="another than that of the first", got=epochs[1], idea="What is the epoch's generator named after?", page=PAGE)  # fmt: skip


def test_packed_rows_hold_several_texts_and_unpacked_ones_one():
    items = texts(12)
    for packed in (True, False):
        batch = next(Loader(items, 3, 20, seed=0, packed=packed))
        asked = (batch.targets == 0).sum(-1)
        expect_true(
            len(batch.ids) == 3 and batch.ids.shape[1] <= 20 and ((asked > 1).all() if packed else (asked == 1).all()),
            what=f"a batch of three rows, packed {packed}",
            expected="3 rows, several texts in each" if packed else "3 rows of one text",
            got=f"{batch.ids.shape} with {asked.tolist()} ends",
            idea="Is it the rows that are counted, or the texts? And does an unpacked row have one text?",
            page=PAGE,
        )  # fmt: skip


def test_the_same_seed_gives_the_same_batches():
    items = texts(30)
    a, b, c = (walk(Loader(items, 2, 12, seed=s), 20) for s in (5, 5, 6))
    expect_true(a == b, what="the batches of two loaders with seed 5", expected="the same", got="others", idea="Is anything drawn from a generator that others use, too?", page=PAGE)  # fmt: skip
    expect_true(a != c, what="those with seed 6", expected="others", got="the same", idea="Does the seed decide?", page=PAGE)  # fmt: skip


def test_it_goes_on_wherever_it_was_stopped():
    items = texts(30)
    whole = walk(Loader(items, 2, 12, seed=5), 40)
    for stop in (0, 1, 5, 7, 8, 9, 23):
        loader = Loader(items, 2, 12, seed=5)
        walk(loader, stop)
        state = json.loads(json.dumps(loader.state_dict()))
        for name, other in (("a fresh one", Loader(items, 2, 12, seed=5)), ("one that is far ahead", Loader(items, 2, 12, seed=5))):  # fmt: skip
            if "far" in name:
                walk(other, 33)
            other.load_state_dict(state)
            expect_true(
                walk(other, 40 - stop) == whole[stop:],
                what=f"{name} that goes on after {stop} batches",
                expected="the batches that would have come",
                got="others",
                idea="Two numbers say where it stands. Which order belongs to them?",
                page=STATE,
            )


def test_a_state_of_other_texts_is_refused():
    items = texts(30)
    state = Loader(items, 2, 12, seed=5).state_dict()
    for other, what in (
        (Loader(items[1:], 2, 12, seed=5), "fewer texts"),
        (Loader(items, 3, 12, seed=5), "more rows"),
        (Loader(items, 2, 12, seed=6), "another seed"),
        (Loader(items, 2, 12, seed=5, packed=False), "unpacked rows"),
    ):
        with expect_raises(MinilmError, what=f"a state for {what}", idea="Two numbers mean something else there.", page=STATE):  # fmt: skip
            other.load_state_dict(state)


def test_a_batch_without_targets_is_skipped():
    items = [Item((0, 1, 0), quiet=2)] * 5 + [Item((0, 9, 0))]
    loader = Loader(items, 1, 2, seed=0)
    for epoch in range(4):
        batch = next(loader)
        expect_equal(batch.ids.tolist(), [[0, 9]], what=f"the only batch of epoch {epoch} that asks for something", idea="What is the mean of no loss?", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="texts that ask for nothing", idea="It would search for ever.", page=PAGE, mentions="nothing to learn"):  # fmt: skip
        Loader(items[:5], 1, 2, seed=0)


def test_an_evaluation_reads_all_texts_in_order():
    items = [Item((0, i, 0)) for i in range(1, 8)]
    batches = in_order(items, 2, 4)
    expect_equal([i for b in batches for i in b.ids.ravel().tolist() if i], list(range(1, 8)), what="the texts of in_order", idea="Nothing is shuffled, nothing dropped.", page=PAGE)  # fmt: skip
