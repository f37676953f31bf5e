"""Reads the curriculum's Markdown as its readers do: where links lead, what a theory page must hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cortex.dev.problem import Problem
from cortex.files.repo import Repo
from cortex.formats.load import read_text

FEWEST, MOST = 600, 1700  # words of a theory page: 700 to 1,500 by design, with some slack
_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)\s*(\w*)")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_EXPLICIT = re.compile(r"\{[^}]*#([\w-]+)[^}]*\}\s*$|<[^>]+\bid=\"([^\"]+)\"")
_CODE = re.compile(r"(`+)(.+?)\1")
_MATH = re.compile(r"(?<![\\$])\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d)")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
_DEFINED = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
_HTML = re.compile(r"\b(?:src|href)=\"([^\"]+)\"")
_COMMAND = re.compile(
    r"\bjust (check|watch|hint|solution|exp|phase|quiz|break|gate|report) ?(\d[\w.-]*|bench-[\w-]+)"
)
_ABROAD = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """One link or image of a page; `target` as it is written."""

    target: str
    line: int
    image: bool = False
    alt: str = ""


@dataclass(frozen=True)
class Page:
    """A page, taken apart.

    Attributes:
        prose: the lines outside code fences and display math, numbered from 1.
        fences: the languages of its code fences.
    """

    name: str
    text: str
    prose: list[tuple[int, str]]
    fences: list[str]

    @property
    def blocks(self) -> list[str]:
        """The paragraphs of the whole text: runs of lines between blank ones."""
        return [block.strip("\n") for block in re.split(r"\n\s*\n", self.text) if block.strip()]

    @property
    def headings(self) -> list[str]:
        """The headings' texts."""
        found = (_HEADING.match(line) for _, line in self.prose)
        return [match[2] for match in found if match]


def read(repo: Repo, path: Path) -> Page:
    """A page of the repository. Raises CortexError for a file that isn't there or isn't UTF-8."""
    text = read_text(path)
    prose: list[tuple[int, str]] = []
    fences: list[str] = []
    fence = ""
    math = False
    for number, line in enumerate(text.split("\n"), 1):
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2]:
                fence = ""
        elif opening:
            fence = opening[1]
            fences.append(opening[2])
        elif line.count("$$") == 1:
            math = not math
        elif not math and "$$" not in line:
            prose.append((number, line))
    return Page(repo.relative(path), text, prose, fences)


def links(page: Page) -> Iterator[Link]:
    """Every link and image of a page, outside code and formulas."""
    for number, line in page.prose:
        bare = _MATH.sub("", _CODE.sub("", line))
        for mark, alt, target in _LINK.findall(bare):
            yield Link(target, number, mark == "!", alt)
            for _, _, inner in _LINK.findall(alt):
                yield Link(inner, number, True, "image in a link")
        defined = _DEFINED.match(bare)
        if defined:
            yield Link(defined[1], number)
        for target in _HTML.findall(bare):
            yield Link(target, number)


def anchors(page: Page) -> set[str]:
    """The anchors that lead somewhere both on the site and in GitHub's reader, and those set by hand."""
    site: set[str] = set()
    hub: set[str] = set()
    by_hand: set[str] = set()
    for _, line in page.prose:
        explicit = _EXPLICIT.search(line)
        if explicit:
            by_hand.add(explicit[1] or explicit[2])
        heading = _HEADING.match(line)
        if heading:
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[2])
            words = re.sub(r"[`*]|\{[^}]*\}", "", words).strip()
            site.add(_numbered(_site_slug(words), site, "_"))
            hub.add(_numbered(_hub_slug(words), hub, "-"))
    return (site & hub) | by_hand


def _site_slug(words: str) -> str:
    """As Python-Markdown's table of contents makes it."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def _hub_slug(words: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\s-]", "", words.strip().lower()).replace(" ", "-")


def _numbered(slug: str, taken: set[str], joint: str) -> str:
    count = 0
    whole = slug
    while whole in taken:
        count += 1
        whole = f"{slug}{joint}{count}"
    return whole


def broken_links(repo: Repo, page: Page) -> Iterator[Problem]:
    """Relative links and images that lead nowhere, and images that say nothing."""
    here = repo.root / page.name
    for link in links(page):
        if link.image and not link.alt.strip():
            yield Problem(
                page.name,
                f"the image {link.target} has no description",
                "Say what it shows between the brackets.",
                link.line,
            )
        if _ABROAD.match(link.target):
            continue
        path_text, _, anchor = unquote(link.target).partition("#")
        path = (here.parent / path_text) if path_text else here
        if path_text.startswith("/") or not path.exists():
            yield Problem(
                page.name,
                f"the link to {link.target} leads nowhere",
                "Links are relative to the page that holds them.",
                link.line,
            )
        elif anchor and path.suffix == ".md":
            there = anchors(read(repo, path.resolve()))
            if anchor not in there:
                yield Problem(
                    page.name,
                    f"{path.name} has no heading #{anchor} that both the site and GitHub know",
                    f"It has {', '.join('#' + name for name in sorted(there)) or 'none'}.",
                    link.line,
                )


def commands(page: Page) -> Iterator[tuple[int, str, str]]:
    """The `just` commands that a page names, in prose or in a fence: line, recipe, argument."""
    for number, line in enumerate(page.text.split("\n"), 1):
        for recipe, argument in _COMMAND.findall(line):
            yield number, recipe, argument.rstrip(".")


def theory(page: Page, title: str) -> Iterator[Problem]:
    """What a theory page lacks: title, Spanish abstract, length, picture, computed numbers, sections, answer."""

    def lacks(what: str, todo: str, line: int | None = None) -> Problem:
        return Problem(page.name, what, todo, line)

    blocks = page.blocks
    first = page.text.split("\n", 1)[0]
    if first != f"# {title}":
        yield lacks(
            f"the first line is {first!r}, phase.yaml calls the page {title!r}",
            "Make the two the same.",
            1,
        )
    if len(blocks) < 2 or not blocks[1].startswith("> **ES** "):
        yield lacks(
            "the second block is no Spanish abstract",
            "Begin it with `> **ES** `, one to three sentences.",
        )
    words = word_count(page)
    if not FEWEST <= words <= MOST:
        yield lacks(
            f"{words} words; a theory page has {FEWEST} to {MOST}",
            "One idea a page: split it, or say more.",
        )
    has_image = any(link.image for link in links(page))
    has_table = any(re.match(r"^\s*\|?\s*:?-{2,}:?\s*\|", line) for _, line in page.prose)
    if not has_image and not has_table:
        yield lacks("no figure and no table", "Show what carries the argument.")
    if "pycon" not in page.fences:
        yield lacks("no pycon block", "Compute the page's numbers in one, so that they are tested.")
    for section in ("Exercises", "Sources"):
        if section not in page.headings:
            yield lacks(f"no section `## {section}`", "Add it.")
    if not blocks or not blocks[-1].startswith("**So:**"):
        yield lacks(
            "the last block doesn't begin with `**So:**`",
            "End with the answer to the page's question.",
        )


def word_count(page: Page) -> int:
    """Words of prose: what has a letter or digit in it, outside code fences and display math."""
    return sum(
        any(sign.isalnum() for sign in word) for _, line in page.prose for word in line.split()
    )
