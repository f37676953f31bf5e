"""A chat in the terminal that shows its answer as it is written: `python scripts/chat.py [--temperature 0.7] [--greedy] ...`.

Each line that you type is the beginning of a sentence, and the model writes on. Ctrl-C stops an answer, Ctrl-D ends the chat.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TextIO

from minilm.corpus import examples, split
from minilm.generate import Request, generate
from minilm.ngram import KneserNey, count
from minilm.sample import Settings
from minilm.speakers import Speaker, of_ngram

MAX_TOKENS = 60


def ngram(order: int) -> Speaker:
    """An n-gram over the letters of all right sentences of the training part."""
    texts = {e.text for e in split(examples())["train"] if not e.mistake}
    return of_ngram(KneserNey(count(sorted(texts), order)))


def chat(speaker: Speaker, lines: Iterable[str], settings: Settings, seed: int, out: TextIO) -> int:
    """Answers each line, and says how it ended unless the model ended it.

    The answer to line n is drawn with the seed `seed + n`, so the same lines get the same answers.

    Returns:
        How many lines couldn't be answered; each has its reason in `out`.
    """
    refused = 0

    def show(_: int, text: str) -> None:
        print(text, end="", flush=True, file=out)

    for number, line in enumerate(lines):
        text = line.rstrip("\n")
        try:
            request = Request(speaker.encode(text), MAX_TOKENS, settings, seed + number)
            print(text, end="", flush=True, file=out)
            (got,) = generate(
                speaker.next_logits,
                [request],
                speaker.pieces,
                context_len=speaker.context_len,
                end=speaker.end,
                show=show,
            )
            print("" if got.why == "end" else f" [{got.why}]", file=out)
        except ValueError as error:
            refused += 1
            print(f"\n{error}", file=out)
        except KeyboardInterrupt:
            print(" [stopped]", file=out)
    return refused


def main(argv: list[str]) -> int:
    """Reads lines from standard input. 0, or 1 if a line couldn't be answered."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--order", type=int, default=5, help="of the n-gram (default: 5)")
    parser.add_argument("--greedy", action="store_true", help="always the likeliest letter")
    parser.add_argument("--seed", type=int, default=42)
    for name in ("temperature", "top_p", "typical", "repetition"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=1.0)
    parser.add_argument("--top-k", type=int)
    parser.add_argument("--min-p", type=float)
    told = parser.parse_args(argv)
    settings = Settings(
        sampled=not told.greedy,
        repetition=told.repetition,
        temperature=told.temperature,
        top_k=told.top_k,
        top_p=told.top_p,
        min_p=told.min_p,
        typical=told.typical,
    )
    if sys.stdin.isatty():
        print("Type the beginning of a sentence, such as: he will")
    return min(1, chat(ngram(told.order), sys.stdin, settings, told.seed, sys.stdout))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
