"""Lab 09.0: modules know their parameters by name, once, and their state can be taken and put back."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch.nn.module import Module, ModuleList, Parameter
from minitorch.tensor import Tensor

PAGE = "theory/00-what-a-module-knows.md"


class Scale(Module):
    """y = w x + b, with a running count as a buffer."""

    def __init__(self, w=2.0):
        super().__init__()
        self.w = Parameter([w])
        self.b = Parameter([1.0])
        self.register_buffer("seen", np.zeros(1))

    def forward(self, x):
        return self.w * x + self.b


class Two(Module):
    """Two Scales and a parameter between them."""

    def __init__(self):
        super().__init__()
        self.first = Scale()
        self.own = Parameter([3.0])
        self.second = Scale(5.0)


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_assigning_registers():
    scale = Scale()
    expect_equal(names(scale), ["w", "b"], what="the parameters of a module with w and b", idea="Which method does Python call for every assignment to an attribute?", page=PAGE)  # fmt: skip
    expect_equal(scale.w is dict(scale.named_parameters())["w"], True, what="whether module.w is the registered parameter", idea="After the assignment the name must lead to the object in two places. Which?", page=PAGE)  # fmt: skip


def test_modules_inside_are_found_own_parameters_first():
    expect_equal(
        names(Two()),
        ["own", "first.w", "first.b", "second.w", "second.b"],
        what="the names of a module with two modules and a parameter of its own",
        idea="Who comes first: a module, what it holds, or what its neighbor holds?",
        page=PAGE,
    )
    expect_equal([name for name, _ in Two().named_modules()], ["", "first", "second"], what="named_modules", idea='("", self), then those below; prefix and a dot only if there is a prefix.', page=PAGE)  # fmt: skip


def test_what_replaces_a_parameter_unregisters_it():
    scale = Scale()
    scale.b = None
    expect_equal(names(scale), ["w"], what="the names after b = None", idea="What was a name before the assignment, and what of that is left afterwards?", page=PAGE)  # fmt: skip
    scale.w = Scale()
    expect_equal(names(scale), ["w.w", "w.b"], what="the names after w became a module", idea="A name is either a parameter or a module.", page=PAGE)  # fmt: skip
    scale.w = Parameter([1.0])
    expect_equal(names(scale), ["w"], what="the names after w became a parameter again", idea="Both dictionaries.", page=PAGE)  # fmt: skip


def test_an_assigned_buffer_stays_a_buffer():
    scale = Scale()
    scale.seen = np.array([4.0])
    expect_close(scale.state_dict()["seen"], np.array([4.0]), tol=0, what="the buffer in state_dict after it was assigned", idea="Two places know this buffer. Do both know the new array?", page=PAGE)  # fmt: skip


def test_a_shared_parameter_comes_once():
    two = Two()
    two.second.w = two.first.w
    expect_equal(names(two), ["own", "first.w", "first.b", "second.b"], what="the names when two modules share w", idea="What would an optimizer do with a parameter that it is handed twice?", page=PAGE)  # fmt: skip
    expect_equal("second.w" in two.state_dict(), True, what="whether state_dict has it under its second name as well", idea="A file must load into a model that doesn't share.", page=PAGE)  # fmt: skip


def test_a_list_of_modules_is_not_seen_and_a_module_list_is():
    class Both(Module):
        def __init__(self):
            super().__init__()
            self.hidden = [Scale()]
            self.seen_ones = ModuleList([Scale()])

    expect_equal(names(Both()), ["seen_ones.0.w", "seen_ones.0.b"], what="the names with a Python list and a ModuleList", idea="Only Parameters and Modules are registered, not what lies inside a list.", page=PAGE)  # fmt: skip


def test_state_is_a_snapshot():
    scale = Scale()
    state = scale.state_dict()
    expect_equal(list(state), ["w", "b", "seen"], what="the keys of state_dict", idea="Parameters, then buffers.", page=PAGE)  # fmt: skip
    scale.w.data += 10
    scale.seen += 1
    expect_close([state["w"][0], state["seen"][0]], [2.0, 0.0], tol=0, what="a state that was taken before training went on", idea="Copies. A live array changes under whoever keeps it.", page=PAGE)  # fmt: skip


def test_a_state_comes_back_in_place():
    a, b = Two(), Two()
    before = b.first.w
    b.load_state_dict({n: v + 7 for n, v in a.state_dict().items()})
    expect_close([b.first.w.data[0], b.own.data[0], b.first.seen[0]], [9.0, 10.0, 7.0], tol=1e-6, what="two parameters and a buffer after loading", idea="The numbers go into the arrays that are there.", page=PAGE)  # fmt: skip
    expect_true(b.first.w is before, what="the parameter object after loading", expected="the same one, so that an optimizer goes on with it", got="another", idea="Who else holds this Parameter, and what do they see after the load?", page=PAGE)  # fmt: skip
    expect_equal(b.first.w._version, 1, what="its count of changes", idea="Loading changes numbers that a graph may still need: how would it notice?", page=PAGE)  # fmt: skip


def test_a_state_that_does_not_fit_changes_nothing():
    two = Two()
    before = two.state_dict()
    for damage, kind, says in (
        ({"own": np.zeros(2)}, ValueError, "own"),
        ({"more": np.zeros(1)}, KeyError, "more"),
    ):
        with expect_raises(kind, mentions=says, what=f"loading with {list(damage)}", idea="What has the model loaded when the error comes?", page=PAGE):  # fmt: skip
            two.load_state_dict({n: v + 1 for n, v in before.items()} | damage)
    with expect_raises(KeyError, mentions="own", what="loading without own", idea="strict means: the same names.", page=PAGE):  # fmt: skip
        two.load_state_dict({n: v + 1 for n, v in before.items() if n != "own"})
    expect_equal(all(np.array_equal(v, before[n]) for n, v in two.state_dict().items()), True, what="whether the model is unchanged after three refusals", idea="What has the model loaded when the last name turns out to be wrong?", page=PAGE)  # fmt: skip
    got = two.load_state_dict({"own": np.array([8.0]), "x": 1}, strict=False)
    expect_equal(("first.w" in got[0], got[1], two.own.data[0]), (True, ["x"], 8.0), what="missing, unexpected and own after loading with strict=False", idea="Take what fits, and say what doesn't.", page=PAGE)  # fmt: skip


def test_the_mode_goes_down():
    two = Two()
    returned = two.eval()
    expect_equal((returned is two, two.training, two.first.training), (True, False, False), what="eval(): what it returns, and training here and below", idea="Every module of named_modules.", page=PAGE)  # fmt: skip
    expect_equal(two.train().second.training, True, what="training below after train()", idea="mode, for all.", page=PAGE)  # fmt: skip


def test_a_tensor_that_is_no_parameter_is_not_registered():
    scale = Scale()
    scale.last = Tensor([1.0], requires_grad=True)
    expect_equal(names(scale), ["w", "b"], what="the names after a Tensor was cached on the module", idea="What would an optimizer do with a cached intermediate result?", page=PAGE)  # fmt: skip


def test_the_arrays_stay_the_same_ones():
    two = Two()
    arrays = {name: p.data for name, p in two.named_parameters()}
    two.load_state_dict({n: v + 7 for n, v in two.state_dict().items()})
    same = all(p.data is arrays[name] or np.shares_memory(p.data, arrays[name]) for name, p in two.named_parameters())  # fmt: skip
    expect_equal(same, True, what="whether the parameters' arrays after loading are those from before", idea="Whoever holds the array must see the new numbers.", page=PAGE)  # fmt: skip


def test_a_wrong_shape_is_found_before_the_first_copy():
    class Wide(Module):
        def __init__(self):
            super().__init__()
            self.a = Parameter(np.zeros(2))
            self.w = Parameter(np.zeros((3, 4)))

    wide = Wide()
    for shape in ((1, 4), (4, 3), (12,), ()):
        with expect_raises(ValueError, mentions="w", what=f"loading w of shape {shape} into (3, 4)", idea="A shape that broadcasts, or has as many numbers, is still another shape.", page=PAGE):  # fmt: skip
            wide.load_state_dict({"a": np.ones(2), "w": np.ones(shape)})
    expect_equal(float(wide.a.data.sum()), 0.0, what="a, which came first and fits, after four refusals", idea="How many passes over the names does that need?", page=PAGE)  # fmt: skip


def test_the_names_that_do_not_fit_come_sorted():
    got = Two().load_state_dict({"zeta": 1, "alpha": 2, "own": np.array([1.0])}, strict=False)
    missing = ["first.b", "first.seen", "first.w", "second.b", "second.seen", "second.w"]
    expect_equal(got, (missing, ["alpha", "zeta"]), what="missing and unexpected names with strict=False", idea="A list that a person reads: in which order would you look a name up?", page=PAGE)  # fmt: skip
