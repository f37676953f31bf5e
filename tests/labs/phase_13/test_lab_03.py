"""Lab 13.3: near, compared with what?"""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.errors import MinilmError
from minilm.geometry import analogy, gap_scores, hit_scores, interval, measured, unit

PAGE = "theory/03-near-compared-with-what.md"


def test_rows_get_length_one():
    rows = np.array([[3, 4], [-2, 0], [1e-3, 1e-3]])
    got = unit(rows)
    expect_close(got, [[0.6, 0.8], [-1, 0], [0.5**0.5, 0.5**0.5]], tol=1e-12, what="the rows 3 4, -2 0 and 0.001 0.001, at length 1", idea="Each row by its own length; the direction stays.", page=PAGE)  # fmt: skip
    expect_equal((str(got.dtype), rows.tolist()[0]), ("float64", [3.0, 4.0]), what="the dtype, and what was given", idea="Measure in double precision, in a copy.", page=PAGE)  # fmt: skip
    expect_equal(str(unit(rows.astype(np.float32)).dtype), "float64", what="the dtype for float32", idea="Training was done in single precision; measuring isn't.", page=PAGE)  # fmt: skip


def test_a_vector_without_direction_is_named():
    for bad in ([0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]):
        with expect_raises(MinilmError, mentions="row 1", what=f"unit of a matrix whose row 1 is {bad}", idea="What is the cosine with a vector of length 0? Better an error than a table of nan.", page=PAGE):  # fmt: skip
            unit([[1.0, 1.0], bad, [2.0, 0.0]])


COSINES = np.array([[1.0, 0.8, 0.1, 0.3], [0.8, 1.0, 0.2, 0.4], [0.1, 0.2, 1.0, -0.5], [0.3, 0.4, -0.5, 1.0]])  # fmt: skip
GROUPS = np.array([0, 0, 1, 1])


def test_the_gap_is_own_minus_other():
    got = gap_scores(COSINES, GROUPS)
    expect_close(got, [0.6, 0.5, -0.65, -0.85], tol=1e-12, what="the gaps of four words in two groups, with cosines 0.8 within the first, -0.5 within the second, 0.1 0.3 0.2 0.4 between", idea="For each word two means. Is its cosine with itself part of one?", page=PAGE)  # fmt: skip
    groups = np.array([0, 0, 0, 1, 1])
    cosines = np.full((5, 5), 0.25)
    cosines[:3, :3] = 0.75
    expect_close(gap_scores(cosines, groups), [0.5, 0.5, 0.5, 0, 0], tol=1e-12, what="the gaps in groups of three and two, 0.75 within the first, 0.25 elsewhere", idea="Each mean has its own number of terms.", page=PAGE)  # fmt: skip


def test_a_hit_is_a_nearest_word_of_the_same_group():
    expect_equal(hit_scores(COSINES, GROUPS).tolist(), [1.0, 1.0, 0.0, 0.0], what="the hits among the four words", idea="Who is nearest, not counting the word itself?", page=PAGE)  # fmt: skip
    ties = np.array([[1.0, 0.5, 0.5, 0.0], [0.5, 1.0, 0.0, 0.5], [0.5, 0.0, 1.0, 0.0], [0.0, 0.5, 0.0, 1.0]])  # fmt: skip
    expect_equal(hit_scores(ties, np.array([0, 1, 0, 1])).tolist(), [0.0, 0.0, 1.0, 1.0], what="the hits where two words are equally near", idea="The first of them counts.", page=PAGE)  # fmt: skip
    expect_equal(str(hit_scores(ties, GROUPS).dtype), "float64", what="the dtype of hits", idea="They are averaged.", page=PAGE)  # fmt: skip


def test_what_is_given_stays_as_it_was():
    before = COSINES.copy()
    gap_scores(COSINES, GROUPS)
    hit_scores(COSINES, GROUPS)
    expect_equal(bool((before == COSINES).all()), True, what="whether both scores left the cosines alone", idea="The second measure must see what the first one saw.", page=PAGE)  # fmt: skip


def clustered(groups=6, size=8, d=12, spread=0.7, seed=0):
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(groups, d))
    labels = [f"g{i % groups}" for i in range(groups * size)]
    return np.array([centers[int(x[1:])] for x in labels]) + spread * rng.normal(size=(len(labels), d)), labels  # fmt: skip


def cosines_of(matrix):
    lengths = np.linalg.norm(matrix, axis=1)
    return matrix @ matrix.T / lengths / lengths[:, None]


def test_the_value_is_the_mean_over_words():
    matrix, labels = clustered()
    matrix, labels = matrix[3:], labels[3:]
    groups = np.array([int(x[1:]) for x in labels])
    for score in (gap_scores, hit_scores):
        got = measured(score, matrix, labels, times=20)
        expect_close(got.value, score(cosines_of(matrix), groups).mean(), tol=1e-9, what=f"the value of {score.__name__}", idea="Every word counts once, also where groups differ in size.", page=PAGE)  # fmt: skip


