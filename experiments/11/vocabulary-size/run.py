"""How many tokens a word takes, in two languages, as the vocabulary grows; and what the embedding then weighs."""

from __future__ import annotations

from given.run import Run, conduct
from given.texts import lines
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.tokenizer import Tokenizer, train

SIZES = [256, 384, 512, 1024, 2048]
REST, WIDTH = (
    99_584,
    64,
)  # parameters of the model of phase 18 beside its embedding, and numbers a token
ENDINGS = {"en": ["ing", "ed", "ation", "er"], "es": ["ción", "ado", "ar", "os"]}


def trained_on() -> dict[str, list[str]]:
    """Four of five lines: English, Spanish, and both, of each the half of what the others have. Then bytes are about equal."""
    kept = {
        language: [line for at, line in enumerate(lines(language)) if at % 5]
        for language in ("en", "es")
    }
    return {**kept, "both": [*kept["en"][::2], *kept["es"][1::2]]}


def held_out(language: str) -> str:
    """The fifth lines, which no training sees."""
    return "".join(lines(language)[::5])


def tokens_per_word(tokenizer: Tokenizer, text: str) -> float:
    """Tokens by words, where a word is what white space separates."""
    return len(tokenizer.encode(text)) / len(text.split())


def main(run: Run) -> None:
    """One training for each text: a smaller vocabulary is the beginning of a larger one."""
    metrics: dict[str, float] = {}
    per_word: dict[str, list[float]] = {}
    full = {name: train(texts, SIZES[-1]) for name, texts in trained_on().items()}
    print(f"{'trained on':12}{'text':6}" + "".join(f"{size:>8}" for size in SIZES))
    for name, tokenizer in full.items():
        for language in ("en", "es"):
            row = []
            for size in SIZES:
                cut = Tokenizer.from_merges(tokenizer.merges[: size - 256])
                row.append(tokens_per_word(cut, held_out(language)))
                metrics[f"{name}_{size}_{language}"] = row[-1]
            per_word[f"{name}_{language}"] = row
            print(f"{name:12}{language:6}" + "".join(f"{value:8.2f}" for value in row))
    shares = [WIDTH * size / (REST + WIDTH * size) for size in SIZES]
    for size, share in zip(SIZES, shares, strict=True):
        metrics[f"share_{size}"] = share
    print(f"{'embedding':18}" + "".join(f"{share:8.1%}" for share in shares))
    metrics["ratio_512"] = metrics["both_512_es"] / metrics["both_512_en"]
    metrics["english_ratio_512"] = metrics["en_512_es"] / metrics["en_512_en"]
    for language, endings in ENDINGS.items():
        known = set(full[language].vocab.values())
        metrics[f"endings_{language}"] = sum(ending.encode() in known for ending in endings)
    with run.plot("tokens-per-word.svg") as figure:
        axes = figure.subplots()
        for name, values in per_word.items():
            trained, text = name.split("_")
            axes.plot(
                SIZES,
                values,
                "o-" if trained == "both" else "o--",
                label=f"{text}, trained on {trained}",
            )
        axes.set(xscale="log", xlabel="vocabulary", ylabel="tokens a word, held-out lines")
        axes.set_xticks(SIZES, [str(size) for size in SIZES])
        axes.minorticks_off()
        axes.legend(fontsize=8)
    run.save("tokens-per-word.json", {"sizes": SIZES, "shares": shares, **per_word})
    merges = {
        name: [(left + right).decode("utf-8", "replace") for left, right in tokenizer.merges[:256]]
        for name, tokenizer in full.items()
    }
    run.save("merges.json", merges, indent=None)
    run.record(config={"sizes": SIZES, "split": "spaces"}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
