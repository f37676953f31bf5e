"""What holds the causal sentences of phase 01: `docs/phase-01-hardware-substrate/claims.yaml` names each."""

from __future__ import annotations

from collections.abc import Iterable

from minigrad.cachesim import ORDERS, Cache, matmul, table, tiled_matmul

Access = tuple[int, bool]


def misses(stream: Iterable[Access], size: int = 2048, ways: int | None = None) -> int:
    """The misses of a stream in an empty cache of 64-byte lines."""
    return Cache(size, 64, ways).run(stream)


def best_possible(stream: Iterable[Access], lines: int) -> int:
    """The misses of Belady's policy, which knows the future: what leaves is needed last, or never again."""
    numbers = [address // 64 for address, _ in stream]
    never = len(numbers)
    follows, later = [never] * never, dict[int, int]()
    for at in range(never - 1, -1, -1):
        follows[at] = later.get(numbers[at], never)
        later[numbers[at]] = at
    held, missed = dict[int, int](), 0
    for at, number in enumerate(numbers):
        if number not in held:
            missed += 1
            if len(held) == lines:
                del held[max(held, key=lambda line: held[line])]
        held[number] = follows[at]
    return missed


def rounds(lines: Iterable[int], times: int) -> list[Access]:
    """The lines read in turn, so many times over."""
    return [(64 * number, False) for _ in range(times) for number in lines]


def test_three_lines_of_one_set_never_hit_in_two_places() -> None:
    assert misses(rounds((0, 8, 16), 50), 1024, 2) == 150


def test_the_same_three_lines_hit_where_any_place_will_do() -> None:
    assert misses(rounds((0, 8, 16), 50), 1024, None) == 3


def test_a_ring_of_one_line_too_many_misses_always() -> None:
    assert misses(rounds(range(17), 20), 1024) == 17 * 20


def test_the_same_ring_misses_about_once_a_round_under_the_best_policy() -> None:
    assert best_possible(rounds(range(17), 20), 16) < 17 + 2 * 19


def test_a_row_as_long_as_all_sets_loses_the_column_and_eight_more_columns_win_it_back() -> None:
    wide, padded = (
        misses(table(32, 32, "columns"), ways=8),
        misses(table(32, 40, "columns"), ways=8),
    )
    assert (wide, padded) == (32 * 32, 32 * 40 // 8)


def test_without_sets_the_unpadded_column_walk_is_as_cheap() -> None:
    assert misses(table(32, 32, "columns"), ways=None) == 32 * 32 // 8


def test_three_tiles_do_not_stay_in_exactly_three_tiles_of_cache() -> None:
    whole = 2 * 24**3 // 64 + 24**2 // 8
    assert misses(tiled_matmul(24, 8), 24 * 64) > whole
    assert misses(tiled_matmul(24, 8), 32 * 64) <= whole


def test_a_policy_that_knows_the_future_keeps_three_tiles_in_as_much() -> None:
    assert best_possible(tiled_matmul(24, 8), 24) <= 2 * 24**3 // 64 + 24**2 // 8


def test_tiles_collide_where_rows_are_as_long_as_all_sets() -> None:
    assert misses(tiled_matmul(32, 8), ways=8) > 10 * misses(tiled_matmul(32, 8))


def test_tiles_do_not_collide_with_rows_of_one_line_more() -> None:
    assert misses(tiled_matmul(40, 8), ways=8) < 1.5 * misses(tiled_matmul(40, 8))


def test_j_innermost_misses_least_where_columns_do_not_fit() -> None:
    along_rows, textbook, along_columns = (
        misses(matmul(36, order)) for order in ("ikj", "ijk", "jki")
    )
    assert along_rows * 5 < textbook < along_columns


def test_no_order_matters_where_everything_fits() -> None:
    assert len({misses(matmul(8, order)) for order in ORDERS}) == 1


# Three float32 matrices fit into these 108 lines up to n = 24, one of them up to n = 41.
LINES = 108


def fetched(n: int, order: str) -> float:
    """How often a naive float32 product fetches each line of its three matrices, on average."""
    return misses(matmul(n, order, 4), 64 * LINES) / (3 * n * n / 16)


def test_ikj_moves_each_number_once_while_b_alone_fits() -> None:
    assert [fetched(n, "ikj") for n in (24, 32, 36)] == [1, 1, 1]
    assert fetched(32, "jki") > 10


def test_no_naive_order_does_once_no_matrix_fits() -> None:
    assert min(fetched(48, order) for order in ORDERS) > 10
