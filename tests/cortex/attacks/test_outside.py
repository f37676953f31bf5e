"""What lies outside the walls stays out of reach, in every way that this machine can build them; without them, it isn't."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attack_ground
import outside
import pytest
from conftest import run_cortex

from cortex.runs import child, sandbox

WALLS = {"namespaces": "namespaces", "own user namespace": "namespaces", "landlock": "landlock"}


@contextmanager
def walls(name: str) -> Iterator[None]:
    """Builds no other walls than these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "tier", lambda: WALLS.get(name, "limits"))
        if name == "own user namespace":
            patch.setattr(sandbox, "nobody", lambda *_: None)
        yield


def _answer_once(server: socket.socket, *, stream: bool) -> None:
    with server:
        try:
            if stream:
                connection, _ = server.accept()
                with connection:
                    connection.recv(100)
                    connection.sendall(attack_ground.SECRET.encode())
            else:
                _, address = server.recvfrom(100)
                server.sendto(attack_ground.SECRET.encode(), address)
        except OSError:
            pass  # nobody came


@contextmanager
def offered(folder: Path) -> Iterator[dict[str, str]]:
    """A neighborhood worth attacking: servers, another program, something in shared memory."""
    mark = uuid.uuid4().hex[:12]
    kinds = {
        "PORT": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        "UDP": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        "SOCKET": (socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "s")),
        "ABSTRACT": (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{mark}"),
    }
    told = {"PARENT": str(os.getpid()), "ABSTRACT": mark, "SOCKET": str(folder / "s"), "KEPT": mark}
    kept = Path("/dev/shm", mark)
    with ExitStack() as stack:
        for name, (family, kind, where) in kinds.items():
            server = socket.socket(family, kind)
            server.settimeout(30)
            server.bind(where)
            if kind == socket.SOCK_STREAM:
                server.listen()
            if name in ("PORT", "UDP"):
                told[name] = str(server.getsockname()[1])
            stack.callback(server.close)
            options = {"stream": kind == socket.SOCK_STREAM}
            threading.Thread(
                target=_answer_once, args=(server,), kwargs=options, daemon=True
            ).start()
        victim = stack.enter_context(subprocess.Popen(["sleep", "60"]))
        stack.callback(victim.kill)
        told["VICTIM"] = str(victim.pid)
        kept.write_text(attack_ground.SECRET)
        stack.callback(kept.unlink)
        yield told
        told["alive"] = str(victim.poll() is None)


def tried(folder: Path, reach: outside.Reach, built: str) -> tuple[str, bool, bool]:
    """What came of an attack: the verdict, whether all that was there is as it was, whether the other program lives."""
    with attack_ground.ground(folder) as ground, offered(folder) as told, walls(built):
        body = reach.body
        for name in sorted(told, key=len, reverse=True):
            body = body.replace(name, told[name])
        ground.submit(body, "reach")
        before = ground.snapshot()
        answer = run_cortex(ground.root, "check", "00.1", "--json")
        answered = json.loads(answer.out)
        verdict = answered["labs"][0] if "labs" in answered else {"state": "terminated"}
        same = ground.snapshot() == before
    return f"{verdict['state']}: {verdict.get('message', '')}", same, told["alive"] == "True"


def available(built: str) -> bool:
    """Whether this machine can build these walls."""
    return child.works(WALLS[built])  # type: ignore[arg-type]


CASES = [
    pytest.param(
        reach,
        built,
        id=f"{reach.name}, {built}",
        marks=[] if some else [pytest.mark.slow, pytest.mark.attack],
    )
    for reach in outside.REACHES
    for built in reach.tiers
    for some in [(reach.name, built) in outside.QUICK]
]


@pytest.mark.parametrize(("reach", "built"), CASES)
def test_it_is_out_of_reach(tmp_path: Path, reach: outside.Reach, built: str) -> None:
    if not available(built):
        pytest.skip("this machine can't build these walls; doctor says so")
    said, same, alive = tried(tmp_path, reach, built)
    assert said == "pass: "
    assert same, "a file outside was changed"
    assert alive, "another program was ended"


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize(
    "reach", [reach for reach in outside.REACHES if reach.control], ids=lambda reach: reach.name
)
def test_without_walls_the_same_attack_succeeds(tmp_path: Path, reach: outside.Reach) -> None:
    said, same, alive = tried(tmp_path, reach, "none")
    assert "REACHED" in said or "terminated" in said or not same or not alive, said


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize(
    "name",
    [
        r.name
        for r in outside.REACHES
        if "landlock" not in r.tiers and r.control and r.name not in outside.AS_OURSELVES
    ],
)
def test_what_landlock_leaves_open_is_said(tmp_path: Path, name: str) -> None:
    reach = next(reach for reach in outside.REACHES if reach.name == name)
    said, same, alive = tried(tmp_path, reach, "landlock")
    assert "REACHED" in said or not same, f"it holds: take it out of the holes ({said}, {alive})"
