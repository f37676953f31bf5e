"""How much a verb's form tells about its tense and its person: entropies of the 15 cells of each verb, in bits."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.probability import conditional_entropy, entropy, mutual_information

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
BIT = math.log(2)
PERSONS = ["I", "you", "he"]
TENSES = ["infinitive", "present_simple", "past_simple", "past_participle", "simple_future"]
# base, third person, past, participle; `be` has more forms and stands below.
VERBS = {
    "work": "work works worked worked",
    "play": "play plays played played",
    "walk": "walk walks walked walked",
    "talk": "talk talks talked talked",
    "listen": "listen listens listened listened",
    "watch": "watch watches watched watched",
    "study": "study studies studied studied",
    "finish": "finish finishes finished finished",
    "start": "start starts started started",
    "look": "look looks looked looked",
    "want": "want wants wanted wanted",
    "like": "like likes liked liked",
    "have": "have has had had",
    "do": "do does did done",
    "go": "go goes went gone",
    "come": "come comes came come",
    "see": "see sees saw seen",
    "eat": "eat eats ate eaten",
    "write": "write writes wrote written",
}
BE = [["be"] * 3, ["am", "are", "is"], ["was", "were", "was"], ["been"] * 3, ["will be"] * 3]
TRABAJAR = [
    ["trabajar"] * 3,
    ["trabajo", "trabajas", "trabaja"],
    ["trabajé", "trabajaste", "trabajó"],
    ["trabajado"] * 3,
    ["trabajaré", "trabajarás", "trabajará"],
]


def cells(parts: str) -> list[list[str]]:
    """The forms of an English verb, one row a tense, one column a person."""
    base, third, past, participle = parts.split()
    return [[base] * 3, [base, base, third], [past] * 3, [participle] * 3, [f"will {base}"] * 3]


def joints(rows: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """p(tense, form) and p(person, form) when all 15 cells are equally likely."""
    names = list(dict.fromkeys(form for row in rows for form in row))
    tense, person = np.zeros((5, len(names))), np.zeros((3, len(names)))
    for t, row in enumerate(rows):
        for who, form in enumerate(row):
            tense[t, names.index(form)] += 1 / 15
            person[who, names.index(form)] += 1 / 15
    return tense, person


def describe(rows: Sequence[Sequence[str]]) -> dict[str, float]:
    """Bits of the form, of tense and person given the form, and what the form tells about each."""
    tense, person = joints(rows)
    return {
        "forms": tense.shape[1],
        "form": float(entropy(tense.sum(axis=0), 2)),
        "tense_given_form": conditional_entropy(tense.T) / BIT,
        "person_given_form": conditional_entropy(person.T) / BIT,
        "tense_by_form": mutual_information(tense) / BIT,
        "person_by_form": mutual_information(person) / BIT,
    }


def draw(table: dict[str, dict[str, float]], path: Path) -> None:
    """One bar a verb: the bits of tense that its form tells; the dashed line is all that there are."""
    ranked = sorted(table, key=lambda verb: (table[verb]["tense_by_form"], verb))
    with matplotlib.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 5.2), layout="constrained")
        axes = figure.subplots()
        values = [table[verb]["tense_by_form"] for verb in ranked]
        colors = ["#c2570c" if verb == "trabajar" else "#1d5fa8" for verb in ranked]
        axes.barh(ranked, values, color=colors)
        axes.axvline(math.log2(5), color="#b3261e", linewidth=1, linestyle="--")
        axes.set(xlabel="bits about the tense in the form; dashed: all of them, log2(5)")
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """Measures every verb, draws, records. Nothing is random: the seed is recorded and changes nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    table = {verb: describe(cells(parts)) for verb, parts in VERBS.items()}
    table |= {"be": describe(BE), "trabajar": describe(TRABAJAR)}
    worst = max(
        abs(row["tense_by_form"] + row["tense_given_form"] - math.log2(5)) for row in table.values()
    )
    draw(table, out / "tense-by-form.svg")
    text = json.dumps(table, indent=2, ensure_ascii=False) + "\n"
    (out / "bits.json").write_text(text, encoding="utf-8")
    metrics: dict[str, float | int | bool | str] = {
        f"{verb}_{what}": table[verb][what]
        for verb in ("work", "come", "go", "be", "trabajar")
        for what in ("tense_by_form", "person_given_form")
    }
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"verbs": len(table) - 1, "persons": PERSONS, "tenses": TENSES, "unit": "bit"},
        metrics={**metrics, "verbs": len(table) - 1, "identity_error": worst},
        artifacts=[out / "tense-by-form.svg", out / "bits.json"],
        started_at=started,
    )
    for verb in ("work", "come", "go", "be", "trabajar"):
        row = table[verb]
        print(
            f"{verb:9} form tells {row['tense_by_form']:.3f} of {math.log2(5):.3f} bits of tense, "
            f"leaves {row['person_given_form']:.3f} of {math.log2(3):.3f} bits of person open"
        )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
