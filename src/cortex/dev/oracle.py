"""minitorch against PyTorch and the tokenizer against `tokenizers`, remembered: its tests and times run only where what they stand on has changed."""

from __future__ import annotations

import subprocess  # nosec B404
import sys
import tempfile
import time
from pathlib import Path

from cortex.dev import inputs, proof
from cortex.errors import CortexError
from cortex.files.repo import Repo

PROOF = "tests/torch_oracle/proof.json"
_PART = "oracle"
_FOLDERS = (
    *("solutions/minitorch", "tests/torch_oracle"),
    *("experiments/bench-minitorch", "experiments/bench-tokenizer"),
)


def stands_on(repo: Repo) -> dict[str, str]:
    """The oracle's tests and times, all of minitorch, what they import, and the versions of the other side."""
    files = [path for name in _FOLDERS for path in (repo.root / name).rglob("*.py")]
    names = sorted(repo.relative(path) for path in files)
    return inputs.of_files(repo, [*names, "tools/groups/torch.txt"])


def stale(repo: Repo) -> list[str]:
    """Why what is remembered doesn't hold; empty if it does."""
    try:
        known = proof.read(repo.root / PROOF).get(_PART)
    except CortexError as error:
        return [error.problem]
    return proof.changes(known, stands_on(repo))


def run(repo: Repo) -> None:
    """Runs both, none of the tests skipped, and remembers that they held. Raises CortexError where one doesn't."""
    before, started = stands_on(repo), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cortex-oracle-") as folder:
        results = str(Path(folder) / "oracle.xml")
        for words in (
            ["sh", "tools/oracle.sh", "--quiet", f"--junitxml={results}"],
            [sys.executable, "tools/no_skips.py", results],
            ["sh", "tools/oracle.sh", "bench", "--out", str(Path(folder) / "bench")],
            ["sh", "tools/oracle.sh", "bench", "tokenizer", "--out", str(Path(folder) / "tokens")],
        ):
            # What they print goes to the error stream: the answer is printed on the other.
            done = subprocess.run(words, cwd=repo.root, stdout=2, check=False)  # nosec B603
            if done.returncode != 0:
                proof.forget(repo.root / PROOF, _PART)
                raise CortexError(f"`{' '.join(words[:3])}` failed", todo="just oracle", code=1)
    proof.remember(repo.root / PROOF, _PART, time.monotonic() - started, before)
