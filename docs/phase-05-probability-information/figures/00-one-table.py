"""Draws 00-one-table.svg: the joint table of tense and form of work, its margins, and one column made a conditional."""

import sys
from fractions import Fraction
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from given.verbs import PERSONS, TENSES, VERBS

ROWS = [[VERBS["work"].english(tense, who) for who in PERSONS] for tense in TENSES]
FORMS = list(dict.fromkeys(form for row in ROWS for form in row))
CELLS = [[row.count(form) for form in FORMS] for row in ROWS]
CHOSEN = 2  # the column that is cut out
LEFT, TOP, WIDE, HIGH = 195, 85, 78, 40


def draw() -> Canvas:
    """The table on the left, with counts of 15; the conditional on the right."""
    canvas = Canvas(720, 390, "A column of the table, divided by its sum, is a conditional")
    rows = [sum(row) for row in CELLS]
    columns = [sum(row[j] for row in CELLS) for j in range(len(FORMS))]
    for j, form in enumerate(FORMS):
        color = ORANGE if j == CHOSEN else INK
        canvas.text(LEFT + j * WIDE, TOP - 32, form, size=13, mono=True, color=color)
    canvas.text(LEFT + 4 * WIDE, TOP - 32, "row", size=13, color=MUTED)
    for i, tense in enumerate(TENSES):
        y = TOP + i * HIGH
        canvas.text(LEFT - 50, y, tense.replace("_", " "), size=13, anchor="end")
        for j, count in enumerate(CELLS[i]):
            color = ORANGE if j == CHOSEN else BLUE if count else MUTED
            fill = None if count else "#ffffff"
            canvas.box(
                LEFT + j * WIDE, y, WIDE - 8, HIGH - 6, str(count), color=color, fill=fill, size=14
            )
        canvas.text(LEFT + 4 * WIDE, y, str(rows[i]), color=MUTED)
    bottom = TOP + 5 * HIGH
    canvas.text(LEFT - 50, bottom, "column", size=13, anchor="end", color=MUTED)
    for j, total in enumerate(columns):
        color = ORANGE if j == CHOSEN else MUTED
        canvas.text(LEFT + j * WIDE, bottom, str(total), color=color, bold=j == CHOSEN)
    canvas.text(LEFT + 4 * WIDE, bottom, str(sum(rows)), color=MUTED, bold=True)
    right = 640
    canvas.arrow((545, TOP + 2 * HIGH), (590, TOP + 2 * HIGH), color=ORANGE, width=2.2)
    canvas.text(567, TOP + 2 * HIGH - 18, "/ 6", color=ORANGE, size=14, bold=True)
    canvas.text(right, TOP - 32, "given worked", size=13, color=ORANGE, bold=True)
    for i in range(5):
        part = Fraction(CELLS[i][CHOSEN], columns[CHOSEN])
        color = ORANGE if part else MUTED
        canvas.box(
            right,
            TOP + i * HIGH,
            WIDE - 8,
            HIGH - 6,
            str(part),
            color=color,
            fill=None if part else "#ffffff",
        )
    canvas.text(right, bottom, "1", color=ORANGE, bold=True)
    canvas.text(
        360, 335, "all counts of 15: divide by 15 for the joint distribution", size=13, color=MUTED
    )
    canvas.text(
        360,
        360,
        "margins: sums along a row or column; conditional: one column, made to sum to 1",
        size=13,
        color=MUTED,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "00-one-table.svg")
