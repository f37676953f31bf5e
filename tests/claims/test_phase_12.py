"""Claims of phase 12: what a split asks, what a label says, what a digest depends on."""

import os
import random
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from given.verbs import HELD_OUT, PERSONS, PRONOUNS, TENSES, VERBS
from minilm import corpus
from minilm.corpus import (
    MISTAKES,
    Reading,
    bare,
    examples,
    framed,
    held_out_groups,
    mistakes,
    parse,
    split,
)
from minilm.corpus_files import validate
from minilm.errors import MinilmError
from minilm.overlap import contamination, fingerprint, near_duplicates, similarity

KNOWN_ALREADY = Path(__file__).parents[2] / "experiments/12/known-already/run.py"
SEEDS = range(200)
STRATA = {(tense, regular) for tense in TENSES for regular in (True, False)}


def strata(pairs):
    return {(tense, VERBS[verb].regular) for verb, tense in pairs}


def test_every_stratum_is_in_both_parts_whatever_the_seed():
    for seed in SEEDS:
        groups = held_out_groups(seed)
        for part in ("val", "test"):
            assert strata(pair for pair, where in groups.items() if where == part) == STRATA


def test_one_deck_leaves_strata_out():
    pairs = [(verb, tense) for verb in VERBS if verb not in HELD_OUT for tense in TENSES]
    whole = 0
    for seed in SEEDS:
        random.Random(seed).shuffle(deck := pairs[:])
        whole += strata(deck[:10]) == STRATA and strata(deck[10:20]) == STRATA
    assert whole == 0


def test_no_mistake_of_the_six_verbs_is_right():
    made = [MISTAKES["bare_participle_missing_aux"](example) for example in bare()]
    texts = [text for text in made if text is not None]
    assert len(texts) == 18
    assert not any(parse(text) for text in texts)


def test_of_all_twenty_two_thirds_would_be_right():
    texts = {
        f"{PRONOUNS['en'][who]} {verb.english('past_participle', person)}"
        for verb in VERBS.values()
        for who, person in enumerate(PERSONS)
    }
    assert (sum(bool(parse(text)) for text in texts), len(texts)) == (41, 60)


def of_look(column, verb="look"):
    parts = split(examples())
    asked = [example for example in parts["test_verbs"] if example.verb == verb]
    return contamination(parts["train"], asked)[column]


def test_the_spanish_of_look_has_been_seen():
    assert 0.7 < of_look("spanish") < 0.8


def test_its_english_and_the_other_verbs_have_not():
    assert of_look("text") == of_look("answer") == 0
    assert all(of_look("spanish", verb) == 0 for verb in ("like", "see", "eat"))


def test_a_fingerprint_of_four_keeps_every_cell():
    kept = {fingerprint(example): example for example in bare()}.values()
    assert len({(e.verb, e.tense, e.person) for e in kept}) == 300


def test_a_text_alone_loses_eighty_cells():
    kept = {example.text: example for example in bare()}.values()
    assert len({(e.verb, e.tense, e.person) for e in kept}) == 220


def digests(program):
    """What a program prints in three processes that salt their hashes differently."""
    path = [str(Path(corpus.__file__).parents[1]), *sys.path]
    return {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:] = {path!r}; {program}"],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2", "3")
    }


def test_sorted_lines_are_the_same_in_every_process():
    program = "from minilm.corpus import bare; from minilm.corpus_files import encode; print(encode(bare()))"
    assert len(digests(program)) == 1


def test_the_order_of_a_set_is_not():
    program = "from minilm.corpus import bare; print([e.id for e in set(bare())])"
    assert len(digests(program)) > 1


def slipped(example, frame):
    """A generator that writes two spaces in front of a frame."""
    right = framed(example, frame)
    return right and (right.text.replace(" in ", "  in "), right)


def test_the_parser_sees_a_slip_of_the_generator():
    made = [slipped(example, corpus.FRAMES["town"]) for example in bare()]
    assert all(parse(text) == [] for text, _ in made)


def test_a_parser_that_asks_the_generator_agrees_with_it():
    made = [slipped(example, corpus.FRAMES["town"]) for example in bare()]
    known = {text: Reading(e.verb, e.tense, e.surface, e.person, e.frame) for text, e in made}
    assert all(text in known for text, _ in made)


def with_wented(monkeypatch):
    """The 18 rows of go, of a table that says wented."""
    forms = VERBS["go"]._english | {("past_simple", ""): ("wented",) * 3}
    go = replace(VERBS["go"], _english=forms)
    monkeypatch.setattr(corpus, "VERBS", VERBS | {"go": go})
    monkeypatch.setattr(corpus, "ROWS", go.rows())


def test_generator_and_parser_agree_about_a_wrong_table(monkeypatch):
    with_wented(monkeypatch)
    past = [example for example in bare() if example.tense == "past_simple"]
    assert [example.text for example in past] == ["I wented", "you wented", "he wented"]
    for e in past:
        assert parse(e.text) == [Reading("go", "past_simple", "", e.person, "")]


