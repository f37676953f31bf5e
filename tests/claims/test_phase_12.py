"""Claims of phase 12: what a split asks, what a label says, what a digest depends on."""

import os
import random
import subprocess
import sys
from pathlib import Path

from given.verbs import HELD_OUT, PERSONS, PRONOUNS, TENSES, VERBS
from minilm import corpus
from minilm.corpus import (
    MISTAKES,
    Reading,
    bare,
    examples,
    framed,
    held_out_groups,
    parse,
    split,
)
from minilm.overlap import contamination, fingerprint

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
