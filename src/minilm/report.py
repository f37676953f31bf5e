"""From answers to sentences with numbers: a summary, a comparison that may find nothing, and both as Markdown and as HTML."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.calibration import expected_calibration_error
from minilm.asking import Answer
from minilm.confidence import brier, null_band
from minilm.errors import MinilmError
from minilm.intervals import holm, mcnemar, ones, paired_bootstrap, slices, wilson

KEYS: dict[str, Callable[[Answer], str]] = {
    "tense": lambda answer: answer.probe.tense,
    "person": lambda answer: answer.probe.person,
    "regularity": lambda answer: "regular" if answer.probe.regular else "irregular",
    "novelty": lambda answer: answer.probe.novelty,
}
"""How the core is cut. "" belongs to no slice."""


def summary(name: str, answers: Sequence[Answer], seed: int = 0) -> dict[str, Any]:
    """All figures of one model, as JSON can hold them; the same answers and seed give the same.

    What can't be said (`unsayable`) counts nowhere else. The core is what has no trick.

    Returns:
        name; unsayable; core: {n, hits, low, high} with Wilson's interval; slices: by each of KEYS, then by name, the same four;
        tricks: by trick, the same four; calibration: of the core's choices {n, ece, null_mean, null_high, brier}, or None
        without any; unknowable: how many of the core can't be derived, and how many of those were right, as [n, hits].

    Raises:
        MinilmError: two answers to one probe (the message names it), or none at all.
    """
    ids = [answer.probe.id for answer in answers]
    twice = next((one for one in ids if ids.count(one) > 1), None) if len(set(ids)) < len(ids) else None  # fmt: skip
    if twice or not answers:
        raise MinilmError(f"summary: two answers to {twice}" if twice else "summary: no answers")
    raise NotImplementedError("Lab 20.5 - one model's figures")


@dataclass(frozen=True)
class Comparison:
    """Two models on the same probes.

    Attributes:
        n: the probes. lost, gained: right in the first alone, in the second alone.
        p: McNemar's, exact; in a slice after Holm's correction over all slices.
        low, high: the bootstrap interval of the difference in accuracy, second minus first, whole verbs drawn.
        verdict: "better", "worse" (the second), or "no difference", which it is too where the interval holds 0: then it may be one
            verb's.
    """

    n: int
    lost: int
    gained: int
    p: float
    low: float
    high: float
    verdict: str


def decide(p: float, lost: int, gained: int, alpha: float = 0.05) -> str:
    """The verdict: "no difference" unless p is below alpha. ValueError for a p outside 0 to 1, or NaN."""
    if not 0 <= p <= 1:
        raise ValueError(f"decide: p must be from 0 to 1, got {p}")
    raise NotImplementedError("Lab 20.5 - or nothing")


def compare(
    first: Sequence[Answer], second: Sequence[Answer], seed: int = 0, alpha: float = 0.05
) -> dict[str, Comparison]:
    """The second against the first: "all" and, after Holm's correction over them, each slice of KEYS as `tense past_simple`.

    A part whose interval holds 0 has no difference, whatever its p. Probes that either can't say are left out. Each interval is drawn with a generator of its own, made from `seed`.

    Raises:
        MinilmError: the answers aren't to the same probes in the same order (the message names the first id that differs), or
            nothing is left.
    """
    if [a.probe for a in first] != [b.probe for b in second]:
        differ = [b.probe.id for a, b in zip(first, second, strict=False) if a.probe != b.probe]
        raise MinilmError(f"compare: not the same probes: {differ[0] if differ else 'a length'}")
    raise NotImplementedError("Lab 20.5 - the same questions to both")


def _percent(n: int, hits: int, low: float, high: float) -> list[str]:
    share = f"{100 * hits / n:.0f} %" if n else "-"
    return [str(n), str(hits), share, f"{100 * low:.0f} to {100 * high:.0f} %"]


def markdown(results: Mapping[str, Any]) -> str:
    """The summary as a page: what was asked, slices with the worst first, calibration beside its band, tricks, caveats."""
    head = ["| slice | n | right | share | 95 % interval |", "|---|---|---|---|---|"]

    def rows(part: Mapping[str, Mapping[str, Any]]) -> list[str]:
        return [
            f"| {name} | " + " | ".join(_percent(**figures)) + " |"
            for name, figures in part.items()
        ]

    lines = [f"# Evaluation: {results['name']}", "", *head, *rows({"all": results["core"]})]
    for field, part in results["slices"].items():
        lines += ["", f"## By {field}", "", *head, *rows(part)]
    lines += ["", "## Confidence", "", *_calibration(results["calibration"])]
    lines += ["", "## Tricks", "", *head, *rows(results["tricks"])]
    n, hits = results["unknowable"]
    lines += [
        "",
        "## Read this before you quote a number",
        "",
        f"- {n} probes of the core ask for a form that was in no training sentence and follows no rule; {hits} of them were right.",
        f"- {results['unsayable']} probes hold characters that the model doesn't have. They count nowhere.",
        "- Intervals take probes for independent. Those of one verb aren't: compare two models with whole verbs drawn.",
        "- Right means: a sentence of the domain. `he worked every year` is English, and isn't one.",
    ]
    return "\n".join(lines) + "\n"


def _calibration(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return ["No choices were asked."]
    where = "inside" if found["ece"] <= found["null_high"] else "above"
    return [
        f"- ECE {found['ece']:.3f} on {found['n']} choices. A calibrated model of these confidences has {found['null_mean']:.3f} on"
        f" average, and less than {found['null_high']:.3f} in 95 of 100 draws: this one is {where} that.",
        f"- Brier {found['brier']:.3f}.",
    ]


def compared(first: str, second: str, found: Mapping[str, Comparison]) -> str:
    """The comparison as Markdown; the first sentence is the answer."""
    whole = found["all"]
    answer = {
        "better": f"{second} is better than {first}.",
        "worse": f"{second} is worse than {first}.",
        "no difference": f"no difference between {second} and {first} is shown.",
    }[whole.verdict]
    lines = [
        f"# {second} against {first}",
        "",
        f"On {whole.n} probes: **{answer}** Right in the first alone {whole.lost}, in the second alone {whole.gained}.",
        "",
        "| part | n | lost | gained | p | difference, 95 % | second is |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        lines.append(
            f"| {name} | {one.n} | {one.lost} | {one.gained} | {one.p:.3g} | {100 * one.low:+.0f} to {100 * one.high:+.0f} pp | {one.verdict} |"
        )
    lines += [
        "",
        "p of a slice is Holm's, for all slices together; it takes probes for independent. The interval draws whole verbs. A"
        " difference is one that both show.",
    ]
    return "\n".join(lines) + "\n"


STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
:root{color-scheme:light dark}table{border-collapse:collapse;display:block;overflow-x:auto}td,th{padding:.2rem .7rem;
text-align:left;border-bottom:1px solid #8886}svg{width:100%;height:auto}text{fill:currentColor;font-size:13px}"""


