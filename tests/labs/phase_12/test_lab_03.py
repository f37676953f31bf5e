"""Lab 12.3: fingerprints, near-duplicates, contamination."""

import hashlib
from dataclasses import replace

from given.checking import expect_close, expect_equal, expect_raises
from minilm.corpus import bare, examples, split
from minilm.overlap import (
    contamination,
    fingerprint,
    near_duplicates,
    normalize,
    shingles,
    similarity,
)

PAGE = "theory/04-the-same-twice.md"


def of(*names):
    """Examples without a frame, by their ids."""
    by = {example.id: example for example in bare()}
    return [by[name] for name in names]


def test_texts_that_are_read_as_the_same_become_one():
    for text, wanted in (
        ("he works", "he works"),
        ("  He  WORKS\t at\u00a0home\r\n", "he works at home"),
        ("e\u0301l trabajo\u0301", "\u00e9l trabaj\u00f3"),
        ("\u00c9L", "\u00e9l"),
        ("I am I", "I am I"),
        ("It Is in It", "it is in it"),
        ("i work", "i work"),
        ("", ""),
        (" \n ", ""),
    ):
        expect_equal(normalize(text), wanted, what=f"{text!r}, normalized", idea="What does a reader not see: how an accent is stored, how wide a space is, where a capital stands? And which word is a capital?", page=PAGE)  # fmt: skip


def test_a_fingerprint_is_the_digest_of_four_lines():
    (works,) = of("work.present_simple.3sg")
    wanted = hashlib.sha256(b"he works\nwork\npresent_simple\n3sg").hexdigest()
    expect_equal(fingerprint(works), wanted, what="the fingerprint of he works", idea="Text, infinitive, tense, person: a newline between two, none at the end.", page=PAGE)  # fmt: skip
    expect_equal(fingerprint(replace(works, text=" He works")), wanted, what="the fingerprint of ' He works' for the same cell", idea="The text is normalized first.", page=PAGE)  # fmt: skip
    expect_equal(fingerprint(replace(works, id="x", spanish="x", surface="will", frame="home", mistake="x", correct_form="x")), wanted, what="the fingerprint if anything but the four is changed", idea="Which fields say what it is, and which are only said about it?", page=PAGE)  # fmt: skip


def test_each_of_the_four_tells_examples_apart():
    (works,) = of("work.present_simple.3sg")
    for field in ("text", "verb", "tense", "person"):
        other = fingerprint(replace(works, **{field: "infinitive"}))
        expect_equal(other == fingerprint(works), False, what=f"whether another {field} gives the same fingerprint", idea="to work stands in three cells, and had is a past and a participle.", page=PAGE)  # fmt: skip
    expect_equal(fingerprint(replace(works, text="é")), hashlib.sha256("é\nwork\npresent_simple\n3sg".encode()).hexdigest(), what="the fingerprint of an accent", idea="UTF-8.", page=PAGE)  # fmt: skip


def test_no_two_examples_of_the_corpus_have_one_fingerprint():
    every = examples()
    expect_equal(len({fingerprint(e) for e in every}), len(every), what="how many fingerprints the corpus has", idea="A corpus that throws away its infinitives has 280 rows and no longer 300 cells.", page=PAGE)  # fmt: skip


def test_shingles_are_all_runs_of_a_length():
    expect_equal(shingles("abcab"), {"abc", "bca", "cab"}, what="the runs of three in abcab", idea="A window that moves by one.", page=PAGE)  # fmt: skip
    expect_equal(shingles("aaaa"), {"aaa"}, what="the runs of three in aaaa", idea="A set holds each once.", page=PAGE)  # fmt: skip
    expect_equal(shingles("he  Is"), {"he ", "e i", " is"}, what="the runs of three in 'he  Is'", idea="Normalized first; a space is a character.", page=PAGE)  # fmt: skip
    expect_equal(shingles("abcd", 2), {"ab", "bc", "cd"}, what="the runs of two in abcd", idea="The length is the caller's.", page=PAGE)  # fmt: skip
    expect_equal(shingles("abc", 1), {"a", "b", "c"}, what="the runs of one", idea="Its letters.", page=PAGE)  # fmt: skip


