"""Trains a 5-4-5 tanh network to tell the five tenses of one verb apart, with nothing but `minigrad`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.mlp import MLP, squared_error, train

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
VERB = "work"
TENSES = [
    ("infinitive", "(to) work", "trabajar"),
    ("present_simple", "works", "trabaja"),
    ("past_simple", "worked", "trabajó"),
    ("past_participle", "worked", "trabajado"),
    ("simple_future", "will work", "trabajará"),
]
LAYERS = [4, 5]
LR, EPOCHS = 0.05, 300


def one_hot(low: float) -> list[list[float]]:
    """Five rows of five numbers: 1 on the diagonal, `low` elsewhere."""
    n = len(TENSES)
    return [[1.0 if i == j else low for j in range(n)] for i in range(n)]


def draw_losses(losses: Sequence[float], path: Path) -> None:
    """The loss before each epoch, on a logarithmic axis; the same losses give the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": "07-tense-identity", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.subplots()
        axes.plot(range(len(losses)), losses, color="#1d5fa8", linewidth=1.8)
        axes.axhline(0.5, color="#b3261e", linewidth=1, linestyle="--")
        axes.text(len(losses), 0.55, "done below 0.5", color="#b3261e", ha="right", va="bottom")
        axes.set(yscale="log", xlabel="epoch", ylabel="loss (sum of 25 squared errors)")
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """Trains, draws, predicts, records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    seed_everything(options.seed)
    inputs, targets = one_hot(0.0), one_hot(-1.0)
    model = MLP(len(TENSES), LAYERS)
    losses = train(model, inputs, targets, lr=LR, epochs=EPOCHS)

    outputs = [model(x) for x in inputs]
    final = squared_error(outputs, targets).data
    predictions = []
    for (tense, english, spanish), row in zip(TENSES, outputs, strict=True):
        numbers = [y.data for y in row]
        best = numbers.index(max(numbers))
        predictions.append(
            {
                "tense": tense,
                "en": english,
                "es": spanish,
                "outputs": [round(y, 6) for y in numbers],
                "predicted": TENSES[best][0],
            }
        )
    correct = sum(p["predicted"] == p["tense"] for p in predictions)
    falls = all(b <= a for a, b in zip(losses, [*losses[1:], final], strict=True))

    draw_losses(losses, out / "loss.svg")
    text = json.dumps(predictions, indent=2, ensure_ascii=False) + "\n"
    (out / "predictions.json").write_text(text, encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={
            "verb": VERB,
            "layers": LAYERS,
            "lr": LR,
            "epochs": EPOCHS,
            "weights": "uniform(-1, 1)",
            "biases": 0.0,
        },
        metrics={
            "parameters": len(model.parameters()),
            "epochs": EPOCHS,
            "initial_loss": losses[0],
            "final_loss": final,
            "correct": correct,
            "monotone": falls,
        },
        artifacts=[out / "loss.svg", out / "predictions.json"],
        started_at=started,
    )
    print(
        f"loss {losses[0]:.4f} -> {final:.4f} in {EPOCHS} epochs, {correct} of {len(TENSES)} right"
    )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
