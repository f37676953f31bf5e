"""Draws the graph of L = (a*b + c) * (a - c) at another point than page 03, with every value's number and gradient, as plain SVG."""

from __future__ import annotations

from html import escape

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.scalar import Value, topological_order

AT = {"a": 3, "b": -2, "c": 1}
PLACES: dict[str, tuple[float, float]] = {
    "a": (90, 180),
    "b": (90, 60),
    "c": (90, 300),
    "ab": (290, 120),
    "e": (480, 120),
    "f": (480, 270),
    "L": (660, 195),
}
WIDTH, HEIGHT, BOX = 760, 360, (120, 58)
STYLE = (
    "text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,monospace;font-size:13px;fill:#1f2933;"
    "text-anchor:middle;dominant-baseline:central}"
    ".name{font-weight:600}.data{fill:#1d5fa8}.grad{fill:#c2570c}.edge{fill:#c2570c;font-size:12px}"
    "rect{fill:#f3f5f7;stroke:#1f2933;stroke-width:1.5}path{stroke:#616e7c;stroke-width:1.6;fill:none}"
)


def diamond() -> dict[str, Value]:
    """The values of L = (a*b + c) * (a - c), by name, after backward()."""
    a, b, c = (Value(float(AT[name])) for name in "abc")
    ab = a * b
    e, f = ab + c, a - c
    result = e * f
    result.backward()
    return {"a": a, "b": b, "c": c, "ab": ab, "e": e, "f": f, "L": result}


def edges(named: dict[str, Value]) -> list[tuple[str, str, float]]:
    """(from, to, contribution that comes back along it): one for each input of each value."""
    names = {value: name for name, value in named.items()}
    return [
        (names[value], names[node], local * node.grad)
        for node in topological_order(named["L"])
        for value, local in zip(node._prev, node._local, strict=True)
    ]


def draw(named: dict[str, Value]) -> str:
    """The SVG: a box for each value, an arrow for each use, each arrow labeled with what returns along it."""
    title = "The graph of L = (a*b + c) * (a - c): two arrows leave a, two leave c"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0,0 L10,5 L0,10 z" style="fill:#616e7c;stroke:none"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" style="fill:#fff;stroke:none"/>',
    ]
    for start, end, back in edges(named):
        (x0, y0), (x1, y1) = PLACES[start], PLACES[end]
        x0, x1 = x0 + BOX[0] / 2, x1 - BOX[0] / 2
        at = 0.3
        x, y = x0 + at * (x1 - x0), y0 + at * (y1 - y0)
        parts.append(
            f'<path class="arrow" data-from="{start}" data-to="{end}" d="M{x0:g},{y0:g} L{x1:g},{y1:g}" '
            'marker-end="url(#head)"/>'
            f'<rect x="{x - 17:g}" y="{y - 9:g}" width="34" height="18" style="fill:#fff;stroke:none"/>'
            f'<text class="edge" x="{x:g}" y="{y:g}">{back:+g}</text>'
        )
    for name, value in named.items():
        x, y = PLACES[name]
        label = f"{name}  ({value._op})" if value._op else name
        parts.append(
            f'<g class="node" data-name="{name}"><rect x="{x - BOX[0] / 2:g}" y="{y - BOX[1] / 2:g}" '
            f'width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
            f'<text class="name" x="{x}" y="{y - 18}">{escape(label)}</text>'
            f'<text class="data" x="{x}" y="{y}">data {value.data:g}</text>'
            f'<text class="grad" x="{x}" y="{y + 18}">grad {value.grad:g}</text></g>'
        )
    note = "Arrows: the way forward. Numbers on them: what comes back."
    parts.append(f'<text x="{WIDTH / 2:g}" y="{HEIGHT - 16}">{note}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main(run: Run) -> None:
    """Builds, draws, records."""
    named = diamond()
    arrows = edges(named)
    run.file("graph.svg").write_text(draw(named), encoding="utf-8", newline="\n")
    run.record(
        config={"expression": "(a*b + c) * (a - c)", "at": AT},
        metrics={
            "nodes": len(topological_order(named["L"])),
            "edges": len(arrows),
            "edges_from_a": sum(start == "a" for start, _, _ in arrows),
            **{f"grad_{name}": named[name].grad for name in "abc"},
        },
    )
    print(f"{len(named)} values, {len(arrows)} arrows")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
