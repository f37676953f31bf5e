"""Training and encoding: counting anew, with an index, and the `tokenizers` library in Rust, all in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec

from given.run import Run, conduct
from given.texts import lines
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm import bpe
from minilm.tokenizer import Tokenizer, train

# The goal, and a floor against regressions.
SIZE, SPLIT, ROUNDS, AT_LEAST = 512, "gpt2", 7, 50


def measured(call: Callable[[], object]) -> float:
    """Seconds of this process, so that a neighbor on the machine doesn't count."""
    started = time.process_time()
    call()
    return time.process_time() - started


def encode_naive(text: str, merges: list[bpe.Pair], ids: dict[bytes, int]) -> list[int]:
    """Each merge in turn on each pre-token, nothing remembered."""
    found: list[int] = []
    for word in bpe.pretokens(text, SPLIT):
        parts = bpe.to_parts(word.encode())
        for pair in merges:
            parts = bpe.merge(parts, pair)
        found.extend(ids[part] for part in parts)
    return found


def rust(
    merges: list[bpe.Pair],
) -> tuple[Callable[[list[str]], object], Callable[[str], list[int]]]:
    """The library's training, and its encoding by these merges."""
    from tokenizers import Tokenizer as Library
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer

    from minilm.vocabulary import byte_letters

    letters = byte_letters()

    def written(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    def fresh(model: BPE) -> Library:
        library = Library(model)
        library.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
        return library

    def training(texts: list[str]) -> object:
        trainer = BpeTrainer(
            vocab_size=SIZE, initial_alphabet=ByteLevel.alphabet(), show_progress=False
        )
        return fresh(BPE()).train_from_iterator(texts, trainer)

    def encoding(text: str) -> list[int]:
        vocab = {written(token): at for at, token in Tokenizer.from_merges(merges).vocab.items()}
        model = BPE(vocab=vocab, merges=[(written(a), written(b)) for a, b in merges])
        ids: list[int] = fresh(model).encode(text).ids
        return ids

    return training, encoding


def main(run: Run) -> None:
    """One slow round of the naive sides, and medians of the others; ends in an error where an index isn't worth it."""
    texts = lines("en") + lines("es")
    text = "".join(texts)
    merges: list[bpe.Pair] = []
    seconds = {
        "train_naive": [
            measured(lambda: merges.extend(bpe.train_naive(texts, SIZE - 256, split=SPLIT)))
        ]
    }
    tokenizer = train(texts, SIZE, split=SPLIT)
    ids = {token: at for at, token in tokenizer.vocab.items()}
    naive: list[int] = []
    seconds["encode_naive"] = [measured(lambda: naive.extend(encode_naive(text, merges, ids)))]
    calls: dict[str, Callable[[], object]] = {
        "train_indexed": lambda: train(texts, SIZE, split=SPLIT),
        "encode_ranked": lambda: Tokenizer.from_merges(merges, split=SPLIT).encode(text),
    }
    same = merges == tokenizer.merges and naive == tokenizer.encode(text)
    if find_spec("tokenizers"):
        training, encoding = rust(merges)
        calls |= {"train_rust": lambda: training(texts), "encode_rust": lambda: encoding(text)}
        same = same and encoding(text) == naive
    for _ in range(ROUNDS):
        for name, call in calls.items():
            seconds.setdefault(name, []).append(measured(call))
    metrics: dict[str, float | bool] = {
        f"{name}_seconds": statistics.median(values) for name, values in seconds.items()
    }
    for what, ours in (("train", "train_indexed"), ("encode", "encode_ranked")):
        metrics[f"{what}_ratio"] = metrics[f"{what}_naive_seconds"] / metrics[f"{ours}_seconds"]
    metrics |= {"same": same, "rust": "train_rust" in calls, "bytes": len(text.encode())}
    print(f"{metrics['bytes']:,} bytes, vocabulary {SIZE}, GPT-2's pattern; seconds of the process")
    for name in sorted(seconds):
        print(f"{name:16}{metrics[f'{name}_seconds']:9.3f}")
    print(
        f"training {metrics['train_ratio']:.0f} times, encoding {metrics['encode_ratio']:.0f} times as fast; same results: {same}"
    )
    run.record(config={"vocab_size": SIZE, "split": SPLIT, "rounds": ROUNDS}, metrics=metrics)
    if not same or min(metrics["train_ratio"], metrics["encode_ratio"]) < AT_LEAST:
        raise SystemExit(f"results differ, or a ratio is below {AT_LEAST}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
