"""Reads the curriculum's Markdown as its readers do: where links lead, what a theory page must hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from markdown_it.token import Token

from cortex.dev import reading
from cortex.dev.problem import Problem
from cortex.files.repo import Repo
from cortex.formats.load import read_text

FEWEST, MOST = 600, 1700  # words of a theory page: 700 to 1,500 by design, with some slack
_ATTRIBUTES = re.compile(r"\{[^}]*\}")
_OWN_ANCHOR = re.compile(r"\{[^}]*#([\w-]+)[^}]*\}\s*$", re.MULTILINE)
_HTML_ANCHOR = re.compile(r"<[^>]+\bid=\"([^\"]+)\"")
_HTML = re.compile(r"\b(?:src|href)=\"([^\"]+)\"")
_COMMAND = re.compile(
    r"\bjust (check|watch|hint|solution|reset|run|phase|quiz|break|gate|report) ?(\d[\w.-]*|bench-[\w-]+)"
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
    """A page of the repository."""

    name: str
    text: str

    @property
    def tokens(self) -> list[Token]:
        """What the page consists of."""
        return reading.tokens(self.text)

    @property
    def fences(self) -> list[str]:
        """The languages of its code fences."""
        return [(token.info.split() or [""])[0] for token in self.tokens if token.type == "fence"]

    @property
    def blocks(self) -> list[str]:
        """Its outermost blocks: headings, paragraphs, lists, fences, as they are written."""
        lines = self.text.split("\n")
        return [
            "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")
            for token in self.tokens
            if token.map and token.level == 0 and token.type != "definition"
        ]

    @property
    def prose(self) -> list[str]:
        """The lines outside code fences and display math."""
        lines = self.text.split("\n")
        for token in self.tokens:
            if token.map and token.type in ("fence", "formula_block"):
                lines[slice(*token.map)] = [""] * (token.map[1] - token.map[0])
        return lines

    @property
    def headings(self) -> list[Token]:
        """The headings, each with its `content` and `children`."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [inner for token, inner in pairs if token.type == "heading_open"]


def read(repo: Repo, path: Path) -> Page:
    """A page of the repository. Raises CortexError for a file that isn't there or isn't UTF-8."""
    return Page(repo.relative(path), read_text(path))


def links(page: Page) -> Iterator[Link]:
    """Every link and image of a page, outside code and formulas."""
    line = 0
    for token in page.tokens:
        if token.map:
            line = token.map[0] + 1
        yield from _links(token, line)
        for child in token.children or []:
            yield from _links(child, line)
            line += child.type in ("softbreak", "hardbreak")


def _links(token: Token, line: int) -> Iterator[Link]:
    if token.type == "image":
        yield Link(str(token.attrs["src"]), line, True, token.content)
    elif token.type in ("link_open", "definition"):
        yield Link(str(token.attrs["href"]), line)
    elif token.type in ("html_block", "html_inline"):
        for target in _HTML.findall(token.content):
            yield Link(target, line)


def anchors(page: Page) -> set[str]:
    """The anchors that lead somewhere both on the site and in GitHub's reader, and those set by hand."""
    site: set[str] = set()
    hub: set[str] = set()
    by_hand: set[str] = set()
    for token in page.tokens:
        if token.type == "inline":
            by_hand.update(_OWN_ANCHOR.findall(token.content))
        for part in (token, *(token.children or [])):
            if part.type in ("html_block", "html_inline"):
                by_hand.update(_HTML_ANCHOR.findall(part.content))
    for heading in page.headings:
        shown = (part for part in heading.children or [] if part.type != "html_inline")
        words = _ATTRIBUTES.sub("", "".join(part.content for part in shown)).strip()
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
    has_table = any(token.type == "table_open" for token in page.tokens)
    if not has_image and not has_table:
        yield lacks("no figure and no table", "Show what carries the argument.")
    if "pycon" not in page.fences:
        yield lacks("no pycon block", "Compute the page's numbers in one, so that they are tested.")
    sections = {heading.content for heading in page.headings}
    for section in ("Exercises", "Sources"):
        if section not in sections:
            yield lacks(f"no section `## {section}`", "Add it.")
    if not blocks or not blocks[-1].startswith("**So:**"):
        yield lacks(
            "the last block doesn't begin with `**So:**`",
            "End with the answer to the page's question.",
        )


def word_count(page: Page) -> int:
    """Words of prose: what has a letter or digit in it, outside code fences and display math."""
    return sum(any(sign.isalnum() for sign in word) for line in page.prose for word in line.split())
