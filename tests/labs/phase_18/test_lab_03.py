"""Lab 18.3: the run."""

import math
from functools import partial

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.schedules import warmup_cosine
from minilm.batches import Item, Loader, collate, in_order
from minilm.gpt import GPT, GPTConfig
from minilm.train import DivergedError, Trainer, bar, evaluate, parameter_groups, train
from minitorch.nn import Dropout, Module
from minitorch.optim import AdamW, Scheduler

PAGE = "theory/02-the-step.md"
PIECES = [b"", *(bytes([96 + i]) for i in range(1, 9)), "é".encode()]


def model_of(**settings):
    config = GPTConfig(10, **{"d_model": 8, "n_heads": 2, "n_layers": 1, "d_ff": 16, "context_len": 24, "init_std": 0.3, **settings})  # fmt: skip
    return GPT(config, np.random.default_rng(0))


def texts(n=12, seed=0):
    rng = np.random.default_rng(seed)
    return [Item((0, *rng.integers(1, 10, k).tolist(), 0)) for k in rng.integers(1, 9, n)]


def trainer_of(steps=40, lr=1e-2):
    model = model_of()
    optimizer = AdamW(parameter_groups(model, 0.1), betas=(0.9, 0.95))
    schedule = partial(warmup_cosine, lr_max=lr, warmup_steps=2, total_steps=steps)
    return Trainer(model, Loader(texts(), 2, 24, seed=0), [Scheduler(optimizer, schedule)])


def bits(weights):
    return {name: a.tobytes() for name, a in weights.items()}


def by_hand(model, items):
    nats, size = 0.0, 0
    for item in items:
        x = model(np.array([item.ids[:-1]])).data[0].astype(np.float64)
        for at, target in enumerate(item.ids[1:]):
            if at >= item.quiet and PIECES[target]:
                nats += math.log(np.exp(x[at]).sum()) - x[at, target]
                size += len(PIECES[target])
    return nats / math.log(2) / size


def test_bits_are_those_of_all_texts_together():
    model, some = model_of(), [*texts(7), Item((0, 9, 9, 3, 0), quiet=1)]
    expected = by_hand(model, some)
    for rows, what in ((1, "one by one"), (3, "three rows at once"), (9, "all at once")):
        expect_close(
            evaluate(model, in_order(some, rows, 24), PIECES),
            expected,
            tol=1e-5,
            what=f"bits per byte of eight texts, {what}",
            idea="Sums of all, divided once. Which bytes does the end of a text have? And an é?",
            page=PAGE,
        )


def test_an_evaluation_leaves_the_model_as_it_was():
    seen = []

    class Watched(Module):
        def __init__(self):
            super().__init__()
            self.inner, self.drop = model_of(), Dropout(0.5)

        def forward(self, ids, mask=None, positions=None):
            said = self.inner(ids, mask=mask, positions=positions)
            seen.append((self.training, self.drop.training, said.requires_grad))
            return said

    model = Watched()
    before = bits(model.state_dict())
    for mode in (True, False):
        model.train(mode)
        evaluate(model, [collate([texts(3)])], PIECES)
        expect_equal(model.training, mode, what="the mode after an evaluation", idea="The one that it had before.", page=PAGE)  # fmt: skip
    expect_equal(seen, [(False, False, False)] * 2, what="mode, dropout's mode and gradients while it is evaluated", idea="No dropout, no graph.", page=PAGE)  # fmt: skip
    expect_true(bits(model.state_dict()) == before and all(p.grad is None for p in model.parameters()), what="the model after it", expected="the same weights, no gradient", got="changed", idea="It only looks.", page=PAGE)  # fmt: skip


