"""Lab 13.2: two tables and a loop."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.embed import EMPTY, WordVectors, negative_sampling_loss, noise, skip_gram, train
from minilm.errors import MinilmError
from minitorch import Tensor
from minitorch.optim import Adam

PAGE = "theory/02-two-tables.md"


def model_of(vocab_size=6, dim=4, tied=False, seed=0):
    return WordVectors(vocab_size, dim, tied, np.random.default_rng(seed))


def test_inputs_start_small_and_outputs_at_zero():
    model = model_of(500, 20)
    read, guessed = model.input.weight.numpy(), model.output.weight.numpy()
    expect_equal((read.shape, guessed.shape), ((500, 20), (500, 20)), what="the shapes of both tables for 500 words, dim 20", idea="A row for each word.", page=PAGE)  # fmt: skip
    expect_equal((str(read.dtype), str(guessed.dtype)), ("float32", "float32"), what="their dtypes", idea="Training is done in float32.", page=PAGE)  # fmt: skip
    expect_equal(bool((guessed == 0).all()), True, what="whether all output vectors start at 0", idea="Then every score is 0: the model begins by saying that it doesn't know.", page=PAGE)  # fmt: skip
    expect_close([read.min(), read.max()], [-1 / 40, 1 / 40], tol=0.02, what="the smallest and largest number among 10,000 of the input table", idea="Uniform in ±1/(2 dim).", page=PAGE)  # fmt: skip
    expect_close(read.std(), 1 / 40 / 3**0.5, tol=0.02, what="their standard deviation", idea="Uniform: every number of the interval as likely as every other.", page=PAGE)  # fmt: skip


def test_the_generator_decides_the_start():
    one, same, other = (model_of(seed=seed).input.weight.numpy() for seed in (1, 1, 2))
    expect_equal((bool((one == same).all()), bool((one == other).all())), (True, False), what="whether the same, and another, generator gives the same start", idea="A run is repeated by its seed.", page=PAGE)  # fmt: skip


def test_tied_means_one_table():
    model = model_of(tied=True)
    expect_true(model.output is model.input, what="model.output of a tied model", expected="the same Embedding as model.input", got=model.output, idea="Equal numbers aren't enough: after a step they would differ. What makes two names one thing?", page=PAGE)  # fmt: skip
    expect_equal(len(list(model.parameters())), 1, what="the number of its parameters", idea="A shared table is trained once.", page=PAGE)  # fmt: skip
    expect_equal(len(list(model_of().parameters())), 2, what="the number of parameters of an untied model", idea="Both tables are trained.", page=PAGE)  # fmt: skip
    expect_true(np.abs(model.input.weight.numpy()).max() > 0, what="the start of a tied model", expected="as the input table of an untied one", got="zeros", idea="If all vectors are 0, what gradient does a scalar product have?", page=PAGE)  # fmt: skip


def test_a_row_of_one_word_is_its_vector():
    model = model_of()
    got = model(np.array([[3], [0], [3]]))
    expect_close(got.data, model.input.weight.numpy()[[3, 0, 3]], tol=0, what="the model's vectors for the rows 3, 0, 3", idea="Skip-gram is the case of one word.", page=PAGE)  # fmt: skip


def test_several_words_give_their_mean_and_empty_places_none():
    model = model_of()
    rows = model.input.weight.numpy()
    got = model(np.array([[1, 2, 5, 5], [EMPTY, 4, EMPTY, 0], [EMPTY, EMPTY, EMPTY, 5]])).data
    wanted = np.stack([rows[[1, 2, 5, 5]].mean(0), rows[[4, 0]].mean(0), rows[5]])
    expect_close(got, wanted, tol=1e-8, what="the model's vectors for 1 2 5 5, - 4 - 0 and - - - 5", idea="By how many do you divide at the end of a document? And is EMPTY a word whose vector could be looked up?", page=PAGE)  # fmt: skip


def test_gradients_reach_the_words_that_were_there_and_no_others():
    model = model_of()
    model(np.array([[1, 1], [EMPTY, 2]])).backward(np.array([[1.0] * 4, [10.0] * 4], np.float32))
    wanted = np.zeros((6, 4))
    wanted[1], wanted[2] = 1, 10
    expect_close(model.input.weight.grad, wanted, tol=1e-6, what="the gradient of the table for rows 1 1 and - 2, upstream 1 and 10", idea="A mean hands its gradient on in equal parts. What of a place that is empty?", page=PAGE)  # fmt: skip


def test_a_row_of_nothing_is_an_error():
    with expect_raises(MinilmError, mentions="row 1", what="the vector of a row that holds EMPTY alone", idea="The mean of nothing would be 0/0.", page=PAGE):  # fmt: skip
        model_of()(np.array([[1, 2], [EMPTY, EMPTY]]))


def test_an_id_outside_is_refused():
    for bad in (6, -2):
        with expect_raises(IndexError, what=f"a row with the id {bad} of six words", idea="-1 says that there is none. Every other negative number is a mistake; NumPy would take a row from the end.", page=PAGE):  # fmt: skip
            model_of()(np.array([[1, bad]]))


def small():
    """Two kinds of words that never meet: 0 1 2 among themselves, and 3 4 5."""
    documents = [[0, 1, 2, 0, 2, 1], [3, 4, 5, 3, 5, 4]] * 6
    inputs, targets = skip_gram(documents, 2)
    return inputs, targets, np.full(6, 24)


def test_training_lowers_the_loss_and_returns_one_for_each_epoch():
    model = model_of(dim=8)
    losses = train(model, *small(), epochs=12, batch_size=16, lr=0.05)
    expect_equal(len(losses), 12, what="the number of losses of 12 epochs", idea="One for each time through the examples.", page=PAGE)  # fmt: skip
    expect_true(all(type(loss) is float for loss in losses), what="the kinds of the losses", expected="plain floats", got=type(losses[0]), idea="They are written to files and compared.", page=PAGE)  # fmt: skip
    expect_true(losses[0] < 6 * np.log(2) and losses[-1] < losses[0] - 0.3, what="the losses", expected="from just below 6 log 2 = 4.16 down by more than 0.3", got=[round(loss, 3) for loss in losses], idea="All scores are 0 at first. What does the loss of 1 + 5 questions start from?", page=PAGE)  # fmt: skip


def test_words_with_the_same_company_become_alike():
    model = model_of(dim=8)
    train(model, *small(), epochs=40, batch_size=16, lr=0.05)
    rows = model.input.weight.numpy().astype(np.float64)
    cosines = rows @ rows.T / np.linalg.norm(rows, axis=1) / np.linalg.norm(rows, axis=1)[:, None]
    within = [cosines[i, j] for i in range(6) for j in range(i) if (i < 3) == (j < 3)]
    between = [cosines[i, j] for i in range(3) for j in range(3, 6)]
    expect_true(np.mean(within) > np.mean(between) + 0.3, what="cosines of words that meet the same words, and of words that don't", expected="the mean of the first more than 0.3 above that of the others", got=f"{np.mean(within):.2f} and {np.mean(between):.2f}", idea="Does each step begin with fresh gradients, go to both tables and use each example?", page=PAGE)  # fmt: skip


def test_the_seed_decides_all_that_is_drawn():
    ends = []
    for seed in (1, 1, 2):
        np.random.seed(len(ends))
        model = model_of()
        train(model, *small(), epochs=3, batch_size=32, seed=seed)
        ends.append(model.input.weight.numpy())
    expect_equal((bool((ends[0] == ends[1]).all()), bool((ends[0] == ends[2]).all())), (True, False), what="whether the same, and another, seed gives the same vectors", idea="Order and negatives come from one generator, which starts from the seed.", page=PAGE)  # fmt: skip


class Spy(WordVectors):
    """Remembers which ids its two tables were asked for."""

    def __init__(self, vocab_size):
        super().__init__(vocab_size, 2, rng=np.random.default_rng(0))
        self.asked, self.seen = [], []
        table = self.output.forward

        def output(ids):
            self.asked.append(np.array(ids))
            return table(ids)

        object.__setattr__(self.output, "forward", output)

    def forward(self, inputs):
        self.seen.append(np.array(inputs))
        return super().forward(inputs)


def test_every_epoch_sees_every_example_once_in_a_new_order():
    model = Spy(10)
    inputs = np.arange(10)[:, None]
    train(model, inputs, np.zeros(10, np.int64), np.ones(10), epochs=3, batch_size=4)
    expect_equal([len(batch) for batch in model.seen], [4, 4, 2] * 3, what="the sizes of the batches of 10 examples, three epochs, batch_size 4", idea="The last batch may be smaller. Its examples count as well.", page=PAGE)  # fmt: skip
    epochs = [np.concatenate(model.seen[i : i + 3]).ravel().tolist() for i in (0, 3, 6)]
    expect_equal([sorted(epoch) for epoch in epochs], [list(range(10))] * 3, what="the examples of each epoch", idea="Each once.", page=PAGE)  # fmt: skip
    expect_true(epochs[0] != epochs[1] != epochs[2] and list(range(10)) not in epochs, what="the orders of three epochs", expected="three different ones, none as it came", got=epochs, idea="The order is drawn anew for each epoch.", page=PAGE)  # fmt: skip


def test_inputs_and_targets_stay_together():
    model = Spy(10)
    train(
        model,
        np.arange(10)[:, None],
        np.arange(10)[::-1].copy(),
        np.ones(10),
        epochs=1,
        batch_size=5,
    )
    targets = [ids for ids in model.asked if ids.ndim == 1]
    got = [
        (int(a), int(b))
        for x, y in zip(model.seen, targets, strict=True)
        for a, b in zip(x.ravel(), y, strict=True)
    ]
    expect_equal(sorted(got), [(i, 9 - i) for i in range(10)], what="the pairs (input, target) that training used", idea="One permutation for both.", page=PAGE)  # fmt: skip


def test_negatives_are_drawn_by_the_noise_and_anew_each_time():
    counts = np.array([81, 16, 0, 1])
    model = Spy(4)
    train(
        model,
        np.zeros((2000, 1), np.int64),
        np.zeros(2000, np.int64),
        counts,
        epochs=2,
        batch_size=1000,
        negatives=7,
    )
    drawn = [ids for ids in model.asked if ids.ndim == 2]
    expect_equal([ids.shape for ids in drawn], [(1000, 7)] * 4, what="the shapes of the drawn words with negatives=7", idea="Seven for each example of a batch.", page=PAGE)  # fmt: skip
    shares = np.bincount(np.concatenate([ids.ravel() for ids in drawn]), minlength=4) / 28000
    expect_close(shares, noise(counts), tol=0.01, what="how often each word was drawn, for counts 81, 16, 0, 1", idea="Not by the counts themselves. And a word that never occurs?", page=PAGE)  # fmt: skip
    expect_true(not (drawn[0] == drawn[2]).all(), what="the words that two epochs drew", expected="different ones", got="the same", idea="A model that always meets the same negatives learns those by heart.", page=PAGE)  # fmt: skip


class Largest(np.random.Generator):
    """Its uniform numbers are the largest there are below 1."""

    def random(self, size=None, *args, **kwargs):
        return np.full(() if size is None else size, 1 - 2**-53)


def test_a_last_word_of_count_0_is_never_drawn(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", lambda seed=0: Largest(np.random.PCG64(seed)))
    counts = np.array([2, 5, 7, 3, 3, 7, 5, 0])
    model = Spy(8)
    train(model, np.zeros((4, 1), np.int64), np.zeros(4, np.int64), counts, epochs=1)
    drawn = next(ids for ids in model.asked if ids.ndim == 2)
    expect_true(bool((drawn < 7).all()), what="the words drawn by the largest numbers below 1, where the last word has count 0", expected="none of count 0", got=drawn, idea="What does a running sum of probabilities end at in floating point?", page=PAGE)  # fmt: skip


def test_the_loss_of_an_epoch_is_the_mean_over_examples():
    inputs, targets, counts = small()
    losses = [
        train(model_of(), inputs[:9], targets[:9], counts, epochs=1, batch_size=size, lr=0.0)[0]
        for size in (4, 9)
    ]
    expect_close(losses, [6 * np.log(2)] * 2, tol=1e-5, what="the loss of nine examples without learning, in batches of 4, 4, 1 and in one", idea="Batches of different sizes don't count alike.", page=PAGE)  # fmt: skip


def test_the_step_is_adams():
    model = model_of(dim=3)
    before = model.input.weight.numpy()
    train(
        model,
        np.array([[1], [1]]),
        np.array([2, 2]),
        np.array([0, 0, 1, 0, 0, 0]),
        epochs=2,
        batch_size=2,
        lr=0.03,
        negatives=1,
    )
    moved = np.abs(model.output.weight.numpy()[2])
    expect_close(moved, np.zeros(3), tol=1e-6, what="how far a word moves that is target and negative at once, of vectors at 0", idea="The pull of a yes and of a no at probability one half: how large are they, and in which directions?", page=PAGE)  # fmt: skip
    expect_close(model.input.weight.numpy(), before, tol=1e-6, what="the input table then", idea="As long as the output is 0 nothing reaches the input.", page=PAGE)  # fmt: skip
    train(
        model,
        np.array([[1]]),
        np.array([2]),
        np.array([0, 0, 0, 1, 0, 0]),
        epochs=1,
        lr=0.03,
        negatives=1,
    )
    got = np.abs(model.output.weight.numpy()[[2, 3]])
    expect_close(got, np.full((2, 3), 0.03), tol=1e-4, what="how far target and negative move in the first step with lr = 0.03", idea="Adam's first step is as large as the learning rate, whatever the gradient.", page=PAGE)  # fmt: skip


def test_each_step_begins_with_fresh_gradients():
    trained, by_hand = model_of(), model_of()
    only_three = np.array([0, 0, 0, 1, 0, 0])
    train(trained, np.array([[1]]), np.array([2]), only_three, epochs=5, lr=0.03, negatives=1)
    optimizer = Adam(by_hand.parameters(), lr=0.03)
    for _ in range(5):
        hidden, right, wrong = by_hand(np.array([[1]])), by_hand.output([2]), by_hand.output([[3]])
        optimizer.zero_grad()
        negative_sampling_loss(hidden, right, wrong).backward()
        optimizer.step()
    for name, wanted in by_hand.state_dict().items():
        expect_close(trained.state_dict()[name], wanted, tol=1e-5, what=f"{name} after five steps on one example", idea="backward adds to what is there. Whose gradients are there in the second step?", page=PAGE)  # fmt: skip


def test_no_example_is_an_error():
    inputs, targets = np.zeros((0, 1), np.int64), np.zeros(0, np.int64)
    with expect_raises(MinilmError, mentions="no examples", what="training on nothing", idea="A mean over no example would be 0/0.", page=PAGE):  # fmt: skip
        train(model_of(), inputs, targets, np.ones(6))


def test_examples_that_cannot_be_trained_on_leave_the_tables_as_they_were():
    inputs, targets, counts = small()
    wide = np.concatenate([inputs, np.full_like(inputs, EMPTY)], 1)
    for what, name, place, row, target in (
        ("an input as large as the vocabulary", "inputs", -1, [6, 0], 1),
        ("an input below EMPTY", "inputs", 3, [0, -2], 1),
        ("a row of nothing", "inputs", 0, [EMPTY, EMPTY], 1),
        ("a target as large as the vocabulary", "targets", -1, [0, 1], 6),
        ("the target EMPTY", "targets", 7, [0, 1], EMPTY),
    ):
        model = model_of()
        before = model.state_dict()
        rows, wanted = wide.copy(), targets.copy()
        rows[place], wanted[place] = row, target
        for mention in (name, f"example {place % len(rows)}"):
            with expect_raises(MinilmError, mentions=mention, what=f"training on {len(rows)} examples, one of which has {what}", idea="Which example?", page=PAGE):  # fmt: skip
                train(model, rows, wanted, counts, epochs=1, batch_size=4)
        for table, array in model.state_dict().items():
            expect_equal(bool((before[table] == array).all()), True, what=f"whether {table} is as it was, after an error for {what}", idea="When do you look at the last example: before the first step, or after the others?", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, mentions="targets", what="training on a target less than inputs", idea="Whose is the last?", page=PAGE):  # fmt: skip
        train(model_of(), inputs, targets[:-1], counts)


def test_arguments_that_mean_nothing_are_refused():
    inputs, targets, counts = small()
    for what, more in (
        ("counts for five of six words", {"counts": counts[:5]}),
        ("counts for seven of six words", {"counts": np.ones(7)}),
        ("no negatives", {"negatives": 0}),
        ("empty batches", {"batch_size": 0}),
        ("less than no epochs", {"epochs": -1}),
    ):
        with expect_raises(ValueError, what=f"training with {what}", idea="An answer would be a training of something else.", page=PAGE):  # fmt: skip
            train(model_of(), inputs, targets, **{"counts": counts} | more)
    with expect_raises(MinilmError, mentions="single word", what="training a model of one word", idea="Every word that is drawn is the target.", page=PAGE):  # fmt: skip
        train(model_of(vocab_size=1), np.array([[0]]), np.array([0]), np.array([2]))


def test_the_model_is_a_module():
    state = model_of().state_dict()
    expect_equal(sorted(state), ["input.weight", "output.weight"], what="the names in the state of a model", idea="What a checkpoint is made of.", page=PAGE)  # fmt: skip
    expect_true(isinstance(model_of()(np.array([[0]])), Tensor), what="what the model returns", expected="a Tensor, with its graph", got=type(model_of()(np.array([[0]]))), idea="Without a graph nothing is learned.", page=PAGE)  # fmt: skip
