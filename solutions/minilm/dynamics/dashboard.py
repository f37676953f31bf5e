"""A run's dashboard: one HTML file that needs nothing else, for a phone or a desk, in light or dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from minilm.dynamics.probes import EDGES
from minilm.errors import MinilmError

WIDTH, HEIGHT = 320, 140
"""Of a panel's drawing, in its own units; on the page it is as wide as there is room."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2933; --soft: #5b6876; --line: #d5dbe1;
  --c0: #1d5fa8; --c1: #c2570c; --c2: #2f7d32; --c3: #6d3fb0; --c4: #b3261e; --c5: #52606d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6eaee; --soft: #a3afba; --line: #39434d;
  --c0: #7db4ee; --c1: #f2a365; --c2: #83c786; --c3: #bfa0f0; --c4: #f2938c; --c5: #b4bec8; } }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; } h2 { font-size: 1rem; margin: 0 0 .3rem; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
section { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem; min-width: 0; }
svg { display: block; width: 100%; height: auto; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.axis { stroke: var(--line); } .told { fill: var(--soft); font-size: 10px; } p { margin: .3rem 0 0; color: var(--soft); font-size: .85rem; }
.key { display: inline-block; margin-right: .8rem; } .key::before { content: ""; display: inline-block; width: .8rem; height: .25rem;
  margin-right: .3rem; vertical-align: middle; background: var(--own); }
"""


def bounds(series: Mapping[str, Sequence[float]], log: bool) -> tuple[float, float]:
    """The least and the greatest number that is drawn: finite ones, with `log` those above 0.

    Equal ones are widened, by 1 to both sides, or with `log` by a factor of 2, so that a constant runs through the middle. (0, 1), or
    (1, 10) with `log`, where nothing is drawn.
    """
    # lab 19.1 - what can be drawn
    drawn = [v for values in series.values() for v in values if _drawn(v, log)]
    if not drawn:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = min(drawn), max(drawn)
    if low == high:
        return (low / 2, high * 2) if log else (low - 1, high + 1)
    return low, high
    # end lab


def _drawn(value: float, log: bool) -> bool:
    """Whether a number has a place in a drawing."""
    return math.isfinite(value) and (value > 0 or not log)


def lines(
    steps: Sequence[float], values: Sequence[float], low: float, high: float, log: bool
) -> list[list[tuple[float, float]]]:
    """The pieces of a curve, each a list of (x, y) with one decimal: x from 0 for the first step to WIDTH for the last one, y from 0 at the
    top for `high` to HEIGHT for `low`, by logarithms with `log`.

    What isn't finite, or isn't above 0 with `log`, is a gap: the curve ends there, and another one begins behind it. A single step stands
    at x = 0. MinilmError if there are more steps than values, or fewer.
    """
    if len(steps) != len(values):
        raise MinilmError(f"values: {len(values)} for {len(steps)} steps")
    # lab 19.1 - to places, and gaps stay gaps
    pieces: list[list[tuple[float, float]]] = [[]]
    span = (steps[-1] - steps[0] if steps else 0) or 1
    scale = math.log if log else float
    for step, value in zip(steps, values, strict=True):
        if not _drawn(value, log):
            pieces.append([])
            continue
        x = (step - steps[0]) / span * WIDTH
        y = (scale(high) - scale(value)) / (scale(high) - scale(low)) * HEIGHT
        pieces[-1].append((round(x, 1), round(y, 1)))
    return [piece for piece in pieces if piece]
    # end lab


def panel(
    title: str,
    steps: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    log: bool = False,
    note: str = "",
) -> str:
    """A section with a heading, a drawing of one curve for each series, their names, and a note. Text is escaped.

    The drawing says in words what it shows (`aria-label`), and names least and greatest values and steps.
    """
    low, high = bounds(series, log)
    drawn = []
    for i, values in enumerate(series.values()):
        color = f"var(--c{i % 6})"
        for piece in lines(steps, values, low, high, log):
            if len(piece) == 1:
                drawn.append(
                    f'<circle cx="{piece[0][0]}" cy="{piece[0][1]}" r="2" fill="{color}"/>'
                )
            else:
                points = " ".join(f"{x:g},{y:g}" for x, y in piece)
                drawn.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.6"/>')  # fmt: skip
    keys = "".join(
        f'<span class="key" style="--own: var(--c{i % 6})">{escape(name)}</span>'
        for i, name in enumerate(series)
    )
    ends = f"{steps[0]:g} to {steps[-1]:g}" if steps else "none"
    scale = ", logarithmic" if log else ""
    said = f"{title}: from {low:.3g} to {high:.3g}{scale}, steps {ends}"
    return (
        f'<section><h2>{escape(title)}</h2><svg viewBox="-2 -12 {WIDTH + 4} {HEIGHT + 28}" role="img" '
        f'aria-label="{escape(said)}"><path class="axis" d="M0 0H{WIDTH}M0 {HEIGHT}H{WIDTH}"/>'
        f'<text class="told" x="0" y="-3">{high:.3g}</text><text class="told" x="0" y="{HEIGHT - 3}">{low:.3g}</text>'
        f'<text class="told" x="{WIDTH}" y="{HEIGHT + 12}" text-anchor="end">steps {ends}{scale}</text>'
        f"{''.join(drawn)}</svg><p>{keys}</p>{f'<p>{escape(note)}</p>' if note else ''}</section>"
    )


def bars(title: str, counts: Sequence[int], note: str = "") -> str:
    """A section with a histogram over EDGES: the tallest bar as high as the drawing, one of nothing without height."""
    most = max(counts, default=0) or 1
    width = WIDTH / max(len(counts), 1)
    drawn = "".join(
        f'<rect x="{i * width:.1f}" y="{HEIGHT - n / most * HEIGHT:.1f}" width="{width - 1:.1f}" '
        f'height="{n / most * HEIGHT:.1f}" fill="var(--c0)"/>'
        for i, n in enumerate(counts)
    )
    told = "".join(
        f'<text class="told" x="{i * width:.1f}" y="{HEIGHT + 12}" text-anchor="middle">{EDGES[i]:g}</text>'
        for i in range(0, len(EDGES), 7)
    )
    said = f"{title}: {sum(counts)} numbers, most in a cell {most}"
    return (
        f'<section><h2>{escape(title)}</h2><svg viewBox="-12 -12 {WIDTH + 24} {HEIGHT + 28}" role="img" '
        f'aria-label="{escape(said)}"><path class="axis" d="M0 {HEIGHT}H{WIDTH}"/>{drawn}{told}</svg>'
        f"{f'<p>{escape(note)}</p>' if note else ''}</section>"
    )


def by_layer(record: Sequence[Mapping[str, Any]], key: str) -> dict[str, list[float]]:
    """From a list of lines with a dictionary of layers under `key`: a list of numbers for each layer, nan where a line has none."""
    # lab 19.1 - from lines to columns
    layers = list(dict.fromkeys(layer for line in record for layer in line.get(key, {})))
    return {layer: [line.get(key, {}).get(layer, math.nan) for line in record] for layer in layers}
    # end lab


def render(
    title: str, record: Sequence[Mapping[str, Any]], samples: Sequence[tuple[str, str]] = ()
) -> str:
    """The whole page: loss, rate, gradient norms and update ratios of the layers, entropy of each head, silent units, a histogram of
    hidden units for each block at the last look, and samples (what was asked, what came).

    It loads nothing and runs nothing: no script, no link, no address.

    Raises:
        MinilmError: a record without a line.
    """
    if not record:
        raise MinilmError("record: there is no line to draw")
    # lab 19.1 - one section after another
    steps = [line["step"] for line in record]
    looks = [line for line in record if "inside" in line]
    inside = [line["inside"] for line in looks]
    at = [line["step"] for line in looks]
    parts = [
        panel("Loss", steps, {"training": [x["loss"] for x in record]}, note="Nats a token, each step's batch before it."),
        panel("Rate", steps, {"first group": [x["lr"] for x in record]}),
        panel("Gradient norm, all layers", steps, {"before the clip": [x["norm"] for x in record]}, log=True),
        panel("Gradient norm, each layer", steps, by_layer(record, "gradients"), log=True),
        panel("Update over weight, each layer", steps, by_layer(record, "updates"), log=True, note="A layer without a curve doesn't move."),
    ]  # fmt: skip
    if inside:
        blocks = range(len(inside[0]["entropy"]))
        heads = {
            f"{b}.{h}": [x["entropy"][b][h] for x in inside]
            for b in blocks
            for h in range(len(inside[0]["entropy"][b]))
        }
        parts.append(panel("Attention entropy, block.head", at, heads, note="1: looks at all that it may, alike. 0: at one."))  # fmt: skip
        parts.append(panel("Stream in front of each block", at, {f"block {b}": [x["stream"][b] for x in inside] for b in blocks}, log=True))  # fmt: skip
        parts.append(panel("Silent units, share of each block", at, {f"block {b}": [x["silent"][b] for x in inside] for b in blocks}))  # fmt: skip
        parts += [bars(f"Hidden units of block {b}, last look", inside[-1]["hidden"][b]) for b in blocks]  # fmt: skip
    if samples:
        rows = "".join(
            f"<pre>{escape(asked)}<b>{escape(came)}</b></pre>" for asked, came in samples
        )
        parts.append(f"<section><h2>Samples</h2>{rows}</section>")
    last = np.mean([line["loss"] for line in record[-10:]])
    told = (
        f"{len(record)} steps, loss {record[0]['loss']:.3f} at first, {last:.3f} over the last ten"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{told}</p><main>{''.join(parts)}</main></body></html>\n"
    )
    # end lab
