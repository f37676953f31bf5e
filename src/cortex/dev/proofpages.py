"""What the pages tell of the no-magic scripts: a table for each tier, what surprised, the line of a phase."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cortex.dev.no_magic import FOLDER, TIERS, Script, results
from cortex.dev.phasepages import cell, table
from cortex.errors import CortexError
from cortex.files.curriculum import Curriculum
from cortex.files.repo import Repo


def tier_table(
    repo: Repo,
    curriculum: Curriculum,
    found: Iterable[Script],
    tier: str,
    *,
    docs: str,
    code: str | None,
) -> str:
    """The table of a tier.

    Args:
        found: the scripts of all tiers.
        docs: how the page reaches `docs/`, with a slash at its end; empty from inside it.
        code: how it reaches the tier's folder, likewise; None on the site, where the scripts' files aren't
            and each row is an anchor instead of a link.
    """
    kept = results(repo).scripts
    rows = [("script", "what it proves", "run time", "criteria met", "built properly in")]
    for script in found:
        if script.tier != tier:
            continue
        result = kept.get(script.name)
        rows.append(
            (
                f'<a id="{script.name}"></a>`{script.name}`'
                if code is None
                else f"[{script.name}]({code}{script.name}.py)",
                cell(script.proves),
                _seconds(result.seconds) if result else "",
                f"{result.met} of {result.criteria}" if result else "not run yet",
                _built_in(curriculum, script, docs),
            )
        )
    return "\n".join(table(rows))


def surprises(found: Iterable[Script], tier: str) -> list[str]:
    """What surprised in each script of a tier, folded up: whoever wants to guess first can.

    Raw HTML with its text escaped, since a site's Markdown stops at such a block and a repository's page doesn't.
    """
    lines = []
    for script in found:
        if script.tier == tier and script.surprise:
            text = script.surprise[0].upper() + script.surprise[1:]
            lines += [
                "",
                f"<details><summary>What surprised in <code>{script.name}</code></summary>",
                f"<p>{html.escape(text, quote=False)}</p></details>",
            ]
    return lines


def _seconds(seconds: float) -> str:
    """`0.3 s`, `47 s`, with a space that doesn't break."""
    return f"{seconds:.1f}&nbsp;s" if seconds < 10 else f"{seconds:.0f}&nbsp;s"


def _built_in(curriculum: Curriculum, script: Script, docs: str) -> str:
    told = []
    for number in script.phases:
        if number in curriculum.shipped:
            phase = curriculum.shipped[number]
            link = f"{docs}phase-{number:02d}-{phase.slug}/README.md"
            told.append(f"[{number:02d} {phase.title.en}]({link})")
        elif number in curriculum.planned:
            told.append(f"{number:02d} {curriculum.planned[number].title.en}")
        else:
            raise CortexError(
                f"names phase {number:02d}, which doesn't exist", file=script.path, line=1
            )
    return "<br>".join(told)


def caption(repo: Repo) -> str:
    """When, on what and how long: the line under the tables."""
    kept = results(repo)
    if not kept.scripts:
        return "No full run is kept yet: `just no-magic all --write`."
    rows = kept.scripts.values()
    dates = sorted({row.date for row in rows})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    total = sum(row.seconds for row in rows)
    return (
        f"Full runs of {when} on the shipped names, Python {kept.python}, {kept.machine}: "
        f"{sum(row.met for row in rows)} of {sum(row.criteria for row in rows)} criteria met, "
        f"{total:.0f} seconds of one core in all (user time)."
    )


def blocks(
    repo: Repo, curriculum: Curriculum, found: Sequence[Script]
) -> Iterator[tuple[Path, str]]:
    """Each page with a `generated: no-magic` block, and what belongs in it."""
    folder = repo.root / FOLDER
    ending = ["", caption(repo), ""]
    for page, docs, on_site in (
        (folder / "README.md", "../../docs/", False),
        (repo.docs / "no-magic.md", "", True),
    ):
        parts = []
        for tier, (title, _) in TIERS.items():
            code = None if on_site else f"{tier}/"
            inner = tier_table(repo, curriculum, found, tier, docs=docs, code=code)
            parts += ["", f"**{title}** (`{tier}/`)", "", inner]
            parts += surprises(found, tier) if on_site else []
        yield page, "\n".join([*parts, *ending])
    for tier in TIERS:
        inner = tier_table(repo, curriculum, found, tier, docs="../../../docs/", code="")
        yield folder / tier / "README.md", "\n".join(["", inner, *ending])


def proofs(found: Iterable[Script], number: int) -> str:
    """The line of a phase's README that leads to its proofs, or nothing."""
    told = [
        f"- **[{script.name}](../no-magic.md#{script.name})** (`just no-magic {script.name}`): {script.proves}"
        for script in found
        if number in script.phases
    ]
    if not told:
        return ""
    return "\n".join(
        ["**Executable proof**: one file, Python's standard library, nothing hidden.", "", *told]
    )
