"""Lab 22.5: guesses that a large model judges, and a distribution that is proven by trying every draw."""

import itertools

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.reader import Reader
from minilm.speculate import distribution, residual, sampler, speculative

PAGE = "theory/06-guess-and-check.md"


def model(seed, size, zeros=0):
    """A model of any context: a distribution for each text, drawn once; `zeros` of its tokens can't come."""

    def chances(text, n):
        rows = []
        for end in range(len(text) - n + 1, len(text) + 1):
            rng = np.random.default_rng([seed, *text[:end]])
            p = rng.dirichlet(np.ones(size))
            p[rng.permutation(size)[:zeros]] = 0
            rows.append(p / p.sum())
        return np.stack(rows)

    return chances


def by_itself(target, prompt, n, size):
    """The probability of every text of n tokens, if the target writes alone."""
    found = {}
    for tokens in itertools.product(range(size), repeat=n):
        text = [*prompt, *tokens]
        rows = target(text[:-1], n)
        found[tokens] = float(np.prod([row[t] for row, t in zip(rows, tokens, strict=True)]))
    return found


def agree(target, draft, prompt, n, guesses, size, what):
    got = distribution(lambda choose: speculative(target, draft, prompt, n, guesses, choose).ids)
    expected = by_itself(target, prompt, n, size)
    for tokens, p in expected.items():
        expect_close(
            got.get(tokens, 0.0),
            p,
            tol=1e-12,
            what=f"the probability of {list(tokens)} ({what})",
            idea="In how many ways can this text come: guessed and kept, or put in the place of a guess? Add them up.",
            page=PAGE,
        )
    expect_close(sum(got.values()), 1.0, tol=1e-12, what="the sum over all texts", idea="Every way counts once.", page=PAGE)  # fmt: skip


def test_a_die_thrown_twice():
    found = distribution(
        lambda choose: [choose(np.array([0.5, 0.25, 0.25])), choose(np.array([0.9, 0.1]))]
    )
    expect_equal(
        {key: round(p, 12) for key, p in found.items()},
        {(0, 0): 0.45, (0, 1): 0.05, (1, 0): 0.225, (1, 1): 0.025, (2, 0): 0.225, (2, 1): 0.025},
        what="two throws of unequal dice",
        idea="Run it with the first draw each time; then change the last draw that can be changed, and run it again.",
        page=PAGE,
    )


def test_programs_that_draw_more_or_less():
    def run(choose):
        n = 0
        while n < 3 and choose(np.array([0.25, 0.0, 0.75])) == 0:
            n += 1
        return [n]

    expect_equal(
        distribution(run),
        {(0,): 0.75, (1,): 0.1875, (2,): 0.046875, (3,): 0.015625},
        what="how often in a row the first of (1/4, 0, 3/4) comes, three times at most",
        idea="How many draws there are depends on the draws. One of probability 0 isn't tried.",
        page=PAGE,
    )
    expect_equal(
        distribution(lambda choose: [choose(np.array([0.0, 0.25, 0.0, 0.75]))]),
        {(1,): 0.25, (3,): 0.75},
        what="one draw from (0, 1/4, 0, 3/4)",
        idea="A draw is a place in the distribution; those with probability 0 can't come.",
        page=PAGE,
    )
    expect_equal(distribution(lambda choose: [7, 7]), {(7, 7): 1.0}, what="a program that draws nothing", idea="It is run once.", page=PAGE)  # fmt: skip
    same = distribution(lambda choose: [choose(np.array([0.5, 0.5])) * 0])
    expect_equal(same, {(0,): 1.0}, what="two ways to the same result", idea="Their probabilities add up.", page=PAGE)  # fmt: skip


def test_what_is_left_of_p():
    expect_close(
        residual(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.7, 0.1])),
        np.array([0.75, 0.0, 0.25]),
        tol=1e-12,
        what="what to draw from, for p (0.5, 0.3, 0.2) and q (0.2, 0.7, 0.1)",
        idea="Of which tokens are there still too few, and how many are missing of each?",
        page=PAGE,
    )
    p = np.array([0.25, 0.75])
    expect_equal(residual(p, p.copy()).tolist(), [0.25, 0.75], what="where p and q are the same", idea="Nothing is left: p itself.", page=PAGE)  # fmt: skip


def test_every_text_has_its_probability():
    for size, n, guesses in ((3, 3, 2), (2, 3, 3), (3, 2, 1), (2, 3, 1)):
        agree(model(1, size), model(2, size), [0], n, guesses, size, f"{size} tokens, {guesses} guesses")  # fmt: skip


def test_a_draft_that_is_very_wrong():
    agree(model(1, 3, zeros=1), model(2, 3, zeros=1), [2, 1], 3, 2, 3, "tokens that one of them never writes")  # fmt: skip
    target = model(1, 3)
    agree(target, target, [0], 3, 2, 3, "the draft is the target")


