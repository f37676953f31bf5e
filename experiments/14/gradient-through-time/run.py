"""How the gradient changes on its way back through fifty steps, beside the largest singular value of the recurrent matrix."""

from __future__ import annotations

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.rnn import Cell, LSTMCell, RNNCell, gradient_norms
from minitorch import Tensor
from minitorch.nn import Parameter

STEPS, BATCH, INPUTS, HIDDEN, DRAWS = 50, 8, 16, 32, 3
SIGMAS = (0.5, 0.9, 1.0, 1.1, 1.5)
FORGET = (0.0, 1.0, 3.0)


def in_double(cell: Cell) -> Cell:
    """The cell in float64, without a bias: what is left is the recurrent matrix and the inputs."""
    for name, parameter in list(cell.named_parameters()):
        setattr(cell, name, Parameter(parameter.numpy().astype(np.float64)))
    return cell


def rnn(rng: np.random.Generator, sigma: float) -> Cell:
    """An RNN whose recurrent matrix is `sigma` times an orthogonal one: every singular value is `sigma`."""
    cell = in_double(RNNCell(INPUTS, HIDDEN, rng=rng))
    q, _ = np.linalg.qr(rng.normal(size=(HIDDEN, HIDDEN)))
    cell.weight_hh = Parameter(sigma * q)
    return cell


def normal_rnn(rng: np.random.Generator) -> Cell:
    """An RNN whose recurrent matrix is normal with the variance 1/H: singular values from about 0 to 2."""
    cell = in_double(RNNCell(INPUTS, HIDDEN, rng=rng))
    cell.weight_hh = Parameter(rng.normal(0, HIDDEN**-0.5, (HIDDEN, HIDDEN)))
    return cell


def lstm(rng: np.random.Generator, forget_bias: float) -> Cell:
    """An LSTM as it starts, with its forget gates opened by `forget_bias`."""
    return in_double(LSTMCell(INPUTS, HIDDEN, rng=rng, forget_bias=forget_bias))


def rate(norms: np.ndarray) -> float:
    """The factor of one step back, as the mean (geometric) over the first forty: the last ten still feel where they began."""
    return float((norms[0] / norms[40]) ** (1 / 40))


def main(run: Run) -> None:
    """Three draws of each; the same inputs, of half the size of a standard normal's."""
    rng = np.random.default_rng(run.seed)
    metrics: dict[str, float] = {}
    curves: dict[str, list[list[float]]] = {}
    makers = {
        **{f"rnn_{100 * sigma:.0f}": (rnn, sigma) for sigma in SIGMAS},
        **{f"lstm_{bias:g}": (lstm, bias) for bias in FORGET},
    }
    for draw in range(DRAWS):
        x = Tensor(rng.normal(0, 0.5, (STEPS, BATCH, INPUTS)))
        last = rng.normal(size=(BATCH, HIDDEN))
        cells = {name: make(rng, value) for name, (make, value) in makers.items()}
        cells["rnn_normal"] = normal_rnn(rng)
        for name, cell in cells.items():
            norms = gradient_norms(cell, x, last)
            curves.setdefault(name, []).append(norms.tolist())
            metrics[f"{name}_rate_{draw}"] = rate(norms)
            if name.startswith("rnn"):
                sigma = float(np.linalg.svd(cell.weight_hh.numpy(), compute_uv=False)[0])
                steps_back = np.arange(STEPS, -1, -1)
                below = norms <= norms[-1] * sigma**steps_back * (1 + 1e-9)
                metrics[f"{name}_sigma_{draw}"] = sigma
                metrics[f"{name}_bounded_{draw}"] = bool(below.all())
    for name in curves:
        rates = [metrics[f"{name}_rate_{draw}"] for draw in range(DRAWS)]
        metrics[f"{name}_rate"] = float(np.exp(np.mean(np.log(rates))))
        metrics[f"{name}_left"] = float(np.median([c[0] / c[-1] for c in curves[name]]))
    metrics["all_bounded"] = all(v for key, v in metrics.items() if "_bounded_" in key)
    run.save("curves.json", curves, indent=None)
    with run.plot("gradients.svg") as figure:
        axes = figure.add_subplot(
            xlabel="steps back", ylabel="norm of the gradient, as a share of the last", yscale="log"
        )
        for name, some in curves.items():
            axes.plot(np.array(some[0][::-1]) / some[0][-1], label=name.replace("_", " "))
        for sigma in SIGMAS:
            axes.plot(sigma ** np.arange(STEPS + 1.0), ":", color="gray", linewidth=0.8)
        axes.legend(fontsize=8, ncols=2)
    run.record(
        config={"steps": STEPS, "hidden": HIDDEN, "batch": BATCH, "draws": DRAWS}, metrics=metrics
    )
    print(
        f"{'':12} {'a step':>8} {'after 50':>10}   (dotted: the largest singular value to the power)"
    )
    for name in curves:
        print(f"{name:12} {metrics[f'{name}_rate']:8.3f} {metrics[f'{name}_left']:10.2g}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
