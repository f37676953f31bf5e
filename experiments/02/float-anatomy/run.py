"""Five numbers in six formats: their bits, what each format makes of them, and a census of the 8- and 16-bit ones."""

from __future__ import annotations

from collections import Counter

from matplotlib.patches import Rectangle

from given.drawing import BLUE, GREEN, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.floats import (
    BF16,
    E4M3,
    E5M2,
    FP16,
    FP32,
    FP64,
    FloatFormat,
    decode,
    encode,
    kind,
    split,
)

NUMBERS = [("1", 1.0), ("1/600", 1 / 600), ("92", 92.0), ("0.1", 0.1), ("1e-20", 1e-20)]
FORMATS = [FP32, BF16, FP16, E5M2, E4M3]
COLORS = [RED, BLUE, GREEN]


def round_trip(name: str, x: float, fmt: FloatFormat) -> dict[str, object]:
    """One number in one format: pattern, fields, kind, the value that comes back, and how far it is off."""
    pattern = encode(x, fmt)
    back = decode(pattern, fmt)
    return {
        "number": name,
        "format": fmt.name,
        "pattern": f"{pattern:#0{fmt.bits // 4 + 2}x}",
        "fields": list(split(pattern, fmt)),
        "kind": kind(pattern, fmt),
        "value": back,
        "relative_error": abs(back - x) / x,
    }


def draw_bits(run: Run) -> None:
    """A row of cells for each number in fp32: sign red, exponent blue, mantissa green; ones are filled."""
    with run.plot("bits.svg", 8, 2.6) as figure:
        axes = figure.subplots()
        for row, (name, x) in enumerate(NUMBERS):
            axes.text(-0.6, row, name, ha="right", va="center", family="monospace")
            for column, bit in enumerate(f"{encode(x, FP32):032b}"):
                color = COLORS[0 if column == 0 else 1 if column < 9 else 2]
                alpha = 0.85 if bit == "1" else 0.12
                axes.add_patch(
                    Rectangle((column, row - 0.4), 0.9, 0.8, color=color, alpha=alpha, linewidth=0)
                )
        axes.set(xlim=(-4.5, 32), ylim=(len(NUMBERS) - 0.4, -0.6), xticks=[0.45, 4.95, 20.45])
        axes.set_xticklabels(["sign", "exponent (8)", "mantissa (23)"])
        axes.yaxis.set_visible(False)
        axes.spines[:].set_visible(False)


def main(run: Run) -> None:
    """Encodes, decodes, counts, draws, records."""
    rows = [round_trip(name, x, fmt) for fmt in FORMATS for name, x in NUMBERS]
    small = [fmt for fmt in FORMATS if fmt.bits <= 16]
    census = {
        fmt.name: dict(Counter(kind(pattern, fmt) for pattern in range(2**fmt.bits)))
        for fmt in small
    }
    off = {(row["format"], row["number"]): float(str(row["relative_error"])) for row in rows}
    zeros = Counter(str(row["format"]) for row in rows if row["kind"] == "zero")
    sums = {fmt: encode(0.1, fmt) for fmt in (FP32, FP64)}
    tenths = {
        fmt.name: encode(decode(sums[fmt], fmt) + decode(encode(0.2, fmt), fmt), fmt)
        == encode(0.3, fmt)
        for fmt in sums
    }

    draw_bits(run)
    for name, data in (("round_trips.json", rows), ("census.json", census)):
        run.save(name, data)
    run.record(
        config={"numbers": [name for name, _ in NUMBERS], "formats": [f.name for f in FORMATS]},
        metrics={
            "fp32_pattern_of_600th": f"{encode(1 / 600, FP32):#010x}",
            "bf16_error_of_600th": off["bf16", "1/600"],
            "fp16_error_of_600th": off["fp16", "1/600"],
            "e5m2_error_of_600th": off["e5m2", "1/600"],
            "e4m3_error_of_600th": off["e4m3", "1/600"],
            "bf16_zeros": zeros["bf16"],
            "fp16_zeros": zeros["fp16"],
            "e4m3_numbers": 256 - census["e4m3"]["nan"],
            "e5m2_numbers": 256 - census["e5m2"]["nan"] - census["e5m2"]["infinity"],
            "fp16_subnormals": census["fp16"]["subnormal"],
            "e4m3_between_1_and_8": sum(1 <= decode(pattern, E4M3) < 8 for pattern in range(256)),
            "tenths_add_up_in_fp32": tenths["fp32"],
            "tenths_add_up_in_fp64": tenths["fp64"],
        },
    )
    print(f"{'':6}" + "".join(f"{fmt.name:>12}" for fmt in FORMATS))
    for name, _ in NUMBERS:
        print(f"{name:6}" + "".join(f"{off[fmt.name, name]:12.2e}" for fmt in FORMATS))


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
