#!/bin/sh
# Makes .cache/groups/NAME: an environment with the packages of tools/groups/NAME.txt, in front of what .venv has.
# In .venv itself they would be imported by every run that seeds its generators, and would be gone at the next change
# of the lock.
# usage: tools/group.sh NAME
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
name=$1
list=tools/groups/$name.txt
home=.cache/groups/$name
[ -f "$list" ] || { echo "setup: no group is called '$name'." >&2; exit 2; }
root=$(pwd -P)
. tools/bootstrap/tools.sh
uv=$(find_uv)

# The packages of .venv hold: what both need must have one version.
.venv/bin/python -c '
from importlib.metadata import distributions
print(*sorted({f"{d.name}=={d.version}" for d in distributions() if d.name != "lynx-cortex"}), sep="\n")' >.cache/constraints.txt
wanted=$(cat "$list" .cache/constraints.txt)
[ "$(cat "$home/wanted" 2>/dev/null)" != "$wanted" ] || exit 0

echo "Making $home from $list: its packages can be large, this takes a while the first time." >&2
"$uv" venv --quiet --clear --seed --python .venv/bin/python "$home"
# pip, not uv: it also looks where the machine's own settings say that large wheels lie, and for nothing else in them.
settings=$(.venv/bin/python -I tools/bootstrap/pip_settings.py pip) && eval "$settings"
"$home/bin/python" -m pip install --quiet --requirement "$list" --constraint .cache/constraints.txt
core=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
own=$("$home/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf 'import site; site.addsitedir(%s)\n' "$(.venv/bin/python -c 'import sys; print(repr(sys.argv[1]))' "$core")" >"$own/core.pth"
printf '%s\n' "$wanted" >"$home/wanted"
