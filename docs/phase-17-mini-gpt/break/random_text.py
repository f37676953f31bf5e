"""What the break shows: which logits a changed last token moves, and a loss on text that nobody can predict, as JSON."""

import json
import math

import numpy as np

from minilm.gpt import GPT, GPTConfig
from minitorch import functional as F
from minitorch.optim import AdamW

V, T, STEPS = 8, 16, 120


def main() -> None:
    """Four answers; the fault changes three of them."""
    rng = np.random.default_rng(0)
    model = GPT(
        GPTConfig(V, d_model=32, n_heads=2, d_ff=64, n_layers=1, context_len=T, init_std=0.1), rng
    )
    ids = rng.integers(0, V, (1, T))
    changed = ids.copy()
    changed[0, -1] = (ids[0, -1] + 1) % V
    moved = (model(ids).data != model(changed).data).any(axis=-1)
    optimizer = AdamW(model.parameters(), lr=0.01)
    losses = []
    for _ in range(STEPS):
        text = rng.integers(0, V, (8, T + 1))
        loss = F.cross_entropy(model(text[:, :-1]), text[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    text = rng.integers(0, V, (64, T + 1))
    whole = F.cross_entropy(model(text[:, :-1])[:, :-1], text[:, 1:-1]).item()
    alone = F.cross_entropy(model(text[:, :-1])[:, -1], text[:, -1]).item()
    seen = {
        "rows_moved": int(moved.sum()),
        "first_loss": round(losses[0], 2),
        "whole_loss": round(whole, 2),
        "alone_loss": round(alone, 2),
        "below_floor": bool(np.mean(losses[-10:]) < math.log(V) - 0.1),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
