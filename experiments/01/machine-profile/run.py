"""Writes this machine's profile: what its files tell, what its datasheet promises, and what nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.roofline import SIMD_LANES, UNKNOWN, dram_bandwidth, machine, peak_flops, ridge

HERE = Path(__file__).parent
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


def main(run: Run) -> None:
    """Reads, computes, writes profile.json and profile.md."""
    sheet = json.loads((HERE / "datasheet.json").read_text(encoding="utf-8"))
    facts = machine()
    roofs = datasheet(sheet, str(facts["simd"]))
    everything: Rows = {**facts, **roofs}
    run.save("profile.json", {"machine": facts, "datasheet": sheet, "roofs": roofs}, indent=2)
    lines = ["# This machine", "", "| fact | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in everything.items()]
    run.file("profile.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    known = sum(value != UNKNOWN for value in facts.values())
    run.record(
        config={"datasheet": sheet},
        metrics={"facts": len(facts), "known": known, **roofs},
    )
    print(f"{known} of {len(facts)} facts known; peak {roofs['peak_gflops']} GFLOP/s,", end=" ")
    print(f"memory {roofs['dram_gbs']} GB/s by the datasheet")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
