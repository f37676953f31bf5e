"""Lab 01.3: the addresses of loops, and what their order costs."""

from collections import Counter

from given.checking import expect_equal, expect_raises, expect_true
from minigrad.cachesim import (
    ORDERS,
    Cache,
    element,
    matmul,
    stride_miss_rate,
    strided,
    table,
    tiled_matmul,
)

STAIRS = "theory/03-the-staircase.md"
LOOPS = "theory/04-six-loop-orders.md"

N, L, SMALL = 40, 8, (2048, 64, None)  # 40 x 40 doubles, 8 in a line, a cache of 32 lines


def test_a_strided_walk_reads_every_stride_th_element():
    expect_equal(
        list(strided(10, 4, itemsize=8, base=100)),
        [(100, False), (132, False), (164, False)],
        what="strided(10, 4, itemsize=8, base=100)",
        idea="Elements 0, 4 and 8, in bytes from the base; reads.",
        page=STAIRS,
    )
    expect_equal(
        list(strided(0, 1)), [], what="strided(0, 1)", idea="Nothing to read.", page=STAIRS
    )


def test_the_staircase_is_min_of_one_and_stride_over_line():
    for itemsize in (4, 8):
        for stride in (1, 2, 4, 8, 16, 32, 1024):
            cache = Cache(32768)
            cache.run(strided(64 * 1024, stride, itemsize))
            wanted = min(1.0, stride * itemsize / 64)
            what = f"items of {itemsize} bytes, stride {stride}"
            expect_equal(
                cache.miss_rate,
                wanted,
                what=f"the simulated miss rate, {what}",
                idea="One miss a line, and 64 / (stride * itemsize) elements of the walk in each line.",
                page=STAIRS,
            )
            expect_equal(
                stride_miss_rate(stride, itemsize, 64),
                wanted,
                what=f"stride_miss_rate, {what}",
                idea="How many of your elements lie in one line, and can the rate go on rising when it is fewer than one?",
                page=STAIRS,
            )


def test_a_longer_line_holds_more_of_the_walk():
    expect_equal(
        [stride_miss_rate(4, 8, 128), stride_miss_rate(3, 4, 32), stride_miss_rate(20, 8, 128)],
        [0.25, 0.375, 1.0],
        what="stride_miss_rate(4, 8, 128), (3, 4, 32) and (20, 8, 128)",
        idea="Lines of 128 bytes hold twice as many numbers. Does your answer ask for all three arguments?",
        page=STAIRS,
    )


def test_a_table_is_stored_row_after_row():
    expect_equal(
        [element(0, 0, 5), element(0, 1, 5), element(1, 0, 5), element(2, 3, 5, 4, 1000)],
        [0, 8, 40, 1052],
        what="addresses in a table of five columns",
        idea="How many numbers stand before (row, col)? The next column is the next number, the next row a whole row "
        "further; and the base is bytes already.",
        page=STAIRS,
    )


def test_rows_and_columns_read_the_same_bytes_in_another_order():
    rows, columns = (list(table(6, 10, by)) for by in ("rows", "columns"))
    expect_equal(
        [address for address, _ in rows],
        list(range(0, 480, 8)),
        what="addresses of table(6, 10, 'rows')",
        idea="Row after row is memory order.",
        page=STAIRS,
    )
    expect_equal(
        [address for address, _ in columns[:8]],
        [0, 80, 160, 240, 320, 400, 8, 88],
        what="the first eight addresses of table(6, 10, 'columns')",
        idea="Down the first column, then down the second.",
        page=STAIRS,
    )
    expect_equal(
        sorted(columns), rows, what="both, sorted", idea="Same bytes, once each.", page=STAIRS
    )


def test_walking_rows_misses_an_eighth_and_walking_columns_misses_always():
    rates = {}
    for by in ("rows", "columns"):
        cache = Cache(*SMALL)
        cache.run(table(64, 64, by))
        rates[by] = cache.miss_rate
    expect_equal(
        rates,
        {"rows": 0.125, "columns": 1.0},
        what="miss rates of 64 x 64 doubles, cache of 32 lines",
        idea="Along a row, eight numbers come with each line. Down a column, the line is gone before its next number.",
        page=STAIRS,
    )


def test_a_column_walk_is_free_while_its_lines_fit():
    for rows, wanted in [(32, 0.125), (33, 1.0)]:
        cache = Cache(*SMALL)
        cache.run(table(rows, 64, "columns"))
        expect_equal(
            cache.miss_rate,
            wanted,
            what=f"column walk over {rows} rows, cache of 32 lines",
            idea="One line a row must survive until the next column. 33 don't fit into 32, and LRU drops each too soon.",
            page=STAIRS,
        )


def test_a_row_of_4096_bytes_puts_a_column_into_one_set():
    for cols, wanted in [(512, 1.0), (520, 0.125)]:
        cache = Cache(32768, 64, 8)
        cache.run(table(512, cols, "columns"))
        expect_equal(
            cache.miss_rate,
            wanted,
            what=f"column walk over 512 rows of {cols} doubles, 32 KiB with 8 ways",
            idea="512 lines are exactly 32 KiB. With 4096 bytes a row all of them want the same one of 64 sets; one "
            "line of padding spreads them over all.",
            page=STAIRS,
        )


