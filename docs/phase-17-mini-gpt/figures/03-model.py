"""Draws 03-model.linked.svg: the canonical model with the shapes of a real run; each part leads to its page."""

import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, Canvas
from minilm.gpt import GPT, GPTConfig
from minitorch.attention import attention_scores

V, B, T = 31, 2, 10
X, WIDE, STEP = 330, 250, 46
OTHERS = "../../phase-15-attention/theory"
ROTARY = "../../phase-16-positional-encodings/theory/03-rope/"


def rows() -> list[tuple[str, str, str, tuple[int, ...], int]]:
    """(what, color, where it leads, shape that came out, parameters) for each part, as a run gave them."""
    model = GPT(GPTConfig(V), np.random.default_rng(0))
    ids = np.random.default_rng(1).integers(0, V, (B, T))
    count = {n: p.size for n, p in model.named_parameters()}

    def size(*names: str) -> int:
        return sum(count[f"blocks.0.{n}"] for n in names)

    x = model.embed(ids)
    block = model.blocks[0]
    normed = block.attn_norm(x)
    q, k, v = block.attn.project(normed)
    scores = attention_scores(q, k)
    mixed = block.attn(normed)
    h = x + mixed
    up = block.ffn.up(block.ffn_norm(h))
    down = block.ffn(block.ffn_norm(h))
    maps = [f"attn.{n}.weight" for n in ("query", "key", "value")]
    return [
        ("ids", INK, "../theory/03-the-whole-model/", ids.shape, 0),
        ("embed: a row each", BLUE, "../theory/03-the-whole-model/", x.shape, count["embed.weight"]),
        ("attn_norm", GREEN, "../theory/00-the-stream/", normed.shape, size("attn_norm.weight", "attn_norm.bias")),
        ("query, key, value, in heads", ORANGE, f"{OTHERS}/05-many-heads/", q.shape, size(*maps)),
        ("RoPE turns query and key", ORANGE, ROTARY, k.shape, 0),
        ("scores, mask, softmax", ORANGE, "../theory/04-only-the-past/", scores.shape, 0),
        ("shares mix the values", ORANGE, f"{OTHERS}/00-a-soft-lookup/", v.shape, 0),
        ("merge, out", ORANGE, "../theory/02-a-block/", mixed.shape, size("attn.out.weight")),
        ("+", INK, "../theory/00-the-stream/", h.shape, 0),
        ("ffn_norm", GREEN, "../theory/00-the-stream/", h.shape, size("ffn_norm.weight", "ffn_norm.bias")),
        ("up, GELU", PURPLE, "../theory/01-feed-forward/", up.shape, size("ffn.up.weight", "ffn.up.bias")),
        ("down", PURPLE, "../theory/01-feed-forward/", down.shape, size("ffn.down.weight", "ffn.down.bias")),
        ("+", INK, "../theory/00-the-stream/", (h + down).shape, 0),
        ("final_norm", GREEN, "../theory/00-the-stream/", x.shape, count["final_norm.weight"] + count["final_norm.bias"]),
        ("head: the table again", BLUE, "../theory/03-the-whole-model/", model(ids).shape, 0),
    ]  # fmt: skip


def main(out: Path) -> None:
    """A column from ids to logits; what is in the frame is there twice."""
    parts = rows()
    c = Canvas(
        720,
        70 + STEP * len(parts),
        "The canonical model from ids to logits: two blocks of attention and feed-forward, each added to the stream, with the shape and the parameters of each part",
    )
    top = 62
    ys = [top + STEP * i for i in range(len(parts))]
    c.text(X, 22, "part", bold=True, color=MUTED)
    c.text(620, 22, "shape that came out", bold=True, color=MUTED)
    c.text(100, 22, "parameters", bold=True, color=MUTED)
    first, last = ys[2] - STEP / 2, ys[12] + STEP / 2
    c.box(
        X, (first + last) / 2, WIDE + 100, last - first - 6, color=MUTED, fill="none", dashed=True
    )
    c.text(X + WIDE / 2 + 58, first + 2, "block, twice", anchor="start", color=MUTED, size=12)
    for begin, end in ((1, 8), (8, 12)):
        side = X - WIDE / 2 - 26
        c.raw(
            f'<path d="M{X - (WIDE / 2 if begin == 1 else 16):g},{ys[begin]:g} H{side:g} V{ys[end]:g} H{X - 18:g}" '
            f'fill="none" stroke="{BLUE}" stroke-width="2"/>'
        )
    for i, ((what, color, link, shape, size), y) in enumerate(zip(parts, ys, strict=True)):
        if i:
            c.arrow((X, ys[i - 1] + 15), (X, y - 16))
        c.raw(f"<a href={quoteattr(link)} aria-label={quoteattr(what)}>")
        c.box(X, y, 32 if what == "+" else WIDE, 30, what, color=color)
        c.raw("</a>")
        c.text(620, y, "(" + ", ".join(map(str, shape)) + ")", mono=True)
        if size:
            c.text(100, y, f"{size:,}", mono=True)
    c.save(out / "03-model.linked.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
