#!/bin/sh
# minitorch against PyTorch, in an environment of its own (.cache/oracle): PyTorch in .venv would be imported by every
# run that seeds its generators, and would be gone at the next change of the lock.
# usage: scripts/oracle.sh [pytest arguments]     the tests of tests/torch_oracle, the slow ones too
#        scripts/oracle.sh bench [arguments]      experiments/bench-minitorch, with both sides
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
. scripts/bootstrap/tools.sh
uv=$(find_uv)
home=.cache/oracle

# Beside PyTorch, what .venv has: the same NumPy, the same pytest.
wanted="torch==2.13.0 safetensors==0.8.0 $(.venv/bin/python -c '
from importlib.metadata import version
print(*(f"{name}=={version(name)}" for name in ("hypothesis", "numpy", "pytest")))')"
if [ "$(cat "$home/wanted" 2>/dev/null)" != "$wanted" ]; then
    echo "Making $home: PyTorch is large, this takes a while the first time." >&2
    "$uv" venv --quiet --clear --seed --python .venv/bin/python "$home"
    # pip, not uv: it also looks where the machine's own settings say that large wheels lie.
    # shellcheck disable=SC2086 # one requirement a word
    "$home/bin/python" -m pip install --quiet $wanted
    printf '%s\n' "$wanted" >"$home/wanted"
fi

export PYTHONPATH="$PWD/solutions" PYTHONHASHSEED=42
if [ "${1:-}" = bench ]; then
    shift
    exec "$home/bin/python" experiments/bench-minitorch/run.py "$@"
fi
exec "$home/bin/python" -m pytest -m "slow or not slow" tests/torch_oracle "$@"
