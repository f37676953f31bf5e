"""What the break shows: streams that keep their miss rate, and loops that reuse something and don't, as JSON."""

import json

from minigrad.cachesim import Cache, matmul, strided, table, tiled_matmul

SMALL = (2048, 64, None)


def rate(cache: Cache) -> float:
    """The miss rate to six digits."""
    return round(cache.miss_rate, 6)


def main() -> None:
    """Three things that don't notice, four that do."""
    stairs = []
    for stride in (1, 2, 4, 8, 16):
        cache = Cache(32768)
        cache.run(strided(16384, stride))
        stairs.append(rate(cache))
    columns = Cache(*SMALL)
    columns.run(table(33, 64, "columns"))
    seen = {
        "stairs": stairs == [0.125, 0.25, 0.5, 1.0, 1.0],
        "columns": rate(columns),
        "hot_and_cold": _hot_and_cold(),
        "ijk": Cache(*SMALL).run(matmul(40, "ijk")),
        "ikj": Cache(*SMALL).run(matmul(40, "ikj")),
        "jki": Cache(*SMALL).run(matmul(40, "jki")),
        "tiled": Cache(*SMALL).run(tiled_matmul(40, 8)),
    }
    print(json.dumps(seen))


def _hot_and_cold() -> int:
    """Misses of one line that is used at every second access, while 1,000 others pass by once."""
    cache = Cache(*SMALL)
    hot = 0
    for cold in range(1, 1001):
        hot += not cache.access(0)
        cache.access(64 * cold)
    return hot


if __name__ == "__main__":
    main()
