"""Lab 13.0: words and windows."""

import numpy as np

from given.checking import expect_equal, expect_raises
from minilm.embed import EMPTY, Vocabulary, cbow, skip_gram
from minilm.errors import MinilmError

PAGE = "theory/00-a-word-by-its-company.md"


def test_words_are_numbered_by_how_often_they_occur():
    found = Vocabulary.of([["b", "a", "b"], ["c", "a"], ["b"]])
    expect_equal(found.words, ("b", "a", "c"), what="the words of b a b / c a / b", idea="Which word should have the smallest number, and where do the counts of two documents meet?", page=PAGE)  # fmt: skip
    expect_equal(found.counts, (3, 2, 1), what="their counts", idea="In the order of the words, and over all documents together.", page=PAGE)  # fmt: skip

    late = Vocabulary.of([["a", "b", "b"]])
    expect_equal((late.words, late.counts), (("b", "a"), (2, 1)), what="words and counts of a b b", idea="A count stands at the place of its word, wherever the word came first.", page=PAGE)  # fmt: skip


def test_equally_frequent_words_stand_in_the_order_of_their_code_points():
    found = Vocabulary.of([["él", "a", "Z", "b", "é", "yo", "yo"]])
    expect_equal(found.words, ("yo", "Z", "a", "b", "é", "él"), what="the words of él a Z b é yo yo", idea="Two runs must give the same numbers, whatever the order of the text. What does Python compare when it compares two strings?", page=PAGE)  # fmt: skip


def test_a_generator_of_documents_is_read_once():
    found = Vocabulary.of(iter([["a"], ["a", "b"]]))
    expect_equal(found.counts, (2, 1), what="the counts of documents that come from an iterator", idea="An iterator is empty after the first pass.", page=PAGE)  # fmt: skip


def test_nothing_to_count_is_an_error():
    for documents in ([], [[], []]):
        with expect_raises(MinilmError, mentions="word", what=f"Vocabulary.of({documents})", idea="A vocabulary without words would make a matrix without rows. Where should that be noticed?", page=PAGE):  # fmt: skip
            Vocabulary.of(documents)


def test_encoding_gives_the_ids():
    vocabulary = Vocabulary.of([["b", "a", "b"]])
    got = vocabulary.encode(["a", "b", "a"])
    expect_equal(got.tolist(), [1, 0, 1], what="the ids of a b a where the words are b, a", idea="A word's id is its place in `words`.", page=PAGE)  # fmt: skip
    expect_equal(str(got.dtype), "int64", what="their dtype", idea="Ids choose rows; they are integers even where there are none.", page=PAGE)  # fmt: skip
    empty = vocabulary.encode([])
    expect_equal((empty.shape, str(empty.dtype)), ((0,), "int64"), what="shape and dtype of the ids of no words", idea="What dtype does NumPy give an empty list if you don't say?", page=PAGE)  # fmt: skip


def test_an_unknown_word_is_named_with_its_place():
    vocabulary = Vocabulary.of([["a", "b"]])
    for mention in ("2", "'c'"):
        with expect_raises(MinilmError, mentions=mention, what="encode(a b c) where c is unknown", idea="Whoever reads the message has a long text before them: which word, and where?", page=PAGE):  # fmt: skip
            vocabulary.encode(["a", "b", "c", "d"])


def test_each_word_is_paired_with_each_neighbor():
    inputs, targets = skip_gram([[5, 6, 7]], 1)
    expect_equal(inputs.tolist(), [[5], [6], [6], [7]], what="the middles of 5 6 7 with window 1", idea="At the ends a word has one neighbor. How many has it in the middle?", page=PAGE)  # fmt: skip
    expect_equal(targets.tolist(), [6, 5, 7, 6], what="their neighbors", idea="From left to right for each middle.", page=PAGE)  # fmt: skip
    expect_equal((str(inputs.dtype), str(targets.dtype)), ("int64", "int64"), what="the dtypes", idea="Ids are integers.", page=PAGE)  # fmt: skip


