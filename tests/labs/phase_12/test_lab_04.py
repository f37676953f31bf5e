"""Lab 12.4: files, a manifest, and suspicion."""

import hashlib
import json
import os
import subprocess
import sys
import unicodedata
from dataclasses import asdict, replace
from pathlib import Path

from given.checking import expect_equal, expect_raises, expect_true
from minilm import corpus_files
from minilm.corpus import MISTAKES, SPLITS, bare, examples, framed, mistakes, split
from minilm.corpus_files import (
    LONGEST,
    MANIFEST,
    decode,
    encode,
    manifest,
    manifest_bytes,
    read,
    validate,
    write,
)
from minilm.errors import MinilmError
from minilm.overlap import fingerprint

PAGE = "theory/05-the-same-bytes-everywhere.md"
GOLDEN = "426009c5bad7fbf89e7157ef6854f559f0ebcc5c2e1427486686032ec81bd3e6"
FILES = [f"{name}.jsonl" for name in SPLITS]


def one(name):
    """An example without a frame, right or wrong, by its id."""
    return next(e for b in bare() for e in (b, *mistakes(b)) if e.id == name)


def lines(*some):
    return [json.loads(line) for line in encode(some).decode().splitlines()]


def test_a_line_is_an_object_with_every_field():
    works = one("work.present_simple.3sg")
    expect_equal(lines(works), [asdict(works) | {"fingerprint": fingerprint(works)}], what="the line of he works, as an object", idea="All that is known about it, and what tells it apart.", page=PAGE)  # fmt: skip


def test_the_bytes_of_a_line_are_exactly_these():
    went = one("go.past_simple.3sg")
    wanted = '{"correct_form":"","fingerprint":"%s","frame":"","id":"go.past_simple.3sg","mistake":"","person":"3sg","regular":false,"spanish":"él fue","spanish_regular":false,"spanish_verb":"ir","surface":"","tense":"past_simple","text":"he went","verb":"go"}\n' % fingerprint(went)  # noqa: UP031  # fmt: skip
    expect_equal(encode([went]), wanted.encode(), what="the bytes of he went", idea="Names in order, no space that JSON doesn't need, é as itself, a newline at the end.", page=PAGE)  # fmt: skip
    expect_equal(encode([]), b"", what="the bytes of nothing", idea="No line, no newline.", page=PAGE)  # fmt: skip


def test_lines_are_in_the_order_of_their_ids():
    some = bare()[:40]
    got = [line["id"] for line in lines(*reversed(some))]
    expect_equal(got, sorted(e.id for e in some), what="the ids of forty examples, in the order of their lines", idea="Two who make the same corpus in another order should get the same file.", page=PAGE)  # fmt: skip
    expect_equal(encode(iter(some)) == encode(some), True, what="whether an iterator gives the same bytes", idea="Any iterable.", page=PAGE)  # fmt: skip


def test_every_example_of_the_corpus_is_valid():
    for example in examples():
        validate(example)


