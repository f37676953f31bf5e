"""The one way to start a child: `python -P -S launch.py FD`, with an order as JSON to be read from that descriptor.

`launch.py FD serve PATH...` imports what checks need and forks such a child each time that it is asked to, over that socket.

Nothing of a submission is on the path until pytest, the checking library and this program are imported, so no file of
that name shadows them. What happens is told over a pipe, in lines that begin with a word only the parent knows.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

Tell = Callable[[dict[str, Any]], None]


def main() -> NoReturn:
    """Reads the order, goes behind the walls, runs the program."""
    descriptor = int(sys.argv[1])
    order = _served(descriptor) if sys.argv[2:3] == ["serve"] else _read(descriptor)
    if order["house"] not in sys.path:
        sys.path += [*order["site"], order["house"]]
    from cortex.runs.inside import walls

    if order["program"] == "checks":
        from cortex.runs.inside import judge
    import site

    import given.checking
    import given.run

    for usual in (
        site.setquit,
        site.setcopyright,
        site.sethelper,
    ):  # `exit` and the like, which -S leaves out
        usual()

    sys.path.remove(order["house"])
    tell = _teller(order["tell"], order["nonce"])
    walls.enter(
        walls.Walls(**order["walls"]),
        ended=lambda **how: tell({"event": "ended", **how}),
        failed=lambda why: tell({"event": "walls", "why": why}),
    )
    tell({"event": "started"})
    os.chdir(order["cwd"])
    sys.path += [path for path in order["path"] if path not in sys.path]
    if order["path"]:  # for the interpreters that a program starts in turn: they find what it finds
        os.environ["PYTHONPATH"] = os.pathsep.join(order["path"])
    words, program, asked = order["words"], order["program"], order["checks"]
    del order
    given.run.witnesses.append(lambda metrics: tell({"event": "measured", "metrics": metrics}))
    if program == "checks":
        _leave(judge.judge(words, tell, asked))
    sys.argv = words
    if program == "command":
        os.execvp(words[0], words)  # nosec B606
    _script(words[0])


def _read(descriptor: int) -> dict[str, Any]:
    with open(descriptor, "rb") as stream:
        order: dict[str, Any] = json.load(stream)
    return order


def _served(descriptor: int) -> dict[str, Any]:
    """Returns an order in each child; in the server itself never."""
    import contextlib
    import gc
    import importlib
    import select
    import signal
    import socket

    talk = socket.socket(fileno=descriptor)
    sys.path += sys.argv[3:]
    for name in ("cortex.runs.inside.judge", "cortex.runs.inside.walls", "given.checking"):
        importlib.import_module(name)
    import _pytest.config

    for name in (*_pytest.config.default_plugins, "assertion.rewrite"):
        importlib.import_module(f"_pytest.{name}")
    with contextlib.suppress(ImportError):
        importlib.import_module(
            "numpy.random"
        )  # seeded before each check, whatever that check's code has done
    gc.collect()
    gc.freeze()
    while True:
        message, given, _, _ = socket.recv_fds(talk, 1, 3)
        if not message:
            os._exit(0)
        child = os.fork()
        if not child:
            break
        for received in given:
            os.close(received)
        talk.sendall(b"%d\n" % child)
        ended = os.pidfd_open(child)
        # Nobody says anything while a child runs: what can be read is the end.
        if talk.fileno() in select.select([talk.fileno(), ended], [], [])[0]:
            os.kill(child, signal.SIGKILL)
            os._exit(0)
        os.close(ended)
        talk.sendall(b"%d\n" % os.waitpid(child, 0)[1])
    talk.close()
    os.setsid()
    order = _read(given[0])
    order["tell"] = given[1]
    for standard in (1, 2):
        os.dup2(given[2], standard)
    os.close(given[2])
    os.environ.clear()
    os.environ.update(order["env"])
    return order


def _teller(descriptor: int, nonce: str) -> Tell:
    """Writes an event as one line. What it calls is held here, so that patching a module changes nothing."""
    os.set_inheritable(descriptor, False)
    encode, write = getattr(json.encoder, "c_make_encoder", None), os.write
    quote = json.encoder.encode_basestring_ascii
    encoder = encode(None, repr, quote, None, ":", ",", False, False, True) if encode else None

    def tell(event: dict[str, Any]) -> None:
        text = "".join(encoder(event, 0)) if encoder else json.dumps(event, default=repr)
        data = f"{nonce} {text}\n".encode()
        while data:
            data = data[write(descriptor, data) :]

    return tell


def _script(name: str) -> NoReturn:
    """Runs a script as `python NAME` would: it is `__main__`, and its folder is on the path, behind the libraries."""
    path = Path(name)
    main = ModuleType("__main__")
    main.__dict__.update(__file__=str(path), __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.path.append(str(path.resolve().parent))
    try:
        code = compile(path.read_bytes(), str(path), "exec")
        exec(code, main.__dict__)  # nosec B102
    except SystemExit as leaving:
        _leave(leaving.code)
    except BaseException as error:
        traceback.print_exception(error.with_traceback(_beyond(error)))
        _leave(130 if isinstance(error, KeyboardInterrupt) else 1)
    _leave(0)


def _beyond(error: BaseException) -> Any:
    """The traceback without the frame of this file."""
    return error.__traceback__.tb_next if error.__traceback__ else None


def _leave(code: object) -> NoReturn:
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
