"""Word vectors of the reference: properties, and the tables of the pages beside runs of the experiments."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minilm.embed import EMPTY, cbow, skip_gram
from minilm.errors import MinilmError
from minilm.geometry import effective_rank, interval, mean_cosine, spearman, without_top
from minilm.vector_files import Vectors, decode, encode, misfit

ROOT = Path(__file__).parents[2]
PHASE = ROOT / "docs/phase-13-embeddings"
EXPERIMENTS = ROOT / "experiments/13"
MISFITS: Callable[..., list[str]] = runpy.run_path(str(EXPERIMENTS / "windows/shown.py"))["misfits"]
PAGES = {
    "windows": [EXPERIMENTS / "windows/README.md", PHASE / "theory/03-near-compared-with-what.md"],
    "geometry": [
        EXPERIMENTS / "geometry/README.md",
        PHASE / "theory/03-near-compared-with-what.md",
        PHASE / "theory/04-the-shape-of-the-cloud.md",
    ],
}

DOCUMENTS = st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=5)
WORDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \n\r\0"), min_size=1),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(DOCUMENTS, st.integers(1, 9))
def test_a_pair_is_there_in_both_directions_and_within_reach(
    documents: list[list[int]], window: int
) -> None:
    inputs, targets = skip_gram(documents, window)
    pairs = sorted(zip(inputs[:, 0].tolist(), targets.tolist(), strict=True))
    assert pairs == sorted((b, a) for a, b in pairs)
    assert pairs == sorted(
        (a, b)
        for words in documents
        for i, a in enumerate(words)
        for j, b in enumerate(words)
        if 0 < abs(i - j) <= window
    )
    rows, _ = cbow(documents, window)
    assert (rows != EMPTY).sum() == len(pairs)


@given(WORDS, st.integers(1, 4), st.data())
def test_whatever_is_written_is_read_back_bit_for_bit(
    words: list[str], dim: int, data: st.DataObject
) -> None:
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    matrix = data.draw(hnp.arrays(np.float32, (len(words), dim), elements=finite))
    back = decode(encode(Vectors(tuple(words), matrix)), "x")
    assert back.words == tuple(words)
    assert back.matrix.tobytes() == matrix.tobytes()


@given(WORDS, st.data())
def test_a_text_that_lost_or_doubled_some_bytes_is_refused_or_another_whole_text(
    words: list[str], data: st.DataObject
) -> None:
    content = encode(Vectors(tuple(words), np.ones((len(words), 2), np.float32)))
    at = data.draw(st.integers(0, len(content) - 1))
    for spoiled in (
        content[:at],
        content[:at] + content[at + 1 :],
        content[: at + 1] + content[at:],
    ):
        try:
            found = decode(spoiled, "x.txt")
        except MinilmError as error:
            assert str(error).startswith("x.txt")
        else:
            assert len(found.words) == len(set(found.words)) == len(found.matrix)
            assert not any(map(misfit, found.words))


@given(hnp.arrays(np.int64, st.integers(2, 12), elements=st.integers(0, 4)), st.data())
def test_spearman_is_the_correlation_of_mean_ranks(
    x: np.ndarray[Any, Any], data: st.DataObject
) -> None:
    y = data.draw(hnp.arrays(np.int64, len(x), elements=st.integers(0, 4)))
    if not np.ptp(x) or not np.ptp(y):
        with pytest.raises(ValueError, match="different values"):
            spearman(x, y)
        return
    ranks = [[(v < u).sum() + (v == u).sum() / 2 for u in v] for v in (x, y)]
    assert spearman(x, y) == pytest.approx(np.corrcoef(*ranks)[0, 1])


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_turning_and_stretching_leave_the_shape_as_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(9, 4)) + 1
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    for measure in (mean_cosine, effective_rank, lambda some: mean_cosine(without_top(some, 1))):
        assert measure(3 * rows @ turn) == pytest.approx(measure(rows))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_an_interval_lies_within_the_means_of_its_groups(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(5), rng.integers(5, size=15)])
    scores = rng.normal(size=20)
    low, high = interval(scores, groups, rng, 50)
    means = [scores[groups == i].mean() for i in range(5)]
    assert min(means) <= low <= high <= max(means)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The rows that both experiments print."""
    rows: list[str] = []
    for name in PAGES:
        out = tmp_path_factory.mktemp(name)
        subprocess.run(
            [sys.executable, str(EXPERIMENTS / name / "run.py"), "--seed", "42", "--out", str(out)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "solutions"), "OMP_NUM_THREADS": "1"},
            check=True,
            capture_output=True,
        )
        rows += (out / "table.md").read_text(encoding="utf-8").splitlines()
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({page for pages in PAGES.values() for page in pages}))
def test_the_tables_of_the_pages_are_what_the_experiments_measure(
    page: Path, measured: list[str]
) -> None:
    text = page.read_text(encoding="utf-8").split("gensim")[0]
    assert len(re.findall(r"^\| `.*\d\.\d\d", text, re.MULTILINE)) >= 8
    assert MISFITS(text, measured) == []


def test_a_row_that_was_not_measured_so_is_seen() -> None:
    run = ["| `rows` | verb hits | 0.33 0.37 | 0.28 to 0.39 | |"]
    assert MISFITS("| `rows` | verb hits | 0.33 **0.37** | 0.30 to 0.39 | |", run) == []
    for wrong in (
        "| `rows` | verb hits | 0.33 0.47 | 0.28 to 0.39 | |",
        "| `rows` | slot hits | 0.33 0.37 | 0.28 to 0.39 | |",
        "| `rows` | verb hits | 0.33 | 0.28 to 0.39 | |",
    ):
        assert len(MISFITS(wrong, run)) == 1
