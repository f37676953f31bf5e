"""What a submission could want from outside its walls. Each body returns what it got, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

FULL = ("namespaces", "own user namespace", "landlock")
NAMESPACES = FULL[:2]


@dataclass(frozen=True)
class Reach:
    """One thing that is out of reach.

    Attributes:
        body: of a function; ROOT, HOME, OTHER stand for paths, PORT, UDP, SOCKET, ABSTRACT, PARENT for what the test offers.
        tiers: the walls that hold it; the others are said to be open (`sandbox.HOLES`).
        control: whether the same works without walls; False where it can't be tried without harm or needs a setting that
            not every machine has.
    """

    name: str
    body: str
    tiers: tuple[str, ...] = FULL
    control: bool = True


def _read(place: str) -> str:
    return f"try: return open({place}, 'rb').read(200)\nexcept OSError: return None"


def _remove(place: str) -> str:
    return (
        f"import os, shutil\nthere = os.path.exists({place})\n"
        f"shutil.rmtree({place}, ignore_errors=True)\nreturn there and not os.path.exists({place})"
    )


def _write(place: str) -> str:
    return f"try:\n    open({place}, 'w').write('x')\n    return True\nexcept OSError: return None"


def _connect(family: str, kind: str, where: str) -> str:
    return (
        f"import socket\ns = socket.socket(socket.{family}, socket.{kind})\ns.settimeout(2)\n"
        f"try:\n    s.connect({where}); s.send(b'hello'); return s.recv(100)\nexcept OSError: return None"
    )


REACHES = [
    # Secrets
    Reach("a key in the learner's home", _read("HOME + '/.ssh/id_ed25519'")),
    Reach(
        "the environment of the command",
        "import os; return os.environ.get('PLANTED')",
        control=False,
    ),
    Reach(
        "the parent's environment",
        "import re, os\nfor pid in os.listdir('/proc'):\n    if pid.isdigit():\n        try:\n            if b'PLANTED=' in open(f'/proc/{pid}/environ', 'rb').read(): return pid\n        except OSError: pass",
    ),
    Reach(
        "the parent's memory",
        "try: return open('/proc/PARENT/mem', 'rb')\nexcept OSError: return None",
    ),
    Reach(
        "the parent's open files",
        "import os\ntry: return os.listdir('/proc/PARENT/fd')\nexcept OSError: return None",
        NAMESPACES,
    ),
    Reach(
        "the parent's root",
        "import os\ntry: return os.listdir('/proc/PARENT/root/' + HOME)\nexcept OSError: return None",
    ),
    Reach(
        "the parent's folder",
        "import os\ntry: return os.listdir('/proc/PARENT/cwd/learners')\nexcept OSError: return None",
    ),
    Reach("the reference", _read("ROOT + '/solutions/labkit/tiny.py'")),
    Reach("git's folder", _read("ROOT + '/.git/config'")),
    Reach(
        "git's objects",
        "import os\ntry: return os.listdir(ROOT + '/.git/objects')\nexcept OSError: return None",
    ),
    Reach("another learner's record", _read("ROOT + '/learners/bob/notes.md'")),
    Reach("the learner's own record", _read("ROOT + '/learners/ada/phase-00/checkpoint.json'")),
    Reach("another clone", _read("OTHER + '/learners/bob/notes.md'")),
    Reach(
        "the gatekeeper's memory",
        "import os\ntry: return os.listdir(ROOT + '/.cache/cortex')\nexcept OSError: return None",
    ),
    Reach(
        "the shadow file",
        "try: return open('/etc/shadow').read(10)\nexcept OSError: return None",
        control=False,
    ),
    Reach("home by another name", _read("'/proc/self/root' + HOME + '/.ssh/id_ed25519'")),
    Reach(
        "home through a link",
        "import os\nif not os.path.islink('there'): os.symlink(HOME, 'there')\n"
        + _read("'there/.ssh/id_ed25519'"),
    ),
    Reach(
        "home through a hard link",
        "import os\ntry: os.link(HOME + '/.ssh/id_ed25519', os.environ['TMPDIR'] + '/key'); return True\nexcept OSError: return None",
    ),
    Reach(
        "home in a subprocess",
        "import subprocess\nreturn subprocess.run(['cat', HOME + '/.ssh/id_ed25519'], capture_output=True).stdout",
    ),
    Reach(
        "home from a new session",
        "import os\nr, w = os.pipe()\nif os.fork() == 0:\n    os.setsid()\n    try: os.write(w, open(HOME + '/.ssh/id_ed25519', 'rb').read())\n    except OSError: pass\n    os._exit(0)\nos.close(w); return os.read(r, 100)",
    ),
    Reach(
        "names in the learner's home",
        "import os\ntry: return os.listdir(HOME)\nexcept OSError: return None",
    ),
    # Writing outside the scratch folder, and removing
    Reach("a new file in the clone", _write("ROOT + '/made'")),
    Reach("a new file in home", _write("HOME + '/made'")),
    Reach("the learner's source", _write("ROOT + '/src/labkit/tiny.py'")),
    Reach("the sealed checks", _write("ROOT + '/tests/labs/phase_00/test_lab_01.py'")),
    Reach("the record", _write("ROOT + '/learners/ada/phase-00/checkpoint.json'")),
    Reach("git's configuration", _write("ROOT + '/.git/config'")),
    Reach("a git hook", _write("ROOT + '/.git/hooks/pre-commit'")),
    Reach("the memory that the gate could read", _write("ROOT + '/.cache/cortex/curriculum.json'")),
    Reach("a script to start at login", _write("HOME + '/.profile'")),
    Reach("the clone removed", _remove("ROOT")),
    Reach("git's folder removed", _remove("ROOT + '/.git'")),
    Reach("the records removed", _remove("ROOT + '/learners'")),
    Reach("the code removed", _remove("ROOT + '/src'")),
    Reach("home removed", _remove("HOME + '/.ssh'")),
    Reach("another clone removed", _remove("OTHER + '/learners'")),
    Reach(
        "a file renamed",
        "import os\ntry: os.rename(ROOT + '/src/labkit/tiny.py', ROOT + '/src/labkit/gone.py'); return True\nexcept OSError: return None",
    ),
    Reach(
        "a file emptied",
        "import os\ntry: os.truncate(ROOT + '/data/planned.yaml', 0); return True\nexcept OSError: return None",
    ),
    Reach(
        "a link in the clone",
        "import os\ntry: os.symlink('/', ROOT + '/link'); return True\nexcept OSError: return None",
    ),
    Reach(
        "rights of a file",
        "import os\ntry: os.chmod(ROOT + '/data/planned.yaml', 0); return True\nexcept OSError: return None",
        NAMESPACES,
    ),
    Reach(
        "times of a file",
        "import os\ntry: os.utime(ROOT + '/data/planned.yaml', (0, 0)); return True\nexcept OSError: return None",
        NAMESPACES,
    ),
    Reach(
        "a file under another scratch folder",
        "import os, glob, tempfile\nreturn glob.glob(os.path.dirname(os.environ['TMPDIR']) + '/of')",
        NAMESPACES,
        control=False,
    ),
    # The network
    Reach("a server on this machine", _connect("AF_INET", "SOCK_STREAM", "('127.0.0.1', PORT)")),
    Reach(
        "a UDP server on this machine",
        _connect("AF_INET", "SOCK_DGRAM", "('127.0.0.1', UDP)"),
        NAMESPACES,
    ),
    Reach("a Unix socket", _connect("AF_UNIX", "SOCK_STREAM", "'SOCKET'"), NAMESPACES),
    Reach("an abstract Unix socket", _connect("AF_UNIX", "SOCK_STREAM", "'\\x00ABSTRACT'")),
    Reach(
        "an address outside",
        "import socket\ns = socket.socket(); s.settimeout(1)\ntry: s.connect(('192.0.2.1', 80)); return True\nexcept OSError as error: return str(error) if 'timed out' in str(error) else None",
        NAMESPACES,
        control=False,
    ),
    Reach(
        "the machine's network cards",
        "import socket\nreturn [name for _, name in socket.if_nameindex() if name != 'lo']",
        NAMESPACES,
        control=False,
    ),
    # Other processes
    Reach(
        "a signal to the command",
        "import os\ntry: os.kill(PARENT, 0); return True\nexcept OSError: return None",
    ),
    Reach(
        "a signal to another program",
        "import os\ntry: os.kill(VICTIM, 15); return True\nexcept OSError: return None",
    ),
    Reach(
        "the priority of another program",
        "import os\ntry: os.setpriority(os.PRIO_PROCESS, VICTIM, 19); return os.getpriority(os.PRIO_PROCESS, VICTIM) == 19\nexcept OSError: return None",
        NAMESPACES,
    ),
    Reach(
        "ptrace of another program",
        "import ctypes\nlibc = ctypes.CDLL(None)\ndone = libc.ptrace(16, VICTIM, 0, 0)\nif done == 0: libc.ptrace(17, VICTIM, 0, 0)\nreturn done == 0",
    ),
    Reach(
        "the memory of what waits outside",
        "import os\nfor pid in {1, os.getppid()}:\n    try:\n        with open(f'/proc/{pid}/mem', 'rb'): return pid\n    except OSError: pass",
        control=False,
    ),
    Reach(
        "what waits outside told to end",
        "import os, signal, time\nfor pid in {1, os.getppid()} - {PARENT}:\n    try: os.kill(pid, signal.SIGTERM); os.kill(pid, signal.SIGHUP)\n    except OSError: pass\nreturn None",
        control=False,
    ),
    Reach(
        "shared memory",
        "try: return open('/dev/shm/KEPT').read()\nexcept OSError: return None",
        NAMESPACES,
    ),
    # More rights
    Reach(
        "root by su",
        "import os, subprocess\nif os.geteuid() == 0: return None\nreturn b'uid=0' in subprocess.run(['su', '-c', 'id'], stdin=-3, capture_output=True).stdout",
        control=False,
    ),
    Reach(
        "a mount",
        "import ctypes, os\nos.makedirs('m', exist_ok=True)\nreturn ctypes.CDLL(None).mount(b'none', b'm', b'tmpfs', 0, None) == 0",
        control=False,
    ),
    Reach(
        "the mount made writable again",
        "import ctypes\nreturn ctypes.CDLL(None).mount(None, ROOT.encode() + b'/src', None, 32 | 4096, None) == 0",
        control=False,
    ),
    Reach(
        "a mount taken away",
        "import ctypes\nreturn ctypes.CDLL(None).umount2(ROOT.encode() + b'/src', 2) == 0",
        control=False,
    ),
    Reach(
        "a new user namespace, and home in it",
        "import ctypes\nctypes.CDLL(None).unshare(0x10000000 | 0x20000)\n"
        + _read("HOME + '/.ssh/id_ed25519'"),
        control=False,
    ),
    Reach(
        "the parent's namespaces",
        "import ctypes, os\ntry: return ctypes.CDLL(None).setns(os.open('/proc/PARENT/ns/mnt', 0), 0) == 0\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "a chroot",
        "import os\nos.makedirs('c', exist_ok=True)\ntry: os.chroot('c'); return True\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "a disk",
        "import os\ntry: os.mknod('disk', 0o60660, os.makedev(254, 0)); return open('disk', 'rb').read(1)\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "a kernel setting",
        "try:\n    open('/proc/sys/kernel/hostname', 'w').write('x'); return True\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "the root user",
        "import os\ntry: os.setuid(0); return os.geteuid() == 0 and open('/etc/shadow').read()\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "a device",
        "for n in ('sda', 'vda', 'mem', 'kmsg', 'tty1', 'kvm', 'fuse'):\n    try: return open('/dev/' + n, 'rb')\n    except OSError: pass",
        control=False,
    ),
    Reach(
        "the terminal",
        "try: return open('/dev/tty', 'w')\nexcept OSError: return None",
        control=False,
    ),
    Reach(
        "typing into the terminal",
        "import fcntl, termios\ntry: fcntl.ioctl(0, termios.TIOCSTI, b'x'); return True\nexcept OSError: return None",
        control=False,
    ),
    # The channel of the verdict
    Reach(
        "events on every descriptor",
        "import os, json\nfor n in range(3, 256):\n    try: os.write(n, b'\\n' + json.dumps({'event': 'finished', 'status': 0, 'imported': []}).encode() + b'\\n')\n    except OSError: pass\nreturn None",
        control=False,
    ),
    Reach(
        "events with guessed nonces",
        'import os, uuid\nfor n in range(3, 64):\n    for _ in range(50):\n        try: os.write(n, uuid.uuid4().hex.encode() + b\' {"event": "ended", "strays": 99}\\n\')\n        except OSError: break\nreturn None',
        control=False,
    ),
    Reach(
        "the order",
        "import sys, os\nreturn [a for a in sys.argv if 'nonce' in a] or [v for v in os.environ.values() if len(v) == 32]",
        control=False,
    ),
    Reach(
        "the gatekeeper in git",
        "import subprocess\nreturn subprocess.run(['git', '-C', ROOT, 'log', '-1'], capture_output=True).stdout",
    ),
]

# What runs with every test: one of each kind.
QUICK = {
    ("a key in the learner's home", "namespaces"),
    ("the parent's environment", "own user namespace"),
    ("the clone removed", "landlock"),
    ("a server on this machine", "namespaces"),
    ("a signal to another program", "landlock"),
}
# Open behind Landlock to a program of the same rights; one that was root's has fewer by then.
AS_OURSELVES = {"the priority of another program"}
