"""Lab 12.2: the split."""

from collections import Counter
from dataclasses import replace

from given.checking import expect_equal, expect_raises
from given.verbs import FRAMES, HELD_OUT, TENSES, VERBS
from minilm import corpus
from minilm.corpus import SPLITS, check_split, examples, held_out_groups, split, split_of
from minilm.errors import MinilmError

PAGE = "theory/03-what-to-hold-out.md"
EVERY = []


def every():
    """The corpus, made once."""
    if not EVERY:
        EVERY.extend(examples())
    return EVERY


def one(name):
    return next(example for example in every() if example.id == name)


def test_in_each_tense_two_regular_and_two_irregular_verbs_are_held_out():
    for seed in (42, 0, 7):
        groups = held_out_groups(seed)
        expect_equal(len(groups), 20, what=f"how many (verb, tense) pairs are held out with seed {seed}", idea="Five tenses, two kinds of verb, two parts.", page=PAGE)  # fmt: skip
        got = Counter((tense, VERBS[verb].regular, part) for (verb, tense), part in groups.items())
        wanted = {(t, r, p): 1 for t in TENSES for r in (True, False) for p in ("val", "test")}
        expect_equal(dict(got), wanted, what=f"pairs by tense, regularity and part with seed {seed}", idea="Which strata must every part have?", page=PAGE)  # fmt: skip
        expect_equal(sorted({verb for verb, _ in groups} & set(HELD_OUT)), [], what="verbs that are held out as a whole, among the pairs", idea="Such a verb is new in every tense already.", page=PAGE)  # fmt: skip


def test_the_digest_decides_and_not_a_generator():
    groups = held_out_groups(42)
    regular = {pair: part for pair, part in groups.items() if VERBS[pair[0]].regular}
    irregular = {pair: part for pair, part in groups.items() if not VERBS[pair[0]].regular}
    expect_equal(regular, {("walk", "infinitive"): "val", ("watch", "infinitive"): "test", ("watch", "present_simple"): "val", ("finish", "present_simple"): "test", ("walk", "past_simple"): "val", ("start", "past_simple"): "test", ("talk", "past_participle"): "val", ("listen", "past_participle"): "test", ("start", "simple_future"): "val", ("study", "simple_future"): "test"}, what="the regular pairs of seed 42", idea="SHA-256 of 42/infinitive/walk: smaller than that of any other regular verb?", page=PAGE)  # fmt: skip
    expect_equal(irregular, {("write", "infinitive"): "val", ("be", "infinitive"): "test", ("be", "present_simple"): "val", ("write", "present_simple"): "test", ("go", "past_simple"): "val", ("come", "past_simple"): "test", ("be", "past_participle"): "val", ("come", "past_participle"): "test", ("come", "simple_future"): "val", ("write", "simple_future"): "test"}, what="the irregular pairs of seed 42", idea="The same order for the other kind.", page=PAGE)  # fmt: skip
    expect_equal(held_out_groups(), groups, what="the pairs without a seed", idea="42 unless somebody says otherwise.", page=PAGE)  # fmt: skip
    expect_equal(held_out_groups(43) == groups, False, what="whether seed 43 holds out the same", idea="Where does the seed enter?", page=PAGE)  # fmt: skip


def test_what_is_new_in_an_example_decides_its_part():
    groups = {("go", "past_simple"): "val", ("work", "past_simple"): "test"}
    for name, part in (
        ("go.present_simple.1sg", "train"),
        ("go.present_simple.1sg@week", "train"),
        ("go.past_simple.1sg", "val_cells"),
        ("go.past_simple.3sg@home!overregularization_past", "val_cells"),
        ("work.past_simple.3sg@day", "test_cells"),
        ("go.present_simple.3sg@school", "val_frames"),
        ("go.simple_future.will.3sg@night!wrong_aux_will_with_to", "val_frames"),
        ("go.infinitive.3sg@town", "test_frames"),
        ("work.present_simple.1sg@year", "test_frames"),
        ("see.present_simple.1sg", "test_verbs"),
        ("look.simple_future.going_to.2sg@park!subject_verb_disagreement", "test_verbs"),
    ):
        expect_equal(split_of(one(name), groups), part, what=f"the part of {name}", idea="Verb, pair of verb and tense, frame: which of them has training never seen?", page=PAGE)  # fmt: skip


def test_two_new_things_at_once_belong_nowhere():
    groups = {("go", "past_simple"): "val", ("work", "past_simple"): "test"}
    for name in ("go.past_simple.1sg@school", "go.past_simple.1sg@year", "work.past_simple.3sg@night", "work.past_simple.3sg@town", "see.present_simple.1sg@school", "eat.infinitive.1sg@town"):  # fmt: skip
        expect_equal(split_of(one(name), groups), "", what=f"the part of {name}", idea="A wrong answer here: is it the verb that was new, or the frame?", page=PAGE)  # fmt: skip
    both = {("look", "past_simple"): "val"}
    expect_equal(split_of(one("look.past_simple.1sg"), both), "test_verbs", what="the part of look, if its past is held out too", idea="A verb that is new is new in each of its tenses; that counts once.", page=PAGE)  # fmt: skip


