"""The first tutor of the reference: what it learns from, how it answers, its file; and the small one that is shipped."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from given.verbs import FRAMES, HELD_OUT, VERBS
from minilm import tutor
from minilm.corpus import bare, examples, name_of, parse, split
from minilm.errors import MinilmError
from minilm.gpt import GPT
from minilm.lessons import (
    ASK,
    LETTERS,
    LONGEST,
    Lessons,
    Pair,
    conjugated,
    ended,
    item,
    made_up,
    pairs,
    past,
    third_person,
)
from minitorch.checkpoint import load_file, load_metadata, save_file

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data/models/18-tutor"
PAGES = (
    ROOT / "experiments/18/tutor/README.md",
    ROOT / "docs/phase-18-training-loop/theory/08-who-wins-where.md",
)
ANSWERS = runpy.run_path(str(ROOT / "experiments/18/tutor/answers.py"))
asked: Callable[..., dict[str, list[Pair]]] = ANSWERS["asked"]
lookup: Callable[..., Callable[[str], str]] = ANSWERS["lookup"]
PARTS = split(examples())
HELD = {frame.nouns["en"] for frame in FRAMES.values() if frame.held_out} | {*HELD_OUT}


@pytest.mark.parametrize("verb", [verb for verb in VERBS.values() if verb.regular])
def test_the_rules_give_every_regular_form_of_the_table(verb):
    assert third_person(verb.lemma) == verb.english("present_simple", "3sg")
    assert past(verb.lemma) == verb.english("past_simple", "1sg")
    assert past(verb.lemma) == verb.english("past_participle", "1sg")


def test_a_verb_of_the_table_conjugated_by_rule_stands_in_the_corpus():
    study = {e.id: e.text for e in bare() if e.verb == "study"}
    made = {name_of(e.verb, e.tense, e.surface, e.person): e.text for e in conjugated("study")}
    assert made == study


def test_made_up_sentences_hold_nothing_that_is_held_out_and_fit_the_context():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        example = made_up(rng)
        pair = ended(example, rng)
        assert not {*" ".join(pair).split()} & HELD, pair
        assert len(item(pair)) <= LONGEST
        assert not parse(pair[0]), pair


def test_real_lessons_hold_no_sentence_of_another_part():
    lessons = Lessons(PARTS["train"], seed=0, made=0.0)
    held = {e.text for name, some in PARTS.items() if name != "train" for e in some}
    for batch in islice(iter(lambda: next(lessons), None), 60):
        for row in batch.ids:
            text = LETTERS.decode(row).split(ASK)[0]
            assert text not in held


def test_lessons_go_on_where_their_state_was_taken():
    lessons, other = Lessons(PARTS["train"], seed=3), Lessons(PARTS["train"], seed=4)
    for _ in range(11):
        next(lessons)
    other.load_state_dict(json.loads(json.dumps(lessons.state_dict())))
    for _ in range(7):
        ours, theirs = next(lessons), next(other)
        assert np.array_equal(ours.ids, theirs.ids)
        assert np.array_equal(ours.targets, theirs.targets)


def test_only_the_answer_is_asked_for():
    batch = next(Lessons(PARTS["train"], seed=0))
    for ids, targets in zip(batch.ids, batch.targets, strict=True):
        answered = LETTERS.decode(targets[targets > 0])
        assert LETTERS.decode(ids).split(ASK)[1] == answered


def test_every_sentence_of_the_domain_fits_with_its_answer():
    assert max(len(item(pair)) for pair in pairs(examples())) == LONGEST


def shipped() -> GPT:
    return tutor.load(SHIPPED / "tutor.safetensors")


def test_exact_is_what_answering_letter_by_letter_finds():
    model, some = shipped(), asked(PARTS)["verbs_by_heart"][::9] + asked(PARTS)["phrases"][::40]
    found = tutor.exact(model, some)
    assert found.tolist() == [tutor.answer(model, text) == right for text, right in some]
    assert found.any() and not found.all()


def test_the_shipped_tutor_passes_where_a_table_fails():
    model, known, questions = shipped(), lookup(PARTS["train"]), asked(PARTS)
    share = {name: tutor.exact(model, some).mean() for name, some in questions.items()}
    table = {
        name: np.mean([known(text) == right for text, right in some])
        for name, some in questions.items()
    }
    assert table["phrases"] == 1 and table["cells_regular"] == 0
    assert share["phrases"] >= 0.95
    assert share["cells_regular"] >= 0.8
    assert share["right_phrases"] >= 0.98


def test_the_shipped_tutor_is_small_and_what_its_manifest_says():
    manifest = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))
    assert (SHIPPED / "tutor.safetensors").stat().st_size < 1_000_000
    for name, some in asked(PARTS).items():
        assert tutor.exact(shipped(), some).mean() == pytest.approx(manifest["metrics"][name])


def test_the_pages_have_the_table_of_the_kept_runs():
    kept = json.loads((SHIPPED / "seeds.json").read_text(encoding="utf-8"))
    table = "\n".join(ANSWERS["table"]({seed: run["metrics"] for seed, run in kept.items()}))
    for page in PAGES:
        assert table in page.read_text(encoding="utf-8"), page


def test_the_pages_have_the_table_of_the_kept_comparison():
    folder = ROOT / "experiments/18/ngram-or-gpt"
    kept = json.loads((folder / "kept.json").read_text(encoding="utf-8"))
    table = "\n".join(runpy.run_path(str(folder / "shown.py"))["table"](kept["metrics"]))
    for page in (PAGES[1], folder / "README.md"):
        assert table in page.read_text(encoding="utf-8"), page


def test_a_file_gives_the_tutor_that_was_saved(tmp_path):
    model = GPT(tutor.CONFIG, np.random.default_rng(1))
    tutor.save(model, tmp_path / "t.safetensors")
    again = tutor.load(tmp_path / "t.safetensors")
    assert again.config == model.config
    assert all(np.array_equal(a, again.state_dict()[n]) for n, a in model.state_dict().items())


@pytest.mark.parametrize("kind", ["cut", "nan", "another", "letters", "missing"])
def test_a_file_that_is_no_tutor_is_refused_with_its_path(tmp_path, kind):
    path = tmp_path / "t.safetensors"
    tutor.save(GPT(tutor.CONFIG, np.random.default_rng(1)), path)
    weights, facts = load_file(path), load_metadata(path)
    name = next(iter(weights))
    if kind == "nan":
        weights[name].flat[0] = np.nan
    elif kind == "another":
        facts["format"] = "minilm-checkpoint-9"
    elif kind == "letters":
        facts["config"] = facts["config"].replace("abc", "cba")
    elif kind == "missing":
        del weights[name]
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    else:
        save_file(weights, path, facts)
    with pytest.raises(MinilmError, match=r"t\.safetensors"):
        tutor.load(path)
