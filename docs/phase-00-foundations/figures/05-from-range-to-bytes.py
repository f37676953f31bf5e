"""From a range of versions to the bytes on disk, and where each step can be pinned."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED, Canvas


def main(folder: Path) -> None:
    """Draws the path of a package, with the lock in the middle and the check at the end."""
    canvas = Canvas(
        720,
        310,
        "The lock keeps versions and hashes; whichever mirror sends the bytes, the hash decides",
    )
    canvas.box(90, 70, 150, 62, ["pyproject.toml", "numpy>=2.0"], color=ORANGE, size=13)
    canvas.text(90, 116, "what you can live with", size=12, color=MUTED)
    canvas.arrow((168, 70), (266, 70))
    canvas.text(217, 54, "resolve once", size=12, color=MUTED)
    canvas.box(360, 70, 184, 62, ["uv.lock", "2.4.6  sha256:ab12..."], color=BLUE, size=13)
    canvas.text(360, 116, "what you got, and its hash", size=12, color=MUTED)
    canvas.text(360, 134, "no address of any host", size=12, color=MUTED)
    canvas.arrow((454, 70), (546, 70))
    canvas.text(500, 54, "by name", size=12, color=MUTED)
    for i, name in enumerate(("one mirror", "another mirror", "the disk cache")):
        canvas.box(628, 44 + i * 42, 156, 32, name, color=INK, size=13)
    canvas.arrow((628, 146), (628, 196))
    canvas.box(628, 222, 156, 48, ["bytes arrive", "sha256 of them"], color=INK, size=13)
    canvas.arrow((360, 146), (360, 196), color=BLUE)
    canvas.box(360, 222, 184, 48, ["the same hash?"], color=BLUE, size=14)
    canvas.arrow((548, 222), (456, 222))
    canvas.arrow((266, 222), (170, 222), color=GREEN, label="yes")
    canvas.box(90, 222, 150, 48, ["installed", "the same for all"], color=GREEN, size=13)
    canvas.arrow((360, 248), (360, 276), color=RED)
    canvas.text(360, 290, "no: nothing is installed", size=13, color=RED, bold=True)
    canvas.save(folder / "05-from-range-to-bytes.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