def test_what_is_not_in_the_grammar_is_refused():
    went, goed = one("go.past_simple.3sg"), one("go.past_simple.3sg!overregularization_past")
    home = framed(went, corpus_files.FRAMES["home"])
    for what, bad in {
        "an id of another cell": replace(went, id="go.past_simple.2sg"),
        "an id without its mistake": replace(goed, id="go.past_simple.3sg"),
        "an id without its frame": replace(home, id="go.past_simple.3sg"),
        "an unknown verb": replace(went, verb="run", id="run.past_simple.3sg"),
        "an unknown frame": replace(went, frame="moon", id="go.past_simple.3sg@moon"),
        "an unknown mistake": replace(goed, mistake="typo", id="go.past_simple.3sg!typo"),
        "a text of another cell": replace(went, text="he goes"),
        "a text of another person": replace(went, text="you went"),
        "a text of another verb": replace(went, text="he came"),
        "a text without its frame": replace(home, text="he went"),
        "a text with a frame that it shouldn't have": replace(went, text="he went at home"),
        "Spanish in the place of English": replace(went, text="él fue"),
        "a capital": replace(went, text="He went"),
        "a text that isn't one": replace(went, text="he went."),
        "the other future": replace(one("go.simple_future.will.1sg"), text="I am going to go"),
        "a wrong text that is right": replace(goed, text="he came"),
        "a wrong text of another kind": replace(goed, text="he gone"),
        "a wrong text of another person": replace(goed, text="I goed"),
        "no wrong text": replace(goed, text=""),
        "a wrong text with two spaces": replace(goed, text="he  goed"),
        "a wrong text without its frame": replace(
            framed(goed, corpus_files.FRAMES["home"]), text="he goed"
        ),
        "a mistake that this cell can't have": replace(
            goed, mistake="wrong_aux_will_with_to", id="go.past_simple.3sg!wrong_aux_will_with_to"
        ),
        "a correct form of another cell": replace(goed, correct_form="he goes"),
        "a correct form that is wrong": replace(goed, correct_form="he gone"),
        "a mistake without a correct form": replace(goed, correct_form=""),
        "a correct form without a mistake": replace(went, correct_form="he went"),
        "English in the place of Spanish": replace(went, spanish="he went"),
        "Spanish of another person": replace(went, spanish="tú fuiste"),
        "Spanish without its frame": replace(home, spanish="él fue"),
        "no Spanish": replace(went, spanish=""),
        "another Spanish verb": replace(went, spanish_verb="ser"),
        "a regular go": replace(went, regular=True),
        "a regular ir": replace(went, spanish_regular=True),
    }.items():
        with expect_raises(MinilmError, mentions=bad.id, what=f"{what} ({bad.id})", idea="Read it by the grammar, compare it with the table, and say which example it is.", page=PAGE):  # fmt: skip
            validate(bad)


def test_a_right_text_is_no_mistake_whoever_made_it(monkeypatch):
    goed = one("go.past_simple.3sg!overregularization_past")
    monkeypatch.setitem(MISTAKES, goed.mistake, lambda example: "he came")
    with expect_raises(MinilmError, mentions=goed.id, what="a right text, of a function that makes it as a mistake", idea="Who tells you that it is wrong: the function that made it, or the grammar?", page=PAGE):  # fmt: skip
        validate(replace(goed, text="he came"))


def test_decomposed_accents_are_refused():
    went = one("go.past_simple.3sg")
    with expect_raises(MinilmError, mentions="NFC", what="él in two code points", idea="It looks the same and compares as something else.", page=PAGE):  # fmt: skip
        validate(replace(went, spanish=unicodedata.normalize("NFD", went.spanish)))


def test_what_is_written_is_read_back():
    some = sorted(examples()[::37], key=lambda e: e.id)
    expect_equal(decode(encode(some), "x.jsonl") == some, True, what="every 37th example, written and read", idea="All fields, with their types.", page=PAGE)  # fmt: skip
    back = encode(some).splitlines(keepends=True)[::-1]
    expect_equal([e.id for e in decode(b"".join(back), "x")], [e.id for e in some][::-1], what="the ids of lines in another order", idea="As they stand.", page=PAGE)  # fmt: skip


def refused(content, where, what, says=""):
    for mention in (where, says):
        with expect_raises(MinilmError, mentions=mention, what=what, idea="Somebody has to find it in a file of two thousand lines.", page=PAGE):  # fmt: skip
            decode(content, "a.jsonl")


