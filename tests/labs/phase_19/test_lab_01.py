"""Lab 19.1: the dashboard."""

import math
import re
from html.parser import HTMLParser

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.dynamics.dashboard import HEIGHT, WIDTH, bounds, by_layer, lines, render
from minilm.errors import MinilmError

PAGE = "theory/02-a-page-that-needs-nothing.md"


def line(step, **more):
    return {"step": step, "loss": 3 / step, "lr": 0.01, "norm": 1.0 * step, "gradients": {"embed": 0.5, "blocks.0": 2.0}, "updates": {"embed": 1e-3, "blocks.0": 0.0}, **more}  # fmt: skip


INSIDE = {"entropy": [[0.5, 0.75]], "silent": [0.25], "stream": [1.5], "hidden": [[0] * 6 + [9] + [1] * 7]}  # fmt: skip
RECORD = [line(1), line(2, inside=INSIDE), line(3), line(4, inside=INSIDE)]


def test_bounds_are_of_what_is_drawn():
    expect_equal(bounds({"a": [3.0, math.nan, math.inf], "b": [-1.0]}, False), (-1.0, 3.0), what="bounds of 3, nan, inf and -1", idea="What has a place?", page=PAGE)  # fmt: skip
    expect_equal(bounds({"a": [0.0, 100.0, 0.1, -5.0]}, True), (0.1, 100.0), what="bounds for logarithms", idea="Zero has no logarithm.", page=PAGE)  # fmt: skip


def test_a_constant_runs_through_the_middle():
    expect_equal(bounds({"a": [2.0, 2.0]}, False), (1.0, 3.0), what="bounds of a constant", idea="Room on both sides.", page=PAGE)  # fmt: skip
    expect_equal(bounds({"a": [2.0]}, True), (1.0, 4.0), what="the same for logarithms", idea="In logarithms, room is a factor.", page=PAGE)  # fmt: skip


def test_nothing_has_bounds_too():
    expect_equal((bounds({}, False), bounds({"a": [0.0]}, True)), ((0.0, 1.0), (1.0, 10.0)), what="bounds of nothing", idea="An empty panel is a panel.", page=PAGE)  # fmt: skip


def test_a_curve_fills_its_box_and_grows_upwards():
    expect_equal(lines([10, 20, 30], [1.0, 2.0, 3.0], 1.0, 3.0, False), [[(0.0, HEIGHT), (WIDTH / 2, HEIGHT / 2), (WIDTH, 0.0)]], what="three points on a line", idea="On a screen y grows downwards.", page=PAGE)  # fmt: skip


def test_steps_need_not_be_evenly_spaced():
    expect_equal([p[0] for p in lines([1, 2, 11], [1.0, 1.5, 2.0], 1.0, 2.0, False)[0]], [0.0, WIDTH / 10, WIDTH], what="x of steps 1, 2 and 11", idea="The step decides, not its number in the list.", page=PAGE)  # fmt: skip


def test_logarithms_make_factors_equal():
    expect_close([p[1] for p in lines([1, 2, 3], [1.0, 10.0, 100.0], 1.0, 100.0, True)[0]], [HEIGHT, HEIGHT / 2, 0.0], tol=1e-6, what="y of 1, 10 and 100", idea="Equal factors, equal ways.", page=PAGE)  # fmt: skip


def test_a_gap_stays_a_gap():
    found = lines([1, 2, 3, 4, 5], [1.0, 2.0, math.nan, 1.0, math.inf], 1.0, 2.0, False)
    expect_equal([len(p) for p in found], [2, 1], what="pieces around nan", idea="A line over a hole says what nobody measured.", page=PAGE)  # fmt: skip
    expect_equal([len(p) for p in lines([1, 2, 3], [1.0, 0.0, 2.0], 1.0, 2.0, True)], [1, 1], what="pieces around 0 with logarithms", idea="It has no place.", page=PAGE)  # fmt: skip


