"""What holds the claims of phase 11, each beside its control."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from math import log2

from given.texts import lines
from minilm import bpe
from minilm.tokenizer import train

TEXTS = [line for pair in zip(lines("en")[:40], lines("es")[:40], strict=True) for line in pair]


def trained(texts, choose, number=40):
    """Merges by counting anew, with another way to choose; and what training left of each word."""
    words = [bpe.to_parts(word.encode()) for text in texts for word in bpe.pretokens(text)]
    kept, found = [*words], []
    for _ in range(number):
        counts = Counter(pair for parts in words for pair in pairwise(parts))
        found.append(choose(counts))
        words = [bpe.merge(parts, found[-1]) for parts in words]
    return found, dict(zip(kept, words, strict=True))


def test_by_the_rule_the_order_of_the_texts_makes_no_difference():
    assert trained(TEXTS, bpe.best_pair)[0] == trained(TEXTS[::-1], bpe.best_pair)[0]


def test_by_whichever_was_counted_first_it_does():
    def first(counts):
        return max(counts, key=lambda pair: counts[pair])

    assert trained(TEXTS, first)[0] != trained(TEXTS[::-1], first)[0]


def greatest(counts):
    return max(counts, key=lambda pair: (counts[pair], pair))


def test_rank_order_gives_what_training_left():
    merges, left = trained(TEXTS, greatest)
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    assert all(bpe.merge_by_rank(parts, ranks) == pieces for parts, pieces in left.items())


def leftmost(parts, merges):
    while pair := next((pair for pair in pairwise(parts) if pair in merges), None):
        at = list(pairwise(parts)).index(pair)
        parts = (*parts[:at], pair[0] + pair[1], *parts[at + 2 :])
    return parts


def test_the_leftmost_pair_first_doesnt():
    merges, left = trained(TEXTS, greatest)
    wrong = sum(leftmost(parts, merges) != pieces for parts, pieces in left.items())
    assert 0.02 * len(left) < wrong < 0.98 * len(left)


@cache
def bits_a_byte(counted_by, read_by):
    """What counts of which piece follows which (Witten-Bell), taken on four of five lines, say of the fifth."""
    kept = [line for name in ("en", "es") for at, line in enumerate(lines(name)) if at % 5]
    read = [line for name in ("en", "es") for line in lines(name)[::5]]
    ranks = {pair: rank for rank, pair in enumerate(train(kept, 512).merges)}
    cut = {"rank": bpe.merge_by_rank, "leftmost": leftmost}
    seen = {}

    def pieces_of(line, by):
        for word in bpe.pretokens(line):
            if (word, by) not in seen:
                seen[word, by] = cut[by](bpe.to_parts(word.encode()), ranks)
            yield from seen[word, by]

    follows, alone = defaultdict(Counter), Counter()
    for line in kept:
        for before, piece in pairwise(["", *pieces_of(line, counted_by)]):
            follows[before][piece] += 1
            alone[piece] += 1
    bits = 0.0
    for line in read:
        for before, piece in pairwise(["", *pieces_of(line, read_by)]):
            base = (alone[piece] + 0.5) / (alone.total() + 0.5 * 512)
            after = follows[before]
            bits -= log2(
                (after[piece] + len(after) * base) / (after.total() + len(after)) if after else base
            )
    return bits / len("".join(read).encode())


def test_pieces_in_another_order_than_a_model_was_counted_on_cost_a_tenth_and_more():
    assert bits_a_byte("rank", "leftmost") > 1.1 * bits_a_byte("rank", "rank")


def test_it_is_the_difference_that_costs_and_not_the_leftmost_pieces():
    assert bits_a_byte("leftmost", "leftmost") < 1.05 * bits_a_byte("rank", "rank")


def test_by_the_default_split_many_more_tokens_hold_a_comma():
    assert commas("spaces")[0] > 4 * commas("gpt2")[0]


def test_commas_dont_make_texts_longer():
    assert abs(commas("spaces")[1] / commas("gpt2")[1] - 1) < 0.06


@cache
def commas(split):
    """How many of 1,024 tokens hold a comma, and how many tokens the text is."""
    texts = lines("en") + lines("es")
    tokenizer = train(texts, 1024, split=split)
    return sum(b"," in token for token in tokenizer.vocab.values()), sum(
        len(tokenizer.encode(text)) for text in texts
    )


def test_the_index_chooses_as_a_recount_does():
    assert bpe.train_indexed(bpe.count_words(TEXTS), 60) == trained(TEXTS, greatest, 60)[0]


def test_counts_that_arent_kept_up_choose_otherwise():
    words = [bpe.to_parts(word.encode()) for text in TEXTS for word in bpe.pretokens(text)]
    once = Counter(pair for parts in words for pair in pairwise(parts))
    stale = sorted(once, key=lambda pair: (once[pair], pair), reverse=True)[:60]
    assert stale != trained(TEXTS, greatest, 60)[0]


def by_line(split):
    """Whether a text with empty lines has the same ids line by line."""
    text = "".join(line + "\n\n" * (at % 2) for at, line in enumerate(TEXTS))
    tokenizer = train([text], 400, split=split)
    alone = [at for line in text.splitlines(keepends=True) for at in tokenizer.encode(line)]
    return alone == tokenizer.encode(text)


def test_by_gpt2s_pattern_lines_arent_safe():
    assert not by_line("gpt2")


def test_by_the_default_split_they_are():
    assert by_line("spaces")


def pieces(texts, size):
    """How many tokens ción is."""
    return len(train(texts, size).encode("ción"))


def test_in_two_languages_an_ending_falls_apart():
    assert pieces(lines("es"), 512) < pieces(lines("en") + lines("es"), 512)


def test_with_twice_the_room_it_is_whole_again():
    assert pieces(lines("en") + lines("es"), 256 + 2 * 256) == pieces(lines("es"), 512)


def lost_one_by_one(names, size):
    """How many held-out Spanish lines don't come back if each token is decoded alone."""
    kept = [line for name in names for at, line in enumerate(lines(name)) if at % 5]
    tokenizer = train(kept, size)

    def back(text):
        return "".join(
            tokenizer.token(at).decode("utf-8", "replace") for at in tokenizer.encode(text)
        )

    return sum(back(line) != line for line in lines("es")[::5])


def test_one_by_one_fewer_lines_are_lost_the_more_a_vocabulary_has_of_their_language():
    lost = [lost_one_by_one(("en", "es"), size) for size in (256, 384, 512, 1024)]
    assert lost == sorted(lost, reverse=True)
    assert 5 * lost[-1] < lost[0]


def test_one_by_one_more_tokens_of_another_language_save_no_line():
    assert lost_one_by_one(("en",), 256) == lost_one_by_one(("en",), 1024)