def test_all_parts_are_there_sorted_by_ids():
    parts = split(every())
    expect_equal(list(parts), list(SPLITS), what="the names of the parts", idea="In the order of SPLITS.", page=PAGE)  # fmt: skip
    expect_equal({name: len(some) for name, some in parts.items()}, {"train": 1692, "val_cells": 295, "val_frames": 660, "test_cells": 280, "test_frames": 660, "test_verbs": 590}, what="how many examples each part has with seed 42", idea="What became of those with two new things?", page=PAGE)  # fmt: skip
    for name, some in parts.items():
        ids = [example.id for example in some]
        expect_equal(ids == sorted(ids), True, what=f"whether {name} is in the order of its ids", idea="An order that depends on nothing but the examples.", page=PAGE)  # fmt: skip
    expect_equal(split(reversed(every())) == parts, True, what="whether another order of the same examples gives the same parts", idea="Whoever shuffles the table first shouldn't get another corpus.", page=PAGE)  # fmt: skip
    expect_equal(split([])["train"], [], what="the training part of no examples", idea="Every part is there, empty.", page=PAGE)  # fmt: skip
    expect_equal(split(every(), 7) == parts, False, what="whether seed 7 splits in the same way", idea="Hand the seed on.", page=PAGE)  # fmt: skip


def test_the_corpus_passes_its_own_check():
    for seed in (42, 1, 2, 3):
        expect_equal(check_split(split(every(), seed)), None, what=f"the check of the split with seed {seed}", idea="What does it refuse that is right?", page=PAGE)  # fmt: skip


def test_the_check_reads_iterators_too():
    parts = split(every())
    expect_equal(check_split({name: iter(some) for name, some in parts.items()}), None, what="the check of parts that can be read once", idea="It goes through each part more than once. What is left the second time?", page=PAGE)  # fmt: skip


def leaked(**more):
    """The parts with some examples more."""
    parts = split(every())
    return {name: some + more.get(name, []) for name, some in parts.items()}


def test_each_leak_is_found_with_its_example():
    verb = one("look.past_simple.1sg")
    cell = replace(one("go.past_simple.1sg"), id="new", text="I have gone")
    frame = replace(one("go.present_simple.1sg@home"), id="english", text="I go to school")
    spanish = replace(one("go.present_simple.1sg@home"), id="spanish", text="I go", spanish="yo voy anoche")  # fmt: skip
    other = replace(verb, id="other", text="I looked around")
    known = replace(one("work.present_simple.1sg"), id="work.present_simple.1sg, copied")
    twice = replace(one("work.present_simple.1sg"), text="I work, said twice")
    for what, parts, name in (
        ("a held-out verb in train", leaked(train=[other]), "other"),
        ("a held-out pair in train", leaked(train=[cell]), "new"),
        ("a held-out noun in train", leaked(train=[frame]), "english"),
        ("a held-out Spanish noun in train", leaked(train=[spanish]), "spanish"),
        ("a text of train in test_frames", leaked(test_frames=[known]), "work.present_simple.1sg"),
        ("an id of train in val_frames", leaked(val_frames=[twice]), twice.id),
        ("a text of val_cells in test_cells", leaked(test_cells=[replace(one("go.past_simple.1sg"), id="go.past_simple.1sg, copied")]), "go.past_simple.1sg"),
    ):  # fmt: skip
        with expect_raises(MinilmError, mentions=name, what=what, idea="It looks at the examples themselves, as somebody who doesn't trust the splitter.", page=PAGE):  # fmt: skip
            check_split(parts)


def test_a_test_pair_counts_as_the_one_for_validation_does():
    cell = replace(one("come.past_simple.1sg"), id="new", text="I have come")
    with expect_raises(MinilmError, mentions="new", what="a pair of test_cells in train", idea="Two parts hold cells out.", page=PAGE):  # fmt: skip
        check_split(leaked(train=[cell]))
    year = replace(one("go.present_simple.1sg@home"), id="spoken", text="I go once a year")
    with expect_raises(MinilmError, mentions="spoken", what="a noun of test_frames in train", idea="Two parts hold frames out.", page=PAGE):  # fmt: skip
        check_split(leaked(train=[year]))


def test_an_empty_or_missing_part_is_refused():
    for name in SPLITS:
        for parts in (
            split(every()) | {name: []},
            {n: s for n, s in split(every()).items() if n != name},
        ):
            with expect_raises(MinilmError, mentions=name, what=f"a split without {name}", idea="A test of no questions is passed by everybody.", page=PAGE):  # fmt: skip
                check_split(parts)


def test_a_tense_without_irregular_verbs_is_refused():
    for part in ("val_cells", "test_cells"):
        parts = split(every())
        for what, keep in (
            ("regular verbs in the past", lambda e: (e.tense, e.regular) != ("past_simple", True)),
            ("irregular verbs in the future", lambda e: (e.tense, e.regular) != ("simple_future", False)),
        ):  # fmt: skip
            less = parts | {part: [e for e in parts[part] if keep(e)]}
            with expect_raises(MinilmError, mentions=part, what=f"{part} without {what}", idea="Which claim could this part no longer judge?", page=PAGE):  # fmt: skip
                check_split(less)


def test_frames_that_are_held_out_come_from_the_table(monkeypatch):
    monkeypatch.setattr(corpus, "FRAMES", FRAMES | {"town": replace(FRAMES["town"], held_out="")})
    expect_equal(split_of(one("go.infinitive.3sg@town"), {}), "train", what="the part of a frame that the table no longer holds out", idea="Ask the frame, not a list of your own.", page=PAGE)  # fmt: skip
