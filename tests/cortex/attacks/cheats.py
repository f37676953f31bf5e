"""Submissions that don't add two numbers and want a pass: by changing what judges them, or what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cheat:
    """One way to a pass that isn't earned.

    Attributes:
        body: runs while the code is imported; TEST stands for the module of checks.
        answer: what `add` returns.
    """

    name: str
    body: str
    answer: str = "0"


_LIAR = "type('Liar', ({base}), {{'__eq__': lambda s, o: True, '__ne__': lambda s, o: False, '__hash__': lambda s: 5{more}}})"


def liar(name: str, base: str, value: str, more: str = "") -> Cheat:
    """An answer that says that it is equal."""
    made = _LIAR.format(base=base, more=more)
    return Cheat(f"{name} that equals everything", "pass", f"{made}({value})")


_FIND = "import gc, types\n"
_FRAMES = "import sys\nframe = sys._getframe()\nwhile frame:\n    {each}\n    frame = frame.f_back"

CHEATS = [
    # The checking library
    *(
        Cheat(f"{name} replaced", f"import given.checking as c\nc.{name} = lambda *a, **k: None")
        for name in (
            "expect_equal",
            "expect_close",
            "expect_true",
            "_equal",
            "_show",
            "_says_so_itself",
        )
    ),
    Cheat("_equal that agrees", "import given.checking as c\nc._equal = lambda *a: True"),
    Cheat(
        "the code of expect_equal",
        "import given.checking as c\ndef f(got, expected, *, what, idea, page): pass\nc.expect_equal.__code__ = f.__code__",
    ),
    Cheat(
        "the code of _equal",
        "import given.checking as c\ndef f(got, expected): return True\nc._equal.__code__ = f.__code__",
    ),
    Cheat(
        "the code of every function",
        "import given.checking as c, types\ndef f(*a, **k): return True\nfor v in vars(c).values():\n    if isinstance(v, types.FunctionType) and not v.__closure__:\n        v.__code__ = f.__code__",
    ),
    Cheat(
        "the globals of expect_equal",
        "import given.checking as c\nc.expect_equal.__globals__['_equal'] = lambda *a: True",
    ),
    Cheat(
        "the keyword defaults of expect_equal",
        "import given.checking as c\nc.expect_equal.__kwdefaults__ = {'what': ''}\nc.expect_equal.__globals__['isinstance'] = lambda *a: 1\nc.expect_equal.__globals__['_equal'] = lambda *a: 1",
    ),
    Cheat(
        "builtins of the checking library",
        "import given.checking as c\nc.isinstance = lambda *a: False\nc.bool = lambda *a: True\nc.type = lambda *a: int",
    ),
    Cheat(
        "CheckFailed that isn't raised",
        "import given.checking as c\nclass Quiet(BaseException): pass\nc.CheckFailed = Quiet",
    ),
    Cheat(
        "CheckFailed that leaves",
        "import given.checking as c, os\nc.CheckFailed.__init__ = lambda *a, **k: os._exit(0)",
    ),
    Cheat(
        "CheckFailed that exits",
        "import given.checking as c, sys\nc.CheckFailed.__init__ = lambda *a, **k: sys.exit(0)",
    ),
    Cheat(
        "CheckFailed that skips",
        "import given.checking as c, pytest\nc.CheckFailed.__init__ = lambda *a, **k: pytest.skip('')",
    ),
    Cheat(
        "CheckFailed that is expected to fail",
        "import given.checking as c, pytest\nc.CheckFailed.__init__ = lambda *a, **k: pytest.xfail('')",
    ),
    Cheat(
        "CheckFailed that ends the session well",
        "import given.checking as c, pytest\nc.CheckFailed.__init__ = lambda *a, **k: pytest.exit('', returncode=0)",
    ),
    Cheat(
        "another module in its place",
        "import sys, types\nm = types.ModuleType('given.checking')\nm.expect_equal = lambda *a, **k: None\nsys.modules['given.checking'] = m\nsys._getframe(2)",
    ),
    Cheat(
        "the names in the checks' module",
        _FRAMES.format(
            each="frame.f_globals.update(expect_equal=lambda *a, **k: None) if 'expect_equal' in frame.f_globals else None"
        ),
    ),
    Cheat(
        "math.isclose and operator.eq",
        "import math, operator\nmath.isclose = operator.eq = lambda *a, **k: True",
        "float('nan')",
    ),
    Cheat(
        "numpy's comparisons",
        "import numpy\nnumpy.isclose = numpy.allclose = numpy.array_equal = lambda *a, **k: numpy.True_\nnumpy.ndarray.__eq__",
        "__import__('numpy').array(0)",
    ),
    Cheat(
        "builtins.isinstance",
        "import builtins\nreal = isinstance\nbuiltins.isinstance = lambda v, k: False if k is bool else real(v, k)\nbuiltins.bool = lambda *a: True",
    ),
    Cheat(
        "AssertionError",
        "import builtins\nbuiltins.AssertionError = type('A', (BaseException,), {})",
    ),
    Cheat(
        "a trace function that jumps",
        "import sys\ndef trace(frame, event, arg):\n    if frame.f_code.co_name == 'expect_equal' and event == 'line':\n        try: frame.f_lineno = frame.f_code.co_firstlineno + 3\n        except ValueError: pass\n    return trace\nsys.settrace(trace)",
    ),
    Cheat(
        "a profile function that leaves",
        "import sys, os\nsys.setprofile(lambda f, e, a: os._exit(0) if f.f_code.co_name == 'expect_equal' else None)",
    ),
    # pytest
    *(
        Cheat(f"{where} of pytest", f"import {module}\n{module}.{where} = {what}")
        for module, where, what in (
            ("_pytest.python", "Function.runtest", "lambda self: None"),
            ("_pytest.python", "Function.setup", "lambda self: setattr(self, 'obj', lambda: None)"),
            ("_pytest.python", "pytest_pyfunc_call", "lambda pyfuncitem: True"),
            (
                "_pytest.runner",
                "CallInfo.from_call",
                "classmethod(lambda cls, func, when, reraise=None: cls(None, None, 0, 0, 0, when, _ispytest=True))",
            ),
            ("_pytest.runner", "call_and_report", "lambda *a, **k: None"),
            ("_pytest.runner", "runtestprotocol", "lambda *a, **k: []"),
            ("_pytest.runner", "pytest_runtest_protocol", "lambda *a, **k: True"),
            ("_pytest.runner", "pytest_runtest_call", "lambda item: None"),
            ("_pytest.runner", "pytest_runtest_makereport", "lambda item, call: None"),
            ("_pytest.main", "Session.perform_collect", "lambda *a, **k: []"),
            ("_pytest.main", "pytest_runtestloop", "lambda session: True"),
            ("_pytest.main", "wrap_session", "lambda *a: 0"),
            ("_pytest.main", "Session._setup", "None"),
            ("_pytest.python", "Module.collect", "lambda self: []"),
            ("_pytest.python", "PyCollector.collect", "lambda self: []"),
            (
                "_pytest.reports",
                "TestReport.from_item_and_call",
                "classmethod(lambda cls, item, call: cls(item.nodeid, item.location, {}, 'passed', None, 'call'))",
            ),
            ("_pytest._code.code", "ExceptionInfo.from_exc_info", "classmethod(lambda *a: None)"),
            ("_pytest._code.code", "ExceptionInfo.from_exception", "classmethod(lambda *a: None)"),
            ("_pytest.assertion.rewrite", "rewrite_asserts", "lambda *a: None"),
            ("pluggy._hooks", "HookCaller.__call__", "lambda self, **k: []"),
            ("pluggy._callers", "_multicall", "lambda *a: []"),
        )
    ),
    Cheat(
        "a plugin slipped in",
        _FIND
        + "from _pytest.config import Config\nclass P:\n    def pytest_pyfunc_call(self, pyfuncitem): return True\nfor o in gc.get_objects():\n    if isinstance(o, Config): o.pluginmanager.register(P())",
    ),
    Cheat(
        "a plugin that deselects",
        _FIND
        + "from _pytest.config import Config\nclass P:\n    def pytest_collection_modifyitems(self, items): items.clear()\nfor o in gc.get_objects():\n    if isinstance(o, Config): o.pluginmanager.register(P())",
    ),
    Cheat(
        "the plugin that judges taken out",
        _FIND
        + "from _pytest.config import Config\nfor o in gc.get_objects():\n    if isinstance(o, Config):\n        for p in o.pluginmanager.get_plugins():\n            if type(p).__name__ == 'Judge': o.pluginmanager.unregister(p)",
    ),
    Cheat(
        "the outcome that is told",
        "import sys\nj = sys.modules['cortex.runs.inside.judge']\nj._outcome = lambda e: {'outcome': 'passed'}",
    ),
    Cheat(
        "the code of the outcome",
        "import sys\nj = sys.modules['cortex.runs.inside.judge']\ndef f(excinfo): return {'outcome': 'passed'}\nj._outcome.__code__ = f.__code__",
    ),
    Cheat(
        "canaries that aren't slipped in",
        "import sys\nj = sys.modules['cortex.runs.inside.judge']\nj.Checks.canaries = []\nj._slip_in = lambda *a: None\nj._outcome = lambda e: {'outcome': 'passed'}",
    ),
    Cheat(
        "every function named test",
        _FIND
        + "import threading\ndef run():\n    for _ in range(2000):\n        for o in gc.get_objects():\n            if isinstance(o, types.FunctionType) and o.__name__.startswith('test_') and not o.__closure__:\n                o.__code__ = (lambda: None).__code__\nthreading.Thread(target=run, daemon=True).start()",
    ),
    Cheat(
        "a thread that replaces the checks",
        "import sys, threading, time\ndef run():\n    end = time.monotonic() + 10\n    while time.monotonic() < end:\n        for name, m in list(sys.modules.items()):\n            if name.endswith('test_lab_01'):\n                for k in list(vars(m)):\n                    if k.startswith(('test_', 'expect_')): setattr(m, k, lambda *a, **k: None)\nthreading.Thread(target=run, daemon=True).start()",
    ),
    Cheat(
        "the session's items emptied",
        _FIND
        + "import threading, time\nfrom _pytest.main import Session\ndef run():\n    for _ in range(500):\n        for o in gc.get_objects():\n            if isinstance(o, Session): o.items = []\nthreading.Thread(target=run, daemon=True).start()",
    ),
    # The channel
    Cheat("a session that ends before it begins", "import os; os._exit(0)"),
    Cheat("an exit of 0", "import sys; sys.exit(0)"),
    Cheat("an exit later", "import atexit, os; atexit.register(os._exit, 0)"),
    Cheat(
        "forged events without the mark",
        'import os\nfor n in range(3, 64):\n    try: os.write(n, b\'{"event": "result", "name": "x::test_two_and_three_make_five", "outcome": "passed"}\\n{"event": "finished", "status": 0, "imported": []}\\n\')\n    except OSError: pass\nos._exit(0)',
    ),
    Cheat(
        "forged events with the mark of the frame",
        _FRAMES.format(
            each="tell = frame.f_locals.get('tell')\n    if tell:\n        for t in ('test_two_and_three_make_five', 'test_order_does_not_matter'): tell({'event': 'result', 'name': 'x::' + t, 'outcome': 'passed'})\n        tell({'event': 'finished', 'status': 0, 'imported': []})\n        import os; os._exit(0)"
        ),
    ),
    Cheat(
        "forged events beside the real ones",
        _FIND
        + "for o in gc.get_objects():\n    if isinstance(o, types.FunctionType) and o.__name__ == 'tell' and o.__closure__:\n        for t in ('test_two_and_three_make_five', 'test_order_does_not_matter'): o({'event': 'result', 'name': 'x::' + t, 'outcome': 'passed'})",
    ),
    # Answers
    liar("an object", "", ""),
    liar("an int", "int,", "0"),
    liar("an int of class int", "int,", "0", ", '__class__': property(lambda s: int)"),
    liar("a str", "str,", "'0'"),
    liar("a float", "float,", "0"),
    liar("a list", "list,", "[]"),
    liar("a tuple", "tuple,", "()"),
    liar("a dict", "dict,", "{}"),
    liar("a bool's rival", "int,", "1", ", '__bool__': lambda s: True, '__sub__': lambda s, o: 0"),
    liar("a complex", "complex,", "0"),
    liar("an array", "__import__('numpy').ndarray,", "(1,)", ", 'all': lambda s: True"),
    liar("a number of NumPy's", "__import__('numpy').int64,", "0"),
    liar("what says it is NumPy's", "int,", "0", ", '__module__': 'numpy'"),
    Cheat(
        "a class that says it is the answer",
        "pass",
        "type('M', (type,), {'__eq__': lambda s, o: True, '__hash__': lambda s: 5})('C', (), {})",
    ),
    Cheat(
        "the answer read from the caller",
        "pass",
        "(lambda f: f.f_globals['expect_equal'].__globals__.update(_equal=lambda *a: True) or 0)(__import__('sys')._getframe(1))",
    ),
    Cheat("a pass by skipping", "pass", "__import__('pytest').skip('later')"),
    Cheat("a pass by expected failure", "pass", "__import__('pytest').xfail('later')"),
    Cheat(
        "a pass by leaving the session", "pass", "__import__('pytest').exit('done', returncode=0)"
    ),
]

_REAL = "('test_two_and_three_make_five', 'test_order_does_not_matter')"
# What is written against exactly this: it knows the checks, and spares only those.
OWNERS = [
    Cheat(
        "sparing only the real checks by name",
        f"import given.checking as c, sys\nreal = c._equal\nc._equal = lambda a, b: True if sys._getframe(2).f_code.co_name in {_REAL} else real(a, b)",
    ),
    Cheat(
        "sparing only what a check says",
        "import given.checking as c\nreal = c.CheckFailed\nclass Sly(real):\n    def __new__(cls, what, *rest):\n        return real.__new__(cls)\nold = c._equal\nc._equal = lambda a, b: True if type(a) is int and a == 0 and b in (0, 5) else old(a, b)",
    ),
    Cheat("answers looked up", "pass", "{(2, 3): 5, (3, 2): 5}[a, b]"),
]


def source(cheat: Cheat) -> str:
    """The file that is handed in."""
    import textwrap

    return (
        '"""Adding."""\n\n'
        "def _begin():\n" + textwrap.indent(cheat.body, "    ") + "\n\n\n_begin()\n\n\n"
        f"def add(a: int, b: int) -> int:\n    return {cheat.answer}\n"
    )
