"""What a conjugation library (verbecc) says of our Spanish verbs, kept in tests/given/spanish_forms.json, or compared with it.

usage: tools/oracle.sh spanish [--write]
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from given.verbs import VERBS

KEPT = Path(__file__).parents[1] / "tests/given/spanish_forms.json"
TENSES = {
    "present_simple": "presente",
    "past_simple": "pretérito-perfecto-simple",
    "simple_future": "futuro",
}
PRONOUNS = ("yo", "tú", "él")


def forms() -> dict[str, dict[str, list[str]]]:
    """By Spanish infinitive and tense: the forms of the three persons, or the one participle."""
    verbecc = import_module("verbecc")
    conjugator = verbecc.CompleteConjugator(lang=verbecc.LangCodeISO639_1.es)
    found = {}
    for lemma in sorted({verb.spanish_lemma for verb in VERBS.values()}):
        moods = json.loads(conjugator.conjugate(lemma).to_json())["moods"]
        said: dict[str, list[str]] = {}
        for tense, name in TENSES.items():
            by = {entry["pr"]: entry["c"][0] for entry in moods["indicativo"][name]}
            said[tense] = [by[who].removeprefix(f"{who} ") for who in PRONOUNS]
        said["past_participle"] = moods["participo"]["participo"][0]["c"]
        found[lemma] = said
    return found


def main(argv: list[str]) -> int:
    """Exit code: 0 if what is kept is what the library says, 1 if not."""
    said = {"library": f"verbecc {version('verbecc')}", "forms": forms()}
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    if "--write" in argv:
        KEPT.write_text(text, encoding="utf-8")
        return 0
    if KEPT.read_text(encoding="utf-8") != text:
        print(f"{KEPT}: {said['library']} says otherwise; type `just oracle spanish --write` and look", file=sys.stderr)  # fmt: skip
        return 1
    print(f"{said['library']} says what {KEPT.name} keeps")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
