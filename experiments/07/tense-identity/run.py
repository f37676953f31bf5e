"""Trains a 5-4-5 tanh network to tell the five tenses of one verb apart, with nothing but `minigrad`."""

from __future__ import annotations

from collections.abc import Sequence

from given.drawing import BLUE, RED
from given.run import Run, conduct
from given.verbs import TENSES, VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.mlp import MLP, squared_error, train

VERB = "work"
LAYERS = [4, 5]
LR, EPOCHS = 0.05, 300


def one_hot(low: float) -> list[list[float]]:
    """Five rows of five numbers: 1 on the diagonal, `low` elsewhere."""
    n = len(TENSES)
    return [[1.0 if i == j else low for j in range(n)] for i in range(n)]


def draw_losses(losses: Sequence[float], run: Run) -> None:
    """The loss before each epoch, on a logarithmic axis; the same losses give the same bytes."""
    with run.plot("loss.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        axes.plot(range(len(losses)), losses, color=BLUE, linewidth=1.8)
        axes.axhline(0.5, color=RED, linewidth=1, linestyle="--")
        axes.text(len(losses), 0.55, "done below 0.5", color=RED, ha="right", va="bottom")
        axes.set(yscale="log", xlabel="epoch", ylabel="loss (sum of 25 squared errors)")


def main(run: Run) -> None:
    """Trains, draws, predicts, records."""
    inputs, targets = one_hot(0.0), one_hot(-1.0)
    model = MLP(len(TENSES), LAYERS)
    losses = train(model, inputs, targets, lr=LR, epochs=EPOCHS)

    outputs = [model(x) for x in inputs]
    final = squared_error(outputs, targets).data
    predictions = []
    for tense, row in zip(TENSES, outputs, strict=True):
        numbers = [y.data for y in row]
        best = numbers.index(max(numbers))
        predictions.append(
            {
                "tense": tense,
                "en": VERBS[VERB].english(tense, "3sg"),
                "es": VERBS[VERB].spanish(tense, "3sg"),
                "outputs": [round(y, 6) for y in numbers],
                "predicted": TENSES[best],
            }
        )
    patterns = {tuple(h.data > 0 for h in model.layers[0](x)) for x in inputs}
    weakest = min(row[i].data for i, row in enumerate(outputs))
    correct = sum(p["predicted"] == p["tense"] for p in predictions)
    falls = all(b <= a for a, b in zip(losses, [*losses[1:], final], strict=True))

    draw_losses(losses, run)
    run.save("predictions.json", predictions, indent=2)
    run.record(
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
            "patterns": len(patterns),
            "weakest": weakest,
        },
    )
    print(
        f"loss {losses[0]:.4f} -> {final:.4f} in {EPOCHS} epochs, {correct} of {len(TENSES)} right"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
