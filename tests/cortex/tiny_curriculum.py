"""A whole curriculum small enough to read: one shipped phase with one of everything, 41 planned ones.

Tests copy it, damage it, and look at what the gatekeeper says.
"""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

GIT = [
    "git",
    "-c",
    "user.name=Ada",
    "-c",
    "user.email=ada@example.org",
    "-c",
    "commit.gpgsign=false",
]

FILES: dict[str, str] = {
    ".gitignore": """
        .cache/
        __pycache__/
        experiments/*/runs/
        experiments/*/*/runs/
        learners/.current
        learners/*/log/
        learners/**/.lock
        """,
    "learners/_template/README.md": """
        # A learner's folder
        """,
    "docs/phase-00-tiny/phase.yaml": """
        number: 0
        slug: tiny
        title: {en: Adding, es: Sumar}
        about: {en: You add two numbers., es: Sumas dos números.}
        requires: []
        teaches: [addition]
        hours: {read: 0.5, labs: 0.25, rest: 0.25}
        theory:
          - {page: theory/01-adding.md, title: Adding}
        labs:
          - id: "00.1"
            title: Add
            page: lab/01-add.md
            writes: [src/labkit/tiny.py]
            checks: tests/labs/phase_00/test_lab_01.py
            solution: solutions/01-add.md
            hints: ["How many numbers go in?", "One comes out.", "It is a + b."]
            timeout: 60
        breaks:
          - id: wrong-sign
            title: A minus for a plus
            page: break/00-wrong-sign.md
            file: labkit/tiny.py
            replace: {find: "a + b", with: "a - b"}
            observe: "python docs/phase-00-tiny/break/observe.py"
            before: {sum: 5}
            expect: {sum: -1}
            caught_by: tests/labs/phase_00/test_lab_01.py::test_two_and_three_make_five
        experiments:
          - {id: 00-tiny, title: Add once, seconds: 1, seed: 42, replay: [metrics.sum]}
        figures:
          - {file: figures/01-plus.svg, script: figures/01-plus.py}
        done:
          - {id: adds, says: Two numbers are added, by: "lab 00.1"}
          - {id: ran, says: The run adds, by: "experiment 00-tiny: metrics.sum == 5"}
          - {id: explained, says: You can say what a sum is, by: attest}
        """,
    "docs/phase-00-tiny/README.md": """
        # Phase 00: Adding

        <!-- generated: phase -->
        <!-- end generated -->

        You add two numbers.
        """,
    "docs/phase-00-tiny/theory/01-adding.md": """
        # Adding

        > **ES** Sumar dos números.

        **What is two and three?**

        ```pycon
        >>> from labkit.tiny import add
        >>> add(2, 3)
        5
        ```

        ![Two and three make five](../figures/01-plus.svg)

        """
    + "\n".join(
        "        Adding is counting on: start at the first number and take as many steps as the second says."
        for _ in range(45)
    )
    + """

        ## Exercises

        1. What is three and two?

        ## Sources

        Peano, *Arithmetices principia*, 1889.

        **So:** five.
        """,
    "docs/phase-00-tiny/lab/01-add.md": """
        # Lab 00.1: Add

        Write `add`.
        """,
    "docs/phase-00-tiny/break/00-wrong-sign.md": """
        # Break: a minus for a plus

        **The fault.** The sum is a difference.

        <!-- outcome -->

        <details markdown="1" data-search-exclude>
        <summary>Run it first; then open this</summary>

        The sum is -1.

        </details>
        """,
    "docs/phase-00-tiny/break/observe.py": """
        import json

        from labkit.tiny import add

        print("adding")
        print(json.dumps({"sum": add(2, 3)}))
        """,
    "docs/phase-00-tiny/solutions/01-add.md": """
        # Solution 00.1

        `a + b`.
        """,
    "docs/phase-00-tiny/figures/01-plus.py": """
        import sys
        from pathlib import Path

        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
        (folder / "01-plus.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>2 + 3 = 5</text></svg>\\n')
        """,
    "docs/phase-00-tiny/figures/01-plus.svg": """
        <svg xmlns="http://www.w3.org/2000/svg"><text>2 + 3 = 5</text></svg>
        """,
    "docs/phase-00-tiny/quiz.yaml": """
        phase: 0
        slug: tiny
        title: {en: Adding, es: Sumar}
        items:
          - id: q-00-01
            type: single
            prompt: {en: "What is 2 + 3?", es: "¿Cuánto es 2 + 3?"}
            choices:
              - {en: "5", es: "5", correct: true, why: {en: "Count on.", es: "Cuenta."}}
              - {en: "6", es: "6", why: {en: "That is 2 * 3.", es: "Eso es 2 * 3."}}
              - {en: "23", es: "23", why: {en: "That joins digits.", es: "Eso junta cifras."}}
            tags: [sum]
            page: theory/01-adding.md
          - id: q-00-02
            type: multi
            prompt: {en: "Which make 5?", es: "¿Cuáles dan 5?"}
            choices:
              - {en: "1 + 4", es: "1 + 4", correct: true, why: {en: "Yes.", es: "Sí."}}
              - {en: "5 + 0", es: "5 + 0", correct: true, why: {en: "Yes.", es: "Sí."}}
              - {en: "5 + 1", es: "5 + 1", why: {en: "Six.", es: "Seis."}}
            tags: [sum]
          - id: q-00-03
            type: numeric
            prompt: {en: "1/4 + 1/4?", es: "¿1/4 + 1/4?"}
            answer: 0.5
            tolerance: 0.001
            why: {en: "Two quarters.", es: "Dos cuartos."}
            tags: [sum]
          - id: q-00-04
            type: order
            prompt: {en: "Smallest first", es: "De menor a mayor"}
            choices:
              - {en: "1 + 1", es: "1 + 1"}
              - {en: "1 + 2", es: "1 + 2"}
              - {en: "2 + 2", es: "2 + 2"}
            why: {en: "2, 3, 4.", es: "2, 3, 4."}
            tags: [sum]
          - id: q-00-05
            type: free
            prompt: {en: "What is a sum?", es: "¿Qué es una suma?"}
            rubric:
              - {idea: {en: "two numbers", es: "dos números"}, accept: ["two numbers", "dos números"]}
              - {idea: {en: "one result", es: "un resultado"}, accept: ["one result", "un resultado"]}
            why: {en: "Two numbers give one result.", es: "Dos números dan un resultado."}
            tags: [sum]
        """,
    "solutions/labkit/__init__.py": '''
        """A learner's package."""
        ''',
    "solutions/labkit/tiny.py": '''
        """Adding."""


        def add(a: int, b: int) -> int:
            """The sum of two numbers."""
            # lab 00.1 - add two numbers
            return a + b
            # end lab
        ''',
    "src/labkit/__init__.py": '''
        """A learner's package."""
        ''',
    "src/labkit/tiny.py": '''
        """Adding."""


        def add(a: int, b: int) -> int:
            """The sum of two numbers."""
            raise NotImplementedError("Lab 00.1 - add two numbers")
        ''',
    "tests/labs/phase_00/test_lab_01.py": """
        from given.checking import expect_equal
        from labkit.tiny import add


        def test_two_and_three_make_five():
            expect_equal(add(2, 3), 5, what="add(2, 3)", idea="Count on from the first.", page="theory/01-adding.md")


        def test_order_does_not_matter():
            expect_equal(add(2, 3), add(3, 2), what="add(3, 2)", idea="Counting on commutes.", page="theory/01-adding.md")
        """,
    "experiments/00/tiny/run.py": """
        import argparse
        import hashlib
        import json
        import os
        import platform
        import subprocess
        from datetime import datetime, timezone
        from pathlib import Path

        from labkit.tiny import add

        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument("--out", type=Path, required=True)
        args = parser.parse_args()
        args.out.mkdir(parents=True, exist_ok=True)


        def git(*words):
            return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()


        def stamp():
            return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


        started = stamp()
        total = add(2, 3)
        result = args.out / "sum.txt"
        result.write_text(f"{total}\\n")
        dirty = git("status", "--porcelain", "--", ".", ":!learners", ":!experiments/*/runs")
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED")
        manifest = {
            "schema": 1,
            "id": args.out.name + "-00-tiny",
            "experiment": "00-tiny",
            "git_sha": git("rev-parse", "HEAD"),
            "git_dirty": bool(dirty),
            "seed": args.seed,
            "config": {},
            "versions": {"python": platform.python_version()},
            "hardware": {"cpu": "x", "ram_gb": 1.0, "gpu": "none", "os": "x"},
            "env": {name: os.environ.get(name, "") for name in names},
            "started_at": started,
            "finished_at": stamp(),
            "wall_seconds": 0.0,
            "metrics": {"sum": total},
            "artifacts": [
                {
                    "path": "sum.txt",
                    "sha256": hashlib.sha256(result.read_bytes()).hexdigest(),
                    "bytes": result.stat().st_size,
                }
            ],
        }
        (args.out / "manifest.json").write_text(json.dumps(manifest, indent=2))
        print("sum", total)
        """,
}