def copies(kept):
    """The copier of 12-known-already after the training examples that `kept` keeps; a right one is its own correction."""
    copier = runpy.run_path(str(KNOWN_ALREADY))["copier"]
    train = split(examples())["train"]
    return copier([replace(e, correct_form=e.correct_form or e.text) for e in train if kept(e)])


def spoiled(answer):
    """Which share of the right sentences of verbs that were never seen it changes."""
    right = [e.text for e in bare() if e.verb in HELD_OUT]
    return sum(answer(text) != text for text in right) / len(right)


def test_who_has_seen_only_mistakes_spoils_right_sentences():
    assert spoiled(copies(lambda e: e.mistake)) > 0.5


def test_who_has_seen_right_ones_too_leaves_them():
    assert spoiled(copies(lambda e: True)) < 0.1


def corrected(*kinds):
    """The share of the mistakes of these kinds, of verbs that were never seen, that the copier corrects."""
    answer = copies(lambda e: e.mistake)
    asked = [e for b in bare() if b.verb in HELD_OUT for e in mistakes(b) if e.mistake in kinds]
    return sum(answer(e.text) == e.correct_form for e in asked) / len(asked)


def test_a_copier_corrects_every_auxiliary_of_new_verbs():
    kinds = (
        "wrong_aux_will_with_to",
        "wrong_aux_going_to_missing_ing",
        "subject_verb_disagreement",
    )
    assert corrected(*kinds) == 1


def test_a_copier_corrects_no_past_of_new_verbs():
    assert corrected("overregularization_past", "bare_participle_missing_aux") == 0


def inside(verb):
    """How many training sentences hold the infinitive with its to."""
    return sum(f"to {verb} " in f"{e.text} " for e in split(examples())["train"])


def test_three_held_out_infinitives_stand_in_train():
    held = {verb for verb, tense in held_out_groups() if tense == "infinitive"}
    assert held == {"walk", "watch", "be", "write"}
    assert [inside(verb) for verb in ("walk", "watch", "be")] == [60, 60, 60]


def test_the_fourth_does_not():
    assert inside("write") == 0


def templates():
    """The texts of near-duplicates of two verbs."""
    by = {example.id: example for example in bare()}
    pairs = [(by[a], by[b]) for a, b, _ in near_duplicates(bare())]
    return [(a, b) for a, b in pairs if a.verb != b.verb]


def test_near_duplicates_of_two_verbs_are_going_to():
    assert len(templates()) == 104
    assert {e.surface for pair in templates() for e in pair} == {"going_to"}


def test_their_verbs_alone_are_not_alike():
    assert max(similarity(a.verb, b.verb) for a, b in templates()) < 0.5


def zzz():
    goed = next(e for b in bare() for e in mistakes(b) if e.text == "he goed")
    return replace(goed, text="zzz")


def test_a_wrong_text_that_no_mistake_makes_is_refused():
    with pytest.raises(MinilmError, match="zzz"):
        validate(zzz())


def test_it_has_no_reading_either():
    assert parse(zzz().text) == []


def moved(monkeypatch, chosen):
    """How many other pairs change their part when there is a 21st verb, at most in one stratum of fifty such tables."""
    most, before = 0, chosen()
    for number in range(50):
        name = f"verb{number}"
        monkeypatch.setattr(corpus, "VERBS", {name: VERBS["work"]} | VERBS)
        after = {pair: part for pair, part in chosen().items() if pair[0] != name}
        for tense in TENSES:
            changed = {pair for pair, _ in before.items() ^ after.items() if pair[1] == tense}
            most = max(most, len(changed))
    return most


def test_one_verb_more_moves_two_pairs_of_a_stratum_at_most(monkeypatch):
    assert moved(monkeypatch, held_out_groups) == 2


def test_a_shuffle_moves_more(monkeypatch):
    def shuffled():
        draw = random.Random(42)
        groups = {}
        for tense in TENSES:
            names = [n for n, v in corpus.VERBS.items() if v.regular and n not in HELD_OUT]
            draw.shuffle(names)
            groups |= {(names[0], tense): "val", (names[1], tense): "test"}
        return groups

    assert moved(monkeypatch, shuffled) > 2


def by_rule(verb):
    """Past and participle as the rules of spelling make them."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def ask_for_no_rule(part):
    """How many mistakes of a part ask for a past or participle that the rules don't make; how many there are."""
    asked = [e for e in split(examples())[part] if e.mistake]
    past = [e for e in asked if e.tense in ("past_simple", "past_participle") and e.verb != "be"]
    return sum(by_rule(e.verb) not in e.correct_form.split() for e in past), len(asked)


def test_rules_alone_leave_some_corrections_open():
    assert ask_for_no_rule("test_cells") == (24, 124)
    assert ask_for_no_rule("test_verbs") == (78, 278)


def test_rules_give_every_past_of_the_regular_verbs():
    for name, verb in VERBS.items():
        for tense in ("past_simple", "past_participle"):
            assert (verb.english(tense, "1sg") == by_rule(name)) == verb.regular
