"""How long a learner waits for the gatekeeper: cold process starts, a lab's check, and a verdict after a save.

Every command is a fresh process, timed from outside, in turn with a bare interpreter that only imports Typer: the
floor under any command line made with it. Medians, because a laptop does other things too. The commands are timed in
the curriculum as it is, and in one that is filled up to 42 phases, all of them closed: no time may grow with them.
The design's bars are printed beside them; a run in which one is missed ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOOR = [sys.executable, "-c", "import typer"]
COMMANDS = {
    "--help": ["--help"],
    "status": ["status"],
    "status --all --json": ["status", "--all", "--json"],
    "open 07": ["open", "07"],
    "hint 07.1": ["hint", "07.1"],
    "quiz 07 --json": ["quiz", "07", "--json"],
    "review --json": ["review", "--json"],
    "journal --reminder": ["journal", "--reminder"],
}
FULL, UPDATED = "42 closed phases", "42 closed phases, first command after an update"
COLD = "42 closed phases, first command with nothing remembered"
# What an update changes, at least: these, and every tenth module of the program.
CHANGED = ["src/minitorch/tensor.py", "src/minitorch/functional.py", "src/labkit/manifest.py"]
FIRST = {"--help": ["--help"], "status": ["status"], "open 07": ["open", "07"]}
# Seconds. `open` shows the card of a phase; `phase` shows the same one after it ran the checks.
COMMAND_BAR, HELP_BAR, FIRST_BAR = 0.3, 0.15, 2.0


def clone(into: Path) -> Path:
    """A copy of the checkout's committed files, so that nobody's record is touched."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(into)], check=True)
    return into


def fill_up(root: Path, env: dict[str, str]) -> None:
    """Makes 42 closed phases of the shipped ones."""
    code = (
        "from pathlib import Path; from cortex.dev.seeding import grow; from cortex.files.repo import Repo; "
        "grow(Repo(Path.cwd()), 'ada')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, env=env, check=True)


def timed(command: list[str], root: Path, env: dict[str, str]) -> float:
    """Seconds from start to end of a fresh process."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return seconds


def starts(root: Path, env: dict[str, str], runs: int) -> dict[str, float]:
    """Median seconds of each command and, run in turn with them, of the floor."""
    times: dict[str, list[float]] = {name: [] for name in ["floor", *COMMANDS]}
    for turn in range(runs + 1):
        for name in times:
            command = (
                FLOOR if name == "floor" else [sys.executable, "-m", "cortex", *COMMANDS[name]]
            )
            seconds = timed(command, root, env)
            if turn:  # the first turn fills caches
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def firsts(
    root: Path, env: dict[str, str], runs: int, before: Callable[[Path, int], None]
) -> dict[str, float]:
    """Median seconds of commands, each after `before(root, turn)`."""
    medians = {}
    for name, words in FIRST.items():
        times = []
        for turn in range(runs):
            before(root, turn)
            times.append(timed([sys.executable, "-m", "cortex", *words], root, env))
        medians[name] = statistics.median(times)
    return medians


def update(root: Path, turn: int) -> None:
    """Leaves a remark in what an update changes: the program, modules that labs stand on, two phases."""
    modules = [*CHANGED, *(name.replace("src/", "solutions/") for name in CHANGED)]
    files = [root / name for name in modules]
    files += sorted(root.glob("src/cortex/**/*.py"))[::10]
    files += sorted(root.glob("docs/phase-*/phase.yaml"))[:2]
    for file in files:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"# {turn}\n")


def forget(root: Path, turn: int) -> None:
    """Leaves nothing to remember."""
    shutil.rmtree(root / ".cache", ignore_errors=True)


def check(root: Path, env: dict[str, str], runs: int) -> float:
    """Median seconds of `cortex check 07.1` on the reference."""
    command = [sys.executable, "-m", "cortex", "check", "07.1", "--impl", "reference"]
    return statistics.median([timed(command, root, env) for _ in range(runs + 1)][1:])


def watch(root: Path, env: dict[str, str], runs: int) -> float:
    """Median seconds from a save of the lab's file to the verdict that `cortex watch 07.1` prints."""
    target = root / "src/minigrad/scalar.py"
    text = (root / "solutions/minigrad/scalar.py").read_text(encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "watch", "07.1", "--json"],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    waits = []
    try:
        process.stdout.readline()
        time.sleep(1.0)
        for run in range(runs + 1):
            saved = target.with_suffix(".saving")
            saved.write_text(f"{text}# save {run}\n", encoding="utf-8")
            started = time.perf_counter()
            saved.replace(target)
            verdict = json.loads(process.stdout.readline())
            waits.append(time.perf_counter() - started)
            assert verdict["state"] == "pass", verdict["message"]
            time.sleep(0.4)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return statistics.median(waits[1:])


def bar(group: str, name: str) -> float | None:
    """The most seconds that the design allows; None for what has no bar."""
    if name == "floor" or group not in ("start", FULL, UPDATED):
        return None
    return HELP_BAR if name == "--help" else FIRST_BAR if group == UPDATED else COMMAND_BAR


def main() -> None:
    """Measures and prints; with --out, writes the figures there as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11, help="counted runs of each command")
    parser.add_argument("--out", type=Path, help="folder for figures.json")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="bench-cortex-"))
    try:
        root = clone(scratch / "clone")
        env = {
            **os.environ,
            "CORTEX_LEARNER": "ada",
            "PYTHONPATH": str(root / "src"),
            "OMP_NUM_THREADS": "1",
        }
        figures = {"start": starts(root, env, options.runs)}
        few = max(3, options.runs // 2)
        figures["check"] = {"check 07.1 --impl reference": check(root, env, few)}
        figures["watch"] = {"save to verdict, lab 07.1": watch(root, env, few)}
        full = clone(scratch / "full")
        env["PYTHONPATH"] = str(full / "src")
        fill_up(full, env)
        figures[FULL] = starts(full, env, options.runs)
        figures[UPDATED] = firsts(full, env, few, update)
        figures[COLD] = firsts(full, env, few, forget)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    floor = figures["start"]["floor"]
    missed = 0
    for group, times in figures.items():
        print(group)
        for name, seconds in times.items():
            most = bar(group, name)
            over = most is not None and seconds > most
            missed += over
            told = (
                "" if most is None else f"   bar {most * 1000:4.0f} ms{', MISSED' if over else ''}"
            )
            print(f"  {name:<30} {seconds * 1000:7.0f} ms   {seconds / floor:5.1f} x floor{told}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "figures.json").write_text(
            json.dumps(figures, indent=2) + "\n", encoding="utf-8"
        )
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
