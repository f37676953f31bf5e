"""Names the tense of a Spanish verb form that it has never seen, with tensors and nothing else: no layers, no optimizer."""

from __future__ import annotations

import zlib

import numpy as np

from given.run import Run, conduct
from given.verbs import HELD_OUT, PERSONS, TENSES, VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, no_grad
from minitorch.functional import cross_entropy

BUCKETS, HIDDEN, STEPS, LR = 256, 32, 300, 0.5


def forms(verb: str) -> list[tuple[str, int]]:
    """(form, tense) for every different Spanish form of a verb, in the order of the tenses."""
    spanish = VERBS[verb].spanish
    cells = ((spanish(tense, who), t) for t, tense in enumerate(TENSES) for who in PERSONS)
    return list(dict.fromkeys(cells))


def features(form: str) -> np.ndarray:
    """One count for each of 256 buckets: the pieces of 1 to 3 letters of `^form$`, hashed."""
    text, counts = f"^{form}$", np.zeros(BUCKETS, np.float32)
    for n in (1, 2, 3):
        for i in range(len(text) - n + 1):
            counts[zlib.crc32(text[i : i + n].encode()) % BUCKETS] += 1
    return counts


def forward(x: Tensor, parameters: list[Tensor]) -> Tensor:
    """256 features to 5 logits through 32 hidden units."""
    w1, b1, w2, b2 = parameters
    return (x @ w1 + b1).tanh() @ w2 + b2


def draw_confusion(table: np.ndarray, run: Run) -> None:
    """True tenses down, predicted ones across; the same table gives the same bytes."""
    with run.plot("confusion.svg", 5.2, 4.2, frame=True) as figure:
        axes = figure.subplots()
        axes.imshow(table, cmap="Blues")
        for i, row in enumerate(table.tolist()):
            for j, count in enumerate(row):
                dark = count > table.max() / 2
                axes.text(j, i, count, ha="center", va="center", color="white" if dark else "black")
        names = [t.replace("_", "\n") for t in TENSES]
        axes.set_xticks(range(5), names, fontsize=8)
        axes.set_yticks(range(5), names, fontsize=8)
        axes.set(xlabel="said", ylabel="is")


def main(run: Run) -> None:
    """Trains on 15 verbs, asks for the 4 that were held out."""
    held_out = [cell for verb in HELD_OUT for cell in forms(verb)]
    asked = {form for form, _ in held_out}
    # watch is mirar, and so is look: what is held out under one name mustn't come in under another.
    train_verbs = [v for v in VERBS if not asked & {form for form, _ in forms(v)}]
    train = list(dict.fromkeys(cell for verb in train_verbs for cell in forms(verb)))
    ambiguous = len(train) - len({form for form, _ in train})
    x, held_out_x = (np.stack([features(form) for form, _ in part]) for part in (train, held_out))
    y, held_out_y = (np.array([tense for _, tense in part]) for part in (train, held_out))

    rng = np.random.default_rng(run.seed)
    shapes = [(BUCKETS, HIDDEN), (HIDDEN,), (HIDDEN, 5), (5,)]
    parameters = [
        Tensor(
            (rng.standard_normal(s) * (0.1 if len(s) == 2 else 0)).astype(np.float32),
            requires_grad=True,
        )
        for s in shapes
    ]
    losses = []
    for _ in range(STEPS):
        loss = cross_entropy(forward(Tensor(x), parameters), y)
        losses.append(loss.item())
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            assert p.grad is not None
            p.data -= LR * p.grad
    with no_grad():
        said = [forward(Tensor(part), parameters).data.argmax(axis=1) for part in (x, held_out_x)]
    accuracy = [float((a == b).mean()) for a, b in zip(said, (y, held_out_y), strict=True)]
    table = np.zeros((5, 5), int)
    np.add.at(table, (held_out_y, said[1]), 1)

    answers = [
        {"form": form, "is": TENSES[t], "said": TENSES[s]}
        for (form, t), s in zip(held_out, said[1].tolist(), strict=True)
    ]
    wrong = [f"{a['form']} ({a['said']})" for a in answers if a["is"] != a["said"]]
    draw_confusion(table, run)
    run.save("answers.json", {"losses": losses, "held_out": answers})
    run.record(
        config={
            "buckets": BUCKETS,
            "hidden": HIDDEN,
            "steps": STEPS,
            "lr": LR,
            "held_out": list(HELD_OUT),
        },
        metrics={
            "train_forms": len(train),
            "held_out_forms": len(held_out),
            "ambiguous_forms": ambiguous,
            "first_loss": losses[0],
            "final_loss": losses[-1],
            "train_accuracy": accuracy[0],
            "held_out_accuracy": accuracy[1],
        },
    )
    print(f"{len(train)} forms of {len(train_verbs)} verbs; {ambiguous} with two tenses")
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.4f}; right: {accuracy[0]:.3f} of the forms seen")
    print(
        f"{accuracy[1]:.3f} of {len(held_out)} forms of {', '.join(HELD_OUT)}; wrong: {', '.join(wrong)}"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
