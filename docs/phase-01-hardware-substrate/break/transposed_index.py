"""What the break shows: one table summed by rows and by columns, and two loop orders, as one line of JSON."""

import json
from collections.abc import Iterable

from minigrad.cachesim import Access, Cache, matmul, table

SIDE, N = 64, 40
NUMBERS = [(7 * i) % 101 for i in range(SIDE * SIDE)]
"""What the table holds, in memory order; element number = address / 8."""


def walk(stream: Iterable[Access]) -> tuple[int, float]:
    """The sum of the numbers that the stream reads, and its miss rate in a cache of 32 lines."""
    cache, total = Cache(2048, 64, None), 0
    for address, write in stream:
        cache.access(address, write)
        total += NUMBERS[address // 8]
    return total, cache.miss_rate


def main() -> None:
    """Two walks over 64 x 64 doubles, then the misses of two orders of a 40 x 40 product."""
    by_rows, rows = walk(table(SIDE, SIDE, "rows"))
    by_columns, columns = walk(table(SIDE, SIDE, "columns"))
    seen = {
        "sum_by_rows": by_rows,
        "sum_by_columns": by_columns,
        "rows": rows,
        "columns": columns,
        "ikj": Cache(2048, 64, None).run(matmul(N, "ikj")),
        "jki": Cache(2048, 64, None).run(matmul(N, "jki")),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
