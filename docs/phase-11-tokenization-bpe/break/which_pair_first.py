"""What the break shows: 600 lines through a tokenizer that was trained on them, and back, as one line of JSON."""

import json

from given.texts import lines
from minilm.tokenizer import train


def main() -> None:
    """Do the lines come back, how many tokens is a word, and which of them are never used?"""
    texts = lines("en")[::4] + lines("es")[::4]
    tokenizer = train(texts, 512)
    ids = [tokenizer.encode(text) for text in texts]
    used = {at for line in ids for at in line}
    merged = [at for at, token in tokenizer.vocab.items() if len(token) > 1]
    seen = {
        "round_trip": all(
            tokenizer.decode(line) == text for line, text in zip(ids, texts, strict=True)
        ),
        "tokens_a_word": sum(map(len, ids)) / len("".join(texts).split()),
        "never_used": sum(at not in used for at in merged),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
