#!/bin/sh
# minitorch against PyTorch, and word vectors against gensim, on the interpreter of the group torch.
# usage: tools/oracle.sh [pytest arguments]     the tests of tests/torch_oracle, the slow ones too
#        tools/oracle.sh bench [arguments]      experiments/bench-minitorch, with both sides
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
tools/group.sh torch
python=.cache/groups/torch/bin/python

export PYTHONPATH="$PWD/solutions" PYTHONHASHSEED=42
if [ "${1:-}" = bench ]; then
    shift
    exec "$python" experiments/bench-minitorch/run.py "$@"
fi
exec "$python" -m pytest -m "slow or not slow" tests/torch_oracle "$@"
