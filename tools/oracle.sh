#!/bin/sh
# minitorch against PyTorch, the tokenizer against `tokenizers`, word vectors against gensim, n-grams against `nltk`, the GPT
# against `transformers` and intervals against `statsmodels` and scipy, on the interpreter of the group torch; and Spanish forms
# against a conjugation library.
# usage: tools/oracle.sh [pytest arguments]     the tests of tests/torch_oracle, the slow ones too
#        tools/oracle.sh bench [arguments]      experiments/bench-minitorch, with both sides
#        tools/oracle.sh bench tokenizer [...]  experiments/bench-tokenizer, with both sides
#        tools/oracle.sh spanish [--write]      what tests/given/spanish_forms.json keeps, compared or written again
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
if [ "${1:-}" = spanish ]; then
    shift
    root=$(pwd -P)
    . tools/bootstrap/tools.sh
    uv=$(find_uv)
    # An environment of its own: the library asks for one version of numpy, and it isn't ours. It also writes a log.
    cd .cache
    PYTHONPATH=$root/src exec "$uv" run --quiet --no-project --isolated --python "$root/.venv/bin/python" \
        --with verbecc==2.0.3 python "$root/tools/spanish_forms.py" "$@"
fi
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
