"""What every experiment begins and ends with, so that its `run.py` holds the experiment alone.

    def main(run: Run) -> None:
        ...
        run.record(config={...}, metrics={...})


    if __name__ == "__main__":
        conduct(main, seeding=seed_everything, manifest=record_manifest)

Seeding and the manifest are code that a learner writes, so the experiment hands both over.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Metrics = Mapping[str, float | int | bool | str]


# Whoever starts a run may want to know what it measured from the run itself, whatever its manifest says.
witnesses: list[Callable[[dict[str, object]], None]] = []


class Inputs(dict[str, Path]):
    """Folders of runs by experiment; asking for one that wasn't handed over ends the program with what to type."""

    def __missing__(self, name: str) -> Path:
        raise SystemExit(
            f"this experiment uses a run of {name}, and it was handed none: start it with `just run`, "
            f"or add --uses {name}=FOLDER, the folder of such a run"
        )


@dataclass
class Run:
    """One run of an experiment.

    Attributes:
        name: the experiment's, as people type it: `07-tense-identity`.
        seed: for every generator that the experiment makes.
        out: the run's folder; it is there.
        inputs: the folders of the runs that this one uses, by experiment: `run.inputs["18-tutor"] / "tutor.json"`.
    """

    name: str
    seed: int
    out: Path
    started_at: datetime
    manifest: Callable[..., Path]
    inputs: Inputs
    files: list[Path] = field(default_factory=list)

    def file(self, name: str) -> Path:
        """Where to write a file that the manifest shall list."""
        self.files.append(self.out / name)
        return self.files[-1]

    def save(self, name: str, data: object, indent: int | None = 1) -> None:
        """Writes `data` as JSON; the manifest lists it."""
        text = json.dumps(data, indent=indent, ensure_ascii=False) + "\n"
        self.file(name).write_text(text, encoding="utf-8")

    @contextmanager
    def plot(
        self,
        name: str,
        width: float = 7.2,
        height: float = 3.8,
        *,
        frame: bool = False,
        font_size: float = 10,
    ) -> Iterator[Figure]:
        """A figure of so many inches, written as SVG when the block ends; the same data give the same bytes.

        Args:
            frame: a line at the top and at the right too, as an image wants it.
        """
        import matplotlib
        from matplotlib.figure import Figure

        with matplotlib.rc_context(
            {
                "svg.hashsalt": self.name,
                "svg.fonttype": "none",
                "font.size": font_size,
                "axes.spines.top": frame,
                "axes.spines.right": frame,
                "legend.frameon": False,
            }
        ):
            figure = Figure(figsize=(width, height), layout="constrained")
            yield figure
            figure.savefig(self.file(name), format="svg", metadata={"Date": None, "Creator": None})

    def record(self, *, config: Mapping[str, object], metrics: Metrics) -> None:
        """Writes the manifest: what the run was told, what it measured, and every file that it made."""
        for look in witnesses:
            look(dict(metrics))
        self.manifest(
            self.out,
            experiment=self.name,
            seed=self.seed,
            config=config,
            metrics=metrics,
            artifacts=self.files,
            started_at=self.started_at,
        )


def input_of(text: str) -> tuple[str, Path]:
    """`18-tutor=FOLDER` as a pair."""
    name, _, folder = text.partition("=")
    if not (name and folder):
        raise argparse.ArgumentTypeError(f"{text!r} should look like 18-tutor=FOLDER")
    if not (Path(folder) / "manifest.json").is_file():
        raise argparse.ArgumentTypeError(f"no run lies in {folder}: it has no manifest.json")
    return name, Path(folder).resolve()


def name_of(folder: Path) -> str:
    """The experiment in `experiments/07/tense-identity/` is 07-tense-identity; one without a phase has its folder's name."""
    phase = folder.parent.name
    return f"{phase}-{folder.name}" if phase.isdigit() else folder.name


def conduct(
    main: Callable[[Run], None],
    *,
    seeding: Callable[[int], None],
    manifest: Callable[..., Path],
) -> None:
    """Reads `--seed`, `--out` and `--uses`, seeds, runs `main`, and says where its manifest lies if it chose the place.

    Args:
        main: the experiment. It lies in the experiment's folder, in a module whose docstring says what it does.
        seeding: `labkit.seeding.seed_everything`.
        manifest: `labkit.manifest.record_manifest`.
    """
    started_at = datetime.now(UTC)
    folder = Path(inspect.getfile(main)).resolve().parent
    parser = argparse.ArgumentParser(description=inspect.getdoc(inspect.getmodule(main)))
    parser.add_argument("--seed", type=int, default=42, help="42 unless you say otherwise")
    parser.add_argument("--out", type=Path, help="the run's folder (default: a new one in runs/)")
    parser.add_argument(
        "--uses",
        type=input_of,
        action="append",
        default=[],
        metavar="ID=FOLDER",
        help="the run of another experiment to use, where this one uses any; may be repeated",
    )
    options = parser.parse_args()
    out = options.out or folder / "runs" / f"{started_at:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seeding(options.seed)
    main(Run(name_of(folder), options.seed, out, started_at, manifest, Inputs(options.uses)))
    if options.out is None:  # whoever named the folder knows
        print(out / "manifest.json")
