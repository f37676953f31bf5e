"""What the break shows: the five likeliest of 64 tokens, from logits and from the same model's log probabilities, as JSON."""

import json

import numpy as np

from minilm.sample import greedy, probabilities, top_k

K, V = 5, 64


def main() -> None:
    """Four answers; the fault changes two of them much."""
    z = np.random.default_rng(0).normal(size=V) * 2
    logits = z - z.min() + 8  # all above 8
    logs = np.log(probabilities(z))
    kept = np.sort(np.argsort(-z)[:K])
    seen = {}
    for name, values in (("logits", logits), ("logs", logs)):
        out = top_k(values, K)
        p = probabilities(out)
        seen |= {
            f"best_{name}": bool(greedy(out) == z.argmax()),
            f"cut_{name}": round(float(1 - p[kept].sum()), 3),
        }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
