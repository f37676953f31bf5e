"""What the break shows: two that name mistakes, on what they have seen and in new frames, as one line of JSON."""

import json
import math
from collections import Counter

from minilm.corpus import Example, check_split, examples, split
from minilm.errors import MinilmError
from minilm.overlap import shingles


def table(seen: list[Example], asked: list[Example]) -> float:
    """The share that is right of a table of texts; of several names for a text it has the first."""
    known: dict[str, str] = {}
    for example in seen:
        known.setdefault(example.text, example.mistake)
    return sum(known.get(e.text) == e.mistake for e in asked) / len(asked)


def bayes(seen: list[Example], asked: list[Example]) -> float:
    """The share that is right of naive Bayes over runs of three letters."""
    names = Counter(e.mistake for e in seen)
    runs: dict[str, Counter[str]] = {name: Counter() for name in names}
    for e in seen:
        runs[e.mistake].update(shingles(e.text))
    sizes = {name: sum(counts.values()) for name, counts in runs.items()}

    def score(text: str, name: str) -> float:
        return math.log(names[name]) + sum(
            math.log((runs[name][run] + 0.1) / (sizes[name] + 100))
            for run in sorted(shingles(text))
        )

    said = [max(sorted(names), key=lambda name: score(e.text, name)) for e in asked]
    return sum(name == e.mistake for name, e in zip(said, asked, strict=True)) / len(asked)


def main() -> None:
    """Counts, the split's check, and four shares."""
    every = examples()
    parts = split(every)
    try:
        check_split(parts)
        checked = True
    except MinilmError:
        checked = False
    seen, asked = ([e for e in parts[name] if e.mistake] for name in ("train", "test_frames"))
    shown = {
        "missing_s": sum(e.mistake == "missing_third_person_s" for e in every),
        "checked": checked,
        "remembered": table(seen, seen) > 0.9,
        "table_seen": round(table(seen, seen), 2),
        "bayes_seen": round(bayes(seen, seen), 2),
        "bayes_new_frames": round(bayes(seen, asked), 2),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