def test_with_caches():
    def gpt(seed, **fields):
        return GPT(GPTConfig(vocab_size=3, d_model=8, n_heads=2, n_layers=1, d_ff=8, context_len=8, init_std=0.8, **fields), np.random.default_rng(seed), np.float64)  # fmt: skip

    large, small = gpt(0), gpt(1, positions="alibi")
    target, draft = Reader(large), Reader(small)
    plain = Reader(large)
    agree(
        lambda text, n: target.chances(text, n),
        lambda text, n: draft.chances(text, n),
        [0, 2],
        2,
        2,
        3,
        "two GPTs with caches that go back after a refusal",
    )
    expected = by_itself(lambda text, n: plain.chances(text, n), [0, 2], 2, 3)
    expect_close(sum(expected.values()), 1.0, tol=1e-12, what="the sum", idea="Given.", page=PAGE)


def scripted(draws):
    """A choose that answers with these draws, and keeps what it was asked."""
    asked = []

    def choose(p):
        asked.append(np.round(p, 6).tolist())
        return draws[len(asked) - 1]

    return choose, asked


def test_the_order_of_the_draws():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.2, 0.5, 0.3])

    def target(text, n):
        return np.tile(p, (n, 1))

    def draft(text, n):
        return np.tile(q, (n, 1))

    choose, asked = scripted([1, 2, 0, 1, 0, 1])
    found = speculative(target, draft, [0], 3, 5, choose)
    choose2, asked2 = scripted([0, 2, 0, 0, 1])
    whole = speculative(target, draft, [0], 3, 5, choose2)
    expect_equal(
        asked,
        [q.tolist(), q.tolist(), [0.5, 0.5], [0.833333, 0.166667], [1.0, 0.0, 0.0], p.tolist()],
        what="what was drawn from: two guesses, two verdicts, the replacement; then the last token",
        idea="All guesses first, then the verdicts from the first on; only as many guesses as can be used.",
        page=PAGE,
    )
    expect_equal(
        [found.ids, found.asked, found.guesses, found.kept],
        [[1, 0, 1], 2, 2, 1],
        what="tokens, questions, guesses and kept ones, where the second of two guesses was refused",
        idea="What stands behind a refused guess is worthless; the replacement ends the round.",
        page=PAGE,
    )
    expect_equal(
        [whole.ids, whole.asked, whole.guesses, whole.kept],
        [[0, 2, 1], 1, 2, 2],
        what="the same where both were kept",
        idea="The target's last distribution gives one more.",
        page=PAGE,
    )
    expect_equal(asked2[-1], p.tolist(), what="what the last token was drawn from", idea="The target's distribution behind all guesses.", page=PAGE)  # fmt: skip


def test_who_is_asked_what():
    p, q = np.array([0.5, 0.5]), np.array([0.5, 0.5])
    asked = []

    def target(text, n):
        asked.append(("target", list(text), n))
        return np.tile(p, (n, 1))

    def draft(text, n):
        asked.append(("draft", list(text), n))
        return np.tile(q, (n, 1))

    choose, _ = scripted([1, 0, 0, 0, 1, 0])
    speculative(target, draft, [1, 1], 4, 2, choose)
    expect_equal(
        asked,
        [
            ("draft", [1, 1], 1),
            ("draft", [1, 1, 1], 1),
            ("target", [1, 1, 1, 0], 3),
            ("target", [1, 1, 1, 0, 1], 1),
        ],
        what="questions for four tokens with two guesses a question, all kept",
        idea="The draft goes on behind its own guesses. The target is asked about all of them at once.",
        page=PAGE,
    )


def test_drawing_for_real():
    target, draft = model(1, 3), model(2, 3)
    choose = sampler(np.random.default_rng(0))
    counts = dict.fromkeys(range(3), 0)
    for _ in range(3000):
        counts[speculative(target, draft, [0], 1, 2, choose).ids[0]] += 1
    for token, p in enumerate(target([0], 1)[0]):
        expect_true(
            abs(counts[token] - 3000 * p) < 4 * np.sqrt(3000 * p * (1 - p)),
            what=f"how often token {token} of probability {p:.3f} came in 3000 draws",
            expected=f"about {3000 * p:.0f}",
            got=counts[token],
            idea="Given: the draws.",
            page=PAGE,
        )


def test_bad_input_is_named():
    target = model(1, 3)
    choose = sampler(np.random.default_rng(0))
    for name, arguments in (("prompt", ([], 2, 2)), ("n_tokens", ([0], 0, 2)), ("guesses", ([0], 2, -1))):  # fmt: skip
        with expect_raises(MinilmError, mentions=name, what=f"a {name} that can't be", idea="Given: it names the value.", page=PAGE):  # fmt: skip
            speculative(target, target, *arguments, choose)
    for name, what, draft in (("draft: nan", "a draft that answers NaN", lambda text, n: np.full((n, 3), np.nan)), ("3 tokens", "a draft of another vocabulary", model(1, 2)), ("draft: (1, V)", "a draft that answers two rows", lambda text, n: target(text, n + 1))):  # fmt: skip
        with expect_raises(MinilmError, mentions=name, what=what, idea="Given: it names the value.", page=PAGE):  # fmt: skip
            speculative(target, draft, [0, 1], 3, 2, choose)
    found = speculative(target, target, [0], 4, 0, choose)
    expect_equal([len(found.ids), found.asked, found.guesses], [4, 4, 0], what="without any guess", idea="The target alone: one question a token.", page=PAGE)  # fmt: skip
