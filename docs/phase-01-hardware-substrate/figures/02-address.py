"""Draws 02-address.svg: byte 1000 split into tag, set and offset, and the set that it leads to."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, Canvas
from minigrad.cachesim import Cache

ADDRESS = 1000


def main(out: Path) -> None:
    """The ten bits of the address above, the sixteen places below."""
    cache = Cache(1024, 64, 2)
    tag, place, offset = cache.split(ADDRESS)
    canvas = Canvas(
        720, 400, "Address 1000 is tag 1, set 7, offset 40 in a cache of 8 sets, 2 ways"
    )
    canvas.text(30, 40, f"byte address {ADDRESS} = 1111101000 in binary", anchor="start", bold=True)
    bits = f"{ADDRESS:010b}"
    for x, width, text, name, color in [
        (110, 60, bits[0], f"tag {tag}", GREEN),
        (240, 160, bits[1:4], f"set {place}", ORANGE),
        (470, 260, bits[4:], f"offset {offset} of 64", BLUE),
    ]:
        canvas.box(x, 92, width, 38, " ".join(text), color=color, mono=True, size=16)
        canvas.text(x, 126, name, color=color, bold=True)
    canvas.text(690, 30, "8 sets = 2^3: 3 bits", size=12, color=MUTED, anchor="end")
    canvas.text(690, 50, "lines of 64 = 2^6 bytes: 6 bits", size=12, color=MUTED, anchor="end")
    for row in range(8):
        y = 166 + row * 27
        chosen = row == place
        color = ORANGE if chosen else MUTED
        canvas.text(130, y, f"set {row}", anchor="end", size=13, color=color, bold=chosen)
        for way in range(2):
            x = 235 + way * 190
            fill = None if chosen else PAPER
            text = ""
            if chosen:
                text = "tag 1: bytes 960 to 1023" if way else "tag 0: bytes 448 to 511"
            canvas.box(x, y, 182, 23, text, color=color, fill=fill, size=12, radius=3)
    canvas.text(545, 340, "lines 7, 15, 23, 31, ...", anchor="start", color=INK, size=13)
    canvas.text(545, 358, "all want these two places", anchor="start", color=INK, size=13)
    canvas.save(out / "02-address.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
