"""Lab 10.2: the identity beside a branch."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minitorch import Tensor, nn
from minitorch import functional as F
from minitorch.nn import init

PAGE = "theory/05-residuals.md"


class Times(nn.Module):
    """x times a number."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def test_a_residual_adds_its_input():
    x = Tensor(np.array([1.0, -2.0]))
    expect_close(
        [nn.Residual(Times(f))(x).data.tolist() for f in (0, 3, -1)],
        [[1.0, -2.0], [4.0, -8.0], [0.0, 0.0]],
        tol=1e-12,
        what="Residual of 0 x, of 3 x and of -x at [1, -2]",
        idea="What must come out if the branch gives nothing? And what does a branch of -x leave?",
        page=PAGE,
    )
    expect_equal(
        x.data.tolist(),
        [1.0, -2.0],
        what="x after three residuals",
        idea="The sum is a new tensor: others may still need x.",
        page=PAGE,
    )


def test_the_gradient_has_a_way_around_the_branch():
    x = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    nn.Residual(Times(0.25))(x).backward(np.array([1.0, 10.0]))
    expect_close(
        x.grad,
        np.array([1.25, 12.5]),
        tol=1e-12,
        what="the gradient of x + 0.25 x",
        idea="By which two ways does x reach the sum, and what comes back along each?",
        page=PAGE,
    )


def test_the_block_is_norm_linear_gelu_linear():
    block = nn.ResidualBlock(4, rng=np.random.default_rng(0))
    names = [(name, p.shape) for name, p in block.named_parameters()]
    expect_equal(
        [shape for _, shape in names],
        [(4,), (16, 4), (16,), (4, 16), (4,)],
        what="the shapes of ResidualBlock(4)'s parameters, in order",
        idea="RMSNorm(d), Linear(d, 4d), GELU, Linear(4d, d), in a Sequential that Residual wraps.",
        page=PAGE,
    )
    expect_equal(
        [type(module).__name__ for module in block.f],
        ["RMSNorm", "Linear", "GELU", "Linear"],
        what="the modules on the branch of ResidualBlock(4)",
        idea="With p = 0 there is no Dropout at all, not one that does nothing.",
        page=PAGE,
    )
    x = Tensor(np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32))
    w = list(block.parameters())
    inside = F.linear(F.gelu(F.linear(F.rms_norm(x, w[0]), w[1], w[2]), "tanh"), w[3], w[4])
    expect_close(
        block(x).data,
        x.data + inside.data,
        tol=1e-6,
        what="ResidualBlock(4) on (3, 4)",
        idea="Where does the norm stand: on the branch, in front, or behind the sum? Does it meet the x that is added?",
        page=PAGE,
    )


def test_the_block_takes_another_width_and_a_dropout():
    block = nn.ResidualBlock(4, hidden=6, p=0.5, rng=np.random.default_rng(0))
    expect_equal(
        [p.shape for p in block.parameters()][1],
        (6, 4),
        what="the first weight of ResidualBlock(4, hidden=6)",
        idea="hidden replaces 4 d.",
        page=PAGE,
    )
    last = list(nn.ResidualBlock(4, p=0.25).f)[-1]
    expect_equal(
        (type(last).__name__, getattr(last, "p", None)),
        ("Dropout", 0.25),
        what="the last module on the branch of ResidualBlock(4, p=0.25), and its p",
        idea="Dropout comes last, with the p that was asked for.",
        page=PAGE,
    )
    x = Tensor(np.ones((2, 4), np.float32))
    drawn = {block(x).data.tobytes() for _ in range(8)}
    block.eval()
    still = {block(x).data.tobytes() for _ in range(3)}
    expect_equal(
        (len(drawn) > 1, len(still)),
        (True, 1),
        what="whether p=0.5 changes the result from call to call in training, and how many results eval() gives",
        idea="With p above 0, a Dropout comes last on the branch.",
        page=PAGE,
    )


def test_one_generator_draws_everything():
    x = Tensor(np.ones((2, 4), np.float32))
    blocks = [nn.ResidualBlock(4, p=0.5, rng=np.random.default_rng(0)) for _ in range(2)]
    first, second = [[p.data.tolist() for p in block.parameters()] for block in blocks]
    expect_equal(
        [a == b for a, b in zip(first, second, strict=True)],
        [True] * 5,
        what="whether two blocks from generators of one seed have the same parameters, one by one",
        idea="rng goes to both Linears. Which of them draws from the global generator?",
        page=PAGE,
    )
    expect_equal(
        *[[block(x).data.tolist() for _ in range(4)] for block in blocks],
        what="four results in training of those two blocks",
        idea="rng goes to the Dropout too: a run is repeated by its seed alone.",
        page=PAGE,
    )


def test_fifty_blocks_hand_the_gradient_through():
    rng = np.random.default_rng(0)
    blocks = nn.Sequential(*(nn.ResidualBlock(16, rng=rng) for _ in range(50)))
    for module in blocks:
        for p in module.parameters():
            if p.ndim == 2:
                init.kaiming_normal_(p, activation="linear", rng=rng)
    x = Tensor(rng.standard_normal((8, 16)).astype(np.float32), requires_grad=True)
    blocks(x).backward(np.ones((8, 16), np.float32))
    size = float(np.linalg.norm(x.grad))
    expect_true(
        1 < size < 1000,
        what="the norm of the gradient at the input of 50 blocks, 11.3 at their output",
        expected="between 1 and 1000",
        got=f"{size:.3g}",
        idea="What happens to a gradient in a block that has no way around its branch, fifty times over?",
        page=PAGE,
    )
