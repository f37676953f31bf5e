"""Every `pycon` block of the curriculum's pages, run against the reference: what a page shows is what comes out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sybil.document import Document
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.example import SybilFailure
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import CodeBlockParser
from sybil.region import Region

from cortex.files.packages import NAMES

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in ROOT.glob("docs/phase-*/**/*.md")
    if "```pycon" in path.read_text(encoding="utf-8")
)


def pycon(document: Document) -> Iterator[Region]:
    """The examples of a page's `pycon` blocks, each at its place in the page."""
    lines = DocTestStringParser(DocTestEvaluator())
    for block in CodeBlockParser(language="pycon", evaluator=lambda _: None)(document):
        for example in lines(str(block.parsed), document.path):
            example.adjust(block, block.parsed)
            yield example


def run(page: Path) -> int:
    """Runs a page's examples in one namespace and returns how many there were. Raises SybilFailure."""
    count = 0
    for example in Document.parse(str(page), pycon):
        example.evaluate()
        count += 1
    return count


@pytest.fixture(autouse=True)
def reference(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reference comes first on the path, fresh for each page; the working directory is the repository's root.

    What other tests have imported is back in its place afterwards: a second copy of a module isn't the one they hold.
    """

    def forget() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in NAMES]
        return {name: sys.modules.pop(name) for name in names}

    before = forget()
    monkeypatch.syspath_prepend(str(ROOT / "solutions"))
    monkeypatch.chdir(ROOT)
    yield
    forget()
    sys.modules.update(before)


def test_there_are_pages_with_examples_in_every_shipped_phase() -> None:
    phases = {path.parent for path in ROOT.glob("docs/phase-*/phase.yaml")}
    with_examples = {phase for phase in phases for page in PAGES if phase in page.parents}
    assert with_examples == phases


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.fspath(page.relative_to(ROOT / "docs")))
def test_a_page_shows_what_the_reference_really_answers(page: Path) -> None:
    assert run(page) > 0


def test_a_wrong_number_on_a_page_is_found_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n```pycon\n>>> x = 2\n>>> x + 1\n3\n```\n\nText.\n\n```pycon\n>>> x * 2\n5\n```\n"
    )
    with pytest.raises(SybilFailure, match=r"(?s)page\.md.*line 12.*Expected:\s+5\s+Got:\s+4"):
        run(page)


def test_examples_of_one_page_share_a_namespace_and_other_fences_are_left_alone(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```pycon\n>>> from labkit.seeding import seed_everything as seed\n```\n\n"
        "```python\n>>> 1 / 0\n```\n\n```pycon\n>>> seed.__module__\n'labkit.seeding'\n"
        ">>> import labkit, pathlib\n>>> pathlib.Path(labkit.__file__).parts[-3]\n'solutions'\n```\n"
    )
    assert run(page) == 4
