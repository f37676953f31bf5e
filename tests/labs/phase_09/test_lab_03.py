"""Lab 09.3: the bytes of a checkpoint."""

import json

import numpy as np

from given.checking import expect_equal, expect_raises
from minitorch.checkpoint import load_file, load_metadata, save_file

PAGE = "theory/04-a-file-is-not-a-program.md"


def parts(path):
    """Header and data of a file."""
    content = path.read_bytes()
    n = int.from_bytes(content[:8], "little")
    return n, content[8 : 8 + n], content[8 + n :]


def test_a_file_is_a_length_a_header_and_bytes(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": np.array([[1.0, 2.0]], np.float32)}, path)
    n, header, data = parts(path)
    expect_equal(json.loads(header), {"w": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}, what="the header for one float32 array (1, 2)", idea="For each name: dtype, shape, and the first and last byte in the data.", page=PAGE)  # fmt: skip
    expect_equal(data, np.array([1.0, 2.0], "<f4").tobytes(), what="the data", idea="The arrays' bytes, row-major, little-endian.", page=PAGE)  # fmt: skip
    expect_equal((n % 8, header.rstrip()[-1:]), (0, b"}"), what="the header's length modulo 8, and what comes before the padding", idea="Spaces fill the header up, so that the arrays start at a multiple of 8.", page=PAGE)  # fmt: skip


def test_wide_numbers_come_first_then_names(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"z": np.zeros(1, np.int8), "b": np.ones(2, np.float32), "a": np.ones(1, np.float32), "d": np.ones(1)}, path)  # fmt: skip
    header = json.loads(parts(path)[1])
    expect_equal({n: e["data_offsets"] for n, e in header.items()}, {"d": [0, 8], "a": [8, 12], "b": [12, 20], "z": [20, 21]}, what="the offsets of d (F64), a and b (F32), z (I8)", idea="Sorted by item size, largest first, then by name: each array is aligned, and equal tensors give equal files.", page=PAGE)  # fmt: skip


