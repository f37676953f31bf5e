"""What holds the claims of phase 10, each beside its control at equal scale."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from minitorch import Tensor, nn, optim
from minitorch import functional as F
from minitorch.nn import init
from minitorch.nn.costs import activation_bytes, resident_bytes, upcast

Z = np.linspace(-12, 12, 20_001)
DENSITY = np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi)


def next_square(q, f, gain):
    """The mean square after an activation and weights with this gain, for a normal signal of mean square q."""
    values = f(Tensor(np.sqrt(q) * Z)).data
    return gain**2 * float(np.trapezoid(values**2 * DENSITY, Z))


def after(q, f, gain, layers=50):
    for _ in range(layers):
        q = next_square(q, f, gain)
    return q


def fitting(f):
    """The gain that keeps a mean square of 1."""
    return next_square(1.0, f, 1.0) ** -0.5


def test_gelus_level_drives_away_what_is_near_it():
    gain = fitting(F.gelu)
    assert after(0.95, F.gelu, gain) < 1e-5
    assert after(1.05, F.gelu, gain) > 50


def test_relu_keeps_what_it_gets_and_tanh_comes_back():
    for start in (0.95, 1.05):
        assert after(start, F.relu, fitting(F.relu)) == pytest.approx(start, rel=1e-6)
        assert after(start, Tensor.tanh, fitting(Tensor.tanh)) == pytest.approx(1.0, abs=1e-3)


def test_gelus_fifty_layers_are_not_one_share_to_the_fiftieth():
    share = next_square(1.0, F.gelu, 2**0.5)
    assert after(1.0, F.gelu, 2**0.5) < 1e-6 * share**50


def test_relus_fifty_layers_are():
    share = next_square(1.0, F.relu, 1.3)
    assert after(1.0, F.relu, 1.3) == pytest.approx(share**50, rel=1e-6)


def shifted(norm):
    """By how much a bias in front of a norm changes what comes out."""
    x = np.random.default_rng(0).standard_normal((16, 5))
    bias = np.array([1.0, -2.0, 3.0, 0.0, 5.0])
    return float(np.abs(norm(Tensor(x)).data - norm(Tensor(x + bias)).data).max())


def test_batch_norm_takes_a_bias_off_again():
    assert shifted(nn.BatchNorm1d(5)) < 1e-5


def test_layer_norm_leaves_a_bias_and_takes_off_its_mean_only():
    assert shifted(nn.LayerNorm(5)) > 1
    x = np.random.default_rng(0).standard_normal((16, 5))
    norm = nn.LayerNorm(5)
    assert np.abs(norm(Tensor(x)).data - norm(Tensor(x + 7.0)).data).max() < 1e-5


def resized(norm):
    """How far results of weights 10,000 times apart differ, behind a norm or nothing."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((4, 64)), rng.standard_normal((64, 64))
    a, b = (norm(Tensor(x @ (c * w).T)).data for c in (0.01, 100.0))
    return float(np.abs(a - b).max())


def test_a_norm_divides_the_size_of_the_weights_out():
    assert max(resized(nn.RMSNorm(64)), resized(nn.LayerNorm(64))) < 0.01


def test_without_a_norm_the_size_of_the_weights_stays():
    assert resized(lambda x: x) > 100


class Times(nn.Module):
    """x M, for a constant M."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix = matrix

    def forward(self, x):
        return x @ Tensor(self.matrix)


def concentration(residual, scale, seed, depth=50, d=64):
    """The share of the largest direction in a product of `depth` Jacobians of this scale, through minitorch's Residual."""
    rng = np.random.default_rng(seed)
    x = Tensor(np.eye(d))
    for _ in range(depth):
        branch = Times(scale * rng.standard_normal((d, d)) / np.sqrt(d))
        x = (nn.Residual(branch) if residual else branch)(x)
    s = np.linalg.svd(x.data, compute_uv=False)
    return float(s[0] ** 2 / (s**2).sum())