def test_chance_is_what_shuffled_labels_give():
    matrix, labels = clustered()
    rng = np.random.default_rng(9)
    groups = np.array([int(x[1:]) for x in labels])
    for score in (gap_scores, hit_scores):
        draws = [score(cosines_of(matrix), rng.permutation(groups)).mean() for _ in range(2000)]
        got = measured(score, matrix, labels, times=2000)
        wanted = [np.mean(draws), *np.percentile(draws, [2.5, 97.5])]
        expect_close([got.chance, got.chance_low, got.chance_high], wanted, tol=0.012, what=f"chance and its range for {score.__name__}", idea="Same vectors, same sizes of groups; only who belongs to which is drawn.", page=PAGE)  # fmt: skip
        expect_true(got.value > got.chance_high + 0.1, what=f"the value of {score.__name__} on six clusters beside chance", expected="far above it", got=got, idea="Value and chance come from the same score.", page=PAGE)  # fmt: skip


def test_where_labels_mean_nothing_value_and_chance_agree():
    matrix = np.random.default_rng(2).normal(size=(60, 10))
    inside = 0
    for seed in range(20):
        labels = np.random.default_rng(seed).permutation(np.arange(60) % 5).tolist()
        got = measured(gap_scores, matrix, labels, seed=seed, times=200)
        inside += got.chance_low <= got.value <= got.chance_high
    expect_true(inside >= 16, what="how often the gap of labels without meaning lies in the range of chance, of 20", expected="16 or more", got=inside, idea="In 95 of 100 cases by construction.", page=PAGE)  # fmt: skip


def test_the_interval_draws_whole_groups():
    rng = np.random.default_rng(3)
    centers = rng.normal(size=(4, 20))
    spread = [0.05, 0.05, 4.0, 4.0]
    labels = [i for i in range(4) for _ in range(30)]
    matrix = np.array([centers[i] + spread[i] * rng.normal(size=20) for i in labels])
    scores = gap_scores(cosines_of(matrix), np.array(labels))
    sums = np.array([scores[np.array(labels) == i].mean() for i in range(4)])
    means = sums[rng.integers(4, size=(4000, 4))].mean(1)
    got = measured(gap_scores, matrix, labels, times=4000)
    expect_close([got.low, got.high], np.percentile(means, [2.5, 97.5]), tol=0.02, what="the interval of four groups of 30, two tight and two loose", idea="Thirty words of a tight group are all alike: do they say as much as thirty independent ones? What is drawn again, words or groups?", page=PAGE)  # fmt: skip


def test_the_generator_that_is_handed_over_draws_each_sample():
    rng = np.random.default_rng(8)
    scores, groups = rng.normal(size=30), np.arange(30) % 5

    def drawn_with(seed, times):
        return interval(scores, groups, np.random.default_rng(seed), times)

    expect_equal((drawn_with(1, 50) == drawn_with(1, 50), drawn_with(1, 50) == drawn_with(2, 50)), (True, False), what="whether equal, and other, generators give the same interval", idea="Nothing draws but what was handed over.", page=PAGE)  # fmt: skip
    expect_equal(drawn_with(1, 50) == drawn_with(1, 1000), False, what="whether 50 and 1000 samples give the same interval", idea="How many samples were asked for?", page=PAGE)  # fmt: skip
    low, high = drawn_with(3, 1)
    expect_equal((low == high, type(low) is float), (True, True), what="whether both ends are the same for one sample, and floats", idea="Of one number every percentile is that number.", page=PAGE)  # fmt: skip
    same = interval(np.full(6, 0.25), np.array([0, 0, 1, 1, 2, 2]), rng, 20)
    expect_close(same, (0.25, 0.25), tol=1e-12, what="the interval of scores that are all 0.25", idea="Nothing varies.", page=PAGE)  # fmt: skip


def test_a_drawn_group_counts_by_its_words():
    matrix, _ = clustered(2, 8)
    labels = ["a"] * 12 + ["b"] * 4
    groups = np.array([0] * 12 + [1] * 4)
    scores = gap_scores(cosines_of(matrix), groups)
    a, b = scores[:12].mean(), scores[12:].mean()
    got = measured(gap_scores, matrix, labels, times=500)
    expect_close([got.low, got.high], sorted([a, b]), tol=1e-9, what="the interval of two groups, of 12 and of 4 words", idea="With two groups a quarter of the samples holds one of them twice. Its mean is the end of the interval.", page=PAGE)  # fmt: skip


