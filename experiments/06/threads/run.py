"""Two jobs, done twice: one after the other, by two threads, by two processes; and an update that gets lost."""

from __future__ import annotations

import multiprocessing
import platform
import sys
import sysconfig
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np

from given.run import Run, conduct
from labkit.generators import make_rng
from labkit.manifest import record_manifest
from labkit.profiling import measure
from labkit.seeding import seed_everything

COUNT, SIDE = 1_000_000, 600
JOBS = 2


def count_in_python(_: int) -> int:
    """Pure Python: every step needs the interpreter."""
    total = 0
    for i in range(COUNT):
        total += i & 3
    return total


def multiply_in_numpy(seed: int) -> float:
    """Almost all of it in C, where NumPy lets go of the interpreter."""
    a = make_rng(seed).standard_normal((SIDE, SIDE))
    for _ in range(4):
        a = a @ a
        a /= np.abs(a).max()
    return float(a[0, 0])


def in_turn(job: Callable[[int], object]) -> list[object]:
    """One after the other."""
    return [job(i) for i in range(JOBS)]


def together(n: int) -> int:
    """n threads read a counter, meet, and each writes what it read plus 1: what the counter shows then."""
    counter = {"value": 0}
    meet = threading.Barrier(n)

    def increment() -> None:
        read = counter["value"]
        meet.wait()
        counter["value"] = read + 1

    threads = [threading.Thread(target=increment) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counter["value"]


def main(run: Run) -> None:
    """Times both jobs in three ways, records."""
    rows = []
    same = True
    spawning = multiprocessing.get_context("spawn")  # forking a process that has threads is unsafe
    with ThreadPoolExecutor(JOBS) as threads, ProcessPoolExecutor(JOBS, spawning) as processes:

        def all_at_once(pool: Executor, job: Callable[[int], object]) -> list[object]:
            return list(pool.map(job, range(JOBS)))

        for job in (count_in_python, multiply_in_numpy):
            ways: dict[str, Callable[[], list[object]]] = {
                "in_turn": lambda job=job: in_turn(job),  # type: ignore[misc]
                "threads": lambda job=job: all_at_once(threads, job),  # type: ignore[misc]
                "processes": lambda job=job: all_at_once(processes, job),  # type: ignore[misc]
            }
            results = [way() for way in ways.values()]
            same = same and all(result == results[0] for result in results)
            for name, way in ways.items():
                seconds = measure(way, repeats=5, min_seconds=0.01).best
                rows.append({"job": job.__name__, "way": name, "seconds": seconds})
    run.save("timings.json", rows)

    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    metrics: dict[str, float | bool] = {
        "same_results": same,
        "lost_updates": 2 - together(2),
        "five_add": together(5),
        "gil_enabled": bool(gil),
        "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    }
    base = {str(row["job"]): float(str(row["seconds"])) for row in rows if row["way"] == "in_turn"}
    for row in rows:
        if row["way"] != "in_turn":
            speedup = base[str(row["job"])] / float(str(row["seconds"]))
            metrics[f"{row['job']}_{row['way']}_speedup"] = speedup
    run.record(
        config={"jobs": JOBS, "count": COUNT, "side": SIDE},
        metrics=metrics,
    )
    print(
        f"Python {platform.python_version()}, GIL {'on' if gil else 'off'}; milliseconds, best of 5"
    )
    for row in rows:
        print(f"{row['job']:>18} {row['way']:>10} {1000 * float(str(row['seconds'])):8.1f}")
    print(f"updates lost of two: {metrics['lost_updates']}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
