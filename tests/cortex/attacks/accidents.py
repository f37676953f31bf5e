"""What learners' code does by accident, and what must be said of it: 300 submissions, none of them meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

IMPORTED = "while your code was imported"
CHECKED = "in the check 'two and three make five'"
PASS = r"pass:.*"
STUMBLES = r"crash: what runs the checks stumbled (while|in) .*: TypeError: 'NoneType' object is not callable\..*"
LINGERS = r"pass:.*"  # on a busy machine its time may end before it is said to linger


@dataclass(frozen=True)
class Kind:
    """One accident.

    Attributes:
        body: of a function `_attack`; ROOT, HOME and OTHER stand for paths.
        says: what state and message must match, by the place where it happens.
        seconds: the lab's time limit.
    """

    name: str
    body: str
    says: dict[str, str] = field(default_factory=dict)
    seconds: int = 30


def hard(name: str, body: str, words: str, **other: str) -> Kind:
    """What no Python code can catch: it ends the program wherever it happens."""
    at = dict.fromkeys(("import", "del"), f"{words} {IMPORTED}.*")
    at |= dict.fromkeys(("call", "thread"), f"{words} {CHECKED}.*")
    return Kind(name, body, at | {"exit": PASS} | other)


def endless(name: str, body: str) -> Kind:
    """What has no end. On a busy machine the limit may be reached before the code is."""
    says = (
        r"timeout: no end after 4 s (while|in) .*: an endless loop, or work that grows too fast\."
    )
    at = dict.fromkeys(("import", "call", "thread", "del"), says)
    return Kind(name, body, at | {"exit": r"(pass|timeout): .*"}, seconds=4)


def soft(name: str, body: str, imported: str, called: str, **other: str) -> Kind:
    """An exception: where nobody waits for an answer, Python only prints it."""
    return Kind(name, body, {"import": imported, "call": called} | other)


def once(body: str) -> str:
    """What can be done once only: the checks call it several times."""
    rows = body.replace("\n", "\n    ")
    return f"import sys\nif not hasattr(sys, 'once'):\n    sys.once = True\n    {rows}"


def harmless(name: str, body: str, **other: str) -> Kind:
    """What changes the process around the checks, and not what they find."""
    return Kind(name, body, dict.fromkeys(("import", "call"), PASS) | other)


def slow(name: str, body: str) -> Kind:
    """Harmless, and so slow that a busy machine's clock may run out."""
    return Kind(name, body, dict.fromkeys(("import", "call"), f"{PASS}|timeout:.* in the check .*"))


def raises(name: str, body: str, error: str) -> Kind:
    """An ordinary exception with this name and message."""
    imported = f"crash: .*src/labkit/tiny.py:.*the import fails: {error}.*"
    return soft(name, body, imported, f"fail: two and three make five: {error}.*")


