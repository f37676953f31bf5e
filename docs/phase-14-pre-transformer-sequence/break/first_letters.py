"""What the break shows: bits per byte of new verbs, by the place in the sentence, as one line of JSON."""

import json

import numpy as np

from minilm.corpus import examples, split
from minilm.evaluate import bits_per_byte
from minilm.ngram import KneserNey, count

ORDER = 6


def main() -> None:
    """All places, the first five, the others; and whether probabilities still sum to 1."""
    parts = {
        name: [f"{e.spanish} / {e.text}" for e in some if not e.mistake]
        for name, some in split(examples()).items()
    }
    counts = count(parts["train"], ORDER)
    model = KneserNey(counts, 0.9)
    texts = sorted(set(parts["test_verbs"]))
    nats = [model.log_probs(text) for text in texts]
    targets = [[char.encode() for char in text] + [b""] for text in texts]

    def bits(start: int, end: int | None) -> float:
        return bits_per_byte(
            np.concatenate([some[start:end] for some in nats]),
            [one for some in targets for one in some[start:end]],
        )

    shown = {
        "all": round(bits(0, None), 2),
        "first_five": round(bits(0, ORDER - 1), 2),
        "rest": round(bits(ORDER - 1, None), 2),
        "sums_to_one": abs(sum(model.prob(token, "yo ") for token in counts.vocabulary) - 1) < 1e-9,
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