def test_groups_of_different_sizes_weigh_by_their_words():
    rng = np.random.default_rng(1)
    sizes = np.array([30, 2, 2, 2, 2, 2])
    labels = np.repeat(range(6), sizes).tolist()
    spread = np.where(np.array(labels) == 0, 0.1, 3.0)[:, None]
    matrix = rng.normal(size=(6, 9))[labels] + spread * rng.normal(size=(40, 9))
    sums = np.bincount(labels, weights=gap_scores(cosines_of(matrix), np.array(labels)))
    drawn = np.random.default_rng(5).integers(6, size=(20000, 6))
    means = sums[drawn].sum(1) / sizes[drawn].sum(1)
    got = measured(gap_scores, matrix, labels, times=4000)
    expect_close([got.low, got.high], np.percentile(means, [2.5, 97.5]), tol=0.03, what="the interval of a tight group of 30 words and five loose ones of 2", idea="The value is a mean over words; so is that of a sample.", page=PAGE)  # fmt: skip


def test_times_says_how_often_labels_are_shuffled():
    matrix, labels = clustered()
    asked = []

    def score(cosines, groups):
        asked.append(groups.copy())
        return hit_scores(cosines, groups)

    measured(score, matrix, labels, times=7)
    expect_equal(len(asked), 8, what="how often the score was asked with times=7", idea="Once for the labels as they are. And for chance?", page=PAGE)  # fmt: skip
    expect_equal(len({tuple(groups) for groups in asked}), 8, what="how many different orders of labels it saw", idea="Each shuffle is a new one.", page=PAGE)  # fmt: skip


def test_the_seed_decides():
    matrix, labels = clustered()
    one, same, other = (measured(gap_scores, matrix, labels, seed=s, times=50) for s in (1, 1, 2))
    expect_equal((one == same, one == other), (True, False), what="whether the same, and another, seed gives the same six numbers", idea="All that is drawn comes from the generator.", page=PAGE)  # fmt: skip


SQUARE = np.array(
    [
        [1.0, 0.0, 0.0],
        [1.0, 2.0, 0.0],
        [1.0, 0.1, 2.0],
        [1.0, 2.0, 2.2],
        [-1.0, 0.0, 0.1],
        [1.0, -2.0, 2.0],
    ]
)


def test_an_analogy_is_a_parallelogram():
    expect_equal(analogy(SQUARE, 0, 1, 2), 3, what="the row that is to 2 as 1 is to 0", idea="Go from a to b, and the same way from c.", page=PAGE)  # fmt: skip
    expect_equal(analogy(SQUARE, 1, 0, 3), 2, what="the row that is to 3 as 0 is to 1", idea="Which of the two is taken away?", page=PAGE)  # fmt: skip


def test_length_doesnt_matter_for_an_analogy():
    longer = SQUARE * np.array([[100.0], [0.01], [3.0], [0.2], [7.0], [2.0]])
    expect_equal(analogy(longer, 0, 1, 2), 3, what="the same with rows of other lengths", idea="Directions are added, not vectors: a frequent word would drown the others.", page=PAGE)  # fmt: skip


def test_the_three_given_words_are_left_out_only_if_asked():
    rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]])
    expect_equal(analogy(rows, 0, 1, 2), 3, what="0 : 1 as 2 : ? without the three", idea="b - a is small here. What is nearest to c, apart from c?", page=PAGE)  # fmt: skip
    expect_equal(analogy(rows, 0, 1, 2, exclude=False), 2, what="the same with all rows allowed", idea="Then c itself may be the answer.", page=PAGE)  # fmt: skip
    expect_equal(analogy(rows, 0, 3, 1), 2, what="0 : 3 as 1 : ?", idea="b is left out as well.", page=PAGE)  # fmt: skip
    twice = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0], [-1.0, -1.0]])
    expect_equal(analogy(twice, 1, 2, 2), 3, what="1 : 2 as 2 : ?", idea="Left out are a, b and c, each of them.", page=PAGE)  # fmt: skip
    nearest_a = np.array([[1.0, 0.05], [0.0, 1.0], [0.3, -1.0], [0.9, 0.5], [-1.0, 0.0]])
    expect_equal(analogy(nearest_a, 2, 1, 0, exclude=True) in (2, 1, 0), False, what="whether one of the three comes back", idea="None of them.", page=PAGE)  # fmt: skip


def test_of_equally_near_rows_an_analogy_takes_the_first():
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [-0.3, 1.0], [-0.3, 1.0]])
    expect_equal(analogy(rows, 0, 1, 2), 3, what="0 : 1 as 2 : ? where rows 3 and 4 are equal", idea="Two machines must give the same answer.", page=PAGE)  # fmt: skip


def test_a_row_that_isnt_there_is_refused():
    for rows in ((6, 0, 1), (0, -1, 1), (0, 1, 6)):
        with expect_raises(IndexError, what=f"an analogy with the rows {rows} of six", idea="-1 would be the last row.", page=PAGE):  # fmt: skip
            analogy(SQUARE, *rows)
    with expect_raises(ValueError, what="an analogy with all three rows of three", idea="Who is left to be the answer?", page=PAGE):  # fmt: skip
        analogy(np.eye(3), 0, 1, 2)