_EXIT = "crash: the process left with code {}"
KINDS = [
    # Time
    endless("endless loop", "while True: pass"),
    endless("long sleep", "import time; time.sleep(10**6)"),
    endless("deadlock", "import threading; k = threading.Lock(); k.acquire(); k.acquire()"),
    endless("wait for a pipe", "import os; os.read(os.pipe()[0], 1)"),
    endless("stopped", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"),
    # Memory
    soft(
        "recursion",
        "_attack()",
        r"crash: .*the import fails: RecursionError.*",
        "fail: two and three make five: RecursionError.*",
    ),
    hard(
        "recursion without a limit",
        "import sys; sys.setrecursionlimit(10**8)\ndef f(): return [*map(lambda _: f(), [0])]\nf()",
        r"crash: the interpreter itself crashed",
    ),
    Kind(
        "a gigabyte",
        "bytearray(1 << 30)",
        {
            "import": r"crash: (src/labkit/tiny.py:\d+: )?more than 400 MB of memory was asked for while your code was imported.*",
            "call": "crash: more than 400 MB of memory was asked for in the check 'two and three make five'.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    Kind(
        "a list that grows",
        "x = []\nwhile True: x.append(bytes(10**6))",
        {
            "import": r"crash: (src/labkit/tiny.py:\d+: )?more than 400 MB of memory was asked for while your code was imported.*",
            "call": "crash: more than 400 MB of memory was asked for in the check 'two and three make five'.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    hard(
        "memory in many processes",
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = os.urandom(1) * (150 << 20); time.sleep(60)\ntime.sleep(60)",
        r"crash: it and what it started took more than 400 MB of memory",
        exit=r"(pass|crash):.*",
    ),
    # Output
    hard(
        "output without end",
        "while True: print('x' * 1000)",
        r"crash: more than 1 MB was printed",
        exit=r"(pass|crash):.*",
    ),
    hard(
        "output to the descriptor",
        "import os\nwhile True: os.write(2, b'x' * 65536)",
        r"crash: more than 1 MB was printed",
        exit=r"(pass|crash):.*",
    ),
    harmless(
        "escape sequences",
        r"print('\x1b[2J\x1b]0;owned\x07\x1bP1$r\x1b\\\x9b31m\x1b[31mred\x85\x08\x00\r')",
    ),
    harmless("bytes that aren't text", r"import os; os.write(1, bytes(range(256)))"),
    soft(
        "an error with escape sequences",
        r"raise ValueError('\x1b[2J\x1b]0;owned\x07bad')",
        r"crash: .*the import fails: ValueError: .*bad.*",
        "fail: two and three make five: ValueError: .*bad.*",
    ),
    # The end
    hard("os._exit(0)", "import os; os._exit(0)", _EXIT.format(0)),
    hard("os._exit(3)", "import os; os._exit(3)", _EXIT.format(3)),
    Kind(
        "sys.exit(0)",
        "import sys; sys.exit(0)",
        {
            "import": f"crash: something called exit {IMPORTED}.*",
            "call": f"crash: something called exit.* {CHECKED}.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    Kind(
        "sys.exit with words",
        "import sys; sys.exit('bye')",
        {
            "import": f"crash: something called exit {IMPORTED}.*",
            "call": f"crash: something called exit.* {CHECKED}.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    Kind(
        "quit()",
        "raise SystemExit",
        {
            "import": f"crash: something called exit {IMPORTED}.*",
            "call": f"crash: something called exit.* {CHECKED}.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    Kind(
        "KeyboardInterrupt",
        "raise KeyboardInterrupt",
        {
            "import": f"crash: KeyboardInterrupt was raised, or pytest.exit called, {IMPORTED}.*",
            "call": f"crash: KeyboardInterrupt was raised, or pytest.exit called, {CHECKED}.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    Kind(
        "pytest.exit",
        "import pytest; pytest.exit('enough')",
        {
            "import": "crash: src/labkit/tiny.py:.*the import fails: Exit: enough",
            "call": f"crash: KeyboardInterrupt was raised, or pytest.exit called, {CHECKED}.*",
            "thread": PASS,
            "exit": PASS,
            "del": PASS,
        },
    ),
    hard("abort", "import os; os.abort()", "crash: the process was ended by signal 6"),
    hard("SIGKILL to itself", "import os; os.kill(os.getpid(), 9)", "crash: .*"),
    hard(
        "SIGTERM to itself",
        "import os; os.kill(os.getpid(), 15)",
        "crash: the process was ended by signal 15",
    ),
    hard(
        "SIGTERM to its group",
        "import os; os.killpg(0, 15)",
        "crash: the process was ended by signal 15",
    ),
    hard(
        "segmentation fault",
        "import ctypes; ctypes.string_at(0)",
        r"crash: the interpreter itself crashed",
    ),
    hard(
        "an alarm",
        "import signal, time; signal.alarm(1); time.sleep(30)",
        "crash: the process was ended by signal 14",
    ),
    # Processes
    harmless(
        "a fork that goes on", "import os\nif os.fork() == 0:\n    import time; time.sleep(600)"
    ),
    harmless(
        "a daemon without environment",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n    os.execve('/usr/bin/sleep', ['sleep', '600'], {})",
    ),
    harmless(
        "a subprocess",
        "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True, env={})",
    ),
    harmless(
        "a fork in a fork in a fork",
        "import os, time\nfor _ in range(5):\n    if os.fork(): break\n    os.setsid()\nelse:\n    time.sleep(600)\n",
    ),
    harmless(
        "five hundred processes",
        "import os, time\npid = os.getpid()\ntry:\n    for _ in range(9): os.fork()\nexcept OSError: pass\nif os.getpid() != pid:\n    time.sleep(600)",
    ),
    harmless(
        "a pool left open",
        "import multiprocessing as m\nglobal pool\npool = m.get_context('fork').Pool(2)",
    ),
    Kind(
        "a thread that lingers",
        "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()",
        {"import": LINGERS, "call": LINGERS, "thread": LINGERS, "exit": PASS, "del": LINGERS},
    ),
    harmless(
        "a daemon thread that prints",
        "import threading, time\nthreading.Thread(target=lambda: [(time.sleep(.01), print('.')) for _ in range(50)], daemon=True).start()",
    ),
    harmless("a child that raises", "import os\nif os.fork() == 0:\n    os.kill(os.getpid(), 11)"),
    harmless(
        "signals ignored",
        "import signal, os, time\nif os.fork() == 0:\n    [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]; time.sleep(600)",
    ),
    # Files
    *(
        harmless(
            f"rmtree of {what}", f"import shutil, os; shutil.rmtree({path}, ignore_errors=True)"
        )
        for what, path in {
            "the current folder": "os.getcwd()",
            "home": "os.path.expanduser('~')",
            "the learner's home": "HOME",
            "the clone": "ROOT",
            ".git": "ROOT + '/.git'",
            "learners": "ROOT + '/learners'",
            "src": "ROOT + '/src'",
            "another clone": "OTHER",
            "/tmp": "'/tmp'",
        }.items()
    ),
    harmless(
        "chmod 000 of everything",
        "import os\nfor place in (ROOT, ROOT + '/src', HOME, os.getcwd(), os.environ['TMPDIR']):\n    try: os.chmod(place, 0)\n    except OSError: pass",
        **dict.fromkeys(("import", "call"), r"(pass|crash): .*"),
    ),
    harmless("relative writes", "open('notes.txt', 'w').write('x')"),
    *(
        soft(
            f"a write to {name}",
            f"open(ROOT + '/{name}', 'a').write('x')",
            "crash: .*the import fails: (OSError|PermissionError|FileNotFoundError).*",
            "fail: two and three make five: (OSError|PermissionError|FileNotFoundError).*",
        )
        for name in (
            "src/labkit/tiny.py",
            "data/planned.yaml",
            "tests/labs/phase_00/test_lab_01.py",
            "new.txt",
            ".git/config",
            "learners/bob/notes.md",
        )
    ),
    soft(
        "a sparse terabyte",
        "open('big', 'wb').truncate(1 << 40)",
        "crash: .*the import fails: OSError: .*File too large.*",
        "fail: two and three make five: OSError: .*File too large.*",
    ),
    slow(
        "a folder two thousand deep",
        once("import os\nfor _ in range(2000):\n    os.mkdir('d'); os.chdir('d')"),
    ),
    harmless("twenty thousand files", "for n in range(20000): open(f'f{n}', 'w').close()"),
    harmless(
        "strange things in its folder",
        once(
            "import os\nos.mkfifo('pipe'); os.symlink('loop', 'loop'); os.symlink('/', 'all'); os.mkdir('shut'); os.chmod('shut', 0); open(b'\\xff\\xfe', 'w').close()"
        ),
    ),
    harmless(
        "its folder removed from under it",
        once("import os, shutil; os.mkdir('x'); os.chdir('x'); os.rmdir(os.getcwd())"),
    ),
    # Asking somebody who isn't there
    soft(
        "breakpoint()",
        "breakpoint()",
        r"crash: .*breakpoint\(\) was called.*",
        r"fail: .*breakpoint\(\) was called.*",
    ),
    soft(
        "input()", "input('name? ')", "crash: .*the import fails: EOFError.*", "fail: .*EOFError.*"
    ),
    soft("pdb", "import pdb; pdb.set_trace()", "crash: .*", "(crash|fail): .*"),
    # A process turned inside out
    *(
        harmless(name, body)
        for name, body in {
            "json.dumps patched": "import json; json.dumps = json.loads = None",
            "open patched": "import builtins; builtins.open = None",
            "os.write patched": "import os; os.write = lambda *a: 0",
            "print patched": "import builtins; builtins.print = None",
            "time patched": "import time; time.time = time.monotonic = time.perf_counter = lambda: 0",
            "time stopped in datetime": "import datetime; datetime.datetime = None",
            "random patched": "import random; random.seed = random.random = None",
            "stdout None": "import sys; sys.stdout = sys.stderr = None",
            "stdout closed": "import sys; sys.stdout.close(); sys.stderr.close()",
            "stdout elsewhere": "import sys, io; sys.stdout = sys.stderr = io.StringIO()",
            "environment cleared": "import os; os.environ.clear()",
            "environment replaced": "import os; os.environ = {}",
            "standard descriptors closed": "import os; os.closerange(0, 3)",
            "another folder": "import os; os.chdir('/')",
            "umask": "import os; os.umask(0o777)",
            "locale": "import locale; locale.setlocale(locale.LC_ALL, 'C')",
            "a low recursion limit": once("sys.setrecursionlimit(sys.getrecursionlimit() // 4)"),
            "faulthandler": "import faulthandler; faulthandler.enable(); faulthandler.dump_traceback_later(0.2)",
            "no garbage collection": "import gc; gc.disable(); gc.freeze()",
            "a trace function": "import sys, threading; sys.settrace(lambda *a: None); threading.settrace(lambda *a: None)",
            "a profile function": "import sys; sys.setprofile(lambda *a: None)",
            "sys.path cleared": "import sys; sys.path.clear()",
            "importers cleared": "import sys; sys.meta_path.clear(); sys.path_hooks.clear(); sys.path_importer_cache.clear()",
            "excepthook": "import sys, threading; sys.excepthook = threading.excepthook = sys.unraisablehook = None",
            "warnings are errors": "import warnings; warnings.simplefilter('error'); warnings.warn = None",
            "short integers": "import sys; sys.set_int_max_str_digits(640)",
            "logging everything": "import logging; logging.basicConfig(level=1); logging.getLogger().debug('x' * 1000)",
            "nice": "import os; os.nice(19)",
            "no more files": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
            "a switch interval": "import sys; sys.setswitchinterval(1e-6)",
            "signals blocked": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))",
            "a handler that raises": "import signal\ndef h(*a): raise ValueError\nsignal.signal(signal.SIGTERM, h); signal.signal(signal.SIGCHLD, h)",
            "an event loop left open": "import asyncio; globals()['loop'] = asyncio.new_event_loop()",
            "a new session": "import os\ntry: os.setsid()\nexcept OSError: pass",
            "repr patched": "import builtins; builtins.repr = lambda x: 'x'",
            "argv cleared": "import sys; sys.argv = []",
        }.items()
    ),
    slow("tracemalloc", "import tracemalloc; tracemalloc.start(25)"),
    raises(
        "a trace function that raises",
        "import sys\ndef t(*a): raise ValueError\nsys.settrace(t)",
        "ValueError",
    ),
    *(
        Kind(name, body, dict.fromkeys(("import", "call"), STUMBLES))
        for name, body in {
            "sorted patched": "import builtins; builtins.sorted = builtins.list = None",
            "path objects patched": "import pathlib; pathlib.Path.exists = pathlib.Path.open = None",
        }.items()
    ),
    Kind(
        "modules cleared",
        "import sys; sys.modules.clear()",
        dict.fromkeys(("import", "call"), r"(pass|crash|fail): .*"),
    ),
    Kind(
        "every descriptor closed",
        "import os; os.closerange(0, 256)",
        dict.fromkeys(("import", "call", "thread", "del"), r"crash: .*") | {"exit": PASS},
    ),
    # Errors that are hard to show
    raises(
        "an error that can't be shown",
        "class E(Exception):\n    def __str__(self): raise self\nraise E",
        "E",
    ),
    raises("an error with a huge message", "raise ValueError('x' * 10**7)", "ValueError: x+"),
    raises("an error with half a surrogate", r"raise ValueError('bad \ud800')", "ValueError: bad"),
    raises("an error with NUL", r"raise ValueError('bad \x00 \x1b[2J')", "ValueError: bad"),
    raises("an error without a message", "raise ValueError", "ValueError"),
    raises(
        "a group of errors",
        "raise ExceptionGroup('many', [ValueError('one'), TypeError('two')])",
        "ExceptionGroup: many",
    ),
    raises("an error of many lines", r"raise ValueError('one\ntwo\nthree')", "ValueError: one"),
    soft(
        "no ordinary exception",
        "class Stop(BaseException): pass\nraise Stop",
        "crash: .*",
        "(crash|fail): .*",
    ),
    soft("GeneratorExit", "raise GeneratorExit", "crash: .*", "(crash|fail): .*"),
    soft("a MemoryError of its own", "raise MemoryError", "crash: .*memory.*", "crash: .*memory.*"),
    soft(
        "a failed assertion",
        "assert False, 'no'",
        "crash: .*AssertionError: no.*",
        "fail: .*AssertionError: .*no.*",
    ),
    soft("pytest.fail", "import pytest; pytest.fail('no')", "crash: .*", "fail: .*"),
    soft("pytest.skip", "import pytest; pytest.skip('no')", "crash: .*", "(crash|fail): .*"),
    soft("pytest.xfail", "import pytest; pytest.xfail('no')", "crash: .*", "(crash|fail): .*"),
    soft(
        "StopIteration",
        "raise StopIteration",
        "crash: .*StopIteration.*",
        "fail: .*StopIteration.*",
    ),
    soft(
        "a missing module",
        "import not_there",
        "crash: .*ModuleNotFoundError: No module named 'not_there'.*",
        "fail: .*ModuleNotFoundError.*",
    ),
]

# Answers that are hard to look at: `add` returns them.
ANSWERS = {
    "None": ("None", "fail: .*"),
    "a million characters": ("'x' * 10**6", "fail: .*"),
    "an object whose repr raises": ("type('R', (), {'__repr__': lambda s: 1 / 0})()", "fail: .*"),
    "an object whose repr never ends": (
        "type('R', (), {'__repr__': lambda s: repr(s)})()",
        "fail: .*",
    ),
    "an object that equals everything": (
        "type('E', (), {'__eq__': lambda s, o: True})()",
        "fail: .*",
    ),
    "an int that equals everything": (
        "type('E', (int,), {'__eq__': lambda s, o: True, '__hash__': int.__hash__})()",
        "fail: .*",
    ),
    "an object whose comparison raises": (
        "type('E', (), {'__eq__': lambda s, o: 1 / 0})()",
        "fail: .*",
    ),
    "a huge integer": ("10 ** 10000", "fail: .*"),
    "NaN": ("float('nan')", "fail: .*"),
    "a list that holds itself": ("(lambda x: (x.append(x), x)[1])([])", "fail: .*"),
    "a nesting without end": (
        "__import__('functools').reduce(lambda x, _: [x], range(10**5), 0)",
        "fail: .*",
    ),
    "a generator": ("(x for x in iter(int, 1))", "fail: .*"),
    "escape sequences": (r"'\x1b[2J\x1b]0;owned\x07'", "fail: .*"),
    "half a surrogate": (r"'\ud800'", "fail: .*"),
    "bytes": ("b'\\xff\\x00'", "fail: .*"),
    "NotImplemented": ("NotImplemented", "fail: .*"),
    "a class": ("int", "fail: .*"),
    "True": ("True", "fail: .*"),
    "5.0": ("5.0", "pass: .*"),
    "a string with the answer": ("'5'", "fail: .*"),
}


def everywhere() -> Iterator[tuple[str, Kind, str, str]]:
    """Each kind at each place: its name, the kind, the place, what must be said."""
    for kind in KINDS:
        for place, says in kind.says.items():
            yield f"{kind.name}, {place}", kind, place, says
