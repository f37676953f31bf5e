"""A set-associative cache in memory-address terms, and the address streams of loops to run through it.

It counts exactly what a stopwatch only hints at: hits, misses, write-backs, bytes moved. An access is a pair
(byte address, is it a write). Addresses are plain ints; nothing is stored but which lines are present.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Access = tuple[int, bool]
ORDERS = ("ijk", "ikj", "jik", "jki", "kij", "kji")


def _count(name: str, value: int, least: int = 1) -> int:
    """`value` if it is an int of at least `least`; else TypeError or ValueError that names it.

    Bools are refused, and NumPy's integers too: an address in int32 would wrap around without a word.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}: {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return value


class Cache:
    """LRU, write-allocate, write-back; empty at first.

    Attributes:
        size, line: bytes. ways: lines in a set. sets: size / (line * ways).
        hits, misses: accesses that found their line, and those that had to fetch it.
        writebacks: dirty lines that went back to memory, when evicted or by `flush`.
    """

    hits: int
    misses: int
    writebacks: int

    def __init__(self, size: int, line: int = 64, ways: int | None = 8) -> None:
        """`ways=None` makes it fully associative: one set that holds every line.

        Raises:
            TypeError: an argument isn't an int.
            ValueError: one is below 1, `line` isn't a power of two, or `size` isn't a multiple of line * ways.
        """
        self.size, self.line = _count("size", size), _count("line", line)
        if line & (line - 1):
            raise ValueError(f"line must be a power of two, got {line}")
        self.ways = max(1, size // line) if ways is None else _count("ways", ways)
        if size % (line * self.ways):
            raise ValueError(
                f"size {size} isn't a multiple of line * ways = {line} * {self.ways} bytes"
            )
        self.sets = size // (line * self.ways)
        self.reset()
        # Per set: tag -> is the line dirty. A dict keeps the order of insertion: first = used longest ago.
        self._sets: list[dict[int, bool]] = [{} for _ in range(self.sets)]

    def reset(self) -> None:
        """Sets the three counters to 0 and keeps what is cached: a second pass starts warm."""
        self.hits = self.misses = self.writebacks = 0

    def split(self, address: int) -> tuple[int, int, int]:
        """(tag, set, offset) of a byte address: offset within the line, then the line's number modulo `sets`.

        Raises:
            TypeError, ValueError: the address isn't an int, or is negative.
        """
        # lab 01.2
        number, offset = divmod(_count("address", address, 0), self.line)
        tag, place = divmod(number, self.sets)
        return tag, place, offset
        # end lab

    def access(self, address: int, write: bool = False) -> bool:
        """One read or write of the byte at `address`. True for a hit.

        A hit makes its line the most recently used one of its set. A miss fetches the line, for a write too
        (write-allocate); if the set is full, the least recently used line leaves first, and counts as a
        write-back if it is dirty. A write makes the line dirty. An access never spans two lines.
        """
        # lab 01.2
        tag, place, _ = self.split(address)
        lines = self._sets[place]
        hit = tag in lines
        if hit:
            self.hits += 1
            dirty = lines.pop(tag)
        else:
            self.misses += 1
            dirty = False
            if len(lines) == self.ways:
                oldest = next(iter(lines))
                self.writebacks += lines.pop(oldest)
        lines[tag] = dirty or write
        return hit
        # end lab

    def run(self, stream: Iterable[Access]) -> int:
        """Takes every access of the stream; the number of misses among them."""
        # lab 01.2
        before = self.misses
        for address, write in stream:
            self.access(address, write)
        return self.misses - before
        # end lab

    def flush(self) -> None:
        """Writes every dirty line back (each counts) and empties the cache."""
        # lab 01.2
        for lines in self._sets:
            self.writebacks += sum(lines.values())
            lines.clear()
        # end lab

    @property
    def miss_rate(self) -> float:
        """misses / accesses since the last `reset`. ValueError if there was no access."""
        # lab 01.2
        accesses = self.hits + self.misses
        if not accesses:
            raise ValueError("no access yet, so there is no miss rate")
        return self.misses / accesses
        # end lab

    @property
    def traffic(self) -> int:
        """Bytes moved between this cache and what lies below it: a line for each miss and each write-back."""
        # lab 01.2
        return (self.misses + self.writebacks) * self.line
        # end lab


def average_access_time(times: Sequence[float], miss_rates: Sequence[float]) -> float:
    """The mean time of an access that asks level after level until one has the line (phase 01, page 01).

    Args:
        times: for each level from the nearest, what asking it costs, in any unit; the last level always answers.
            May be infinite: a level that is never asked adds nothing.
        miss_rates: for each level but the last, misses / accesses *to that level*, 0 to 1.

    Raises:
        ValueError: one rate too many or too few, a rate outside 0 to 1, a time that is negative or NaN.
    """
    # lab 01.2
    if len(miss_rates) != len(times) - 1:
        raise ValueError(f"{len(times)} times need one miss rate fewer, got {len(miss_rates)}")
    for name, values, most in (("time", times, float("inf")), ("miss rate", miss_rates, 1.0)):
        for value in values:
            if not 0 <= value <= most:
                raise ValueError(f"a {name} is between 0 and {most:g}, got {value}")
    total = float(times[-1])
    for time, rate in zip(reversed(times[:-1]), reversed(miss_rates), strict=True):
        total = time + rate * total if rate else float(time)
    return total
    # end lab


def stride_miss_rate(stride: int, itemsize: int = 8, line: int = 64) -> float:
    """The share of misses of a long strided walk over cold memory, from 0 to 1 (phase 01, page 03).

    Args:
        stride: elements from one access to the next. itemsize, line: bytes. All at least 1.
    """
    # lab 01.3
    step = _count("stride", stride) * _count("itemsize", itemsize)
    return min(1.0, step / _count("line", line))
    # end lab


def strided(n: int, stride: int, itemsize: int = 8, base: int = 0) -> Iterator[Access]:
    """Reads elements 0, stride, 2 stride, ... below n of an array that starts at byte `base`.

    Raises:
        TypeError, ValueError: n or base isn't an int of at least 0; stride or itemsize not one of at least 1.
    """
    # lab 01.3
    _count("n", n, 0), _count("stride", stride), _count("itemsize", itemsize)
    _count("base", base, 0)
    return ((base + i * itemsize, False) for i in range(0, n, stride))
    # end lab


def element(row: int, col: int, cols: int, itemsize: int = 8, base: int = 0) -> int:
    """The byte address of element (row, col) of a table with `cols` columns, stored row after row."""
    # lab 01.3
    return base + (row * cols + col) * itemsize
    # end lab


def table(rows: int, cols: int, by: str = "rows", itemsize: int = 8) -> Iterator[Access]:
    """Reads every element of a row-major table once, row after row or column after column.

    Raises:
        TypeError, ValueError: a size isn't an int of at least 1, or `by` is neither "rows" nor "columns".
    """
    # lab 01.3
    _count("rows", rows), _count("cols", cols), _count("itemsize", itemsize)
    if by == "rows":
        return ((element(r, c, cols, itemsize), False) for r in range(rows) for c in range(cols))
    if by == "columns":
        return ((element(r, c, cols, itemsize), False) for c in range(cols) for r in range(rows))
    raise ValueError(f"by must be 'rows' or 'columns', got {by!r}")
    # end lab


def matmul(n: int, order: str = "ijk", itemsize: int = 8) -> Iterator[Access]:
    """The accesses of C[i,j] += A[i,k] * B[k,j] for three n x n tables that lie one after another: A, B, C.

    Each innermost step reads A[i,k], reads B[k,j], writes C[i,j], in this order: 3 n^3 accesses. (The read of
    C that `+=` needs falls on the line of the write.) `order` names the loops from the outermost: one of `ORDERS`.

    Raises:
        TypeError, ValueError: a size isn't an int of at least 1; `order` isn't one of the six.
    """
    # lab 01.3
    _order(order)
    return _steps(_count("n", n), order, n, _count("itemsize", itemsize))
    # end lab


def tiled_matmul(n: int, tile: int, order: str = "ijk", itemsize: int = 8) -> Iterator[Access]:
    """The same product, tile by tile: blocks go in the order i, j, k; inside a block, `order`.

    Every multiplication happens once, so the accesses are those of `matmul` in another order.

    Raises:
        TypeError, ValueError: as for `matmul`, or `tile` doesn't divide n.
    """
    # lab 01.3
    _order(order)
    if _count("n", n) % _count("tile", tile):
        raise ValueError(f"tile {tile} doesn't divide n = {n}")
    return _steps(n, order, tile, _count("itemsize", itemsize))
    # end lab


# lab 01.3 - helpers of the two products, if you want any
def _order(order: str) -> None:
    if order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")


def _steps(n: int, order: str, tile: int, itemsize: int) -> Iterator[Access]:
    b, c = n * n * itemsize, 2 * n * n * itemsize
    blocks = range(0, n, tile)
    for start in ((i, j, k) for i in blocks for j in blocks for k in blocks):
        at = dict(zip("ijk", start, strict=True))
        outer, middle, inner = (range(at[name], at[name] + tile) for name in order)
        for at[order[0]] in outer:
            for at[order[1]] in middle:
                for at[order[2]] in inner:
                    i, j, k = at["i"], at["j"], at["k"]
                    yield element(i, k, n, itemsize), False
                    yield element(k, j, n, itemsize, b), False
                    yield element(i, j, n, itemsize, c), True


# end lab
