"""Lab 14.2: Kneser-Ney against its definition, and sampling."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from given.verbs import ROWS as FORMS
from minilm.ngram import BOS, EOS, UNK, AddK, KneserNey, continuations, count

PAGE = "theory/03-how-many-words-does-it-follow.md"
SAMPLING = "theory/01-bits-per-byte.md"
ROWS = [["he", "works"], ["he", "worked"], ["I", "work"], ["he", "works"]]
TEXTS = [row.english for row in FORMS[::11]]


def defined(sentences, order, discount, token, context):
    """Kneser-Ney as its definition says it, by looking through all n-grams of the padded text each time."""
    padded = [[BOS] * (order - 1) + list(sentence) + [EOS] for sentence in sentences]
    vocabulary = {token for sentence in padded for token in sentence} | {UNK}

    def grams(length):
        return [tuple(s[i : i + length]) for s in padded for i in range(len(s) - length + 1)]

    def value(gram):
        """The count of a longest n-gram; of a shorter one, before how many different tokens it stands."""
        if len(gram) == order:
            return grams(order).count(gram)
        return len({longer[0] for longer in grams(len(gram) + 1) if longer[1:] == gram})

    def p(token, context):
        if token == BOS:
            return 0.0
        below = p(token, context[1:]) if context else 1 / len(vocabulary - {BOS})
        values = [value((*context, other)) for other in vocabulary - {BOS}]
        total = sum(values)
        if not total:
            return below
        given_away = discount * sum(v > 0 for v in values) / total
        return max(value((*context, token)) - discount, 0) / total + given_away * below

    return p(token, tuple(context))


def test_shorter_contexts_count_what_stands_before():
    got = continuations(count([["a", "c"], ["b", "c"], ["b", "c"], ["b", "d"]], 2))
    wanted = {
        (): {"a": 1, "b": 1, "c": 2, "d": 1, EOS: 2},
        (BOS,): {"a": 1, "b": 3},
        ("a",): {"c": 1},
        ("b",): {"c": 2, "d": 1},
        ("c",): {EOS: 3},
        ("d",): {EOS: 1},
    }
    expect_equal({context: dict(seen) for context, seen in got.items()}, wanted, what="continuations of [a c] [b c] [b c] [b d], order 2", idea="c occurs three times, after a and after b. For the longest contexts, occurrences; for shorter ones, companies.", page=PAGE)  # fmt: skip


def test_the_beginning_of_a_sentence_follows_nothing():
    got = continuations(count([["a"]], 4))
    expect_true(all(BOS not in seen for seen in got.values()), what="followers in the tables, order 4", expected="no <s> among them", got=sorted(context for context, seen in got.items() if BOS in seen), idea="<s> stands before a sentence. Does anybody ever say it?", page=PAGE)  # fmt: skip
    expect_true((BOS, BOS) in got and all(got.values()), what="contexts in the tables, order 4", expected="<s> <s> with a behind it, and no empty entry", got=sorted(got), idea="As a context it stays.", page=PAGE)  # fmt: skip


def test_continuations_of_single_tokens_are_their_counts():
    got = continuations(count(["ab", "b"], 1))
    expect_equal({context: dict(seen) for context, seen in got.items()}, {(): {"a": 1, "b": 2, EOS: 2}}, what="continuations, order 1", idea="No context is the longest context there.", page=PAGE)  # fmt: skip


def test_counts_stay_what_they_were():
    counts = count(ROWS, 3)
    before = {context: dict(seen) for context, seen in counts.followers.items()}
    continuations(counts)
    expect_equal({context: dict(seen) for context, seen in counts.followers.items()}, before, what="the counts afterwards", idea="The tables are new ones.", page=PAGE)  # fmt: skip


def test_it_is_what_its_definition_says():
    for order in (1, 2, 3, 4):
        counts = count(ROWS, order)
        for discount in (0.1, 0.75):
            model = KneserNey(counts, discount)
            for context in (*[c for c in counts.followers if len(c) == order - 1], (), ("he",)):
                kept = context[max(0, len(context) - order + 1) :]
                for token in counts.vocabulary:
                    expect_close(model.prob(token, context), defined(ROWS, order, discount, token, kept), tol=1e-12, what=f"P({token} | {' '.join(context)}), order {order}, discount {discount}", idea="Discounted, and mixed with the shorter context, which counts companies; below them all lies the uniform distribution.", page=PAGE)  # fmt: skip


def test_it_is_so_on_the_corpus_too():
    counts = count(TEXTS, 3)
    model = KneserNey(counts)
    rng = np.random.default_rng(0)
    contexts = [c for c in counts.followers if len(c) == 2]
    for at in rng.choice(len(contexts), 6, replace=False):
        for token in ("o", "s", EOS, UNK):
            expect_close(model.prob(token, contexts[at]), defined(TEXTS, 3, 0.75, token, contexts[at]), tol=1e-12, what=f"P({token} | {contexts[at]}) on the corpus, discount left out", idea="0.75 unless somebody says otherwise.", page=PAGE)  # fmt: skip


def test_every_context_sums_to_one_and_none_predicts_the_beginning():
    counts = count(TEXTS, 4)
    model = KneserNey(counts, 0.6)
    for context in (*list(counts.followers)[::9], ("?",), ("?", "e", "?"), (EOS,)):
        shares = {token: model.prob(token, context) for token in counts.vocabulary}
        expect_close(sum(shares.values()), 1.0, tol=1e-12, what=f"sum over the vocabulary after {context}", idea="What is taken off is given on, all of it, and <s> gets nothing of it: among how many is the rest spread?", page=PAGE)  # fmt: skip
        expect_equal(shares[BOS], 0.0, what=f"P(<s> | {context})", idea="Nobody says it.", page=PAGE)  # fmt: skip
        expect_true(shares[UNK] > 0, what=f"P(<UNK> | {context})", expected="above 0", got=shares[UNK], idea="Below all contexts something is left for what was never seen.", page=PAGE)  # fmt: skip


def test_a_discount_outside_is_refused():
    for discount in (0, 1, -0.1, 1.5, math.nan):
        with expect_raises(ValueError, mentions="discount must lie between 0 and 1", what=f"KneserNey with {discount}", idea="With 0 nothing is left for what was never seen.", page=PAGE):  # fmt: skip
            KneserNey(count(ROWS, 2), discount)


def test_a_sample_is_drawn_token_by_token():
    model = AddK(count([["a", "b"]], 3), k=1e-9)
    expect_equal(model.sample(np.random.default_rng(0)), ["a", "b"], what="a sample of a model that has seen one sentence", idea="From order - 1 times <s> to </s>; neither is in the sample.", page=SAMPLING)  # fmt: skip
    expect_equal(AddK(count([[]], 2), k=1e-9).sample(np.random.default_rng(0)), [], what="a sample of a model that has seen an empty sentence", idea="It ends at once.", page=SAMPLING)  # fmt: skip


def test_samples_have_the_models_shares():
    model = AddK(count([["a"], ["a"], ["b"]], 1), k=1.0)
    rng = np.random.default_rng(3)
    first = [(model.sample(rng, 1) or [EOS])[0] for _ in range(3000)]
    for token, wanted in (("a", 3 / 9), ("b", 2 / 9), (EOS, 4 / 9)):
        expect_close(first.count(token) / 3000, wanted, tol=0.03, what=f"how often {token} was drawn in 3,000 samples", idea="<s> and <UNK> have a share in this model, and are never drawn. Who gets it?", page=SAMPLING)  # fmt: skip


def test_a_sample_begins_where_a_sentence_does():
    model = KneserNey(count([["a"]] * 9 + [["b"]], 3), 0.1)
    rng = np.random.default_rng(4)
    first = [model.sample(rng, 1)[:1] for _ in range(1000)]
    expect_close(first.count(["a"]) / 1000, 0.9, tol=0.05, what="how often a comes first in 1,000 samples of nine a and one b, order 3", idea="After order - 1 times <s> the model has counts; after one <s>, companies.", page=SAMPLING)  # fmt: skip


def test_the_context_of_a_sample_grows():
    model = AddK(count([list("abcabcabc")], 2), k=1e-12)
    got = model.sample(np.random.default_rng(1), 3)
    expect_equal(got, ["a", "b", "c"], what="the first three tokens of abcabcabc", idea="What was drawn is the context of what is drawn next.", page=SAMPLING)  # fmt: skip


def test_a_sample_ends_at_the_limit():
    model = AddK(count([["a"] * 500], 2), k=1e-12)
    expect_equal(len(model.sample(np.random.default_rng(0), 7)), 7, what="tokens of a sample of at most 7", idea="The padding doesn't count.", page=SAMPLING)  # fmt: skip
    expect_true(len(model.sample(np.random.default_rng(0))) <= 100, what="the limit if none is given", expected="100", got="more", idea="100.", page=SAMPLING)  # fmt: skip
    for limit in (0, -1, 1.5, True):
        with expect_raises(ValueError, mentions="max_tokens", what=f"sample with max_tokens {limit}", idea="At least one.", page=SAMPLING):  # fmt: skip
            model.sample(np.random.default_rng(0), limit)


def test_the_generator_decides():
    model = KneserNey(count(TEXTS, 3))
    one, same, other = (["".join(model.sample(np.random.default_rng(seed))) for _ in range(1)] for seed in (1, 1, 2))  # fmt: skip
    expect_equal(same, one, what="a sample with the same generator", idea="Draw with the generator that was handed over.", page=SAMPLING)  # fmt: skip
    expect_true(one != other, what="a sample with another one", expected="another sentence", got=other, idea="Draw with the generator that was handed over.", page=SAMPLING)  # fmt: skip