def test_an_innermost_step_reads_a_reads_b_and_writes_c():
    stream = list(matmul(2, "ijk"))
    expect_equal(
        stream[:6],
        [(0, False), (32, False), (64, True), (8, False), (48, False), (64, True)],
        what="the first two steps of matmul(2, 'ijk')",
        idea="A begins at byte 0, B at 32, C at 64. k moves fastest: A[0,0] B[0,0] C[0,0], A[0,1] B[1,0] C[0,0].",
        page=LOOPS,
    )
    fastest_i = list(matmul(2, "kji"))
    expect_equal(
        fastest_i[:6],
        [(0, False), (32, False), (64, True), (16, False), (32, False), (80, True)],
        what="the first two steps of matmul(2, 'kji')",
        idea="The last letter moves fastest: A[0,0] B[0,0] C[0,0], then A[1,0] B[0,0] C[1,0].",
        page=LOOPS,
    )


def test_all_six_orders_and_all_tiles_do_the_same_steps():
    def steps(stream):
        flat = list(stream)
        return Counter(zip(flat[::3], flat[1::3], flat[2::3], strict=True))

    wanted = steps(matmul(6, "ijk"))
    others = [(order, matmul(6, order)) for order in ORDERS]
    others += [(f"tile {t}", tiled_matmul(6, t, order)) for t in (1, 2, 3, 6) for order in ORDERS]
    for name, stream in others:
        got = steps(stream)
        expect_true(
            got == wanted and len(got) == 216,
            what=f"the steps of a 6 x 6 product, {name}",
            expected="each of the 216 triples (A[i,k], B[k,j], C[i,j]) once",
            got=f"{len(got)} different ones",
            idea="Another order of the same work. The sums are the same; only the misses aren't.",
            page=LOOPS,
        )


def test_blocks_go_by_i_j_k_and_inside_them_the_order_decides():
    n, tile, itemsize = 4, 2, 4
    b, c = n * n * itemsize, 2 * n * n * itemsize
    wanted = []
    for i0 in (0, 2):
        for j0 in (0, 2):
            for k0 in (0, 2):
                for j in (j0, j0 + 1):
                    for k in (k0, k0 + 1):
                        for i in (i0, i0 + 1):
                            wanted += [
                                (itemsize * (n * i + k), False),
                                (b + itemsize * (n * k + j), False),
                                (c + itemsize * (n * i + j), True),
                            ]
    expect_equal(
        list(tiled_matmul(n, tile, "jki", itemsize)),
        wanted,
        what="the accesses of tiled_matmul(4, 2, 'jki', itemsize=4)",
        idea="Two orders: one of the blocks, one inside each. Numbers of 4 bytes bring everything closer together.",
        page=LOOPS,
    )
    expect_equal(
        list(matmul(2, "kij", 4))[:6],
        [(0, False), (16, False), (32, True), (0, False), (20, False), (36, True)],
        what="the first six accesses of matmul(2, 'kij', itemsize=4)",
        idea="B begins where A ends, C where B ends. Where is that, with numbers of 4 bytes?",
        page=LOOPS,
    )


def test_the_loop_order_decides_the_misses():
    cube, square, lines = N**3, N**2, N**2 // L
    for order, wanted in [
        ("ikj", cube // L + 2 * lines),
        ("kij", cube // L + square + lines),
        ("ijk", cube + cube // L + lines),
        ("jik", cube + cube // L + square),
        ("kji", 2 * cube + lines),
        ("jki", 2 * cube + square),
    ]:
        expect_equal(
            Cache(*SMALL).run(matmul(N, order)),
            wanted,
            what=f"misses of a 40 x 40 product in the order {order}, cache of 32 lines",
            idea="Look at the innermost loop. A table whose index moves along a row misses once in eight steps, one "
            "whose index moves down a column misses at every step, one that stands still doesn't miss.",
            page=LOOPS,
        )


def test_tiles_divide_the_misses_by_their_side():
    for order in ("ijk", "ikj"):
        cache = Cache(*SMALL)
        got = cache.run(tiled_matmul(N, 8, order))
        expect_equal(
            got,
            2 * N**3 // (8 * L) + N**2 // L,
            what=f"misses with tiles of 8 x 8, {order} inside",
            idea="Each block of A and of B is fetched once for 8^3 steps; C's tile stays while k goes on: "
            "2 n^3 / (b L) + n^2 / L.",
            page=LOOPS,
        )
        cache.flush()
        expect_equal(
            cache.writebacks,
            N**2 // L,
            what="write-backs of the same",
            idea="Every line of C goes back once.",
            page=LOOPS,
        )


def test_streams_refuse_nonsense_at_once():
    for what, call, error in [
        ("strided(10, 0)", lambda: strided(10, 0), ValueError),
        ("strided(-1, 1)", lambda: strided(-1, 1), ValueError),
        ("strided(10, 1.5)", lambda: strided(10, 1.5), TypeError),
        ("stride_miss_rate(0)", lambda: stride_miss_rate(0), ValueError),
        ("table(0, 4)", lambda: table(0, 4), ValueError),
        ("table(4, 4, 'diagonals')", lambda: table(4, 4, "diagonals"), ValueError),
        ("matmul(4, 'iij')", lambda: matmul(4, "iij"), ValueError),
        ("matmul(0)", lambda: matmul(0), ValueError),
        ("tiled_matmul(10, 4)", lambda: tiled_matmul(10, 4), ValueError),
    ]:
        with expect_raises(
            error,
            what=what,
            idea="When it is called, not when the first address is asked for: a function with `yield` in it runs "
            "nothing until then. Check first, then return a generator.",
            page=LOOPS,
        ):
            call()