def page(results: Mapping[str, Any], curve: Sequence[tuple[float, float, int]] = ()) -> str:
    """The summary as one HTML file without scripts or other files: bars with intervals, then the tables.

    Args:
        curve: of each bin of choices its confidence, its accuracy and how many are in it, for the reliability diagram.
    """
    parts = {
        f"{field}: {name}": one
        for field, part in results["slices"].items()
        for name, one in part.items()
    }
    tricks = {f"trick: {name}": one for name, one in results["tricks"].items()}
    body = [_bars({"all": results["core"], **parts, **tricks})]
    if curve:
        body.append(_reliability(curve))
    title = html.escape(f"Evaluation: {results['name']}")
    text = _tables(markdown(results))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>{''.join(body)}{text}</body></html>\n"
    )


def _bars(parts: Mapping[str, Mapping[str, Any]]) -> str:
    row, left, width = 24, 250, 380
    lines = [
        f'<svg viewBox="0 0 720 {row * len(parts) + 10}" role="img" aria-label="Share of right answers, with intervals">'
    ]
    for i, (name, one) in enumerate(parts.items()):
        y = row * i + 16
        share = one["hits"] / one["n"] if one["n"] else 0.0
        lines.append(
            f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect x="{left}" y="{y - 7}" width="{width * share:.1f}" height="14" fill="#3b7dd8"/>'
            f'<path d="M{left + width * one["low"]:.1f} {y}H{left + width * one["high"]:.1f}" stroke="#d9822b" stroke-width="3"/>'
            f'<text x="{left + width + 10}" y="{y + 4}">{100 * share:.0f} % of {one["n"]}</text>'
        )
    return "".join([*lines, "</svg>"])


def _reliability(curve: Sequence[tuple[float, float, int]]) -> str:
    dots = "".join(
        f'<circle cx="{30 + 240 * c:.1f}" cy="{250 - 240 * a:.1f}" r="{3 + math.log1p(n):.1f}" fill="#3b7dd8"/>'
        for c, a, n in curve
        if n
    )
    return (
        '<svg viewBox="0 0 720 280" role="img" aria-label="Accuracy over confidence">'
        '<path d="M30 250H270M30 250V10M30 250L270 10" stroke="#888" fill="none"/>'
        f'{dots}<text x="110" y="272">confidence</text><text x="290" y="60">above the line: less sure than right</text>'
        '<text x="290" y="200">below it: surer than right</text></svg>'
    )


def _tables(text: str) -> str:
    """The Markdown that `markdown` writes, and no other, as HTML."""
    out: list[str] = []
    rows: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = [html.escape(cell.strip()) for cell in line.strip("|").split("|")]
            tag = "td" if rows else "th"
            if set(line) - set("|-"):
                rows.append("<tr>" + "".join(f"<{tag}>{c}</{tag}>" for c in cells) + "</tr>")
            continue
        if rows:
            out.append(f"<table>{''.join(rows)}</table>")
            rows = []
        if line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            out.append(f"<h{level}>{html.escape(line.lstrip('# '))}</h{level}>")
        elif line:
            out.append(f"<p>{html.escape(line.removeprefix('- '))}</p>")
    return "\n".join(out)
