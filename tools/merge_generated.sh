#!/bin/sh
# git's merge driver for files that `cortex dev site` writes, the whole file or blocks between marker lines
# (.gitattributes names them, tools/setup.sh makes it known): a merge never stops at text that nobody wrote by hand.
# usage: tools/merge_generated.sh whole|blocks BASE OURS THEIRS PATH   (git takes the result from OURS)
set -eu
kind=$1 base=$2 ours=$3 theirs=$4 path=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What doesn't collide is merged as anywhere.
if git merge-file -p -q "$ours" "$base" "$theirs" >"$scratch/merged"; then
    cat "$scratch/merged" >"$ours"
    exit 0
fi
# FILE with what stands between its markers replaced by what stands there in OURS, so that only hand-written
# lines are left to collide. A marker without its partner ends it with 1.
with_our_blocks() { # FILE
    awk '
        kept && /^<!-- generated: .* -->$/ { name = $0; block[name] = ""; next }
        kept && /^<!-- end generated -->$/ { name = ""; next }
        kept { if (name != "") block[name] = block[name] $0 "\n"; next }
        /^<!-- end generated -->$/ { inside = 0 }
        inside { next }
        { print }
        $0 in block { printf "%s", block[$0]; inside = 1 }
        END { exit name != "" || inside }
    ' kept=1 "$ours" kept=0 "$1"
}

# Where what is generated collides, ours stays.
if [ "$kind" = blocks ]; then
    if with_our_blocks "$base" >"$scratch/base" && with_our_blocks "$theirs" >"$scratch/theirs"; then
        base=$scratch/base theirs=$scratch/theirs
    fi
    git merge-file -q -L ours -L base -L theirs "$ours" "$base" "$theirs" || exit 1
fi
echo "$path: generated on both sides; bring it in step with ./just dev site" >&2