def test_one_step_and_none():
    expect_equal((lines([7], [2.0], 1.0, 3.0, False), lines([], [], 0.0, 1.0, False)), ([[(0.0, HEIGHT / 2)]], []), what="curves of one point and of none", idea="Nothing is divided by 0.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="two steps and one value", idea="Which one is missing?", page=PAGE, mentions="1 for 2"):  # fmt: skip
        lines([1, 2], [1.0], 0.0, 1.0, False)


def test_layers_become_columns():
    found = by_layer([{"g": {"a": 1.0}}, {}, {"g": {"b": 2.0, "a": 3.0}}], "g")
    expect_equal(list(found), ["a", "b"], what="the layers", idea="As they first come.", page=PAGE)  # fmt: skip
    expect_close([found["a"], found["b"]], [[1.0, math.nan, 3.0], [math.nan, math.nan, 2.0]], tol=0, what="the columns", idea="One number a line, also where there is none.", page=PAGE)  # fmt: skip


class Read(HTMLParser):
    """The tags of a page, with their attributes, and the text of headings."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.heads, self.inside = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "h2":
            self.heads.append(data)
        self.inside = ""


def test_the_page_shows_all_that_was_recorded():
    heads = Read(render("Run", RECORD, [("a", "b")])).heads
    wanted = ["Loss", "Rate", "Gradient norm", "Update", "entropy", "Stream", "Silent", "Hidden", "Samples"]  # fmt: skip
    missing = [w for w in wanted if not any(w in h for h in heads)]
    expect_equal(missing, [], what="panels that are missing", idea="Each instrument has its place.", page=PAGE)  # fmt: skip


def test_the_page_needs_nothing():
    page = render("Run", RECORD)
    tags = {tag for tag, _ in Read(page).tags}
    expect_true(not tags & {"script", "link", "img", "iframe", "object"}, what="tags that load or run", expected="none", got=sorted(tags), idea="In ten years, on a train.", page=PAGE)  # fmt: skip
    expect_true(not re.search(r"https?:|url\(|@import|src=|href=", page), what="addresses on the page", expected="none", got="some", idea="What would it load?", page=PAGE)  # fmt: skip


def test_the_page_suits_a_phone_and_the_dark():
    page = render("Run", RECORD)
    views = [a for t, a in Read(page).tags if t == "meta" and a.get("name") == "viewport"]
    expect_true(bool(views) and "prefers-color-scheme: dark" in page, what="the page's viewport and its dark colors", expected="both", got=views, idea="Whose screen is it read on?", page=PAGE)  # fmt: skip
    drawn = [a for t, a in Read(page).tags if t == "svg"]
    expect_true(all(a.get("role") == "img" and a.get("aria-label") for a in drawn), what="drawings in words", expected="each", got="not each", idea="Somebody listens to the page.", page=PAGE)  # fmt: skip


def test_text_stays_text():
    page = render("<b>&", RECORD, [("<script>", "</pre>")])
    expect_true("<script>" not in page and "<b>&</" not in page and "&lt;b&gt;&amp;" in page, what="a title and a sample with signs of HTML", expected="shown as they are", got="read as tags", idea="A model may say anything.", page=PAGE)  # fmt: skip


def test_a_record_without_looks_has_its_page_and_an_empty_one_none():
    page = render("Run", [line(1)])
    expect_true("Loss" in page and "Silent" not in page, what="a page of one line without a look", expected="loss, and no silent units", got="others", idea="What wasn't measured isn't drawn.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="an empty record", idea="What should be drawn?", page=PAGE, mentions="record"):  # fmt: skip
        render("Run", [])


def test_each_head_has_its_own_curve():
    heads = Read(render("Run", RECORD))
    expect_true("0.0" in render("Run", RECORD) and "0.1" in render("Run", RECORD), what="the names of heads", expected="0.0 and 0.1", got=heads.heads, idea="block.head", page=PAGE)  # fmt: skip
