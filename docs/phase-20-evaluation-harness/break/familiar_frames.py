"""What the break shows: the core, what of it was in training, and how good an n-gram seems, as one line of JSON."""

import json

from minilm.asking import ask
from minilm.corpus import examples, split
from minilm.doubles import Listed
from minilm.ngram import KneserNey, count
from minilm.probes import choices, leaks
from minilm.scorers import NgramScorer


def main() -> None:
    """Probes, the share of them in training, and hits: an n-gram's among known and new verbs, and of one who knows training by heart."""
    texts = [e.text for e in split(examples())["train"] if not e.mistake]
    probes = choices()
    leaked = leaks(probes, texts)
    said = ask(NgramScorer(KneserNey(count(texts, 6), 0.9)), probes)
    known = [one.hit for one in said if one.probe.novelty == "frame"]
    new = [one.hit for one in said if one.probe.novelty == "verb"]
    right = [one.hit for one in ask(Listed(dict.fromkeys(texts, 1.0)), probes)]
    shown = {
        "probes": len(probes),
        "in_training": round(sum(kind == "text" for kind in leaked.values()) / len(probes), 3),
        "known_verbs": round(sum(known) / len(known), 3),
        "new_verbs": round(sum(new) / len(new), 3),
        "by_heart": round(sum(right) / len(right), 3),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
