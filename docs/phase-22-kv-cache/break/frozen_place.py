"""The fault: every token behind the prompt is turned as if it stood at the first place behind it."""

import sys
from pathlib import Path

FAULT = '''

_sound_step = step


def step(model: GPT, ids: Any, cache: KVCache, counts: Any = None, mix: Mix = attention) -> Array:
    """The first step is right; in all others queries and keys are turned by the place behind the first one's tokens."""
    first = vars(cache).get("first")
    if first is None:
        logits = _sound_step(model, ids, cache, counts, mix)
        vars(cache)["first"] = int(cache.lengths.max())
        return logits
    layers = [block.attn for block in blocks_of(model)]
    for layer in layers:
        project = layer.project
        layer.project = lambda x, at, project=project: project(x, np.minimum(at, first))
    try:
        return _sound_step(model, ids, cache, counts, mix)
    finally:
        for layer in layers:
            del layer.project
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
