"""What the break shows: a tied model beside one computed by hand, and which rows of its table a text teaches, as JSON."""

import json

import numpy as np

from minilm.gpt import GPT, GPTConfig
from minitorch import functional as F
from minitorch.optim import AdamW

V = 31
TEXT = np.array([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3]])


def main() -> None:
    """Four answers; the fault changes two of them."""
    model = GPT(GPTConfig(V), np.random.default_rng(0))
    x = model.embed(TEXT[:, :-1])
    for block in model.blocks:
        x = block(x)
    by_hand = model.final_norm(x).data @ model.embed.weight.data.T
    logits = model(TEXT[:, :-1])
    F.cross_entropy(logits, TEXT[:, 1:]).backward()
    grad = model.embed.weight.grad
    taught = int(np.abs(grad).max(axis=1).astype(bool).sum())
    optimizer = AdamW(model.parameters(), lr=1e-3)
    for _ in range(30):
        loss = F.cross_entropy(model(TEXT[:, :-1]), TEXT[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seen = {
        "parameters": sum(p.size for p in model.parameters()),
        "logits_right": bool(np.abs(logits.data - by_hand).max() < 1e-5),
        "rows_taught": taught,
        "loss": round(loss.item(), 2),
        "loss_falls": bool(loss.item() < 3.3),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
