"""Lists the no-magic scripts, single files that prove one idea each, or runs one by its name, or all in turn.

usage: no_magic.py [NAME [ARGUMENT ...]]
       no_magic.py all [NAME ...] [--stale] [--smoke] [--names generated] [--jobs N] [--write]
       no_magic.py mutants [NAME ...] [--jobs N]
"""

from __future__ import annotations

import argparse
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
    if name == "all":
        return run_all(arguments[1:], folder.parents[1])
    if name == "mutants":
        return run_mutants(arguments[1:], folder.parents[1])
    if name not in scripts:
        print(f"No no-magic script is called {name}; `just no-magic` lists them.", file=sys.stderr)
        return 2
    command = [sys.executable, str(scripts[name]), *arguments[1:]]
    return subprocess.run(command, check=False).returncode


def run_all(arguments: list[str], root: Path) -> int:
    """Exit code: 0 when each chosen script meets all its criteria, 1 when one doesn't, 2 for wrong usage."""
    from cortex.dev import no_magic, site
    from cortex.errors import CortexError
    from cortex.files.repo import Repo
    from cortex.files.store import write_atomic

    parser = argparse.ArgumentParser(
        prog="just no-magic all", description="Runs every no-magic script and judges it."
    )
    parser.add_argument("chosen", nargs="*", metavar="NAME", help="only these scripts")
    parser.add_argument(
        "--stale", action="store_true", help="only scripts whose code the kept results don't know"
    )
    parser.add_argument("--smoke", action="store_true", help="small runs, which aren't judged")
    parser.add_argument(
        "--names", default="", help="`generated`, or a file, instead of the shipped names"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument(
        "--write", action="store_true", help="keep the results, and renew the tables of the pages"
    )
    asked = parser.parse_args(arguments)
    if asked.jobs < 1:
        parser.error("--jobs wants a number above 0")
    if asked.write and (asked.smoke or asked.names):
        parser.error("--write keeps full runs on the shipped names, no others")
    try:
        repo = Repo(root)
        known = no_magic.scripts(repo)
        missing = set(asked.chosen) - {script.name for script in known}
        if missing:
            parser.error(f"there is no script {', '.join(sorted(missing))}")
        ran = [s for s in known if s.name in asked.chosen or not asked.chosen]
        if asked.stale:
            stale = no_magic.stale(repo)
            ran = [s for s in ran if s.name in stale]
        if asked.names:
            ran = [s for s in ran if no_magic.loads_names(s)]
        if not ran:
            print("Every kept result is of the code as it is.")
            return 0
        outcomes = no_magic.run_all(ran, smoke=asked.smoke, names=asked.names, jobs=asked.jobs)
        failed = any(outcome.problem for outcome in outcomes.values())
        if asked.write and failed:
            print("Nothing is written: every script must meet its criteria first.")
        elif asked.write:
            kept = no_magic.results(repo)
            text = no_magic.with_outcomes(kept, ran, outcomes, everything=len(ran) == len(known))
            write_atomic(no_magic.results_file(repo), text)
            site.write(repo)
            print("The results are kept, and the pages tell of them.")
    except CortexError as error:
        print(f"no-magic: {error}", file=sys.stderr)
        return error.code
    return 1 if failed else 0


def run_mutants(arguments: list[str], root: Path) -> int:
    """Exit code: 0 when each broken line turns its criterion red, 1 when one doesn't, 2 for wrong usage."""
    from cortex.dev import no_magic, no_magic_mutants
    from cortex.errors import CortexError
    from cortex.files.repo import Repo

    parser = argparse.ArgumentParser(
        prog="just no-magic mutants",
        description="Runs the no-magic scripts with broken lines, which their criteria must notice.",
    )
    parser.add_argument("chosen", nargs="*", metavar="NAME", help="only those of these scripts")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    asked = parser.parse_args(arguments)
    if asked.jobs < 1:
        parser.error("--jobs wants a number above 0")
    try:
        repo = Repo(root)
        missing = set(asked.chosen) - {script.name for script in no_magic.scripts(repo)}
        if missing:
            parser.error(f"there is no script {', '.join(sorted(missing))}")
        outcomes = no_magic_mutants.run(repo, asked.chosen, jobs=asked.jobs)
    except CortexError as error:
        print(f"no-magic: {error}", file=sys.stderr)
        return error.code
    return 1 if any(outcome.problem for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
