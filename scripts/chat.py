"""A chat in the terminal that shows its answer as it is written: `python scripts/chat.py [--temperature 0.7] [--greedy] ...`.

Each line that you type is a sentence, and the tutor of phase 18 writes the right one behind it; with `--ngram 5` it is the
beginning of a sentence, and an n-gram writes on. Ctrl-C stops an answer, Ctrl-D ends the chat.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from minilm import tutor
from minilm.batches import BORDER
from minilm.corpus import examples, split
from minilm.generate import Request, generate
from minilm.lessons import ASK, LETTERS
from minilm.ngram import KneserNey, count
from minilm.sample import Settings
from minilm.speakers import Speaker, of_gpt, of_ngram

MAX_TOKENS = 60
TUTOR = Path(__file__).parents[1] / "data/models/18-tutor/tutor.safetensors"


def trained(path: Path) -> Speaker:
    """A tutor of phase 18."""
    return of_gpt(tutor.load(path), LETTERS.pieces, begin=BORDER, end=BORDER)


def ngram(order: int) -> Speaker:
    """An n-gram over the letters of all right sentences of the training part."""
    texts = {e.text for e in split(examples())["train"] if not e.mistake}
    return of_ngram(KneserNey(count(sorted(texts), order)))


def chat(
    speaker: Speaker,
    lines: Iterable[str],
    settings: Settings,
    seed: int,
    out: TextIO,
    ask: str = "",
) -> int:
    """Answers each line, with `ask` behind it, and says how it ended unless the model ended it.

    The answer to line n is drawn with the seed `seed + n`, so the same lines get the same answers.

    Returns:
        How many lines couldn't be answered; each has its reason in `out`.
    """
    refused = 0

    def show(_: int, text: str) -> None:
        print(text, end="", flush=True, file=out)

    for number, line in enumerate(lines):
        text = line.rstrip("\n") + ask
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
    """Reads lines from standard input. 0, 1 if a line couldn't be answered, 2 without a model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=TUTOR, help="a file of a tutor of your own")
    parser.add_argument(
        "--ngram", type=int, metavar="ORDER", help="an n-gram in place of the tutor"
    )
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
    ask, such = ASK, "a sentence, such as: he walk every day"
    if told.ngram is not None:
        ask, such = "", "the beginning of a sentence, such as: he will"
    try:
        speaker = trained(told.model) if told.ngram is None else ngram(told.ngram)
    except ValueError as error:
        parser.error(str(error))
    except NotImplementedError as error:
        parser.error(f"the chat stands on your own code, and this is still to be written: {error}")
    if sys.stdin.isatty():
        print(f"Type {such}")
    try:
        return min(1, chat(speaker, sys.stdin, settings, told.seed, sys.stdout, ask))
    except KeyboardInterrupt:
        print()
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