def test_a_branch_that_is_small_beside_the_identity_doesnt_concentrate():
    assert max(concentration(True, 0.2, seed) for seed in range(5)) < 0.25


def test_at_equal_scale_the_identity_alone_doesnt_help_and_without_it_scale_does_nothing():
    assert max(concentration(True, 1.0, seed) for seed in range(5)) > 0.6
    for seed in range(5):
        without = concentration(False, 0.2, seed)
        assert without == pytest.approx(concentration(False, 1.0, seed), rel=1e-6)
        assert without > 0.5


def stream(norm, depth=50, d=32):
    """The mean square of the stream after `depth` residual blocks with or without a norm in front."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((64, d)))
    for _ in range(depth):
        up, down = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)
        for layer in (up, down):
            init.kaiming_normal_(layer.weight, activation="linear", rng=rng)
        inside = nn.Sequential(*([nn.RMSNorm(d)] if norm else []), up, nn.GELU("tanh"), down)
        x = nn.Residual(inside)(x)
    return float((x.data**2).mean())


def test_with_a_norm_in_front_the_stream_grows_like_the_depth():
    assert 0.2 * 50 < stream(norm=True) < 0.8 * 50


def test_without_a_norm_the_stream_grows_by_a_factor():
    assert stream(norm=False) > 1e6


def along(norm):
    """The largest sum over a row's gradient: its part along the vector of ones."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((8, 6)), requires_grad=True)
    norm(x, Tensor(np.ones(6))).backward(rng.standard_normal((8, 6)))
    return float(np.abs(x.grad.sum(1)).max())


def test_layer_norms_gradient_has_nothing_along_ones():
    assert along(F.layer_norm) < 1e-9


def test_rms_norms_gradient_has():
    assert along(F.rms_norm) > 0.1


def halved(x):
    """x over twice its root mean square, summed one number after the other in the dtype that came."""
    total = x.dtype.type(0)
    for value in x:
        total = total + value * value
    return x / (2 * np.sqrt(total / x.dtype.type(len(x))))


def test_stored_in_two_bytes_and_computed_in_four_a_norm_is_right():
    for size in (2, 300):
        x = np.full(4096, size, np.float16)
        assert float(upcast(halved)(x)[0]) == pytest.approx(0.5, abs=1e-3)


def test_computed_in_two_bytes_the_same_norm_is_wrong():
    with np.errstate(over="ignore"):
        got = [float(halved(np.full(4096, size, np.float16))[0]) for size in (2, 300)]
    assert got[0] > 0.6
    assert got[1] == 0


def composed_gelu(x):
    """GELU's tanh form of single operations."""
    return x * 0.5 * (((x + x * x * x * 0.044715) * (2 / np.pi) ** 0.5).tanh() + 1)


def bill(rows, bend):
    """What waits, and what stays after a step of Adam, for two layers around an activation."""
    rng = np.random.default_rng(0)
    up, down = nn.Linear(16, 64, rng=rng), nn.Linear(64, 16, rng=rng)
    model = nn.Sequential(up, down)
    optimizer = optim.Adam(model.parameters())
    loss = down(bend(up(Tensor(np.ones((rows, 16), np.float32))))).sum()
    waits = activation_bytes(loss)
    loss.backward()
    optimizer.step()
    return waits, sum(resident_bytes(model, optimizer).values())


def fused_gelu(x):
    return F.gelu(x, "tanh")


def test_what_waits_goes_with_the_batch_and_shrinks_where_nodes_are_fused():
    small, large = bill(8, fused_gelu)[0], bill(80, fused_gelu)[0]
    assert large / small == pytest.approx(10, rel=0.01)
    assert bill(8, composed_gelu)[0] > 2 * small


def test_what_stays_knows_neither_the_batch_nor_what_is_fused():
    assert (
        len({bill(rows, bend)[1] for rows in (8, 80) for bend in (fused_gelu, composed_gelu)}) == 1
    )


