"""What holds the claims of phase 18's page on the result, each beside its control."""

from __future__ import annotations

import runpy
from pathlib import Path

from minilm.corpus import examples, split

ANSWERS = runpy.run_path(str(Path(__file__).parents[2] / "experiments/18/tutor/answers.py"))
PARTS = split(examples())
ASKED = ANSWERS["asked"](PARTS)


def mended(answer, name):
    return [answer(text) == right for text, right in ASKED[name]]


def test_a_table_mends_every_sentence_with_a_new_phrase():
    assert all(mended(ANSWERS["lookup"](PARTS["train"]), "phrases"))


def test_one_that_copies_mends_none_of_them():
    assert not any(mended(ANSWERS["copying"], "phrases"))


def test_a_table_mends_no_sentence_of_an_unseen_cell():
    assert not any(mended(ANSWERS["lookup"](PARTS["train"]), "cells_regular"))


def test_a_table_that_saw_those_cells_mends_all_of_them():
    assert all(mended(ANSWERS["lookup"](PARTS["train"] + PARTS["test_cells"]), "cells_regular"))
