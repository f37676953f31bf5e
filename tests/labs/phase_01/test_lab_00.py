"""Lab 01.0: the machine's profile, from files that may be missing."""

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.roofline import (
    cache_facts,
    cpu_facts,
    dram_bandwidth,
    machine,
    parse_size,
    peak_flops,
)

BUDGET = "theory/00-two-budgets.md"
CACHE = "theory/02-inside-a-cache.md"
MEASURE = "theory/06-measuring.md"

LAPTOP = "\n".join(
    f"processor\t: {i}\nmodel name\t: Example CPU @ 1.60GHz\nphysical id\t: 0\ncore id\t\t: {i % 4}\n"
    "flags\t\t: fpu sse sse2 avx fma avx2\n"
    for i in range(8)
)
GUEST = """processor\t: 0
model name\t: Guest CPU
flags\t\t: fpu sse2 hypervisor avx2 avx512f

processor\t: 1
model name\t: Guest CPU
flags\t\t: fpu sse2 hypervisor avx2 avx512f
"""
BOARD = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32\n"
SERVER = "\n".join(
    f"processor\t: {i}\nmodel name\t: {'First' if i == 0 else 'Other'} CPU\nphysical id\t: {i // 2}\n"
    f"core id\t\t: {i % 2}\nflags\t\t: fpu sse2 avx2x\n"
    for i in range(4)
)
NAMELESS = "processor\t: 0\nmodel name\t:\n"
CACHE_KEYS = [f"l{n}_{what}" for n in (1, 2, 3) for what in ("bytes", "line", "ways", "shared")]


def cache(folder, index, **files):
    """One index folder as the kernel writes it."""
    here = folder / f"index{index}"
    here.mkdir(parents=True)
    for name, text in files.items():
        (here / name).write_text(f"{text}\n")


def test_sizes_are_read_in_powers_of_two():
    for text, wanted in [("48K", 49152), ("32M\n", 33554432), (" 1G ", 2**30), ("512", 512)]:
        expect_equal(
            parse_size(text),
            wanted,
            what=f"parse_size({text!r})",
            idea="The kernel's K is 1024 bytes. Files end with a newline: strip first.",
            page=CACHE,
        )
    for text in ("", "K", "48 KB", "-1K", "4.5M", "unknown"):
        with expect_raises(
            ValueError,
            what=f"parse_size({text!r})",
            idea="Refuse what isn't a size: a wrong size is worse than none.",
            page=CACHE,
        ):
            parse_size(text)


def test_the_processor_tells_its_name_threads_cores_and_vectors():
    for name, text, wanted in [
        ("a laptop with 4 cores and 8 threads", LAPTOP, ("Example CPU @ 1.60GHz", 8, 4, "avx2")),
        ("a guest without core ids", GUEST, ("Guest CPU", 2, "unknown", "avx512f")),
        ("an ARM board", BOARD, ("unknown", 1, "unknown", "asimd")),
        ("a server with two processors of 2 cores", SERVER, ("First CPU", 4, 4, "sse2")),
        ("a machine whose name is empty", NAMELESS, ("unknown", 1, "unknown", "unknown")),
        ("an empty file", "", ("unknown",) * 4),
    ]:
        facts = cpu_facts(text)
        expect_equal(
            tuple(facts.get(key) for key in ("cpu", "threads", "cores", "simd")),
            wanted,
            what=f"cpu, threads, cores and simd of {name}",
            idea="One `processor` entry a thread; a core is a pair of physical id and core id; of the vector flags "
            "the widest counts. What isn't written is unknown.",
            page=BUDGET,
        )


def test_a_virtual_machine_is_recognized_by_its_flag():
    for name, text, wanted in [
        ("laptop", LAPTOP, "no"),
        ("guest", GUEST, "yes"),
        ("", "", "unknown"),
    ]:
        expect_equal(
            cpu_facts(text).get("virtual"),
            wanted,
            what=f"virtual of {name or 'an empty file'}",
            idea="The flag `hypervisor` is there in guests. Without any flags you know nothing.",
            page=MEASURE,
        )


def test_the_caches_are_read_from_their_folders(tmp_path):
    common = {"coherency_line_size": 64, "ways_of_associativity": 12, "shared_cpu_list": "0"}
    cache(tmp_path, 0, level=1, type="Data", size="48K", **common)
    cache(tmp_path, 1, level=1, type="Instruction", size="32K", **common)
    cache(tmp_path, 2, level=2, type="Unified", size="1024K", **common)
    cache(
        tmp_path, 3, level=3, type="Unified", size="32768K", **{**common, "shared_cpu_list": "0-1"}
    )
    facts = cache_facts(tmp_path)
    expect_equal(
        [facts.get(key) for key in CACHE_KEYS],
        [49152, 64, 12, "0", 1048576, 64, 12, "0", 33554432, 64, 12, "0-1"],
        what="cache_facts of a folder with four caches",
        idea="The instruction cache is no place for data: leave it out, in whatever order the folders come.",
        page=CACHE,
    )


