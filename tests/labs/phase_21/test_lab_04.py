"""Lab 21.4: beams and contrastive search."""

import itertools
import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.search import beam_search, contrastive

SEARCH = "theory/05-search.md"
V, END = 4, 3


def noisy(seed, size=V):
    """A model whose logits depend on the row, and on nothing else."""

    def model(rows):
        return np.stack([np.random.default_rng([seed, len(row), *row]).normal(size=size) * 2 for row in rows])  # fmt: skip

    return model


def log_prob(model, prompt, ids):
    total = 0.0
    for n, token in enumerate(ids):
        z = model([[*prompt, *ids[:n]]])[0]
        total += z[token] - z.max() - math.log(np.exp(z - z.max()).sum())
    return total


def all_complete(most):
    """Every completion: to the end token, or of `most` tokens."""
    for n in range(1, most + 1):
        for ids in itertools.product(range(V - 1), repeat=n - 1):
            yield (*ids, END)
    yield from itertools.product(range(V - 1), repeat=most)


def test_a_wide_beam_finds_what_trying_all_finds():
    for seed, penalty in itertools.product(range(3), (0.0, 1.0, 2.0)):
        model, prompt = noisy(seed), [0, 1]
        ranked = sorted(
            ((log_prob(model, prompt, ids) / len(ids) ** penalty, ids) for ids in all_complete(4)),
            reverse=True,
        )  # fmt: skip
        got = beam_search(model, prompt, width=200, max_tokens=4, end=END, length_penalty=penalty)
        expect_equal(
            [one.ids for one in got[:20]],
            [ids for _, ids in ranked[:20]],
            what=f"the best 20 completions of up to 4 tokens, model {seed}, length penalty {penalty}",
            idea="With room for all of them a beam leaves nothing out. Complete ones of every length compete by their score.",
            page=SEARCH,
        )
        expect_equal(
            len(got), len(ranked), what="how many it found", idea="All of them.", page=SEARCH
        )
        expect_close(
            [[one.score, one.log_prob] for one in got[:20]],
            [[score, log_prob(model, prompt, ids)] for score, ids in ranked[:20]],
            tol=1e-10,
            what="their scores and log probabilities",
            idea="Whose ln p does the sum hold, and is the end token among them? How many tokens does the score count?",
            page=SEARCH,
        )


def reference_beam(model, prompt, width, most, penalty):
    """The contract, word for word."""
    beam, complete = [((), 0.0)], []
    for _ in range(most):
        grown = [((*ids, t), log_prob(model, prompt, (*ids, t))) for ids, _ in beam for t in range(V)]  # fmt: skip
        grown = sorted(grown, key=lambda one: -one[1])[:width]
        complete += [one for one in grown if one[0][-1] == END]
        beam = [one for one in grown if one[0][-1] != END]
        if not beam:
            break
    found = [(total / len(ids) ** penalty, ids) for ids, total in complete + beam]
    return [ids for _, ids in sorted(found, key=lambda one: -one[0])][:width]


def test_a_narrow_beam_keeps_the_likeliest_of_all():
    for seed, width, penalty in itertools.product(range(6), (1, 2, 3), (0.0, 1.0)):
        model = noisy(seed)
        expect_equal(
            [one.ids for one in beam_search(model, [2], width=width, max_tokens=5, end=END, length_penalty=penalty)],
            reference_beam(model, [2], width, 5, penalty),
            what=f"width {width}, model {seed}, length penalty {penalty}",
            idea="Of all continuations of all hypotheses together, not of each; what ends is set aside, and what isn't among the best is gone for good.",
            page=SEARCH,
        )  # fmt: skip


def test_a_beam_of_one_is_greedy():
    for seed in range(8):
        model, row = noisy(seed), [1]
        while len(row) < 7 and row[-1] != END:
            row.append(int(model([row])[0].argmax()))
        expect_equal(
            beam_search(model, [1], width=1, max_tokens=6, end=END)[0].ids,
            tuple(row[1:]),
            what=f"width 1, model {seed}, and greedy",
            idea="One hypothesis, its likeliest token; where that is the end, it is over.",
            page=SEARCH,
        )


def test_a_wider_beam_finds_what_greedy_misses():
    def model(rows):
        table = {0: [0.0, 0.5, 0.4, 0.1], 1: [0.3, 0.3, 0.3, 0.1], 2: [0.02, 0.02, 0.01, 0.95]}
        with np.errstate(divide="ignore"):
            return np.log([table[row[-1]] for row in rows])

    got = beam_search(model, [0], width=2, max_tokens=2, end=END)
    expect_equal(
        got[0].ids,
        (2, END),
        what="a second-best first token after which the end is certain",
        idea="0.4 times 0.95 is more than 0.5 times 0.3.",
        page=SEARCH,
    )


def test_without_an_end_token_all_have_one_length():
    got = beam_search(noisy(0), [0], width=5, max_tokens=3)
    expect_equal(
        [len(one.ids) for one in got],
        [3] * 5,
        what="lengths without an end token",
        idea="end=None: no token ends anything.",
        page=SEARCH,
    )


