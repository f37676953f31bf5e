"""Draws the terminal pictures of the README and the site from what `cortex` really prints in a fresh clone.

usage: python tools/terminal_picture.py [OUTDIR]    (default docs/assets; what isn't committed isn't seen)
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 82
# What loads a font from another host goes; the reader's own terminal font is as good.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
)


def on_a_terminal(arguments: list[str], clone: Path) -> str:
    """What `cortex ARGUMENTS` prints on a terminal of 82 columns, colors included."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CORTEX_")}
    env |= {
        "COLUMNS": str(COLUMNS),
        "LINES": "60",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "CORTEX_LEARNER": "ada",
        "PYTHONPATH": str(clone / "src"),
    }
    env.pop("NO_COLOR", None)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cortex", *arguments]
    child = subprocess.Popen(  # nosec B603
        command, cwd=clone, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        output += piece
    os.close(ours)
    if child.wait() == 2:
        raise SystemExit(output.decode())
    return output.decode().replace("\r\n", "\n")


def picture(typed: list[tuple[str, str]], title: str) -> str:
    """An SVG of a terminal in which each command was typed and answered."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        for i, (command, answer) in enumerate(typed):
            console.print(Text(("\n" if i else "") + f"$ {command}", style="bold"))
            console.print(Text.from_ansi(answer.rstrip("\n")))
        return console.export_svg(title=title, code_format=FORMAT, unique_id="terminal") + "\n"


def spoil(clone: Path) -> None:
    """Gives ada phase 07's reference with the mistake that its break is about: the last path wins."""
    wrong = (ROOT / "solutions/minigrad/scalar.py").read_text(encoding="utf-8")
    (clone / "src/minigrad/scalar.py").write_text(wrong.replace(".grad += ", ".grad = "))


def main() -> None:
    """Makes a clone, types into it, draws."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "assets"
    git = shutil.which("git")
    if git is None:
        raise SystemExit("git isn't on PATH")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "lynx-cortex"
        subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True)  # nosec B603
        card = on_a_terminal(["phase", "00"], clone)
        spoil(clone)
        check = on_a_terminal(["check", "07.1"], clone)
    out.mkdir(parents=True, exist_ok=True)
    for name, typed in {
        "terminal.svg": [("./just phase00", card)],
        "check.svg": [("just check 07.1", check)],
    }.items():
        (out / name).write_text(picture(typed, "lynx-cortex"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