def test_a_short_text_is_its_own_shingle():
    expect_equal([shingles(text) for text in ("ab", "abc", "", "  ")], [{"ab"}, {"abc"}, set(), set()], what="the runs of three in ab, abc and nothing", idea="A text that is too short should still be equal to itself.", page=PAGE)  # fmt: skip
    for size in (0, -1):
        with expect_raises(ValueError, mentions=str(size), what=f"shingles of size {size}", idea="A run of no characters is in every text.", page=PAGE):  # fmt: skip
            shingles("abc", size)


def test_similarity_is_a_share_of_what_either_has():
    for a, b, wanted in (
        ("abcd", "abcd", 1.0),
        ("abcd", "bcde", 1 / 3),
        ("abc", "abcdef", 1 / 4),
        ("abcdef", "abc", 1 / 4),
        ("abc", "xyz", 0.0),
        ("ABC ", "abc", 1.0),
        ("", "", 1.0),
        ("", "abc", 0.0),
        ("ab", "abc", 0.0),
    ):
        expect_close(similarity(a, b), wanted, tol=1e-12, what=f"how alike {a!r} and {b!r} are", idea="Write both sets of runs down, one above the other. What of all that stands there is in both?", page=PAGE)  # fmt: skip
    expect_close(similarity("abcd", "bcde", 2), 0.5, tol=1e-12, what="how alike abcd and bcde are by runs of two", idea="Hand the size on.", page=PAGE)  # fmt: skip


def test_near_duplicates_differ_and_are_sorted():
    some = of("walk.past_simple.1sg", "walk.present_simple.1sg", "be.infinitive.1sg", "talk.past_simple.1sg")  # fmt: skip
    got = near_duplicates(some, 0.3)
    expect_equal([pair[:2] for pair in got], [("walk.past_simple.1sg", "walk.present_simple.1sg"), ("talk.past_simple.1sg", "walk.past_simple.1sg")], what="the pairs of I walked, I walk, I talked and to be that are at least 0.3 alike", idea="Each pair once, the id that sorts first in front; the most alike first.", page=PAGE)  # fmt: skip
    expect_close([pair[2] for pair in got], [4 / 6, 3 / 9], tol=1e-12, what="how alike they are", idea="similarity says it.", page=PAGE)  # fmt: skip


def test_the_threshold_itself_counts():
    some = of("walk.past_simple.1sg", "walk.present_simple.1sg")
    exact = similarity(some[0].text, some[1].text)
    expect_equal(len(near_duplicates(some, exact)), 1, what="pairs at exactly the threshold", idea="At least.", page=PAGE)  # fmt: skip
    expect_equal(len(near_duplicates(some, exact + 1e-9)), 0, what="pairs just below the threshold", idea="At least.", page=PAGE)  # fmt: skip
    expect_equal([near_duplicates(iter(some), exact)[0][:2], near_duplicates(reversed(some), exact)[0][:2]], [("walk.past_simple.1sg", "walk.present_simple.1sg")] * 2, what="the pair, whichever comes first", idea="Neither the order nor the kind of iterable may count.", page=PAGE)  # fmt: skip


def test_equal_texts_are_no_near_duplicates():
    some = of("work.infinitive.1sg", "work.infinitive.2sg", "work.past_participle.1sg")
    some[1] = replace(some[1], text="To  work")
    expect_equal(near_duplicates(some, 0.9), [], what="near-duplicates of to work and To  work", idea="Those are the same text, and another page counts them.", page=PAGE)  # fmt: skip


def test_equally_alike_pairs_are_in_the_order_of_their_ids():
    some = [replace(e, text=text) for e, text in zip(of("work.infinitive.3sg", "work.infinitive.2sg", "work.infinitive.1sg"), ("abcx", "abcy", "abcz"), strict=True)]  # fmt: skip
    got = [pair[:2] for pair in near_duplicates(some, 0.3)]
    a, b, c = (f"work.infinitive.{n}sg" for n in (1, 2, 3))
    expect_equal(got, [(a, b), (a, c), (b, c)], what="three pairs that are equally alike", idea="A list that changes from run to run can't be compared.", page=PAGE)  # fmt: skip


