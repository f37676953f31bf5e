# Which uv and just will do, for ./just and for what it runs. Sourced, with the clone's place in $root.

# oldest TOOL: the oldest version that will do. doctor and the messages read the same list.
oldest() {
    while read -r tool least; do
        [ "$tool" != "$1" ] || printf '%s\n' "$least"
    done <"$root/tools/bootstrap/oldest.txt"
}

# new_enough TOOL [COMMAND]: whether COMMAND, else TOOL on PATH, answers --version with that version or a later one.
# The variable tells ./just, found on PATH under the name just, that it isn't meant to run anything.
new_enough() {
    version=$(LYNX_PROBE=1 "${2:-$1}" --version 2>/dev/null) || return 1
    least=$(oldest "$1")
    version=${version#* }
    major=${version%%.*}
    version=${version#*.}
    minor=${version%%.*}
    case $major$minor in '' | *[!0-9]*) return 1 ;; esac
    [ "$major" -gt "${least%%.*}" ] || { [ "$major" -eq "${least%%.*}" ] && [ "$minor" -ge "${least#*.}" ]; }
}

# Prints the first uv that will do: the one that ./just handed on, the learner's own, the one that ./just fetched.
find_uv() {
    problem="uv isn't installed"
    for candidate in "${UV:-}" "$(command -v uv 2>/dev/null)" "$root/.cache/tools/bin/uv"; do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        if new_enough uv "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
        problem="$candidate isn't uv $(oldest uv) or newer"
    done
    printf '%s\n' "setup: $problem. Type ./just setup (with ./): it fetches uv by itself." >&2
    return 1
}
