#!/bin/sh
# Makes .venv what uv.lock says; does nothing, fast, when it is so already.
# usage: scripts/setup.sh [--quiet] [GROUP...]   (groups beside the core and dev: docs, bench)
# A group once asked for stays: otherwise `just docs` and `just check` would undo each other.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
state=.venv/.lynx
lock=.cache/setup.lock

say() { printf '%s\n' "$*" >&2; }

quiet=
if [ "${1:-}" = --quiet ]; then
    quiet=yes
    shift
fi
for group in "$@"; do
    case $group in
        dev | docs | bench) ;;
        *)
            say "setup: no group is called '$group'; there are dev, docs and bench."
            exit 2
            ;;
    esac
done

if [ -d .venv/Scripts ]; then bin=.venv/Scripts; else bin=.venv/bin; fi

python_version() { "$bin/python" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# The environment is ours, stands where it was made, and its Python still runs: version in $version.
usable() {
    version=$(python_version) && [ "$(cat "$state/made" 2>/dev/null)" = "$version $root" ]
}

wanted_groups() {
    { printf '%s\n' dev "$@"; cat "$state/groups" 2>/dev/null || :; } | LC_ALL=C sort -u
}

ready() {
    cmp -s uv.lock "$state/uv.lock" && cmp -s pyproject.toml "$state/pyproject.toml" &&
        [ "$(cat "$state/groups")" = "$groups" ] && [ -f "$state/done" ] && usable
}

find_uv() {
    for candidate in "${UV:-}" "$(command -v uv 2>/dev/null)" .cache/tools/bin/uv; do
        [ -n "$candidate" ] && [ -x "$candidate" ] && printf '%s\n' "$candidate" && return 0
    done
    say "setup: uv isn't installed. Type ./just setup (with ./): it fetches uv by itself."
    return 1
}

# One set-up at a time. The lock is a link whose target is the owner's process id, so that taking
# it and signing it are one step and a killed owner is recognized.
take_lock() {
    mkdir -p .cache
    until ln -s "$$" "$lock" 2>/dev/null; do
        owner=$(readlink "$lock" 2>/dev/null) || continue
        if kill -0 "$owner" 2>/dev/null; then sleep 0.2; else rm -f "$lock"; fi
    done
    trap 'rm -f "$lock"' EXIT
    trap 'exit 130' HUP INT TERM
}

make_environment() {
    if [ -e .venv ] && [ ! -f "$state/made" ]; then
        say "The .venv that is here wasn't made by this set-up: it is replaced."
    fi
    rm -rf .venv
    # This machine's Python; a download only where it has none that is new enough.
    UV_PYTHON_DOWNLOADS=never "$uv" venv --quiet --no-project --python '>=3.11' .venv 2>/dev/null ||
        "$uv" venv --quiet --no-project --python '>=3.11' .venv
    version=$(python_version)
    mkdir -p "$state"
    printf '%s\n' "$version $root" >"$state/made"
}

sync_packages() {
    set --
    for group in $groups; do set -- "$@" --group "$group"; done
    "$uv" export --quiet --frozen --no-header --no-annotate --no-emit-project --no-default-groups \
        "$@" --python "$bin/python" --output-file "$state/requirements.txt" >/dev/null
    set -- pip sync --quiet --require-hashes --python "$bin/python" "$state/requirements.txt"
    # The cache alone is enough for packages seen before: faster, and it works without a network.
    "$uv" "$@" --offline 2>/dev/null || "$uv" "$@" || {
        say "setup: packages are missing and couldn't be fetched; the lines above say why."
        say "It needs a network once for each change of uv.lock. Nothing is lost: run the same command again."
        return 1
    }
    "$uv" pip install --quiet --offline --no-deps --no-build-isolation --python "$bin/python" --editable .
}

install_hooks() {
    top=$(git rev-parse --show-toplevel 2>/dev/null) || return 0
    [ "$(CDPATH='' cd -- "$top" && pwd -P)" = "$root" ] || return 0
    if ! answer=$("$bin/pre-commit" install --hook-type pre-commit --hook-type commit-msg 2>&1); then
        say "setup: the git hooks were not installed ($(printf '%s' "$answer" | head -n 1))."
    fi
}

groups=$(wanted_groups "$@")
if ready; then
    [ -n "$quiet" ] || say "Nothing to do: .venv (Python $version) is what uv.lock says, with $(echo $groups)."
    exit 0
fi
uv=$(find_uv)
take_lock
groups=$(wanted_groups "$@")
if ready; then exit 0; fi
say "Setting up .venv from uv.lock, with $(echo $groups). The first time takes a minute."
rm -f "$state/done"
usable || make_environment
printf '%s\n' "$groups" >"$state/groups"
# Copied before the work, so that a lock edited meanwhile is noticed next time.
cp uv.lock pyproject.toml "$state/"
sync_packages
install_hooks
: >"$state/done"
say "Ready: Python $version in .venv."
