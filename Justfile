# The recipes. Learners mostly type phaseNN, check, watch, hint, break, quiz and gate.
# Arguments reach commands as "$@" only, never pasted into a line, so no text can become a command.

set positional-arguments

bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }

# What must be equal for two runs to give equal numbers: hash seed and thread counts, from the start of the process.
export PYTHONHASHSEED := env("PYTHONHASHSEED", "0")
export OMP_NUM_THREADS := env("OMP_NUM_THREADS", "1")
export OPENBLAS_NUM_THREADS := env("OPENBLAS_NUM_THREADS", "1")
export MKL_NUM_THREADS := env("MKL_NUM_THREADS", "1")
export VECLIB_MAXIMUM_THREADS := env("VECLIB_MAXIMUM_THREADS", "1")

# Meant for other programs: here they would put packages before ours, or keep Python from starting.
unexport PYTHONPATH
unexport PYTHONHOME

# uv.lock names no address, so uv must not sync from it by itself: tools/setup.sh does.
export UV_NO_SYNC := "1"

# List the recipes
default:
    @{{ quote(just_executable()) }} --justfile {{ quote(justfile()) }} --list --unsorted

# One recipe a phase: `cortex dev site` writes them.
import 'phases.just'

# Run the project's tests, on the reference; `just test --mine` runs your labs' checks on your code
[group('project')]
[no-exit-message]
test *args: _everything
    @tools/test.sh "$@"

# Run the slow tests too: set-up, browser, rehearsals
[group('project')]
[no-exit-message]
test-all *args: _everything
    @tools/test.sh -m "slow or not slow" "$@"

# Hold minitorch, the tokenizer and Spanish forms against other libraries; `just oracle bench`, `just oracle spanish`
[group('project')]
[no-exit-message]
oracle *args: _ready
    @tools/oracle.sh "$@"

# Check style, and look for insecure code
[group('project')]
lint: _ready
    {{ bin }}/ruff check
    {{ bin }}/ruff format --check
    {{ bin }}/bandit --quiet --configfile pyproject.toml --recursive src solutions scripts tools

# Let ruff mend and format what it can
[group('project')]
fmt: _ready
    {{ bin }}/ruff check --fix --exit-zero
    {{ bin }}/ruff format

# Check the types of the skeletons and of the reference
[group('project')]
types: _ready
    {{ bin }}/mypy src scripts tools
    {{ bin }}/mypy --cache-dir .mypy_cache/solutions solutions

# Build the site into site/: no warning allowed
[group('project')]
docs: _site
    {{ bin }}/cortex dev site --check
    {{ bin }}/zensical build
    NO_MKDOCS_2_WARNING=1 {{ bin }}/mkdocs build --strict

# Serve the site on 127.0.0.1:8000 while you write, or on the next free port
[group('project')]
docs-serve: _site
    @{{ bin }}/python tools/docs_serve.py

# Draw the figures again
[group('project')]
figures *args: _ready
    @{{ bin }}/cortex dev figures "$@"

# For authors: just dev check, dev site, dev skeleton, dev rehearse 00
[group('project')]
[no-exit-message]
dev *args: _ready
    @{{ bin }}/cortex dev "$@"

# Look for known vulnerabilities in what uv.lock pins (needs a network)
[group('project')]
audit-deps: _ready
    @tools/audit.sh

# Resolve the dependencies again and write uv.lock without addresses
[group('project')]
lock *args: _ready
    {{ bin }}/python tools/neutral_lock.py "$@"

# Write CHANGELOG.md from the commit messages
[group('project')]
changelog: _ready
    {{ bin }}/cz changelog

# Delete caches and the built site; never your work, never the environment
[group('project')]
clean:
    rm -rf site .mypy_cache .ruff_cache .pytest_cache .hypothesis
    find src solutions tests scripts tools experiments docs -type d -name __pycache__ -prune -exec rm -rf {} +

# Make or mend the environment; `just setup docs bench` adds groups
[group('learn')]
[no-exit-message]
setup *groups:
    @tools/setup.sh "$@"

# Look at this machine and say what is missing
[group('learn')]
[no-exit-message]
doctor *args: _ready
    @{{ bin }}/cortex doctor "$@"

# Where you are in the curriculum
[group('learn')]
[no-exit-message]
status *args: _ready
    @{{ bin }}/cortex status "$@"

# Check your code: everything open, a phase (07) or a lab (07.1)
[group('learn')]
[no-exit-message]
check *args: _ready
    @{{ bin }}/cortex check "$@"

# Check the open lab at every save
[group('learn')]
[no-exit-message]
watch *args: _ready
    @{{ bin }}/cortex watch "$@"

# Open the next hint of a lab: just hint 07.1
[group('learn')]
[no-exit-message]
hint *args: _ready
    @{{ bin }}/cortex hint "$@"

# Show a solution, after an attempt: just solution 07.1
[group('learn')]
[no-exit-message]
solution *args: _ready
    @{{ bin }}/cortex solution "$@"

# Start a lab over, your code kept aside: just reset 07.1
[group('learn')]
[no-exit-message]
reset *args: _ready
    @{{ bin }}/cortex reset "$@"

# Predict a fault, then see it: just break 07
[group('learn')]
[no-exit-message]
break *args: _ready
    @{{ bin }}/cortex break "$@"

# Answer the quiz of a phase: just quiz 07
[group('learn')]
[no-exit-message]
quiz *args: _ready
    @{{ bin }}/cortex quiz "$@"

# Review the cards that are due
[group('learn')]
[no-exit-message]
review *args: _ready
    @{{ bin }}/cortex review "$@"

# Write today's journal
[group('learn')]
[no-exit-message]
journal *args: _ready
    @{{ bin }}/cortex journal "$@"

# Say that you did what no machine can check: just attest 07 explained
[group('learn')]
[no-exit-message]
attest *args: _ready
    @{{ bin }}/cortex attest "$@"

# Run an experiment: just run 07-tense-identity
[group('learn')]
[no-exit-message]
run name *args: _ready
    @{{ bin }}/cortex run "$@"

# Its name of old, for hands that type it.
[private]
alias exp := run

# Start a manifest for a run of your own: just manifest softmax-stability
[group('learn')]
[no-exit-message]
manifest topic *args: _ready
    @{{ bin }}/cortex manifest new "$@"

# Check every line of the definition of done: just gate 07
[group('learn')]
[no-exit-message]
gate *args: _ready
    @{{ bin }}/cortex gate "$@"

# Write the report of a closed phase: just report 07
[group('learn')]
[no-exit-message]
report *args: _ready
    @{{ bin }}/cortex report "$@"

# Bring in upstream changes without losing your code
[group('learn')]
[no-exit-message]
update *args: _ready
    @{{ bin }}/cortex update "$@"

# List the no-magic scripts, run one (just no-magic microgpt) or all (just no-magic all)
[group('learn')]
[no-exit-message]
no-magic name="" *args: _ready
    @{{ bin }}/python tools/no_magic.py "$@"

# The environment for learning; silent and fast when it is there.
[no-exit-message]
[private]
_ready:
    @tools/setup.sh --quiet

[no-exit-message]
[private]
_site:
    @tools/setup.sh --quiet docs

[no-exit-message]
[private]
_everything:
    @tools/setup.sh --quiet docs bench

# Your own recipes: the first lab of phase 00 starts this file.
import? 'learner.just'
