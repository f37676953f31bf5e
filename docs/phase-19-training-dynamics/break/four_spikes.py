"""What the break shows: how many of four spikes are found, and whether one that stands alone is, as JSON."""

import json

import numpy as np

from minilm.dynamics.faults import spikes


def main() -> None:
    """A series with a large spike and three smaller ones, and one with a smaller one alone."""
    rng = np.random.default_rng(0)
    calm = (2 + 0.02 * rng.standard_normal(80)).tolist()
    one, four = list(calm), list(calm)
    one[50] += 0.6
    four[40] += 30
    for at in (44, 49, 53):
        four[at] += 0.6
    found = spikes(four)
    print(json.dumps({"found": len(found), "first": found[0], "alone": len(spikes(one))}))


if __name__ == "__main__":
    main()