def test_bytes_that_are_not_such_a_file_are_refused_with_their_line():
    good = encode([one("go.past_simple.3sg"), one("work.past_simple.3sg")])
    first, second = good.splitlines(keepends=True)
    refused(b"", "a.jsonl", "an empty file", "empty")
    refused(b"\xef\xbb\xbf" + good, "a.jsonl:1", "a byte order mark", "byte order mark")
    refused(good.replace(b"\n", b"\r\n"), "a.jsonl:1", "carriage returns", "carriage return")
    refused(first + second.replace(b"he", b"h\0e"), "a.jsonl:2", "a NUL byte", "NUL")
    refused(first + second.replace("é".encode(), b"\xe9"), "a.jsonl:2", "Latin-1")
    refused(good[:-1], "a.jsonl:2", "a file without its last newline", "cut off")
    refused(good[:-20], "a.jsonl:2", "a file that is cut off", "cut off")
    refused(first + b"\n" + second, "a.jsonl:2", "an empty line")
    refused(first + b"[]\n", "a.jsonl:2", "a line that is no object")
    refused(first + b"7\n", "a.jsonl:2", "a line that is a number")
    refused(first + b"[" * 60_000 + b"\n", "a.jsonl:2", "a line of brackets that are never closed")
    refused(first + first, "a.jsonl:2", "an id that comes twice", "go.past_simple.3sg")


def test_a_very_long_line_is_refused_before_it_is_read():
    first = encode([one("go.past_simple.3sg")])
    refused(first + b'"' + b"a" * 10_000_000 + b'"\n', "a.jsonl:2", "a line of 10 MB", str(LONGEST))
    line = first.rstrip(b"\n")
    decode(line + b" " * (LONGEST - len(line)) + b"\n", "a.jsonl")
    refused(line + b" " * (LONGEST + 1 - len(line)) + b"\n", "a.jsonl:1", "one byte too many", str(LONGEST))  # fmt: skip


def changed(**more):
    """The line of he went with other fields; None takes one away."""
    (fields,) = lines(one("go.past_simple.3sg"))
    fields = {name: value for name, value in (fields | more).items() if value is not None}
    return (json.dumps(fields) + "\n").encode()


def test_fields_that_are_missing_unknown_or_of_another_type_are_refused():
    for what, content in {
        "without a frame": changed(frame=None),
        "without a fingerprint": changed(fingerprint=None),
        "with a field more": changed(note="hello"),
        "with a number for a text": changed(person=3),
        "with a number for a truth": changed(regular=0),
        "with a text for a truth": changed(spanish_regular="no"),
        "with a list for a fingerprint": changed(fingerprint=[]),
    }.items():
        refused(content, "a.jsonl:1", f"a line {what}", "fields")


def test_a_field_that_stands_twice_in_a_line_is_refused():
    line = changed()
    for what, content in {
        "the same twice": line.replace(b"{", b'{"verb": "go", ', 1),
        "another first": line.replace(b"{", b'{"verb": "see", ', 1),
        "the fingerprint twice": line.replace(b"{", b'{"fingerprint": "", ', 1),
    }.items():
        refused(line + content, "a.jsonl:2", f"a line with a field twice, {what}", "fields")


def test_a_line_that_lies_is_refused():
    refused(changed(fingerprint="0" * 64), "a.jsonl:1", "another's fingerprint", "fingerprint")
    refused(changed(text="he goes"), "a.jsonl:1", "another's text", "go.past_simple.3sg")
    refused(changed(spanish="he went"), "a.jsonl:1", "another's language", "go.past_simple.3sg")


def test_the_manifest_counts_and_signs():
    went, goed = one("go.past_simple.3sg"), one("go.past_simple.3sg!overregularization_past")
    got = manifest({"train": iter([went, goed]), "test_verbs": [one("see.past_simple.3sg")]}, 5)
    content = encode([went, goed])
    expect_equal(got["files"]["train.jsonl"], {"bytes": len(content), "lines": 2, "sha256": hashlib.sha256(content).hexdigest()}, what="what the manifest says of train.jsonl", idea="How long, how many, and what no other file has.", page=PAGE)  # fmt: skip
    expect_equal(got["counts"]["train"], {"correct": 1} | dict.fromkeys(MISTAKES, 0) | {"overregularization_past": 1}, what="the counts of train", idea="A mistake that doesn't occur is a count too: 0.", page=PAGE)  # fmt: skip
    expect_equal((got["name"], got["version"], got["seed"], got["cells"]), ("lynx-verbs", "1.0.0", 5, 2), what="name, version, seed and number of cells", idea="he went and he goed are one cell.", page=PAGE)  # fmt: skip
    expect_equal((sorted(got), list(got["files"]), list(got["counts"])), (["cells", "counts", "files", "name", "seed", "version"], ["train.jsonl", "test_verbs.jsonl"], ["train", "test_verbs"]), what="the fields of the manifest, its files and parts", idea="What would a date do to the digest?", page=PAGE)  # fmt: skip


