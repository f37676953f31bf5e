"""What the break shows: an oracle and an n-gram, asked every choice of the past, the present and the future with year's phrases."""

import json

from minilm.asking import ask
from minilm.corpus import examples, split
from minilm.doubles import oracle
from minilm.ngram import KneserNey, count
from minilm.probes import choices
from minilm.report import summary
from minilm.scorers import NgramScorer


def main() -> None:
    """Hits of the oracle, its ECE, and hits of an n-gram, as one line of JSON."""
    probes = [one for one in choices() if one.id.endswith("@year")]
    told = summary("oracle", ask(oracle(choices()), probes))
    texts = [e.text for e in split(examples())["train"] if not e.mistake]
    said = ask(NgramScorer(KneserNey(count(texts, 6), 0.9)), probes)
    shown = {
        "oracle": round(told["core"]["hits"] / len(probes), 3),
        "oracle_ece": round(told["calibration"]["ece"], 3),
        "ngram": round(sum(one.hit for one in said) / len(probes), 3),
        "probes": len(probes),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
