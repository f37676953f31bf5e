"""How often a large model keeps a small one's guesses, and how many tokens each of its questions brings."""

from __future__ import annotations

import numpy as np

from given.drawing import BLUE, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.gpt import GPT, GPTConfig
from minilm.reader import Reader
from minilm.speculate import sampler, speculative

SEEDS, TEXTS, TOKENS, GUESSES = 3, 8, 48, (0, 1, 2, 4, 8)
LARGE = GPTConfig(vocab_size=32, n_layers=4, init_std=0.1)


def models(seed: int) -> tuple[GPT, GPT]:
    """A model, and a draft that is its first block with its table and final norm."""
    large = GPT(LARGE, np.random.default_rng(seed), np.float64)
    small = GPT(GPTConfig(vocab_size=32, n_layers=1), dtype=np.float64)
    state = large.state_dict()
    small.load_state_dict({name: state[name] for name in small.state_dict()})
    return large, small


def shared(large: GPT, small: GPT, texts: list[list[int]]) -> float:
    """What both distributions have in common, the sum of the smaller of p and q, over all places of some texts."""
    both = [[Reader(model).chances(text, len(text)) for model in (large, small)] for text in texts]
    return float(np.mean([np.minimum(p, q).sum(-1).mean() for p, q in both]))


def main(run: Run) -> None:
    """Three seeds, each number of guesses."""
    rows = []
    for seed in range(run.seed, run.seed + SEEDS):
        large, small = models(seed)
        row: dict[str, float] = {"seed": seed}
        for guesses in GUESSES:
            choose = sampler(np.random.default_rng(seed))
            target, draft = Reader(large), Reader(small)
            found = [
                speculative(target.chances, draft.chances, [n], TOKENS, guesses, choose)
                for n in range(TEXTS)
            ]
            row[f"per_question_{guesses}"] = TEXTS * TOKENS / sum(f.asked for f in found)
            row[f"judged_{guesses}"] = target.read / (TEXTS * TOKENS)
            if guesses == 1:
                row["kept"] = sum(f.kept for f in found) / sum(f.guesses for f in found)
                row["shared"] = shared(large, small, [[n, *f.ids] for n, f in enumerate(found)])
        same = sampler(np.random.default_rng(seed))
        itself = speculative(Reader(large).chances, Reader(large).chances, [0], TOKENS, 4, same)
        row["kept_of_itself"] = itself.kept / itself.guesses
        rows.append(row)
        print("  ".join(f"{key} {value:.2f}" for key, value in row.items()))
    run.save("guesses.json", rows)
    metrics: dict[str, float] = {}
    for key in rows[0]:
        if key != "seed":
            values = [row[key] for row in rows]
            metrics |= {key: float(np.mean(values)), f"{key}_worst": min(values), f"{key}_best": max(values)}  # fmt: skip
    with run.plot("guesses.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        kept = metrics["kept"]
        expected = [sum(kept**n for n in range(k + 1)) for k in GUESSES]
        axes.plot(GUESSES, [metrics[f"per_question_{k}"] for k in GUESSES], "o-", color=BLUE, label="measured")  # fmt: skip
        axes.plot(GUESSES, expected, "--", color=ORANGE, label="if each guess were kept alike")
        axes.set(xlabel="guesses a question", ylabel="tokens a question")
        axes.legend()
    run.record(config={"texts": TEXTS, "tokens": TOKENS, "seeds": SEEDS, "large": LARGE.to_dict()}, metrics=metrics)  # fmt: skip


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
