"""Lab 13.4: the shape of the cloud."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.geometry import effective_rank, mean_cosine, pca, spearman, without_top

PAGE = "theory/04-the-shape-of-the-cloud.md"


def cloud(n=30, scales=(5.0, 2.0, 1.0, 0.2), shift=7.0, seed=0):
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(len(scales), len(scales))))
    return rng.normal(size=(n, len(scales))) * scales @ turn + shift


def test_points_on_a_line_need_one_axis():
    line = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [6.0, 12.0]])
    points, shares = pca(line, 2)
    expect_close(points, np.sqrt(5) * np.array([[-2.0, 0], [-1, 0], [0, 0], [3, 0]]), tol=1e-9, what="the coordinates of 1 2, 2 4, 3 6 and 6 12", idea="From where are coordinates counted, and which end is positive?", page=PAGE)  # fmt: skip
    expect_close(shares, [1.0, 0.0], tol=1e-12, what="the shares of the variance", idea="A line has one direction.", page=PAGE)  # fmt: skip


def test_shares_are_those_of_the_variance():
    rows = cloud()
    eigenvalues = np.sort(np.linalg.eigvalsh(np.cov(rows.T)))[::-1]
    for k in (1, 2, 4):
        points, shares = pca(rows, k)
        expect_equal((points.shape, shares.shape), ((30, k), (k,)), what=f"the shapes for k = {k}", idea="One coordinate for each row and direction.", page=PAGE)  # fmt: skip
        expect_close(shares, eigenvalues[:k] / eigenvalues.sum(), tol=1e-9, what=f"the shares for k = {k}", idea="Of all variance, also of what isn't shown. And is a singular value a length or a square?", page=PAGE)  # fmt: skip
        expect_close(points.var(0, ddof=1), eigenvalues[:k], tol=1e-9, what=f"the variances of the coordinates for k = {k}", idea="A projection keeps the lengths along its axes.", page=PAGE)  # fmt: skip


def test_where_the_cloud_lies_doesnt_matter():
    points, shares = pca(cloud(), 2)
    moved, same = pca(cloud() + np.array([100.0, -50.0, 3.0, 0.0]), 2)
    expect_close(moved, points, tol=1e-8, what="the coordinates of the same cloud elsewhere", idea="What is the first direction of a cloud that lies far from 0, if nobody moves it there?", page=PAGE)  # fmt: skip
    expect_close(same, shares, tol=1e-9, what="its shares", idea="The same.", page=PAGE)  # fmt: skip


def test_the_farthest_point_is_on_the_positive_side():
    for seed in range(6):
        points, _ = pca(cloud(seed=seed), 3)
        far = points[np.abs(points).argmax(0), range(3)]
        expect_true((far > 0).all(), what=f"the coordinate of the farthest point on each of three axes, seed {seed}", expected="positive on all", got=far.round(2).tolist(), idea="An axis and its opposite explain the same. Without a rule the picture is mirrored on another machine.", page=PAGE)  # fmt: skip


def test_equal_rows_have_no_variance():
    points, shares = pca(np.full((3, 2), 4.0), 2)
    expect_close(points, np.zeros((3, 2)), tol=1e-12, what="the coordinates of three equal rows", idea="All at the center.", page=PAGE)  # fmt: skip
    expect_close(shares, [0, 0], tol=0, what="their shares", idea="0/0 is not an answer.", page=PAGE)  # fmt: skip


def test_the_mean_cosine_of_all_pairs():
    rows = cloud()
    directions = rows / np.linalg.norm(rows, axis=1)[:, None]
    pairs = [directions[i] @ directions[j] for i in range(30) for j in range(30) if i != j]
    expect_close(mean_cosine(rows), np.mean(pairs), tol=1e-10, what="the mean cosine of 30 rows", idea="All pairs of different rows; no row with itself.", page=PAGE)  # fmt: skip
    expect_close(mean_cosine([[1, 0], [0, 3]]), 0.0, tol=1e-12, what="that of two rows at a right angle", idea="Lengths don't matter.", page=PAGE)  # fmt: skip
    expect_close(mean_cosine([[1, 1], [5, 5], [2, 2]]), 1.0, tol=1e-12, what="that of three rows of one direction", idea="Lengths don't matter.", page=PAGE)  # fmt: skip
    expect_equal(type(mean_cosine([[1, 0], [0, 3]])) is float, True, what="whether it is a float", idea="It goes into a file.", page=PAGE)  # fmt: skip


def test_the_effective_rank_counts_directions():
    expect_close(effective_rank(np.eye(5) * 3), 5.0, tol=1e-9, what="the effective rank of 3 I, 5 by 5", idea="All directions alike.", page=PAGE)  # fmt: skip
    expect_close(effective_rank(np.outer([1.0, 2, 3], [1.0, 1])), 1.0, tol=1e-6, what="that of rows of one direction", idea="And the shares that are 0? What is p log p there?", page=PAGE)  # fmt: skip
    s = np.array([4.0, 2.0, 2.0])
    expect_close(effective_rank(np.diag(s)), np.exp(-(s / 8 * np.log(s / 8)).sum()), tol=1e-9, what="that of singular values 4, 2, 2", idea="Shares of their sum, not of the sum of their squares.", page=PAGE)  # fmt: skip
    rows = cloud(shift=0.0)
    expect_close(effective_rank(rows * 1000), effective_rank(rows), tol=1e-8, what="that of a matrix times 1000", idea="Size isn't rank.", page=PAGE)  # fmt: skip
    with expect_raises(ValueError, what="that of zeros", idea="No direction at all.", page=PAGE):
        effective_rank(np.zeros((3, 2)))


def test_a_singular_value_of_zero_adds_nothing():
    for rows in ([[2.0, 0.0], [0.0, 0.0]], [[3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]):
        with np.errstate(all="raise"):
            got = effective_rank(rows)
        expect_close(got, np.count_nonzero(rows), tol=1e-12, what=f"the effective rank of {rows}", idea="What is p log p where p is 0?", page=PAGE)  # fmt: skip


def test_without_the_top_the_cloud_is_flat_there():
    rows = cloud()
    for k in (0, 1, 2):
        got = without_top(rows, k)
        expect_equal(got.shape, rows.shape, what=f"the shape without {k} directions", idea="The words keep their coordinates; what they share is taken off.", page=PAGE)  # fmt: skip
        expect_close(got.mean(0), np.zeros(4), tol=1e-9, what=f"the mean of the rows without {k} directions", idea="Centered first.", page=PAGE)  # fmt: skip
        before, after = (np.linalg.svd(x - x.mean(0), compute_uv=False) for x in (rows, got))
        expect_close(after, [*before[k:], *[0.0] * k], tol=1e-8, what=f"the singular values without {k} directions", idea="The largest ones are gone, the others as they were.", page=PAGE)  # fmt: skip


def test_ranks_are_correlated_not_values():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    expect_close(spearman(x, np.exp(5 * x)), 1.0, tol=1e-12, what="spearman of x and exp(5x)", idea="Only the order counts.", page=PAGE)  # fmt: skip
    expect_close(spearman(x, -(x**3)), -1.0, tol=1e-12, what="spearman of x and -x³", idea="Only the order counts.", page=PAGE)  # fmt: skip
    expect_close(spearman(x, [2, 1, 4, 3, 5]), 0.8, tol=1e-12, what="spearman of 1 2 3 4 5 and 2 1 4 3 5", idea="Which place has each number among those of its list?", page=PAGE)  # fmt: skip


def test_equal_values_share_their_mean_rank():
    got = spearman([1, 1, 2, 3], [10, 20, 30, 40])
    ranks = np.corrcoef([1.5, 1.5, 3, 4], [1, 2, 3, 4])[0, 1]
    expect_close(got, ranks, tol=1e-12, what="spearman of 1 1 2 3 and 10 20 30 40", idea="Half of the words occur equally often. Which of two equal ones is first? Neither.", page=PAGE)  # fmt: skip
    expect_close(spearman([10, 20, 30, 40], [1, 1, 2, 3]), ranks, tol=1e-12, what="the same with the arguments exchanged", idea="Ties may be in either.", page=PAGE)  # fmt: skip
    expect_close(spearman([3, 1, 2, 1], [5, 5, 5, 9]), np.corrcoef([4, 1.5, 3, 1.5], [2, 2, 2, 4])[0, 1], tol=1e-12, what="spearman of 3 1 2 1 and 5 5 5 9", idea="Ties in both, and not in order.", page=PAGE)  # fmt: skip


def test_what_cannot_be_measured_is_refused():
    for call, what in (
        (lambda: pca(np.eye(3), 4), "pca with k = 4 of a 3 by 3 matrix"),
        (lambda: pca(np.eye(3), 0), "pca with k = 0"),
        (lambda: mean_cosine([[1.0, 2.0]]), "the mean cosine of one row"),
        (lambda: without_top(np.eye(3), 4), "taking 4 directions off 3"),
        (lambda: spearman([1, 2], [1, 2, 3]), "spearman of two and three numbers"),
        (lambda: spearman([1, 1], [1, 2]), "spearman with a constant"),
        (lambda: spearman([1, np.nan], [1, 2]), "spearman with a nan"),
        (lambda: spearman([1, 2], [1, np.inf]), "spearman with an infinity"),
    ):
        with expect_raises(ValueError, what=what, idea="An answer would be nan, or a number without meaning.", page=PAGE):  # fmt: skip
            call()
