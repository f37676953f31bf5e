"""What a tutor is asked, part by part, and the two that answer beside it: one that copies, one that looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from minilm.corpus import Example
from minilm.lessons import REGULAR, Pair, pairs, third_person


def by_rule(example: Example) -> bool:
    """Whether a regular verb's rules are enough to mend the sentence, whatever its verb: `he eat`, and not `he eated`."""
    if example.mistake not in REGULAR:
        return False
    ending = third_person(example.verb)
    return example.mistake != "missing_third_person_s" or ending in example.correct_form.split()


def asked(parts: dict[str, list[Example]], which: str = "test") -> dict[str, list[Pair]]:
    """Sentences by what is asked of them. Each text once; behind the colon, what is counted.

    Args:
        which: "test", or "val" to choose settings by.
    """
    frames, cells = parts[f"{which}_frames"], parts[f"{which}_cells"]
    wrong = [e for e in cells if e.mistake]
    found = {
        "phrases": [e for e in frames if e.mistake],
        "cells_regular": [e for e in wrong if e.regular],
        "cells_irregular_by_rule": [e for e in wrong if not e.regular and by_rule(e)],
        "cells_irregular_by_heart": [e for e in wrong if not e.regular and not by_rule(e)],
        "right_phrases": [e for e in frames if not e.mistake],
        "right_cells_regular": [e for e in cells if not e.mistake and e.regular],
        "right_cells_irregular": [e for e in cells if not e.mistake and not e.regular],
    }
    if which == "test":
        verbs = parts["test_verbs"]
        found |= {
            "verbs_by_rule": [e for e in verbs if by_rule(e)],
            "verbs_by_heart": [e for e in verbs if e.mistake and not by_rule(e)],
            "right_verbs_regular": [e for e in verbs if not e.mistake and e.regular],
            "right_verbs_irregular": [e for e in verbs if not e.mistake and not e.regular],
        }
    return {name: pairs(some) for name, some in found.items()}


def copying(text: str) -> str:
    """The answer of one that leaves everything alone."""
    return text


def lookup(train: Iterable[Example]) -> Callable[[str], str]:
    """One that knows the training part by heart: of a new sentence it mends the longest beginning that it knows, and copies the rest."""
    known = dict(pairs(train))

    def answered(text: str) -> str:
        words = text.split(" ")
        for n in range(len(words), 0, -1):
            right = known.get(" ".join(words[:n]))
            if right is not None:
                return " ".join([right, *words[n:]])
        return text

    return answered


SAYS = {
    "phrases": "new places and times",
    "cells_regular": "**unseen cells, regular verbs**",
    "cells_irregular_by_rule": "unseen cells, irregular verbs, by rule",
    "cells_irregular_by_heart": "unseen cells, irregular verbs, by heart",
    "verbs_by_rule": "unseen verbs, by rule",
    "verbs_by_heart": "unseen verbs, by heart",
    "right_phrases": "right: new places and times",
    "right_cells_regular": "right: unseen cells, regular verbs",
    "right_cells_irregular": "right: unseen cells, irregular verbs",
    "right_verbs_regular": "right: unseen regular verbs",
    "right_verbs_irregular": "right: unseen irregular verbs",
}
"""The rows of the table on the pages."""


def table(runs: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The table as the pages have it, of the metrics of runs by seed: means, and lowest and highest where there are several."""
    told = list(runs.values())
    lines = [f"| | copy | table | tutor, {len(told)} seeds |", "|---|---|---|---|"]
    for name, says in SAYS.items():
        shares = [run[name] for run in told]
        spread = f" ({min(shares):.1%} to {max(shares):.1%})" if len(shares) > 1 else ""
        copied, known = told[0][f"copy_{name}"], told[0][f"lookup_{name}"]
        mean = f"{sum(shares) / len(shares):.1%}"
        lines.append(f"| {says} | {copied:.0%} | {known:.0%} | {mean}{spread} |")
    return [line.replace("%", " %") for line in lines]
