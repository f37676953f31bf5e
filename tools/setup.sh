#!/bin/sh
# Makes .venv what uv.lock says; does nothing, fast, when it is so already.
# usage: tools/setup.sh [--quiet] [GROUP...]   (groups beside the core and dev: docs, bench; and those of tools/groups/,
# which get environments of their own)
# A group once asked for stays: otherwise `just docs` and `just check` would undo each other.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
. tools/bootstrap/tools.sh
# Meant for other programs: here they would put packages before ours, or keep Python from starting.
unset PYTHONPATH PYTHONHOME
state=.venv/.lynx
lock=.cache/setup.lock

say() { printf '%s\n' "$*" >&2; }

quiet=
if [ "${1:-}" = --quiet ]; then
    quiet=yes
    shift
fi
locked='' apart=''
for group in "$@"; do
    if [ -f "tools/groups/$group.txt" ]; then
        apart="$apart $group"
        continue
    fi
    case $group in
        dev | docs | bench) locked="$locked $group" ;;
        *)
            say "setup: no group is called '$group'; there are dev, docs, bench and those of tools/groups/."
            exit 2
            ;;
    esac
done
# shellcheck disable=SC2086 # one group a word
set -- $locked

groups_apart() {
    for group in $apart; do tools/group.sh "$group" || exit 1; done
}

if [ -d .venv/Scripts ]; then bin=.venv/Scripts; else bin=.venv/bin; fi

python_version() { "$bin/python" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# The environment is ours, stands where it was made, and its Python still runs: version in $version.
usable() {
    version=$(python_version) && [ "$(cat "$state/made" 2>/dev/null)" = "$version $root" ]
}

# The site's tools come with a first set-up, so that `mkdocs serve` works as typed.
wanted_groups() {
    { printf '%s\n' dev "$@"; cat "$state/groups" 2>/dev/null || echo docs; } | LC_ALL=C sort -u
}

# Nothing has changed since a set-up that ended: not the lock, the project, the Python or the place.
current() {
    cmp -s uv.lock "$state/uv.lock" && cmp -s pyproject.toml "$state/pyproject.toml" && finished
}

# A set-up ended here with all these groups, whatever the lock says by now.
finished() {
    [ ! -e "$state/busy" ] && [ "$(cat "$state/groups" 2>/dev/null)" = "$groups" ] && usable
}

# One set-up at a time. The lock is a link whose target is the owner's process id, so that taking
# it and signing it are one step and a killed owner is recognized. A number can be given out again
# after a restart, so nobody waits for ever.
take_lock() {
    mkdir -p .cache || no_lock ".cache can't be made"
    waited=0 vanished=0
    until refusal=$(ln -s "$$" "$lock" 2>&1); do
        if ! owner=$(readlink "$lock" 2>/dev/null); then
            # Nobody holds it. The holder may have left just now: that is worth another try, not a hundred.
            [ ! -e "$lock" ] && [ "$vanished" -lt 3 ] || no_lock "$refusal"
            vanished=$((vanished + 1))
        elif kill -0 "$owner" 2>/dev/null && [ "$waited" -lt 300 ]; then
            [ "$waited" -gt 0 ] || say "Another set-up is at work (process $owner): waiting for it."
            waited=$((waited + 1)) vanished=0
            sleep 1
        else
            refusal=$(rm -f "$lock" 2>&1) || no_lock "$refusal"
        fi
    done
    trap 'rm -f "$lock"' EXIT
    trap 'exit 130' HUP INT TERM
}

no_lock() {
    say "setup: $lock, a link that says who is at work, can't be made: $1"
    say "Mend that (writing must be allowed in .cache, on a disk with room and links), then try again."
    exit 1
}

make_environment() {
    if [ -e .venv ] && [ ! -f "$state/made" ]; then
        say "The .venv that is here wasn't made by this set-up: it is replaced."
    fi
    rm -rf .venv
    # This machine's Python; a download only where it has none that is new enough.
    if ! UV_PYTHON_DOWNLOADS=never "$uv" venv --quiet --no-project --python '>=3.11' .venv 2>/dev/null; then
        # What a full disk left would be all that the second try complains about.
        rm -rf .venv
        "$uv" venv --quiet --no-project --python '>=3.11' .venv
    fi
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
    no_index=
    settings=$("$bin/python" -I tools/bootstrap/pip_settings.py uv) && eval "$settings"
    set --
    for group in $groups; do set -- "$@" --group "$group"; done
    "$uv" export --quiet --frozen --no-header --no-annotate --no-emit-project --no-default-groups \
        "$@" --python "$bin/python" --output-file "$state/requirements.txt" >/dev/null || return 1
    set -- pip sync --quiet --require-hashes --python "$bin/python" "$state/requirements.txt"
    # The cache alone is enough for packages seen before: faster, and it works without a network.
    "$uv" "$@" --offline 2>/dev/null || "$uv" "$@" $no_index || return 1
    "$uv" pip install --quiet --offline --no-deps --no-build-isolation --python "$bin/python" --editable . || return 1
    write_entry
}

# The installed entry would start Python before it could look at PYTHONPATH and PYTHONHOME. And since src/ is on the
# environment's path, Python would run a learner's src/sitecustomize.py before anything of ours: one of that name that
# is found earlier keeps it out.
write_entry() {
    for packages in "$bin"/../lib/python3*/site-packages; do
        [ -d "$packages" ] || continue
        printf '%s\n' '"""Nothing: it keeps a file of this name in src/ from being run whenever Python starts."""' \
            >"$packages/sitecustomize.py"
    done
    python=$(printf '%s' "$root/$bin/python" | sed "s/'/'\\\\''/g")
    printf '%s\n' '#!/bin/sh' 'unset PYTHONPATH PYTHONHOME' "exec '$python' -P -m cortex \"\$@\"" >"$bin/cortex.part" &&
        chmod +x "$bin/cortex.part" && mv -f "$bin/cortex.part" "$bin/cortex" && compile_packages && : >"$state/entry3"
}

# What labs and experiments import runs where nothing can be written: without this, it is compiled at every run.
compile_packages() {
    for packages in "$bin"/../lib/python3*/site-packages; do
        set --
        for name in _pytest hypothesis kiwisolver matplotlib mpl_toolkits numpy PIL pytest structlog; do
            [ ! -d "$packages/$name" ] || set -- "$@" "$packages/$name"
        done
        "$bin/python" -I -m compileall -q -j 0 "$@" src/given src/cortex/runs/inside >/dev/null 2>&1 || :
    done
}

# Whether this folder is a repository of its own, whose hooks and configuration are ours to write. git's refusal isn't "no".
own_repository() {
    if ! top=$(git rev-parse --show-toplevel 2>/dev/null); then
        case $(git rev-parse --show-toplevel 2>&1 || :) in
            *safe.directory*)
                say "setup: git refuses this folder, since it belongs to somebody else, so its hooks can't be installed."
                say "If you trust it: git config --global --add safe.directory '$root', then ./just setup"
                ;;
        esac
        return 1
    fi
    [ "$(CDPATH='' cd -- "$top" && pwd -P)" = "$root" ]
}

