"""Lists the no-magic scripts, single files that prove one idea each, or runs one by its name.

usage: no_magic.py [NAME [ARGUMENT ...]]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "experiments" / "no-magic"


def shipped(folder: Path) -> dict[str, Path]:
    """The scripts under `folder`, by name, in the order of their rooms."""
    return {path.stem: path for path in sorted(folder.glob("*/*.py"))}


def main(argv: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Exit code: the script's own; 0 for the list; 2 for a name that isn't there."""
    arguments = [word for word in (sys.argv[1:] if argv is None else argv) if word]
    scripts = shipped(folder)
    if not scripts:
        print("No no-magic script is shipped yet: they come with the phases that they prove.")
        return 2 if arguments else 0
    if not arguments:
        for name, path in scripts.items():
            print(f"{name:<24} {path.parent.name}")
        print("\nRun one: just no-magic NAME")
        return 0
    name = arguments[0]
    if name not in scripts:
        print(f"No no-magic script is called {name}; `just no-magic` lists them.", file=sys.stderr)
        return 2
    command = [sys.executable, str(scripts[name]), *arguments[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
