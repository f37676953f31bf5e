"""Writes this machine's profile: what its files tell, what its datasheet promises, and what nobody knows."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.roofline import SIMD_LANES, UNKNOWN, dram_bandwidth, machine, peak_flops, ridge

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
Rows = dict[str, str | int | float]


def datasheet(sheet: dict[str, float | None], simd: str) -> Rows:
    """The two roofs and their ridge, each "unknown" as long as a number for it is missing."""
    roofs: Rows = {"peak_gflops": UNKNOWN, "dram_gbs": UNKNOWN, "ridge": UNKNOWN}
    clock, cores, units = (sheet.get(k) for k in ("clock_ghz", "cores", "fma_units"))
    channels, transfers = (sheet.get(k) for k in ("channels", "mega_transfers"))
    if clock and cores and units and simd in SIMD_LANES:
        peak = peak_flops(clock * 1e9, int(cores), SIMD_LANES[simd], int(units))
        roofs["peak_gflops"] = peak / 1e9
    if channels and transfers:
        roofs["dram_gbs"] = dram_bandwidth(int(channels), transfers * 1e6) / 1e9
    peak_gflops, dram_gbs = roofs["peak_gflops"], roofs["dram_gbs"]
    if not isinstance(peak_gflops, str) and not isinstance(dram_gbs, str):
        roofs["ridge"] = ridge(peak_gflops, dram_gbs)
    return roofs


def main() -> None:
    """Reads, computes, writes profile.json and profile.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    sheet = json.loads((HERE / "datasheet.json").read_text(encoding="utf-8"))
    facts = machine()
    roofs = datasheet(sheet, str(facts["simd"]))
    everything: Rows = {**facts, **roofs}
    (out / "profile.json").write_text(
        json.dumps({"machine": facts, "datasheet": sheet, "roofs": roofs}, indent=2) + "\n",
        encoding="utf-8",
    )
    lines = ["# This machine", "", "| fact | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in everything.items()]
    (out / "profile.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    known = sum(value != UNKNOWN for value in facts.values())
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"datasheet": sheet},
        metrics={"facts": len(facts), "known": known, **roofs},
        artifacts=[out / "profile.json", out / "profile.md"],
        started_at=started,
    )
    print(f"{known} of {len(facts)} facts known; peak {roofs['peak_gflops']} GFLOP/s,", end=" ")
    print(f"memory {roofs['dram_gbs']} GB/s by the datasheet")
    print(out / "profile.md")


if __name__ == "__main__":
    main()
