"""The map: all phases as one SVG graph, laid out in layers from `requires`, every box a link.

A phase's layer is the longest way to it. Phases are placed in layer order along rows that turn back at their ends,
so that a chain of requirements is one winding path; every other requirement is routed through the gaps between boxes.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from cortex.errors import CortexError
from cortex.formats.phase import Phase, Planned
from given.drawing import FONT

COLUMNS = 5
BOX_W, BOX_H, GAP_X, GAP_Y, EDGE = 150, 58, 28, 38, 24
STRIP, LANE, CORNER, WRAP = 30, 5, 5, 17

# Variables are set by the site's style sheet for its dark scheme; elsewhere the fallbacks draw a white card.
_STYLE = """
.map-paper{fill:var(--map-paper,#fff)}
.map-box{fill:var(--map-planned,#fff);stroke:var(--map-line,#9aa5b1);stroke-width:1.25;stroke-dasharray:4 3}
.map-open .map-box{fill:var(--map-open,#e6f0fa);stroke:var(--map-accent,#1d5fa8);stroke-width:2;stroke-dasharray:none}
.map-number{fill:var(--map-muted,#616e7c);font-weight:600;font-size:13px}
.map-title{fill:var(--map-muted,#616e7c);font-size:12px}
.map-open .map-number{fill:var(--map-accent,#1d5fa8)}
.map-open .map-title{fill:var(--map-ink,#1f2933)}
.map-path{fill:none;stroke:var(--map-line,#9aa5b1);stroke-width:2}
.map-skip{fill:none;stroke:var(--map-skip,#c3cbd3);stroke-width:1.25}
.map-head{fill:var(--map-line,#9aa5b1)}
.map-node:hover .map-box,.map-node:focus-visible .map-box{stroke:var(--map-hot,#c2570c);stroke-width:2.5;stroke-dasharray:none}
.map-hot{stroke:var(--map-hot,#c2570c);stroke-width:2.25}
"""


@dataclass(frozen=True)
class Place:
    """Where a phase stands in the grid."""

    row: int
    column: int

    @property
    def left(self) -> float:
        """The box's left side."""
        return EDGE + self.column * (BOX_W + GAP_X)

    @property
    def top(self) -> float:
        """The box's upper side."""
        return EDGE + self.row * (BOX_H + GAP_Y)


def layers(requires: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """Each phase's layer: 0 where nothing is required, else one more than the deepest requirement.

    Raises:
        CortexError: where phases require each other in a circle, or one that doesn't exist.
    """
    depth: dict[int, int] = {}

    def visit(number: int, above: tuple[int, ...]) -> int:
        if number not in requires:
            raise CortexError(f"phase {above[-1]:02d} requires {number}, which doesn't exist")
        if number in above:
            circle = " -> ".join(f"{n:02d}" for n in (*above[above.index(number) :], number))
            raise CortexError(f"phases require each other in a circle: {circle}")
        if number not in depth:
            depth[number] = max(
                (1 + visit(needed, (*above, number)) for needed in requires[number]), default=0
            )
        return depth[number]

    for number in sorted(requires):
        visit(number, ())
    return depth


def places(requires: Mapping[int, Iterable[int]]) -> dict[int, Place]:
    """The grid: layer order, rows running right and left in turn."""
    depth = layers(requires)
    result = {}
    for i, number in enumerate(sorted(depth, key=lambda n: (depth[n], n))):
        row, step = divmod(i, COLUMNS)
        result[number] = Place(row, step if row % 2 == 0 else COLUMNS - 1 - step)
    return result


@dataclass
class _Route:
    """A requirement between phases that aren't neighbors: down, along, down a column gap, along, down."""

    source: int
    target: int
    start: Place
    end: Place
    gap: int | None  # the column gap it descends through; None where one row gap is enough
    start_x: float = 0
    end_x: float = 0


def _routes(grid: Mapping[int, Place], skips: list[tuple[int, int]]) -> list[_Route]:
    load: defaultdict[tuple[int, int], int] = defaultdict(int)
    routes = []
    for source, target in skips:
        a, b = grid[source], grid[target]
        gap = None
        if b.row - a.row > 1:
            rows = range(a.row + 1, b.row)

            def cost(k: int, a: Place = a, b: Place = b, rows: range = rows) -> float:
                x = EDGE + k * (BOX_W + GAP_X) - GAP_X / 2
                middle = BOX_W / 2
                away = abs(x - a.left - middle) + abs(x - b.left - middle)
                return away + 60 * max(load[row, k] for row in rows)

            gap = min(range(COLUMNS + 1), key=cost)
            for row in rows:
                load[row, gap] += 1
        routes.append(_Route(source, target, a, b, gap))
    _ports(routes)
    return routes


def _ports(routes: list[_Route]) -> None:
    """Spreads the ends along each box, in the order of where they come from or go, clear of the middle."""
    for end in ("start", "end"):
        groups: defaultdict[Place, list[_Route]] = defaultdict(list)
        for route in routes:
            groups[getattr(route, end)].append(route)
        for place, members in groups.items():
            other = "end" if end == "start" else "start"
            members.sort(key=lambda r: (getattr(r, other).left, getattr(r, other).row))
            base = place.left + BOX_W * (0.68 if end == "start" else 0.32)
            for i, route in enumerate(members):
                setattr(route, f"{end}_x", base + (i - (len(members) - 1) / 2) * 14)


def _lanes(spans: list[tuple[float, float]]) -> list[float]:
    """For each span of a channel an offset from its middle, so that overlapping spans lie side by side."""
    lanes: list[list[tuple[float, float]]] = []
    chosen = []
    for low, high in spans:
        for i, lane in enumerate(lanes):
            if all(high + LANE < a or b + LANE < low for a, b in lane):
                lane.append((low, high))
                chosen.append(i)
                break
        else:
            lanes.append([(low, high)])
            chosen.append(len(lanes) - 1)
    return [(i - (len(lanes) - 1) / 2) * LANE for i in chosen]


def _span(a: float, b: float) -> tuple[float, float]:
    return (a, b) if a < b else (b, a)


def _polyline(points: list[tuple[float, float]]) -> str:
    """An SVG path along right angles, corners rounded."""
    path = f"M{points[0][0]:g},{points[0][1]:g}"
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        into = max(abs(at[0] - before[0]), abs(at[1] - before[1]))
        out = max(abs(after[0] - at[0]), abs(after[1] - at[1]))
        r = min(CORNER, into / 2, out / 2)
        if not r:
            continue
        x0, y0 = (at[i] - r * _sign(at[i] - before[i]) for i in (0, 1))
        x1, y1 = (at[i] + r * _sign(after[i] - at[i]) for i in (0, 1))
        path += f" L{x0:g},{y0:g} Q{at[0]:g},{at[1]:g} {x1:g},{y1:g}"
    return path + f" L{points[-1][0]:g},{points[-1][1]:g}"


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _skip_paths(routes: list[_Route]) -> list[str]:
    along: defaultdict[int, list[tuple[_Route, str, float, float]]] = defaultdict(list)
    down: defaultdict[int, list[_Route]] = defaultdict(list)
    gap_x: dict[int, float] = {}
    for route in routes:
        if route.gap is not None:
            down[route.gap].append(route)
    for gap, members in down.items():
        offsets = _lanes([(r.start.top, r.end.top) for r in members])
        middle = EDGE + gap * (BOX_W + GAP_X) - GAP_X / 2
        gap_x |= {id(r): middle + offset for r, offset in zip(members, offsets, strict=True)}
    for route in routes:
        x = gap_x.get(id(route))
        if x is None:
            along[route.start.row].append((route, "first", *_span(route.start_x, route.end_x)))
        else:
            along[route.start.row].append((route, "first", *_span(route.start_x, x)))
            along[route.end.row - 1].append((route, "last", *_span(x, route.end_x)))
    row_y: dict[tuple[int, str], float] = {}
    for row, entries in along.items():
        entries.sort(key=lambda entry: entry[2] - entry[3])
        middle = EDGE + row * (BOX_H + GAP_Y) + BOX_H + GAP_Y / 2 - 2
        for entry, offset in zip(entries, _lanes([e[2:] for e in entries]), strict=True):
            row_y[id(entry[0]), entry[1]] = middle + offset
    paths = []
    for route in routes:
        first = row_y[id(route), "first"]
        points = [(route.start_x, route.start.top + BOX_H), (route.start_x, first)]
        if route.gap is not None:
            x, last = gap_x[id(route)], row_y[id(route), "last"]
            points += [(x, first), (x, last), (route.end_x, last)]
        else:
            points.append((route.end_x, first))
        same_row = route.start.row == route.end.row
        points.append((route.end_x, route.end.top + (BOX_H if same_row else 0)))
        paths.append(
            f'<path class="map-skip" data-from="{route.source}" data-to="{route.target}" '
            f'd="{_polyline(points)}" marker-end="url(#map-small)"/>'
        )
    return paths


def _neighbor_path(source: int, target: int, a: Place, b: Place) -> str:
    if a.row == b.row:
        right = b.column > a.column
        x0 = a.left + (BOX_W if right else 0)
        x1 = b.left + (0 if right else BOX_W)
        y0 = y1 = a.top + BOX_H / 2
    else:
        x0 = x1 = a.left + BOX_W / 2
        y0, y1 = a.top + BOX_H, b.top
    return (
        f'<path class="map-path" data-from="{source}" data-to="{target}" '
        f'd="M{x0:g},{y0:g} L{x1:g},{y1:g}" marker-end="url(#map-big)"/>'
    )


def _node(phase: Phase | Planned, place: Place) -> str:
    shipped = isinstance(phase, Phase)
    number = f"{phase.number:02d}"
    href = f"../phase-{number}-{phase.slug}/" if shipped else f"../map/#phase-{number}"
    state = "open" if shipped else "planned"
    rows = textwrap.wrap(phase.title.en, WRAP, break_long_words=False)
    x, y = place.left, place.top
    text = "".join(
        f'<text class="map-title" x="{x + STRIP + 4:g}" '
        f'y="{y + BOX_H / 2 + (i - (len(rows) - 1) / 2) * 15:g}" dominant-baseline="central">{escape(row)}</text>'
        for i, row in enumerate(rows)
    )
    return (
        f'<a class="map-node map-{state}" data-phase="{phase.number}" href={quoteattr(href)} '
        f"aria-label={quoteattr(f'Phase {number}: {phase.title.en} ({state})')}>"
        f"<title>{escape(f'{number} {phase.title.en}: {phase.about.en}')}</title>"
        f'<rect class="map-box" x="{x:g}" y="{y:g}" width="{BOX_W}" height="{BOX_H}" rx="7"/>'
        f'<text class="map-number" x="{x + STRIP / 2 + 2:g}" y="{y + BOX_H / 2:g}" text-anchor="middle" '
        f'dominant-baseline="central">{number}</text>{text}</a>'
    )


def draw(phases: list[Phase | Planned]) -> str:
    """The SVG document; hrefs fit a page, or the file itself, that lies one folder below the site's root."""
    grid = places({phase.number: phase.requires for phase in phases})
    order = sorted(grid, key=lambda n: (grid[n].row, _step(grid[n])))
    following = dict(pairwise(order))
    edges = [(need, phase.number) for phase in phases for need in phase.requires]
    near = [(a, b) for a, b in edges if following.get(a) == b]
    skips = [(a, b) for a, b in edges if following.get(a) != b]
    rows = 1 + max(place.row for place in grid.values())
    columns = 1 + max(place.column for place in grid.values())
    width = 2 * EDGE + columns * (BOX_W + GAP_X) - GAP_X
    height = 2 * EDGE + rows * (BOX_H + GAP_Y) - GAP_Y
    shipped = sum(isinstance(phase, Phase) for phase in phases)
    title = f"Map of the {len(phases)} phases: {shipped} open, {len(phases) - shipped} planned; an arrow leads from a requirement to the phase that needs it"
    heads = "".join(
        f'<marker id="map-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{size}" markerHeight="{size}" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="map-head" d="M0,1 L10,5 L0,9 z"/></marker>'
        for name, size in (("big", 10), ("small", 7))
    )
    parts = [
        *_skip_paths(_routes(grid, skips)),
        *(_neighbor_path(a, b, grid[a], grid[b]) for a, b in near),
        *(_node(phase, grid[phase.number]) for phase in phases),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="group" aria-label={quoteattr(title)} font-family={quoteattr(FONT)}>\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n<defs>{heads}</defs>\n"
        f'<rect class="map-paper" width="{width}" height="{height}" rx="10"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _step(place: Place) -> int:
    return place.column if place.row % 2 == 0 else COLUMNS - 1 - place.column