hooks_missing() {
    for hook in pre-commit commit-msg; do
        grep -qs pre-commit "$(git rev-parse --git-path "hooks/$hook")" || return 0
    done
    return 1
}

install_hooks() {
    if ! answer=$("$bin/pre-commit" install --hook-type pre-commit --hook-type commit-msg 2>&1); then
        say "setup: the git hooks were not installed ($(printf '%s' "$answer" | head -n 1))."
    fi
}

# How git merges the files that .gitattributes calls generated.
configure_merges() {
    for kind in whole blocks; do
        git config "merge.generated-$kind.driver" "tools/merge_generated.sh $kind %O %A %B %P" && continue
        say "setup: git's configuration can't be written: merges may stop at generated files."
        return 0
    done
}

groups=$(wanted_groups "$@")
if current; then
    # An environment from before set-up wrote the entry itself, or kept sitecustomize out.
    [ -e "$state/entry3" ] || write_entry
    groups_apart
    [ -z "$quiet" ] || exit 0
    # Git is looked at only when somebody types it: the answer takes longer than all the rest.
    if own_repository; then
        configure_merges
        if hooks_missing; then
            say "The git hooks are missing: installing them."
            install_hooks
        fi
    fi
    say "Nothing to do: .venv (Python $version) is what uv.lock says, with $(echo $groups)."
    exit 0
fi
uv=$(find_uv)
take_lock
groups=$(wanted_groups "$@")
if current; then
    groups_apart
    exit 0
fi

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
if own_repository; then
    install_hooks
    configure_merges
fi
printf '%s\n' "$groups" >"$state/groups"
mv -f "$state/next/uv.lock" "$state/next/pyproject.toml" "$state/"
rm -f "$state/busy"
groups_apart
say "Ready: Python $version in .venv."
