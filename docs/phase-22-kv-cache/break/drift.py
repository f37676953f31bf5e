"""What both breaks show: how far the distributions of a cached model are from those without a cache, place by place, as JSON."""

import json

import numpy as np

from minigrad.numerics import softmax
from minilm.cache import KVCache, step
from minilm.gpt import GPT, GPTConfig
from minitorch import no_grad

TEXTS, PROMPT, STEPS = 8, 8, 80


def main() -> None:
    """The mean of half the absolute differences: 0 for the same distribution, 1 for two that share nothing."""
    # One place more than is read: what is written a slot too far mustn't come round to the first.
    config = GPTConfig(vocab_size=32, context_len=PROMPT + STEPS + 1, init_std=0.3)
    model = GPT(config, np.random.default_rng(0), np.float64)
    ids = np.random.default_rng(1).integers(0, 32, (TEXTS, PROMPT + STEPS))
    with no_grad():
        right = softmax(model(ids).data)
    cache = KVCache(model, TEXTS)
    pieces = [step(model, ids[:, :PROMPT], cache)]
    pieces += [step(model, ids[:, t : t + 1], cache) for t in range(PROMPT, PROMPT + STEPS)]
    off = (np.abs(softmax(np.concatenate(pieces, axis=1)) - right).sum(-1) / 2).mean(0)
    seen = {
        "prompt_right": bool(off[:PROMPT].max() < 1e-9),
        "step_1": round(float(off[PROMPT]), 3),
        "step_2": round(float(off[PROMPT + 1]), 3),
        "step_10": round(float(off[PROMPT + 9]), 3),
        "step_80": round(float(off[-1]), 3),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
