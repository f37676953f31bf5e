"""Twenty einsums and what you say about them before any of them runs: `python scripts/shapes_by_hand.py`.

B = 32 sentences of T = 16 tokens, V = 600 word forms, D = 64 numbers a token, H = 4 heads of K = 16, F = 256 hidden
units, C = 5 tenses; the table of verb counts has 20 rows and 15 columns.
"""

from __future__ import annotations

Shape = tuple[int, ...]

QUESTIONS: dict[int, tuple[str, tuple[Shape, ...]]] = {
    1: ("v,vd->d", ((600,), (600, 64))),
    2: ("btv,vd->btd", ((32, 16, 600), (600, 64))),
    3: ("bd,cd->bc", ((32, 64), (5, 64))),
    4: ("btd,df->btf", ((32, 16, 64), (64, 256))),
    5: ("btf,fd->btd", ((32, 16, 256), (256, 64))),
    6: ("bthk->bhtk", ((32, 16, 4, 16),)),
    7: ("bhqk,bhsk->bhqs", ((32, 4, 16, 16), (32, 4, 16, 16))),
    8: ("bhqs,bhsk->bhqk", ((32, 4, 16, 16), (32, 4, 16, 16))),
    9: ("bhtk,hkd->btd", ((32, 4, 16, 16), (4, 16, 64))),
    10: ("btd,vd->btv", ((32, 16, 64), (600, 64))),
    11: ("btv,btv->", ((32, 16, 600), (32, 16, 600))),
    12: ("btv,btv->b", ((32, 16, 600), (32, 16, 600))),
    13: ("btd,btd->bt", ((32, 16, 64), (32, 16, 64))),
    14: ("ii->i", ((5, 5),)),
    15: ("ii->", ((5, 5),)),
    16: ("mn,mn->", ((20, 15), (20, 15))),
    17: ("v,c->vc", ((20,), (15,))),
    18: ("vp,wp->vw", ((20, 15), (20, 15))),
    19: ("...ij,...jk->...ik", ((32, 1, 16, 64), (4, 64, 16))),
    20: ("ij,jh", ((20, 15), (15, 3))),
}
"""Number: (einsum, shapes of its operands). The last has no arrow."""


def predictions() -> dict[int, tuple[Shape, int]]:
    """For each number of `QUESTIONS`: (shape of the result, multiplications plus additions, exactly)."""
    # lab 03.0 - your twenty predictions, as plain numbers
    return {
        1: ((64,), 76_736),
        2: ((32, 16, 64), 39_288_832),
        3: ((32, 5), 20_320),
        4: ((32, 16, 256), 16_646_144),
        5: ((32, 16, 64), 16_744_448),
        6: ((32, 4, 16, 16), 0),
        7: ((32, 4, 16, 16), 1_015_808),
        8: ((32, 4, 16, 16), 1_015_808),
        9: ((32, 16, 64), 4_161_536),
        10: ((32, 16, 600), 39_014_400),
        11: ((), 614_399),
        12: ((32,), 614_368),
        13: ((32, 16), 65_024),
        14: ((5,), 0),
        15: ((), 4),
        16: ((), 599),
        17: ((20, 15), 300),
        18: ((20, 20), 11_600),
        19: ((32, 4, 16, 16), 4_161_536),
        20: ((3, 20), 1_740),
    }
    # end lab


def main() -> None:
    """Prints the questions and your answers; the check compares them with NumPy and with a count."""
    answers = predictions()
    for number, (spec, shapes) in QUESTIONS.items():
        shape, flops = answers.get(number, ("?", 0))
        print(f"{number:2}  {spec:20} {' '.join(map(str, shapes)):38} -> {shape}, {flops:,} FLOPs")


if __name__ == "__main__":
    main()
