"""Figures as SVG: a small canvas for diagrams and a fixed style for plots, both the same bytes on every run.

Diagrams are drawn on a white card so that they read in the light and in the dark theme. Figure scripts call
`Canvas` or `save_plot`; `cortex dev figures` runs them and compares.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, PAPER = "#1f2933", "#616e7c", "#ffffff"
BLUE, ORANGE, GREEN, RED, PURPLE = "#1d5fa8", "#c2570c", "#2f7d32", "#b3261e", "#6d3fb0"
TINT = {
    BLUE: "#e6f0fa",
    ORANGE: "#fdeee0",
    GREEN: "#e7f4e8",
    RED: "#fbe9e7",
    PURPLE: "#f0eafa",
    INK: "#f3f5f7",
}
FONT = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


class Canvas:
    """An SVG of `width` by `height` CSS pixels; coordinates grow right and down.

    Args:
        width, height: size in CSS pixels; 720 wide fits the site's column.
        title: what the figure says, for people who can't see it.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._parts: list[str] = []
        self._heads: set[str] = set()

    def raw(self, svg: str) -> None:
        """Adds markup as it stands."""
        self._parts.append(svg)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 14,
        color: str = INK,
        anchor: str = "middle",
        bold: bool = False,
        mono: bool = False,
    ) -> None:
        """One line of text; `anchor` is start, middle or end; y is the middle of the line."""
        weight = ' font-weight="600"' if bold else ""
        self.raw(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{color}" text-anchor="{anchor}"{weight} '
            f'dominant-baseline="central" font-family="{MONO if mono else FONT}">{escape(text)}</text>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        lines: list[str] | str = "",
        *,
        color: str = INK,
        fill: str | None = None,
        size: float = 14,
        mono: bool = False,
        radius: float = 6,
        dashed: bool = False,
    ) -> None:
        """A rounded box centered on (x, y); the first of several lines is bold."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.raw(
            f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
            f'fill="{fill or TINT.get(color, PAPER)}" stroke="{color}" stroke-width="1.5"{dash}/>'
        )
        rows = [lines] if isinstance(lines, str) else lines
        step = size * 1.35
        for i, row in enumerate(rows):
            at = y + (i - (len(rows) - 1) / 2) * step
            self.text(x, at, row, size=size, mono=mono, bold=len(rows) > 1 and i == 0)

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        color: str = MUTED,
        width: float = 1.75,
        bend: float = 0,
        label: str = "",
        dashed: bool = False,
        head: bool = True,
        label_size: float = 13,
    ) -> None:
        """An arrow; `bend` pushes its middle sideways by so many pixels; the label sits on the middle."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        mx = (x0 + x1) / 2 - bend * (y1 - y0) / length
        my = (y0 + y1) / 2 + bend * (x1 - x0) / length
        cx, cy = 2 * mx - (x0 + x1) / 2, 2 * my - (y0 + y1) / 2
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        mark = f' marker-end="url(#head-{color[1:]})"' if head else ""
        self._heads.add(color)
        self.raw(
            f'<path d="M{x0:g},{y0:g} Q{cx:g},{cy:g} {x1:g},{y1:g}" fill="none" stroke="{color}" '
            f'stroke-width="{width:g}"{dash}{mark}/>'
        )
        if label:
            wide = len(label) * label_size * 0.58 + 8
            self.raw(
                f'<rect x="{mx - wide / 2:g}" y="{my - label_size * 0.8:g}" width="{wide:g}" height="{label_size * 1.6:g}" fill="{PAPER}" opacity="0.92"/>'
            )
            self.text(mx, my, label, size=label_size, color=color)

    def render(self) -> str:
        """The whole SVG document."""
        heads = "".join(
            f'<marker id="head-{color[1:]}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="{color}"/></marker>'
            for color in sorted(self._heads)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" role="img" aria-label="{escape(self.title, {chr(34): "&quot;"})}">\n'
            f"<title>{escape(self.title)}</title>\n<defs>{heads}</defs>\n"
            f'<rect width="{self.width}" height="{self.height}" rx="8" fill="{PAPER}"/>\n'
            + "\n".join(self._parts)
            + "\n</svg>\n"
        )

    def save(self, path: Path | str) -> None:
        """Writes the SVG."""
        Path(path).write_text(self.render(), encoding="utf-8", newline="\n")


def new_plot(width: float = 7.2, height: float = 4.0) -> Figure:
    """A matplotlib figure in the house style, size in inches; draw on `fig.subplots()`."""
    import matplotlib
    from cycler import cycler

    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "lynx-cortex",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE]),
            "legend.frameon": False,
            "lines.linewidth": 1.8,
        }
    )
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save_plot(figure: Figure, path: Path | str) -> None:
    """Writes the plot as SVG without a date, so that the same data gives the same bytes."""
    figure.savefig(str(path), format="svg", metadata={"Date": None, "Creator": None})
