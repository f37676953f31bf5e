"""What the break shows: the same program, started four times with the same seed, as one line of JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

from minilm.corpus import check_split, examples, split
from minilm.errors import MinilmError


def once() -> None:
    """One start: the ids of the training part and of test_cells, and whether the split passes its check."""
    parts = split(examples(), seed=42)
    try:
        check_split(parts)
        sound = True
    except MinilmError:
        sound = False
    ids = {name: [example.id for example in parts[name]] for name in ("train", "test_cells")}
    print(json.dumps(ids | {"sound": sound}))


def main() -> None:
    """Four starts, and what each one's test shares with the training of the others."""
    starts = []
    for salt in ("1", "2", "3", "4"):
        path = [str(Path(__file__).parent), *sys.path]
        program = f"import sys; sys.path[:] = {path!r}; import two_mornings; two_mornings.once()"
        answer = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        )
        starts.append(json.loads(answer.stdout))
    seen = [
        len(set(one["test_cells"]) & set(other["train"])) / len(one["test_cells"])
        for one in starts
        for other in starts
        if other is not one
    ]
    shown = {
        "same": all(start["train"] == starts[0]["train"] for start in starts),
        "checked": all(start["sound"] for start in starts),
        "smallest_test": min(len(start["test_cells"]) for start in starts),
        "seen": round(sum(seen) / len(seen), 2),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