def test_the_default_threshold_finds_what_differs_by_an_ending():
    got = near_duplicates(of("finish.present_simple.2sg", "finish.past_simple.2sg", "work.past_simple.2sg"))  # fmt: skip
    expect_equal([pair[:2] for pair in got], [("finish.past_simple.2sg", "finish.present_simple.2sg")], what="near-duplicates of you finish, you finished and you worked", idea="0.7 unless somebody says otherwise.", page=PAGE)  # fmt: skip
    got = near_duplicates(of("walk.present_simple.1sg", "walk.past_simple.1sg"))
    expect_equal(got, [], what="near-duplicates of I walk and I walked, which are two thirds alike", idea="0.7 unless somebody says otherwise.", page=PAGE)  # fmt: skip


def test_contamination_names_what_is_shared():
    look, watch, had = of("look.present_simple.1sg", "watch.present_simple.1sg", "have.past_participle.1sg")  # fmt: skip
    expect_equal(contamination([watch], [look]), {"fingerprint": 0.0, "text": 0.0, "answer": 0.0, "spanish": 1.0, "spanish_verb": 1.0}, what="what I look shares with I watch", idea="Which column has seen mirar before?", page=PAGE)  # fmt: skip
    expect_equal(contamination([watch], [watch, look]), {"fingerprint": 0.5, "text": 0.5, "answer": 0.5, "spanish": 1.0, "spanish_verb": 1.0}, what="what I watch and I look share with I watch", idea="A share of what is asked.", page=PAGE)  # fmt: skip
    other = replace(had, person="2sg")
    expect_equal(contamination([had], [other]), {"fingerprint": 0.0, "text": 1.0, "answer": 1.0, "spanish": 1.0, "spanish_verb": 1.0}, what="what had shares with had of another person", idea="Another cell, the same text.", page=PAGE)  # fmt: skip


def test_a_correction_that_was_seen_is_an_answer_that_was_seen():
    (right,) = of("go.past_simple.3sg")
    wrong = replace(right, id="x", text="he goed", mistake="overregularization_past", correct_form="he went")  # fmt: skip
    for seen, asked in ((right, wrong), (wrong, right), (replace(wrong, text="he gone"), wrong)):
        got = contamination([seen], [asked])
        expect_equal((got["text"], got["answer"]), (0.0, 1.0), what=f"text and answer that {asked.text!r} shares with {seen.text!r}", idea="The tutor is asked for he went. Has it been told?", page=PAGE)  # fmt: skip


def test_what_is_compared_is_normalized():
    (look,) = of("look.present_simple.1sg")
    told = replace(look, text="I  LOOK ", spanish="Yo miro")
    expect_equal(contamination(iter([told]), iter([look])), dict.fromkeys(("fingerprint", "text", "answer", "spanish", "spanish_verb"), 1.0), what="what I look shares with 'I  LOOK '", idea="A capital doesn't hide a leak.", page=PAGE)  # fmt: skip


def test_nothing_asked_shares_nothing():
    (look,) = of("look.present_simple.1sg")
    for seen, asked in (([look], []), ([], [look]), ([], [])):
        expect_equal(list(contamination(seen, asked).items()), [(name, 0.0) for name in ("fingerprint", "text", "answer", "spanish", "spanish_verb")], what=f"contamination of {len(asked)} by {len(seen)} examples", idea="A share of nothing is nothing.", page=PAGE)  # fmt: skip


def test_look_is_new_in_english_and_known_in_spanish():
    parts = split(examples())
    look = [e for e in parts["test_verbs"] if e.verb == "look"]
    got = contamination(parts["train"], look)
    expect_equal((got["fingerprint"], got["text"], got["answer"], got["spanish_verb"]), (0.0, 0.0, 0.0, 1.0), what="what the held-out verb look shares with training", idea="Nothing, in English.", page=PAGE)  # fmt: skip
    expect_close(got["spanish"], 99 / 128, tol=1e-9, what="the share of look's Spanish sentences that training has seen", idea="All of mirar, but for the cells of watch that are held out themselves.", page=PAGE)  # fmt: skip