def test_what_cannot_come_is_not_found():
    def model(rows):
        return np.tile([0.0, 0.0, -np.inf, -np.inf], (len(rows), 1))

    expect_equal(
        sorted(one.ids for one in beam_search(model, [0], width=50, max_tokens=2, end=END)),
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        what="all completions where two tokens have no probability",
        idea="A hypothesis of probability 0 is none.",
        page=SEARCH,
    )


def test_the_beam_asks_once_a_step():
    asked = []

    def model(rows):
        asked.append(len(rows))
        return noisy(1)(rows)

    beam_search(model, [0], width=3, max_tokens=3)
    expect_equal(
        asked,
        [1, 3, 3],
        what="rows that the model was asked for in each step, width 3",
        idea="All hypotheses in one batch.",
        page=SEARCH,
    )


def test_search_refuses():
    for more, word in (
        ({"width": 0}, "width"),
        ({"width": 2.0}, "2.0"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"length_penalty": math.nan}, "nan"),
        ({"prompt": []}, "prompt"),
    ):
        asked = {"prompt": [0], "width": 2, "max_tokens": 2, **more}
        with expect_raises(ValueError, mentions=word, what=f"beam_search with {more}", idea="The checks that were given are still in front.", page=SEARCH):  # fmt: skip
            beam_search(noisy(0), asked.pop("prompt"), **asked)
    with expect_raises(ValueError, mentions="nan", what="a beam over NaN", idea="NaN has no order.", page=SEARCH):  # fmt: skip
        beam_search(lambda rows: np.full((len(rows), V), np.nan), [0], width=2, max_tokens=2)
    for more, word in (({"alpha": 1.1}, "1.1"), ({"k": 0}, "k"), ({"k": 9}, "9"), ({"prompt": []}, "prompt")):  # fmt: skip
        asked = {"prompt": [0], "k": 2, "alpha": 0.5, "max_tokens": 2, **more}
        with expect_raises(ValueError, mentions=word, what=f"contrastive with {more}", idea="The checks that were given are still in front.", page=SEARCH):  # fmt: skip
            contrastive(noisy(0), states, asked.pop("prompt"), **asked)
    for wrong, word in ((lambda ids: np.full((len(ids), 3), np.nan), "finite"), (lambda ids: np.ones((1, 3)), "shape")):  # fmt: skip
        with expect_raises(ValueError, mentions=word, what=f"contrastive, {word} of states", idea="`vectors` asks for states and looks at them.", page=SEARCH):  # fmt: skip
            contrastive(noisy(0), wrong, [0], k=2, alpha=0.5, max_tokens=2)


def states(ids, d=3):
    """A vector for each token, by itself and its place; token 0 has zeros."""
    return np.stack([np.random.default_rng([5, i, t]).normal(size=d) * (t > 0) for i, t in enumerate(ids)])  # fmt: skip


def by_trying(model, prompt, k, alpha, most, end):
    """The contract, word for word."""
    text = list(prompt)
    for _ in range(most):
        z = model([text])[0]
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        ranked = []
        for token in range(len(z)):
            if (z > z[token]).sum() >= k:
                continue
            v = states([*text, token])
            cosines = [
                float(v[-1] @ one / (np.linalg.norm(v[-1]) * np.linalg.norm(one) or 1.0))
                for one in v[:-1]
            ]
            ranked.append((-((1 - alpha) * p[token] - alpha * max(cosines)), -p[token], token))
        token = min(ranked)[2]
        if token == end:
            break
        text.append(token)
    return text[len(prompt) :]


def test_contrastive_search_is_what_trying_gives():
    for seed, k, alpha in itertools.product(range(4), (1, 2, 4), (0.0, 0.4, 0.9)):
        model = noisy(seed, 6)
        expect_equal(
            contrastive(model, states, [1, 4], k=k, alpha=alpha, max_tokens=6, end=5),
            by_trying(model, [1, 4], k, alpha, 6, 5),
            what=f"contrastive search, model {seed}, k={k}, alpha={alpha}",
            idea="For each of the k likeliest: what the model thinks of it, less how close it comes to what was said.",
            page=SEARCH,
        )


def test_contrastive_search_of_one_candidate_is_greedy():
    for seed in range(4):
        model = noisy(seed, 6)
        greedy = beam_search(model, [1], width=1, max_tokens=5)[0].ids
        for k, alpha in ((1, 0.7), (6, 0.0)):
            expect_equal(
                contrastive(model, states, [1], k=k, alpha=alpha, max_tokens=5),
                list(greedy),
                what=f"k={k}, alpha={alpha}, and greedy",
                idea="With one candidate, or without a price, only the likeliest is left.",
                page=SEARCH,
            )


def test_contrastive_search_leaves_what_it_said():
    def model(rows):
        return np.tile([0.0, 2.0, 1.9, 1.8], (len(rows), 1))

    got = contrastive(model, lambda ids: np.eye(4)[ids], [1], k=4, alpha=0.6, max_tokens=3)
    expect_true(
        got == [2, 3, 0],
        what="a model that always prefers token 1, then 2, then 3, then 0",
        expected="2, 3, 0",
        got=got,
        idea="The same token has the cosine 1 with itself: that costs 0.6.",
        page=SEARCH,
    )