def test_the_corpus_has_the_golden_digest(tmp_path):
    got = write(tmp_path / "corpus")
    expect_equal(got, GOLDEN, what="the digest of the corpus", idea="Every byte of every part counts. Compare manifest.json with data/corpus/manifest.json: which file differs?", page=PAGE)  # fmt: skip
    expect_equal(sorted(path.name for path in (tmp_path / "corpus").iterdir()), sorted([*FILES, MANIFEST]), what="the files", idea="A file for each part and the manifest.", page=PAGE)  # fmt: skip
    expect_equal([path.name for path in tmp_path.iterdir()], ["corpus"], what="what else lies beside the corpus", idea="Nothing half-written is left.", page=PAGE)  # fmt: skip


def test_two_hash_seeds_give_the_same_bytes(tmp_path):
    program = "import sys; from pathlib import Path; from minilm.corpus_files import write; print(write(Path(sys.argv[1])))"
    path = os.pathsep.join(str(Path(corpus_files.__file__).parents[i]) for i in (1,))
    got = []
    for seed in ("1", "2"):
        answer = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {program}", str(tmp_path / seed)], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True)  # fmt: skip
        expect_true(answer.returncode == 0, what=f"writing the corpus with PYTHONHASHSEED={seed}", expected="no error", got=answer.stderr[-300:], idea="In another process it must work as here.", page=PAGE)  # fmt: skip
        got.append(answer.stdout.strip())
    expect_equal(got, [GOLDEN, GOLDEN], what="the digests of two processes that salt their hashes differently", idea="Which of your orders comes out of a set, or out of hash()?", page=PAGE)  # fmt: skip


def test_another_seed_is_another_corpus(tmp_path):
    expect_equal(write(tmp_path / "corpus", 7) == GOLDEN, False, what="whether seed 7 gives the same digest", idea="It splits otherwise, and the manifest names it.", page=PAGE)  # fmt: skip
    expect_equal(json.loads((tmp_path / "corpus" / MANIFEST).read_bytes())["seed"], 7, what="the seed in the manifest", idea="Hand it on.", page=PAGE)  # fmt: skip


def test_a_corpus_on_disk_is_read_back(tmp_path):
    write(tmp_path / "corpus")
    got = read(tmp_path / "corpus")
    expect_equal(got == split(examples()), True, what="the parts that were read", idea="Part by part what was written.", page=PAGE)  # fmt: skip
    expect_equal(list(got), list(SPLITS), what="their names", idea="In the order of SPLITS.", page=PAGE)  # fmt: skip


def small(folder):
    """A corpus of one example a part, which is quick to read."""
    ids = ["work.present_simple.3sg", "go.past_simple.1sg", "work.infinitive.1sg", "go.infinitive.1sg", "do.infinitive.1sg", "see.infinitive.1sg"]  # fmt: skip
    parts = {name: [one(one_id)] for name, one_id in zip(SPLITS, ids, strict=True)}
    folder.mkdir()
    for name, some in parts.items():
        (folder / f"{name}.jsonl").write_bytes(encode(some))
    said = manifest(parts, 42)
    (folder / MANIFEST).write_bytes(manifest_bytes(said))
    return said


def rewritten(folder, said):
    (folder / MANIFEST).write_bytes(json.dumps(said).encode())