def test_what_the_caches_do_not_tell_is_unknown(tmp_path):
    cache(tmp_path, 0, level=1, type="Data", size="48K", ways_of_associativity="many")
    cache(tmp_path, 1, level=4, type="Unified", size="1M", coherency_line_size=64)
    cache(tmp_path, 3, level=2, type="Unified", size="0", coherency_line_size="0")
    cache(tmp_path, 2, type="Unified", size="1M")
    (tmp_path / "index4").write_text("a file where a folder should be")
    facts = cache_facts(tmp_path)
    expect_equal(
        [facts.get(key) for key in CACHE_KEYS],
        [49152] + ["unknown"] * 11,
        what="cache_facts where most is missing, a size is 0 and a fourth level is there",
        idea="Each fact stands alone: a missing line size doesn't take the size with it. Is a cache of 0 bytes a fact?",
        page=MEASURE,
    )
    expect_equal(
        sorted(cache_facts(tmp_path / "no" / "such" / "folder").values(), key=str),
        ["unknown"] * 12,
        what="cache_facts of a folder that isn't there",
        idea="Many virtual machines and every Mac: all twelve keys, all unknown.",
        page=MEASURE,
    )


def test_a_fourth_cache_level_adds_no_fact(tmp_path):
    cache(tmp_path, 0, level=4, type="Unified", size="128M")
    expect_equal(
        sorted(cache_facts(tmp_path)),
        sorted(CACHE_KEYS),
        what="the keys of cache_facts where a fourth level is there",
        idea="Always the same twelve keys: whoever compares two machines relies on it.",
        page=MEASURE,
    )


def test_a_machine_is_described_without_any_file(tmp_path):
    facts = machine(tmp_path / "proc", tmp_path / "sys")
    keys = {"cpu", "threads", "cores", "simd", "virtual", *CACHE_KEYS, "ram_bytes", "governor"}
    expect_true(
        set(facts) == keys and set(facts.values()) == {"unknown"},
        what="machine() where neither /proc nor /sys exists",
        expected="19 keys, all unknown",
        got=facts,
        idea="A probe that crashes on somebody's machine tells less than one that says unknown.",
        page=MEASURE,
    )


def test_a_machine_is_described_from_its_files(tmp_path):
    proc, cpu0 = tmp_path / "proc", tmp_path / "sys" / "devices" / "system" / "cpu" / "cpu0"
    proc.mkdir()
    (proc / "cpuinfo").write_text(LAPTOP)
    (proc / "meminfo").write_text("MemTotal:       16384 kB\nMemFree:        1 kB\n")
    cache(cpu0 / "cache", 0, level=1, type="Data", size="32K")
    (cpu0 / "cpufreq").mkdir()
    (cpu0 / "cpufreq" / "scaling_governor").write_text("performance\n")
    facts = machine(proc, tmp_path / "sys")
    expect_equal(
        [facts.get(key) for key in ("cores", "l1_bytes", "ram_bytes", "governor")],
        [4, 32768, 16777216, "performance"],
        what="cores, l1_bytes, ram_bytes and governor of a made-up machine",
        idea="/proc/cpuinfo, the cache folders, MemTotal (in kB of 1024 bytes), cpufreq/scaling_governor.",
        page=MEASURE,
    )


def test_this_machine_is_described_without_an_error():
    facts = machine()
    expect_equal(
        len(facts),
        19,
        what="how many facts machine() gives here",
        idea="The same keys on every machine, so that two profiles can be compared.",
        page=MEASURE,
    )


def test_the_datasheet_gives_two_roofs():
    for what, got, wanted in [
        ("peak_flops(2.4e9, 4, 8, 2)", peak_flops(2.4e9, 4, 8, 2), 307.2e9),
        ("peak_flops(3.4e9, 1, 8)", peak_flops(3.4e9, 1, 8), 54.4e9),
        ("dram_bandwidth(2, 2.4e9)", dram_bandwidth(2, 2.4e9), 38.4e9),
        ("dram_bandwidth(1, 3.2e9, 4)", dram_bandwidth(1, 3.2e9, 4), 12.8e9),
    ]:
        expect_close(
            got,
            wanted,
            tol=1e-12,
            what=what,
            idea="clock x cores x lanes x 2 x FMA units; channels x transfers x bytes.",
            page=BUDGET,
        )


def test_the_datasheet_refuses_nonsense():
    for arguments, error in [
        ((0, 4, 8), ValueError),
        ((float("nan"), 4, 8), ValueError),
        ((2.4e9, -4, 8), ValueError),
        ((2.4e9, 4, float("inf")), ValueError),
        ((2.4e9, "4", 8), TypeError),
        ((2.4e9, True, 8), TypeError),
    ]:
        with expect_raises(
            error,
            what=f"peak_flops{arguments}",
            idea="`_positive` (given) does it: finite and above 0, and a number at all.",
            page=BUDGET,
        ):
            peak_flops(*arguments)
    with expect_raises(
        ValueError,
        what="dram_bandwidth(2, 0)",
        idea="No transfers, no bandwidth.",
        page=BUDGET,
        mentions="transfers",
    ):
        dram_bandwidth(2, 0)
    with expect_raises(
        ValueError,
        what="dram_bandwidth(0, 2.4e9)",
        idea="No channel, no bandwidth: ask for a machine that exists.",
        page=BUDGET,
        mentions="channels",
    ):
        dram_bandwidth(0, 2.4e9)
