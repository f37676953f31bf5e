"""Which tokens of a vocabulary does the text that it was trained on never show?"""

from __future__ import annotations

from collections import Counter

from given.run import Run, conduct
from given.texts import lines
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.tokenizer import Tokenizer, train

SIZE, RARE = 2048, 3
SPECIAL = ["<|end|>", "<|pad|>"]


def as_text(token: bytes) -> str | None:
    """The text that is this token's bytes alone, if there is one."""
    try:
        return token.decode("utf-8")
    except UnicodeDecodeError:
        return None


def kind(tokenizer: Tokenizer, at: int) -> str:
    """A special token, a byte that no UTF-8 has, another byte, or what a merge made."""
    token = tokenizer.token(at) or b""
    if at in tokenizer.special_tokens.values():
        return "special"
    if len(token) > 1:
        return "merged"
    return "impossible" if token[0] in (0xC0, 0xC1, *range(0xF5, 0x100)) else "byte"


def main(run: Run) -> None:
    """Every id that never comes, with its bytes, its kind, and whether a prompt can bring it."""
    texts = lines("en") + lines("es")
    tokenizer = train(texts, SIZE, SPECIAL)
    seen: Counter[int] = Counter()
    for text in texts:
        seen.update(tokenizer.encode(text))
    unseen = []
    for at in range(tokenizer.vocab_size):
        if seen[at] == 0:
            token = tokenizer.token(at) or b""
            text_of = as_text(token)
            prompted = text_of is not None and tokenizer.encode(text_of) == [at]
            unseen.append(
                {
                    "id": at,
                    "bytes": token.hex(),
                    "text": text_of,
                    "kind": kind(tokenizer, at),
                    "prompted": prompted,
                }
            )
    kinds = Counter(str(one["kind"]) for one in unseen)
    for name in ("special", "impossible", "byte", "merged"):
        print(f"never seen, {name:12}{kinds[name]:5}")
    inner = [one for one in unseen if one["kind"] == "merged"]
    print("merged and never seen:", ", ".join(repr(one["text"]) for one in inner[:24]))
    run.save("unseen.json", unseen)
    metrics: dict[str, float] = {f"never_{name}": kinds[name] for name in kinds}
    metrics["never"] = len(unseen)
    metrics["never_merged_prompted"] = sum(bool(one["prompted"]) for one in inner)
    metrics["rare"] = sum(0 < seen[at] < RARE for at in range(tokenizer.vocab_size))
    run.record(config={"vocab_size": SIZE, "special_tokens": SPECIAL}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
