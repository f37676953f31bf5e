"""What holds the claims of phase 18, each beside its control."""

from __future__ import annotations

import json

import numpy as np

from labkit.generators import load_state, make_rng
from minilm.batches import Item, Loader, collate
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import floor, overfit
from minilm.train import Trainer, accumulate
from minitorch.nn import Embedding, Linear, Module
from minitorch.optim import AdamW, Scheduler
from minitorch.tensor import Tensor


def model_of(rng=0, dtype=np.float64, **settings):
    given = {"d_model": 8, "n_heads": 2, "n_layers": 1, "d_ff": 16, "context_len": 32, **settings}
    return GPT(GPTConfig(10, **given), np.random.default_rng(rng), dtype=dtype)


def texts(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [Item((0, *rng.integers(1, 10, n - 1).tolist(), 0)) for n in lengths]


def off_by_a_mean_of_means(*lengths):
    """How far the gradient of a mean of the pieces' means is from that of all pieces together."""
    model, pieces = model_of(), [collate([[item]]) for item in texts(*lengths)]
    _ = accumulate(model, pieces)
    whole = model.embed.weight.grad.copy()
    means = np.zeros_like(whole)
    for piece in pieces:
        _ = accumulate(model, [piece])
        means += model.embed.weight.grad / len(pieces)
    return float(np.abs(means - whole).max())


def test_unequal_pieces_tell_a_mean_of_means():
    for seed in range(3):
        assert off_by_a_mean_of_means(2 + seed, 9) > 1e-4


def test_equal_pieces_dont():
    assert off_by_a_mean_of_means(6, 6) < 1e-12


def off_where_positions_go_on(positions):
    model = model_of(positions=positions, init_std=0.3)
    batch = collate([texts(5, 6)])
    on = np.arange(batch.ids.shape[1])
    a = model(batch.ids, mask=batch.mask, positions=batch.positions).data
    b = model(batch.ids, mask=batch.mask, positions=on).data
    return float(np.abs(a - b).max())


def test_a_learned_table_notices_positions_that_go_on():
    assert off_where_positions_go_on("learned") > 0.01


def test_rope_does_not():
    assert off_where_positions_go_on("rope") < 1e-12


class Ahead(Module):
    """Each position sees the next one as well."""

    def __init__(self, rng):
        super().__init__()
        self.embed, self.head = Embedding(10, 32, std=1.0, rng=rng), Linear(64, 10, rng=rng)

    def forward(self, ids, mask=None, positions=None):
        later = np.concatenate([ids[:, 1:], ids[:, :1]], axis=1)
        both = np.stack([ids, later], axis=-1)
        x = self.embed(both)
        return self.head(x.reshape(*ids.shape, 64))


def below_the_floor(make):
    """Nats a token below the floor of a batch after learning it by heart, in three seeds."""
    found = []
    for seed in range(3):
        batch = collate([[item] for item in texts(*[5] * 8, seed=seed)])
        last = overfit(make(np.random.default_rng(seed)), batch, 150, lr=2e-2)[-1]
        found.append(floor(batch) - last)
    return found


def test_a_leak_falls_below_the_floor():
    assert min(below_the_floor(Ahead)) > 0.03


def test_a_sound_model_does_not():
    def sound(rng):
        return GPT(GPTConfig(10, d_model=32, n_heads=2, n_layers=1, d_ff=64, context_len=8), rng)

    assert max(below_the_floor(sound)) < 1e-3


class Shaken(GPT):
    """A GPT whose logits are shaken by a generator."""

    def __init__(self, noise):
        super().__init__(GPTConfig(10, d_model=8, n_heads=2, n_layers=1, d_ff=8, context_len=16), np.random.default_rng(0))  # fmt: skip
        self.noise = noise

    def forward(self, ids, mask=None, positions=None):
        said = super().forward(ids, mask, positions)
        return said * (1 + 0.1 * self.noise.standard_normal(said.shape).astype(np.float32))


def shaken():
    rng = make_rng(7)
    model = Shaken(rng)
    loader = Loader(texts(3, 5, 4, 6), 2, 16, seed=0)
    return Trainer(model, loader, [Scheduler(AdamW(model.parameters()), lambda t: 1e-2)], rng=rng)


def test_a_generator_that_is_restored_in_place_goes_on_alike():
    a, b = shaken(), shaken()
    a.advance()
    b.load_state_dict(*a.state_dict())
    assert [a.advance()["loss"] for _ in range(3)] == [b.advance()["loss"] for _ in range(3)]


def test_equal_states_with_another_generator_dont():
    a, b = shaken(), shaken()
    a.advance()
    arrays, facts = a.state_dict()
    held = b.rng
    b.load_state_dict(arrays, facts)
    held.bit_generator.state = make_rng(7).bit_generator.state  # what the model draws from
    b.rng = load_state(facts["rng"])
    assert json.dumps(b.state_dict()[1]) == json.dumps(facts)
    assert [a.advance()["loss"] for _ in range(3)] != [b.advance()["loss"] for _ in range(3)]


def moves(steps):
    """How far weights go in the last of some steps of rate 1, for gradients of sizes 1e-3 to 1e3."""
    p = Tensor(np.zeros(7), requires_grad=True)
    optimizer = AdamW([p], lr=1.0, betas=(0.9, 0.95), weight_decay=0.0)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        before = p.numpy()
        p.grad = np.logspace(-3, 3, 7) * rng.standard_normal(7)
        optimizer.step()
    return np.abs(p.numpy() - before)


def test_the_first_step_has_the_full_rate_everywhere():
    assert np.abs(moves(1) - 1).max() < 1e-3


def test_later_steps_dont():
    assert moves(20).max() < 0.9
