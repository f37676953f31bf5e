"""Four models of which every figure is known: does the evaluation find what it should? And how much ECE does chance alone make?"""

from __future__ import annotations

import numpy as np

from given.run import Run, conduct
from labkit.generators import stream
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.asking import ask, table
from minilm.confidence import believed, cross_fitted, null_band
from minilm.doubles import oracle, over_confident, over_regularizing, uniform
from minilm.probes import choices
from minilm.report import markdown, page, summary


def main(run: Run) -> None:
    """The doubles on the core; then ECE of a calibrated model of 60, 240 and 960 probes."""
    core = choices()
    pasts = [one for one in core if one.id.endswith("@year") and one.tense != "simple_future"]
    found = {
        "oracle": summary("oracle", ask(oracle(core), core), run.seed),
        "rule": summary("over-regularizing", ask(over_regularizing(core), core), run.seed),
        "by_sum": summary("uniform, by the sum", ask(uniform(), core), run.seed),
        "by_token": summary("uniform, by the token", ask(uniform(), core, "token"), run.seed),
    }
    sure = ask(over_confident(pasts, 6, 10), pasts)
    found["sure"] = summary("over-confident", sure, run.seed)
    values, right = table(sure)
    _, (temperature, _) = cross_fitted(values, right)
    mended, _ = believed(values, temperature)
    for name, results in found.items():
        run.file(f"{name}.md").write_text(markdown(results), encoding="utf-8")
        run.file(f"{name}.html").write_text(page(results), encoding="utf-8")
    rng = stream(run.seed, "calibrated")
    bands = {n: null_band(rng.uniform(0.25, 1.0, n), rng) for n in (60, 240, 960)}
    with run.plot("band.svg") as figure:
        axes = figure.add_subplot(xlabel="probes", ylabel="ECE of a calibrated model")
        axes.plot(list(bands), [band.mean for band in bands.values()], "o-", label="mean")
        axes.plot(list(bands), [band.high for band in bands.values()], "o-", label="95 % below")
        axes.set_xscale("log")
        axes.legend()
    metrics = {
        "oracle": found["oracle"]["core"]["hits"] / len(core),
        "rule": found["rule"]["core"]["hits"] / len(core),
        "rule_past": _share(found["rule"]["slices"]["tense"]["past_simple"]),
        "rule_regular": _share(found["rule"]["slices"]["regularity"]["regular"]),
        "uniform_by_sum": found["by_sum"]["core"]["hits"] / len(core),
        "uniform_by_token": found["by_token"]["core"]["hits"] / len(core),
        "sure_ece": found["sure"]["calibration"]["ece"],
        "sure_temperature": temperature,
        "sure_mended": float(mended[0]),
        **{f"null_mean_{n}": band.mean for n, band in bands.items()},
        **{f"null_high_{n}": band.high for n, band in bands.items()},
    }
    run.record(config={"probes": len(core), "over_confident": "6 of 10 right"}, metrics=metrics)
    for name, value in metrics.items():
        print(f"{name:20} {np.round(value, 4)}")


def _share(one: dict[str, float]) -> float:
    return one["hits"] / one["n"]


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
