"""The fault: every token behind the prompt is written one slot too far."""

import sys
from pathlib import Path

FAULT = '''

_sound_put = KVCache.put


def _one_slot_on(self: KVCache, layer: int, k: Array, v: Array, counts: Array) -> tuple[Array, Array]:
    """The prompt lies right; what comes behind it is written at its length and 1, and read up to its length."""
    shift = (self.lengths > 0).astype(np.int64)
    used = int((self.lengths + counts).max())
    self.lengths += shift
    keys, values = _sound_put(self, layer, k, v, counts)
    self.lengths -= shift
    return keys[:, :, :used], values[:, :, :used]


KVCache.put = _one_slot_on  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line; it takes the place of the sound one."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
