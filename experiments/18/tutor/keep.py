"""Keeps runs of this experiment for the pages: `python experiments/18/tutor/keep.py FOLDER ...`, that of the shipped tutor first.

It copies the first one's tutor and manifest to `data/models/18-tutor`, writes `seeds.json` there, and the table on the pages.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from answers import table

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "data/models/18-tutor"
PAGES = (
    ROOT / "experiments/18/tutor/README.md",
    ROOT / "docs/phase-18-training-loop/theory/08-who-wins-where.md",
)


def main(folders: list[Path]) -> None:
    """Each folder holds one run, of another seed."""
    kept = {}
    for folder in folders:
        content = (folder / "manifest.json").read_bytes()
        manifest = json.loads(content)
        kept[str(manifest["seed"])] = {
            "manifest_sha256": hashlib.sha256(content).hexdigest(),
            "metrics": manifest["metrics"],
        }
    for name in ("tutor.safetensors", "manifest.json"):
        shutil.copy(folders[0] / name, SHIPPED)
    (SHIPPED / "seeds.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    told = "\n".join(table({seed: run["metrics"] for seed, run in kept.items()}))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found, n = re.subn(r"^\| \| copy \| table \|(.*\n)+?(?=\n)", lambda _: f"{told}\n", text, flags=re.M)  # fmt: skip
        if n != 1:
            raise SystemExit(f"{page}: {n} tables instead of one")
        page.write_text(found, encoding="utf-8")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