def planned() -> str:
    """Rows for phases 01 to 41."""
    rows = ["phases:"]
    rows += [
        f"  - {{number: {n}, slug: phase-{n}, title: {{en: Phase {n}, es: Fase {n}}}, "
        f"about: {{en: Later., es: Luego.}}, requires: [{n - 1}]}}"
        for n in range(1, 42)
    ]
    return "\n".join(rows) + "\n"


def build(root: Path) -> None:
    """Writes the curriculum below `root` and commits it."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n").rstrip(" "), encoding="utf-8")
    (root / "data").mkdir()
    (root / "data" / "planned.yaml").write_text(planned(), encoding="utf-8")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    subprocess.run(["git", "config", "user.name", "Ada"], cwd=root, check=True)
    subprocess.run(["git", "config", "user.email", "ada@example.org"], cwd=root, check=True)
    commit(root, "chore: a tiny curriculum")


def commit(root: Path, message: str) -> None:
    """Commits everything."""
    subprocess.run([*GIT, "add", "-A"], cwd=root, check=True)
    subprocess.run([*GIT, "commit", "-qm", message], cwd=root, check=True)


def solve(root: Path) -> None:
    """Puts the reference in the learner's place and commits it."""
    path = root / "src/labkit/tiny.py"
    path.write_text(
        path.read_text().replace(
            'raise NotImplementedError("Lab 00.1 - add two numbers")', "return a + b"
        )
    )
    commit(root, "lab: add")