def test_a_bar_says_how_far_how_fast_and_how_long():
    for args, line in (
        ((50, 100, 1.2344, 25600, 5.0), "[##########----------] 50/100  loss 1.234  5,120 tokens/s  0:05 left"),
        ((50, 100, 1.2344, 25600, 5.0, 40), "[##########----------] 50/100  loss 1.234  5,120 tokens/s  0:25 left"),
        ((1, 1000, 4.0, 100, 1.0), "[--------------------] 1/1000  loss 4.000  100 tokens/s  16:39 left"),
        ((99, 100, 0.5, 990, 9900.0), "[###################-] 99/100  loss 0.500  0 tokens/s  1:40 left"),
        ((10, 100, 0.5, 990, 610.0), "[##------------------] 10/100  loss 0.500  2 tokens/s  1:31:30 left"),
        ((2, 100, 0.5, 990, 74.0), "[--------------------] 2/100  loss 0.500  13 tokens/s  1:00:26 left"),
        ((100, 100, 0.5, 1000, 1.0), "[####################] 100/100  loss 0.500  1,000 tokens/s  0:00 left"),
    ):  # fmt: skip
        expect_equal(bar(*args), line, what=f"bar{args}", idea="How long did a step take, of those that this process made? How many are left?", page=PAGE)  # fmt: skip


def test_it_trains_up_to_a_step():
    trainer, shown = trainer_of(12), []
    weights = train(trainer, 12, show=shown.append)
    expect_equal((trainer.step, len(shown)), (12, 12), what="steps and bars of a run of 12", idea="Each step is made once and shown once.", page=PAGE)  # fmt: skip
    expect_true(bits(weights) == bits(trainer.model.state_dict()), what="the weights that come back where nothing was checked", expected="the last ones", got="others", idea="Without a check there is no better one.", page=PAGE)  # fmt: skip
    expect_true("12/12" in shown[-1] and shown[-1].endswith("0:00 left"), what="the last bar", expected="12/12 ... 0:00 left", got=shown[-1], idea="`bar` with this run's numbers.", page=PAGE)  # fmt: skip
    train(trainer, 12)
    expect_equal(trainer.step, 12, what="the step after a run up to 12 that stands there", idea="Up to, not as many more.", page=PAGE)  # fmt: skip


def test_the_best_weights_come_back():
    trainer = trainer_of(12)
    told = iter([3.0, 2.0, 2.5, 2.0, 9.0])
    kept = []

    def check():
        kept.append(bits(trainer.model.state_dict()))
        return next(told)

    weights = train(trainer, 10, check=check, every=2)
    expect_equal(len(kept), 5, what="how often a run of 10 was checked, every 2", idea="At 2, 4, 6, 8 and 10.", page=PAGE)  # fmt: skip
    expect_equal(trainer.best, (2.0, 4), what="the best check of 3, 2, 2.5, 2, 9", idea="Fewer bits are better; equal isn't better.", page=PAGE)  # fmt: skip
    expect_true(bits(weights) == kept[1], what="the weights that come back", expected="those of the best check", got="others", idea="Weights go on changing in place. Who holds a copy?", page=PAGE)  # fmt: skip


def test_the_end_is_checked_too():
    trainer, at = trainer_of(12), []

    def check():
        at.append(trainer.step)
        return 1.0

    train(trainer, 7, check=check, every=3)
    expect_equal(at, [3, 6, 7], what="the steps of the checks of a run of 7, every 3", idea="What was learned since the last one?", page=PAGE)  # fmt: skip


def test_patience_ends_it():
    for patience, told, end in (
        (2, [3.0, 2.0, 2.5, 2.6, 1.0], 8),
        (1, [3.0, 3.0, 1.0], 4),
        (3, [3.0, 2.0, 2.5, 2.6, 1.0, 2, 2, 2, 2], 16),
    ):
        trainer, answers = trainer_of(40), iter(told)
        train(trainer, 40, check=lambda it=answers: next(it), every=2, patience=patience)
        expect_equal(trainer.step, end, what=f"where checks of {told} end with patience {patience}", idea="How many checks since the best one?", page=PAGE)  # fmt: skip


def test_a_run_that_diverges_says_what_to_do():
    trainer = trainer_of(40)
    trainer.advance()
    weights = trainer.model.state_dict()
    weights["embed.weight"][:] = np.nan
    trainer.model.load_state_dict(weights)
    with expect_raises(DivergedError, what="a run of a model of nan", idea="What helps somebody who reads this at night?", page=PAGE, mentions="Try a lower rate"):  # fmt: skip
        train(trainer, 40)