def ended(fill, rate):
    """The mean of the last 50 of 600 losses of page 02's network with layer norm."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "experiments/10/init-matters"))
    import deep

    sys.path.pop(0)
    model = deep.mlp(12, 128, fill, 42, nn.LayerNorm)
    optimizer = optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    with np.errstate(all="ignore"):
        return deep.train(model, deep.make_task(42), optimizer, 600, 42).last()


def small(weight, rng):
    return init.uniform_(weight, -(weight.shape[1] ** -0.5), weight.shape[1] ** -0.5, rng)


def large(weight, rng):
    return init.kaiming_normal_(weight, rng=rng)


def test_behind_a_norm_small_weights_at_a_sixth_of_the_rate_learn_like_large_ones():
    assert ended(small, 1e-3 / 6) == pytest.approx(ended(large, 1e-3), abs=0.06)


def test_at_the_same_rate_small_weights_are_far_ahead():
    assert ended(small, 1e-3) < ended(large, 1e-3) - 0.15


def stirred(norm, bias):
    """How far the last weight of a zero branch moves in 50 steps, with these numbers in the norm and in the bias between."""
    rng = np.random.default_rng(0)
    block = nn.ResidualBlock(16, rng=rng)
    first, up, _, down = list(block.f)
    first.weight.data = np.full(16, norm, np.float32)
    for tensor in (down.weight, down.bias):
        tensor.data = np.zeros(tensor.shape, np.float32)
    if not bias:
        up.bias.data = np.zeros(64, np.float32)
    x, y = rng.standard_normal((2, 32, 16)).astype(np.float32)
    optimizer = optim.SGD(block.parameters(), lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        ((block(Tensor(x)) - y) ** 2).mean().backward()
        optimizer.step()
    return float(np.abs(down.weight.data).max() + np.abs(first.weight.data - norm).max())


def test_a_branch_of_zeros_behind_zeros_never_moves():
    assert stirred(norm=0.0, bias=False) == 0


def test_with_a_norm_or_a_bias_the_branch_of_zeros_moves():
    assert stirred(norm=1.0, bias=False) > 0.01
    assert stirred(norm=0.0, bias=True) > 0.01


def miss(after, rows=64, depth=20, width=128):
    """By how much a layer misses the factor fan-in times variance, as a root mean square over layers and four stacks."""
    misses = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((rows, width))
        for _ in range(depth):
            expected = 2 * (x * x).mean()
            x = x @ (rng.standard_normal((width, width)) * (2 / width) ** 0.5).T
            misses.append((x * x).mean() / expected - 1)
            x = after(x, rng)
    return float(np.sqrt(np.mean(np.square(misses))))


def rectified(x, rng):
    return F.relu(Tensor(x)).data


def rectified_with_signs(x, rng):
    return F.relu(Tensor(x)).data * rng.choice([-1.0, 1.0], x.shape)


def test_behind_relu_a_layer_misses_more_and_rows_dont_help():
    assert miss(rectified) > 3 * miss(rectified_with_signs)
    assert miss(rectified, rows=256) > 0.7 * miss(rectified, rows=16)


def test_with_signs_of_their_own_the_same_numbers_average_out():
    assert miss(rectified_with_signs, rows=256) < 0.5 * miss(rectified_with_signs, rows=16)


def astray(scale, seed, depth=50, d=32):
    """How far a gradient is from what was sent, after `depth` residual branches of this spectral norm, as a share."""
    rng = np.random.default_rng(seed)
    x = start = Tensor(rng.standard_normal((1, d)), requires_grad=True)
    sent = rng.standard_normal((1, d))
    for _ in range(depth):
        matrix = rng.standard_normal((d, d))
        x = nn.Residual(Times(scale * matrix / np.linalg.norm(matrix, 2)))(x)
    x.backward(sent)
    return float(np.linalg.norm(start.grad - sent) / np.linalg.norm(sent))


def test_fifty_small_branches_hand_the_gradient_on_nearly_as_it_came():
    assert max(astray(0.02, seed) for seed in range(5)) < 0.15


def test_branches_as_large_as_the_identity_dont():
    assert min(astray(1.0, seed) for seed in range(5)) > 10
