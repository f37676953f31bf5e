"""Learns which ending spelling asks for, from the last letters of a verb, and is asked about verbs that it never saw."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from spelling import DOMAIN, ENDINGS, FORMS, OTHERS, cells

from given.run import Run, conduct
from given.verbs import HELD_OUT
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, cat, manual_seed, nn, no_grad, optim
from minitorch.checkpoint import load_file, save_file

LETTERS, WIDTH, HIDDEN, STEPS, LR = 4, 8, 48, 400, 0.01


class Speller(nn.Module):
    """The last four letters and the form, each as a vector; two layers; one logit for each ending."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = nn.Embedding(27, WIDTH, std=0.5)
        self.forms = nn.Embedding(len(FORMS), WIDTH, std=0.5)
        self.layers = nn.Sequential(
            nn.Linear((LETTERS + 1) * WIDTH, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, len(ENDINGS))
        )

    def forward(self, letters: np.ndarray, forms: np.ndarray) -> Tensor:
        word = self.letters(letters).reshape(len(letters), LETTERS * WIDTH)
        logits: Tensor = self.layers(cat([word, self.forms(forms)], axis=1))
        return logits


def encode(rows: list[tuple[str, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last four letters as numbers (0 in front of short words), the forms, the endings."""
    words = [word[-LETTERS:].rjust(LETTERS, "`") for word, _, _ in rows]
    letters = np.array([[ord(c) - ord("`") for c in word] for word in words])
    return letters, np.array([f for _, f, _ in rows]), np.array([e for _, _, e in rows])


def floor(rows: list[tuple[str, int, int]]) -> float:
    """H(ending | last four letters, form) in nats: 0 if the label is a function of what the model sees."""
    groups: dict[tuple[str, int], Counter[int]] = {}
    for word, form, end in rows:
        groups.setdefault((word[-LETTERS:], form), Counter())[end] += 1
    return sum(
        -n / len(rows) * math.log(n / sum(counts.values()))
        for counts in groups.values()
        for n in counts.values()
    )


def accuracy(model: Speller, rows: list[tuple[str, int, int]]) -> tuple[float, np.ndarray]:
    """The share that is right, and what was said."""
    letters, forms, ends = encode(rows)
    with no_grad():
        said = model(letters, forms).data.argmax(axis=1)
    return float((said == ends).mean()), said


def nearest(seen: list[tuple[str, int, int]], word: str, form: int) -> int:
    """What a list says that learns nothing: the commonest ending, in this form, of the verbs that end most like `word`."""
    votes: dict[int, Counter[int]] = {}
    for other, other_form, end in seen:
        if other_form == form:
            last = range(1, min(LETTERS, len(word), len(other)) + 1)
            shared = max((n for n in last if word[-n:] == other[-n:]), default=0)
            votes.setdefault(shared, Counter())[end] += 1
    return votes[max(votes)].most_common(1)[0][0]


def draw_confusion(table: np.ndarray, run: Run) -> None:
    """True endings down, predicted ones across; the same table gives the same bytes."""
    with run.plot("confusion.svg", 6, 4.6, frame=True) as figure:
        axes = figure.subplots()
        axes.imshow(table, cmap="Blues")
        for i, row in enumerate(table.tolist()):
            for j, count in enumerate(row):
                dark = count > table.max() / 2
                axes.text(j, i, count, ha="center", va="center", color="white" if dark else "black")
        axes.set_xticks(range(len(ENDINGS)), ENDINGS, fontsize=8)
        axes.set_yticks(range(len(ENDINGS)), ENDINGS, fontsize=8)
        axes.set(xlabel="said", ylabel="is")


def main(run: Run) -> None:
    """Trains, saves, loads into a second model, asks it."""
    manual_seed(run.seed)

    rng = np.random.default_rng(run.seed)
    others = [v for v in dict.fromkeys((*DOMAIN, *OTHERS)) if v not in HELD_OUT]
    fifth = set(rng.choice(others, len(others) // 5, replace=False).tolist())
    train = [cell for v in others if v not in fifth for cell in cells(v)]
    unseen = [cell for v in others if v in fifth for cell in cells(v)]
    domain = [cell for v in HELD_OUT for cell in cells(v)]

    model = Speller()
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=0.05)
    loss_of, losses = nn.CrossEntropyLoss(), []
    letters, forms, ends = encode(train)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model(letters, forms), ends)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    checkpoint = run.file("speller.safetensors")
    save_file(model.state_dict(), checkpoint, {"endings": " ".join(ENDINGS)})
    loaded = Speller()
    loaded.load_state_dict(load_file(checkpoint))
    right = {
        name: accuracy(loaded, rows)
        for name, rows in (("train", train), ("unseen", unseen), ("domain", domain))
    }
    same = bool(np.array_equal(right["unseen"][1], accuracy(model, unseen)[1]))
    table = np.zeros((len(ENDINGS), len(ENDINGS)), int)
    np.add.at(table, (encode(unseen)[2], right["unseen"][1]), 1)
    wrong = [
        f"{word} {FORMS[form]} {ENDINGS[end]} ({ENDINGS[said]})"
        for rows, (_, answers) in ((unseen, right["unseen"]), (domain, right["domain"]))
        for (word, form, end), said in zip(rows, answers.tolist(), strict=True)
        if end != said
    ]
    most = Counter(end for _, _, end in train).most_common(1)[0][0]
    draw_confusion(table, run)
    run.save("answers.json", {"losses": losses, "wrong": wrong})
    metrics = {
        "parameters": sum(p.size for p in model.parameters()),
        "train_rows": len(train),
        "unseen_rows": len(unseen),
        "floor": floor(train + unseen + domain),
        "first_loss": losses[0],
        "final_loss": losses[-1],
        "train_accuracy": right["train"][0],
        "held_out_accuracy": right["unseen"][0],
        "domain_accuracy": right["domain"][0],
        "nearest_accuracy": sum(nearest(train, w, f) == end for w, f, end in unseen) / len(unseen),
        "most_frequent": sum(end == most for _, _, end in unseen) / len(unseen),
        "same_after_loading": same,
    }
    run.record(
        config={
            "letters": LETTERS,
            "width": WIDTH,
            "hidden": HIDDEN,
            "steps": STEPS,
            "lr": LR,
            "held_out": list(HELD_OUT),
        },
        metrics=metrics,
    )
    print(
        f"{metrics['parameters']} parameters, {len(train)} forms; H(ending | letters, form) = {metrics['floor']:.3f}"
    )
    print(
        f"loss {losses[0]:.3f} -> {losses[-1]:.4f}; forms that were seen: {right['train'][0]:.3f}"
    )
    print(
        f"{len(unseen)} forms of {len(fifth)} other verbs: {right['unseen'][0]:.3f} (most frequent ending: {metrics['most_frequent']:.3f}, nearest seen verb: {metrics['nearest_accuracy']:.3f})"
    )
    print(f"{len(domain)} forms of {', '.join(HELD_OUT)}: {right['domain'][0]:.3f}")
    print("wrong: " + (", ".join(wrong) or "none"))


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