def test_the_window_reaches_as_far_as_it_says():
    inputs, targets = skip_gram([np.array([0, 1, 2, 3, 4])], 2)
    expect_equal(targets[inputs[:, 0] == 2].tolist(), [0, 1, 3, 4], what="the neighbors of 2 in 0 1 2 3 4 with window 2", idea="Two to the left, two to the right, not the word itself.", page=PAGE)  # fmt: skip
    expect_equal(len(skip_gram([range(10)], 3)[1]), 48, what="the number of pairs of ten words with window 3", idea="Six neighbors each, but for those that the ends cut off: 3 + 2 + 1 on either side.", page=PAGE)  # fmt: skip


def test_the_same_word_next_to_itself_is_a_neighbor():
    inputs, targets = skip_gram([[3, 3]], 1)
    expect_equal((inputs.tolist(), targets.tolist()), ([[3], [3]], [3, 3]), what="the pairs of 3 3", idea="A word isn't its own neighbor at the same place. At another it is.", page=PAGE)  # fmt: skip


def test_no_window_reaches_into_the_next_document():
    _, targets = skip_gram([[1, 2], [3, 4]], 5)
    expect_equal(targets.tolist(), [2, 1, 4, 3], what="the neighbors in 1 2 / 3 4 with window 5", idea="What is a document for, if not to say where company ends?", page=PAGE)  # fmt: skip
    inputs, _ = cbow([[1, 2], [3, 4]], 1)
    expect_equal(inputs.tolist(), [[EMPTY, 2], [1, EMPTY], [EMPTY, 4], [3, EMPTY]], what="the windows of 1 2 / 3 4 for CBOW", idea="The same for the other model.", page=PAGE)  # fmt: skip


def test_cbow_gives_one_row_for_each_word():
    inputs, targets = cbow([[5, 6, 7, 8]], 2)
    wanted = [[EMPTY, EMPTY, 6, 7], [EMPTY, 5, 7, 8], [5, 6, 8, EMPTY], [6, 7, EMPTY, EMPTY]]
    expect_equal(inputs.tolist(), wanted, what="the windows of 5 6 7 8 with window 2", idea="A place in the row is a place beside the word. What stands there when the text has ended?", page=PAGE)  # fmt: skip
    expect_equal(targets.tolist(), [5, 6, 7, 8], what="their words in the middle", idea="Skip-gram asks for the neighbors, CBOW for the middle.", page=PAGE)  # fmt: skip
    expect_equal((str(inputs.dtype), str(targets.dtype)), ("int64", "int64"), what="the dtypes", idea="Ids are integers.", page=PAGE)  # fmt: skip


def test_a_word_without_company_gives_no_example():
    for function, width in ((skip_gram, 1), (cbow, 6)):
        inputs, targets = function([[7], [], [8]], 3)
        expect_equal((inputs.shape, targets.shape), ((0, width), (0,)), what=f"the shapes that {function.__name__} gives for documents of one word and none", idea="There is nothing to be guessed, or nothing to guess from. The shapes still tell how wide a row is.", page=PAGE)  # fmt: skip


def test_both_models_see_the_same_company():
    rng = np.random.default_rng(3)
    documents = [rng.integers(0, 9, n).tolist() for n in (7, 1, 4, 2)]
    for window in (1, 2, 6):
        pairs = sorted(
            zip(*(part.ravel().tolist() for part in skip_gram(documents, window)), strict=True)
        )
        rows, middles = cbow(documents, window)
        seen = sorted(
            (m, w)
            for row, m in zip(rows.tolist(), middles.tolist(), strict=True)
            for w in row
            if w != EMPTY
        )
        expect_equal(pairs, seen, what=f"the pairs (middle, neighbor) of both models with window {window}", idea="CBOW's row holds what skip-gram asks for one by one.", page=PAGE)  # fmt: skip


def test_a_window_of_nothing_and_ids_that_are_none_are_refused():
    for function in (skip_gram, cbow):
        for window in (0, -1):
            with expect_raises(ValueError, mentions="window", what=f"{function.__name__} with window {window}", idea="Who would be company?", page=PAGE):  # fmt: skip
                function([[1, 2]], window)
        for what, document in (("EMPTY", [1, EMPTY]), ("fractions", [0.5, 1.0]), ("rows", [[1, 2]])):  # fmt: skip
            with expect_raises(MinilmError, mentions="document 1", what=f"{function.__name__} of a second document with {what} in it", idea="EMPTY is a place without a word; in a document every place has one.", page=PAGE):  # fmt: skip
                function([[1, 2], document], 2)
