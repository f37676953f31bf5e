"""What the break shows: how many lines of each language come back, by two vocabularies, as one line of JSON."""

import json

from given.texts import lines
from minilm.tokenizer import Tokenizer, train


def lost(tokenizer: Tokenizer, texts: list[str]) -> float:
    """Of a hundred lines, how many come back as another text."""
    wrong = sum(tokenizer.decode(tokenizer.encode(text)) != text for text in texts)
    return 100 * wrong / len(texts)


def main() -> None:
    """Four of five lines are trained on, the fifth comes and goes."""
    trained = [line for name in ("en", "es") for at, line in enumerate(lines(name)) if at % 5]
    english, spanish = lines("en")[::5], lines("es")[::5]
    large, small = train(trained, 512), train(trained, 256)
    seen = {
        "english": lost(large, english),
        "spanish": lost(large, spanish),
        "spanish_bytes": lost(small, spanish),
        "fox": len(large.decode(large.encode("🦊"))),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
