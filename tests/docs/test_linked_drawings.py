"""Drawings whose parts are links: each leads to a page that is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
DRAWINGS = sorted(DOCS.glob("*/figures/*.linked.svg"))


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda d: os.fspath(d.relative_to(DOCS)))
def test_every_part_of_a_linked_drawing_leads_to_a_page(drawing: Path) -> None:
    links = re.findall(r'<a href="([^"]+)"', drawing.read_text(encoding="utf-8"))
    assert links
    for link in links:
        # The site has a folder for each page.
        page = Path(os.path.normpath(drawing.parent / link)).with_suffix(".md")
        assert link.endswith("/") and page.is_file(), f"{drawing.name}: {link}"


def test_the_site_puts_linked_drawings_in_the_place_of_their_pictures() -> None:
    assert 'img[src$=".linked.svg"]' in (DOCS / "assets" / "site.js").read_text(encoding="utf-8")
    assert DRAWINGS
