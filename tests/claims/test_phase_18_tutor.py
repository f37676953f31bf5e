"""What holds the claims of phase 18's page on the result, each beside its control."""

from __future__ import annotations

import runpy
from pathlib import Path

from minilm.corpus import examples, split

ANSWERS = runpy.run_path(str(Path(__file__).parents[2] / "experiments/18/tutor/answers.py"))


def mended(name, *known):
    """Who knows these parts by heart, or else copies: which of the sentences are right?"""
    parts = split(examples())
    lookup = ANSWERS["lookup"]([e for part in known for e in parts[part]])
    return [lookup(text) == right for text, right in ANSWERS["asked"](parts)[name]]


def test_a_table_mends_every_sentence_with_a_new_phrase():
    assert all(mended("phrases", "train"))


def test_one_that_copies_mends_none_of_them():
    assert not any(mended("phrases"))


def test_a_table_mends_no_sentence_of_an_unseen_cell():
    assert not any(mended("cells_regular", "train"))


def test_a_table_that_saw_those_cells_mends_all_of_them():
    assert all(mended("cells_regular", "train", "test_cells"))
