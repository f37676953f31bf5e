#!/bin/sh
# The tests, on both cores. usage: tools/test.sh [pytest arguments]           the project's, on the reference
#                                  tools/test.sh --mine [pytest arguments]    the labs' checks, on your code in src/
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
export PYTHONPATH="$PWD/solutions"
if [ "${1:-}" = --mine ]; then
    export PYTHONPATH="$PWD/src" CORTEX_SCRIPTS="$PWD/scripts"
    set -- tests/labs "$@"
fi
# A file stays on one core: what its tests share is made once.
exec .venv/bin/python -m pytest -n auto --maxprocesses 2 --dist loadfile "$@"
