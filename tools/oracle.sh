#!/bin/sh
# minitorch against PyTorch, and the tokenizer against `tokenizers`, on the interpreter of the group torch.
# usage: tools/oracle.sh [pytest arguments]     the tests of tests/torch_oracle, the slow ones too
#        tools/oracle.sh bench [arguments]      experiments/bench-minitorch, with both sides
#        tools/oracle.sh bench tokenizer [...]  experiments/bench-tokenizer, with both sides
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
tools/group.sh torch
python=.cache/groups/torch/bin/python

export PYTHONPATH="$PWD/solutions" PYTHONHASHSEED=42
if [ "${1:-}" = bench ]; then
    shift
    name=minitorch
    if [ "${1:-}" = tokenizer ]; then
        name=$1
        shift
    fi
    # One thread on both sides: the library's is a thread pool of Rust.
    export RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false
    exec "$python" "experiments/bench-$name/run.py" "$@"
fi
exec "$python" -m pytest -m "slow or not slow" tests/torch_oracle "$@"