def test_a_file_that_does_not_match_its_manifest_is_refused(tmp_path):
    folder = tmp_path / "corpus"
    small(folder)
    expect_equal([len(some) for some in read(folder).values()], [1] * 6, what="what is read of a small corpus", idea="The manifest says what belongs to it, not the real corpus.", page=PAGE)  # fmt: skip
    for name in FILES:
        before = (folder / name).read_bytes()
        for what, content in {
            "with a line more": before + encode([one("eat.infinitive.1sg")]),
            "with another person": encode([replace(decode(before, name)[0], person="2sg")]),
            "that is empty": b"",
        }.items():
            (folder / name).write_bytes(content)
            for mention in (str(folder / name), hashlib.sha256(content).hexdigest()):
                with expect_raises(MinilmError, mentions=mention, what=f"{name} {what}", idea="Before a line is read, the file as a whole must be the one that was signed.", page=PAGE):  # fmt: skip
                    read(folder)
        (folder / name).write_bytes(before)


def test_a_file_that_is_missing_is_named(tmp_path):
    folder = tmp_path / "corpus"
    small(folder)
    for name in (FILES[0], FILES[-1], MANIFEST):
        before = (folder / name).read_bytes()
        (folder / name).unlink()
        with expect_raises(MinilmError, mentions=str(folder / name), what=f"a corpus without {name}", idea="Which file?", page=PAGE):  # fmt: skip
            read(folder)
        (folder / name).write_bytes(before)


def test_a_signed_file_is_still_read_with_suspicion(tmp_path):
    folder = tmp_path / "corpus"
    said = small(folder)
    content = (folder / FILES[2]).read_bytes().replace(b"trabajar", b"to work!")
    (folder / FILES[2]).write_bytes(content)
    said["files"][FILES[2]]["sha256"] = hashlib.sha256(content).hexdigest()
    rewritten(folder, said)
    with expect_raises(MinilmError, mentions=f"{folder / FILES[2]}:1", what="a file that was signed after it was spoiled", idea="A digest says that nobody has changed it since, not that it was ever right.", page=PAGE):  # fmt: skip
        read(folder)


def test_a_manifest_of_something_else_is_refused_before_any_file(tmp_path):
    folder = tmp_path / "corpus"
    said = small(folder)
    (folder / FILES[0]).unlink()
    for what, other in {
        "of another corpus": said | {"name": "tiny"},
        "of another version": said | {"version": "2.0.0"},
        "that lists a file more": said | {"files": said["files"] | {"../../secret": {}}},
    }.items():
        rewritten(folder, other)
        with expect_raises(MinilmError, mentions=str(folder / MANIFEST), what=f"a manifest {what}, and a file that is missing", idea="Which of the two do you hold in your hands first?", page=PAGE):  # fmt: skip
            read(folder)


def test_a_manifest_that_is_none_is_refused(tmp_path):
    folder = tmp_path / "corpus"
    said = small(folder)
    files = said["files"]
    for what, other in {
        "a list": [],
        "of another corpus": said | {"name": "tiny"},
        "of another version": said | {"version": "2.0.0"},
        "without files": {name: value for name, value in said.items() if name != "files"},
        "whose files are a list": said | {"files": list(files)},
        "that lacks a part": said | {"files": {n: f for n, f in files.items() if n != FILES[4]}},
        "that lists a file more": said | {"files": files | {"../../secret": files[FILES[0]]}},
        "whose file has no digest": said | {"files": files | {FILES[0]: {}}},
        "whose file is a text": said | {"files": files | {FILES[0]: "0" * 64}},
        "with another length": said | {"files": files | {FILES[0]: files[FILES[0]] | {"bytes": 1}}},
        "with another number of cells": said | {"cells": 300},
        "without counts": {name: value for name, value in said.items() if name != "counts"},
    }.items():
        rewritten(folder, other)
        with expect_raises(MinilmError, mentions=str(folder), what=f"a manifest {what}", idea="It is a file from somewhere too.", page=PAGE):  # fmt: skip
            read(folder)
    for content in (b"", b"{", b"\xff", b"[" * 60_000):
        (folder / MANIFEST).write_bytes(content)
        with expect_raises(MinilmError, mentions=MANIFEST, what=f"a manifest of the bytes {content[:9]!r}", idea="It is a file from somewhere too.", page=PAGE):  # fmt: skip
            read(folder)
