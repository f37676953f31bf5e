"""What the break shows: a run that learns its few texts by heart, and what is handed back as its best, as JSON."""

import json
import tempfile
from pathlib import Path

import numpy as np

from given.verbs import ROWS
from minilm.batches import Characters, in_order, items_of
from minilm.gpt import GPT, GPTConfig
from minilm.train import evaluate, recipe, train
from minilm.training_files import BEST, RunFolder, read_checkpoint

STEPS, EVERY = 120, 20


def main() -> None:
    """Five numbers; the fault changes two of them."""
    texts = [english for _, _, english, _ in ROWS]
    letters = Characters.of(texts)
    new = in_order(items_of(letters, texts[200:260], 32), 16, 32)
    config = GPTConfig(letters.vocab_size, d_model=32, n_layers=1, d_ff=64, context_len=32)
    model = GPT(config, np.random.default_rng(0))
    trainer = recipe(
        model, items_of(letters, texts[:24], 32), steps=STEPS, seed=0, context_len=32, lr=2e-2
    )

    def check() -> float:
        return evaluate(model, new, letters.pieces)

    with tempfile.TemporaryDirectory() as folder:
        with RunFolder(folder, config.to_dict()) as run:
            best = train(trainer, STEPS, run, check=check, every=EVERY)
            told = min(line.get("bits_per_byte", 99) for line in run.lines())
        kept = read_checkpoint(Path(folder) / BEST).weights()
    last = check()
    model.load_state_dict(best)
    returned = check()
    model.load_state_dict(kept)
    seen = {
        "told": round(told, 4),
        "last": round(last, 4),
        "returned": round(returned, 4),
        "in_the_file": round(check(), 4),
        "returned_is_last": bool(abs(returned - last) < 1e-9),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