def test_metadata_come_along(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": np.zeros(1)}, path, {"step": "7"})
    expect_equal((load_metadata(path), list(load_file(path))), ({"step": "7"}, ["w"]), what="metadata, and the names of the arrays", idea='Under "__metadata__", and only if there are any.', page=PAGE)  # fmt: skip


def test_every_dtype_comes_back(tmp_path):
    path = tmp_path / "a.safetensors"
    state = {str(np.dtype(t)): np.arange(6).reshape(2, 3).astype(t) for t in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?")}  # fmt: skip
    state |= {"scalar": np.array(3.5), "empty": np.zeros((0, 4), np.float32), "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "big end": np.arange(3, dtype=">f8")}  # fmt: skip
    save_file(state, path)
    got = load_file(path)
    expect_equal(sorted(got), sorted(state), what="the names", idea="All of them.", page=PAGE)
    for name, array in state.items():
        same = got[name].shape == array.shape and np.array_equal(got[name], array)
        expect_equal((same, got[name].dtype == array.dtype.newbyteorder("<")), (True, True), what=f"values, shape and dtype of {name}", idea="In which order do the bytes of this array lie in memory, and in which must they lie in the file?", page=PAGE)  # fmt: skip


def test_what_is_loaded_can_be_changed(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": np.zeros(2)}, path)
    array = load_file(path)["w"]
    array[0] = 5
    expect_equal(float(array[0]), 5.0, what="an element after an assignment", idea="Whose memory is the array that you return?", page=PAGE)  # fmt: skip


def test_a_file_that_lies_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"a": np.arange(3.0), "b": np.ones(2, np.float32)}, path)
    whole = path.read_bytes()
    _, header, data = parts(path)
    for name, content in {
        "cut off": whole[:-1],
        "with bytes at the end": whole + b"!",
        "whose second array starts too late": len(h := header.replace(b"[24,32]", b"[25,33]")).to_bytes(8, "little") + h + data + b"!",
        "whose shape is too large": len(h := header.replace(b"[3]", b"[4]")).to_bytes(8, "little") + h + data,
        "whose arrays overlap": len(h := header.replace(b"[24,32]", b"[16,24]")).to_bytes(8, "little") + h + data[:24],
    }.items():  # fmt: skip
        path.write_bytes(content)
        with expect_raises(ValueError, mentions="a.safetensors", what=f"a file {name}", idea="Which sums must come out for a header that belongs to this file?", page=PAGE):  # fmt: skip
            load_file(path)


def test_the_bytes_are_exactly_these(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"pé": np.array([7], np.uint8)}, path)
    text = '{"pé":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.encode()
    text += b" " * (-len(text) % 8)
    expect_equal(path.read_bytes(), len(text).to_bytes(8, "little") + text + b"\x07", what="the file of one byte under the name pé", idea="Count the bytes by hand: which of them would another library not write?", page=PAGE)  # fmt: skip
    save_file({}, path)
    expect_equal(path.read_bytes(), (8).to_bytes(8, "little") + b"{}      ", what="the file of no arrays", idea="A header and nothing else.", page=PAGE)  # fmt: skip
    save_file({"w" * 4: np.array([7], np.uint8)}, path)
    n, header, _ = parts(path)
    expect_equal((n, header[-1:]), (56, b"}"), what="length and end of a header of 56 bytes", idea="A length that fits already needs no spaces.", page=PAGE)  # fmt: skip


def test_the_elements_size_decides_and_then_the_name(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"c": np.ones(9, np.int8), "b": np.ones(1), "a": np.ones(4, np.float32)}, path, {"x": "y"})  # fmt: skip
    expect_equal(list(json.loads(parts(path)[1])), ["__metadata__", "b", "a", "c"], what="the header's names for c (9 of I8), b (1 of F64) and a (4 of F32), with metadata", idea="What has to lie at a multiple of 8, and what may lie anywhere?", page=PAGE)  # fmt: skip
    one = path.read_bytes()
    save_file({"a": np.ones(4, np.float32), "c": np.ones(9, np.int8), "b": np.ones(1)}, path, {"x": "y"})  # fmt: skip
    expect_equal(path.read_bytes() == one, True, what="whether another order of the same arrays gives the same file", idea="A dictionary's order is no property of the model.", page=PAGE)  # fmt: skip


def written(path, entries, data):
    """A file with a header of our own making."""
    text = json.dumps(entries).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def entry(first, last, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


def test_each_lie_is_told_with_the_entry(tmp_path):
    path = tmp_path / "lies.safetensors"
    for name, entries, data, says in (
        ("with a gap", {"a": entry(0, 4, [1]), "two": entry(8, 12, [1])}, bytes(12), "two"),
        ("with an overlap", {"a": entry(0, 8, [2]), "two": entry(4, 8, [1])}, bytes(8), "two"),
        ("whose shape is too small", {"a": entry(0, 4, [1]), "two": entry(4, 12, [1])}, bytes(12), "two"),
        ("whose shape is too large", {"two": entry(0, 4, [2])}, bytes(4), "two"),
        ("whose shape's product is 2 to the 64", {"two": entry(0, 0, [2**32, 2**32])}, b"", "two"),
        ("that ends inside an array", {"two": entry(0, 8, [2])}, bytes(5), "two"),
    ):  # fmt: skip
        written(path, entries, data)
        for part in ("lies.safetensors", says):
            with expect_raises(ValueError, mentions=part, what=f"a file {name}", idea="Who has ten files of a hundred entries wants to know which: the path and the name.", page=PAGE):  # fmt: skip
                load_file(path)


def test_a_header_in_any_order_is_read(tmp_path):
    path = tmp_path / "a.safetensors"
    written(path, {"late": entry(8, 12, [1]), "early": entry(0, 8, [1, 2])}, np.arange(3, dtype="<f4").tobytes())  # fmt: skip
    got = load_file(path)
    expect_equal((got["early"].tolist(), got["late"].tolist()), ([[0.0, 1.0]], [2.0]), what="two arrays whose header names the second one first", idea="Others' files have another order. What says where an array lies?", page=PAGE)  # fmt: skip
