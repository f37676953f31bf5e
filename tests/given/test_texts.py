"""The text in two languages is the one that was shipped, and what says so is held by the seal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from given.texts import FOLDER, SHA256, lines

ROOT = Path(__file__).parents[2]


def test_both_languages_have_the_same_lines() -> None:
    assert len(lines("en")) == len(lines("es")) == 1239
    assert all(line.strip() for line in lines("en") + lines("es"))


def test_its_readme_tells_the_digests() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(digest in readme for digest in SHA256.values())


def test_a_changed_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.txt").write_text("other\n", encoding="utf-8")
    monkeypatch.setattr("given.texts.FOLDER", tmp_path)
    with pytest.raises(ValueError, match="isn't as it was shipped"):
        lines("en")


def test_the_seal_holds_it() -> None:
    seal = json.dumps(json.loads((ROOT / "docs/phase-11-tokenization-bpe/seal.json").read_bytes()))
    assert all(f"data/text/{language}.txt" in seal for language in SHA256)
