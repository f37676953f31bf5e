#!/bin/sh
# Asks the advisory database about every version that uv.lock pins. Needs a network.
# usage: tools/audit.sh
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
. tools/bootstrap/tools.sh
uv=$(find_uv)
if [ -d .venv/Scripts ]; then bin=.venv/Scripts; else bin=.venv/bin; fi

pins=$(mktemp)
log=$(mktemp)
trap 'rm -f "$pins" "$log"' EXIT
"$uv" export --quiet --frozen --no-header --no-annotate --no-emit-project --all-groups \
    --python "$bin/python" --output-file "$pins" >/dev/null
status=0
# Strict: a package about which the database says nothing at all wasn't audited.
"$bin/pip-audit" --strict --progress-spinner off --disable-pip --require-hashes --requirement "$pins" 2>"$log" ||
    status=$?
cat "$log" >&2
if [ "$status" -ne 0 ] && grep -qiE 'could not be audited|connection|max retries|timed out|resolve' "$log"; then
    echo "audit-deps: the advisory database didn't answer, so nothing is proven. Try again with a network." >&2
fi
exit "$status"
