"""How much a verb's form tells about its tense and its person: entropies of the 15 cells of each verb, in bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from given.drawing import BLUE, ORANGE, RED
from given.run import Run, conduct
from given.verbs import PERSONS, PRONOUNS, TENSES, VERBS, Verb
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.probability import conditional_entropy, entropy, mutual_information

BIT = math.log(2)


def forms(verb: Verb) -> dict[str, list[list[str]]]:
    """The verb's 15 cells in English and in Spanish, one row a tense, one column a person."""
    return {
        language: [[say(tense, person) for person in PERSONS] for tense in TENSES]
        for language, say in (("en", verb.english), ("es", verb.spanish))
    }


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


def draw(table: dict[str, dict[str, float]], run: Run) -> None:
    """One bar a verb: the bits of tense that its form tells; the dashed line is all that there are."""
    ranked = sorted(table, key=lambda verb: (table[verb]["tense_by_form"], verb))
    with run.plot("tense-by-form.svg", 7.2, 5.2) as figure:
        axes = figure.subplots()
        values = [table[verb]["tense_by_form"] for verb in ranked]
        colors = [ORANGE if verb == "trabajar" else BLUE for verb in ranked]
        axes.barh(ranked, values, color=colors)
        axes.axvline(math.log2(5), color=RED, linewidth=1, linestyle="--")
        axes.set(xlabel="bits about the tense in the form; dashed: all of them, log2(5)")


def main(run: Run) -> None:
    """Measures every verb, draws, records. Nothing is random: the seed is recorded and changes nothing."""
    table = {name: describe(forms(verb)["en"]) for name, verb in VERBS.items()}
    table["trabajar"] = describe(forms(VERBS["work"])["es"])
    worst = max(
        abs(row["tense_by_form"] + row["tense_given_form"] - math.log2(5)) for row in table.values()
    )
    draw(table, run)
    run.save("bits.json", table, indent=2)
    metrics: dict[str, float | int | bool | str] = {
        f"{verb}_{what}": table[verb][what]
        for verb in ("work", "come", "go", "be", "trabajar")
        for what in ("tense_by_form", "person_given_form")
    }
    run.record(
        config={
            "verbs": len(table) - 1,
            "persons": list(PRONOUNS["en"]),
            "tenses": list(TENSES),
            "unit": "bit",
        },
        metrics={**metrics, "verbs": len(table) - 1, "identity_error": worst},
    )
    for verb in ("work", "come", "go", "be", "trabajar"):
        row = table[verb]
        print(
            f"{verb:9} form tells {row['tense_by_form']:.3f} of {math.log2(5):.3f} bits of tense, "
            f"leaves {row['person_given_form']:.3f} of {math.log2(3):.3f} bits of person open"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
