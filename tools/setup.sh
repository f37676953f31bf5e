#!/bin/sh
# Makes .venv what uv.lock says; does nothing, fast, when it is so already.
# usage: tools/setup.sh [--quiet] [GROUP...]   (groups beside the core and dev: docs, bench)
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

# Nothing has changed since a set-up that ended: not the lock, the project, the Python or the place.
current() {
    cmp -s uv.lock "$state/uv.lock" && cmp -s pyproject.toml "$state/pyproject.toml" && finished
}

# A set-up ended here with all these groups, whatever the lock says by now.
finished() {
    [ ! -e "$state/busy" ] && [ "$(cat "$state/groups" 2>/dev/null)" = "$groups" ] && usable
}

find_uv() {
    for candidate in "${UV:-}" "$(command -v uv 2>/dev/null)" .cache/tools/bin/uv; do
        [ -n "$candidate" ] && [ -x "$candidate" ] && printf '%s\n' "$candidate" && return 0
    done
    say "setup: uv isn't installed. Type ./just setup (with ./): it fetches uv by itself."
    return 1
}

# One set-up at a time. The lock is a link whose target is the owner's process id, so that taking
# it and signing it are one step and a killed owner is recognized. A number can be given out again
# after a restart, so nobody waits for ever.
take_lock() {
    mkdir -p .cache
    waited=0
    until ln -s "$$" "$lock" 2>/dev/null; do
        owner=$(readlink "$lock" 2>/dev/null) || continue
        if kill -0 "$owner" 2>/dev/null && [ "$waited" -lt 300 ]; then
            [ "$waited" -gt 0 ] || say "Another set-up is at work (process $owner): waiting for it."
            waited=$((waited + 1))
            sleep 1
        else
            rm -f "$lock"
        fi
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

# Every package of the last finished set-up is still there, at its version.
untouched() {
    "$uv" pip freeze --quiet --python "$bin/python" 2>/dev/null >"$state/found" &&
        [ -s "$state/packages" ] && ! grep -qvxFf "$state/found" "$state/packages"
}

sync_packages() {
    set --
    for group in $groups; do set -- "$@" --group "$group"; done
    "$uv" export --quiet --frozen --no-header --no-annotate --no-emit-project --no-default-groups \
        "$@" --python "$bin/python" --output-file "$state/requirements.txt" >/dev/null || return 1
    set -- pip sync --quiet --require-hashes --python "$bin/python" "$state/requirements.txt"
    # The cache alone is enough for packages seen before: faster, and it works without a network.
    "$uv" "$@" --offline 2>/dev/null || "$uv" "$@" || return 1
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
if current; then
    [ -n "$quiet" ] || say "Nothing to do: .venv (Python $version) is what uv.lock says, with $(echo $groups)."
    exit 0
fi
uv=$(find_uv)
take_lock
groups=$(wanted_groups "$@")
if current; then exit 0; fi

say "Setting up .venv from uv.lock, with $(echo $groups). The first time takes a minute."
# A set-up that was killed may have left half a package, so the environment is made anew.
if [ -e "$state/busy" ] || ! usable; then make_environment; fi
# Copied before the work: a lock edited meanwhile is noticed next time.
rm -rf "$state/next"
mkdir "$state/next"
cp uv.lock pyproject.toml "$state/next/"
: >"$state/busy"
if ! sync_packages; then
    say "setup: .venv couldn't be brought in step with uv.lock; the lines above say why."
    # uv fetches everything before it changes anything, so the old environment is mostly whole.
    if untouched; then
        rm -f "$state/busy"
        if finished; then
            say "Going on with the packages of the last set-up; the next command tries again."
            exit 0
        fi
    fi
    say "Packages are fetched once for each change of uv.lock: with a network, run the same command again."
    exit 1
fi
"$uv" pip freeze --quiet --python "$bin/python" >"$state/packages"
install_hooks
printf '%s\n' "$groups" >"$state/groups"
mv -f "$state/next/uv.lock" "$state/next/pyproject.toml" "$state/"
rm -f "$state/busy"
say "Ready: Python $version in .venv."
