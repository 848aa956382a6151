"""Whatever is done to an archive, it is read or refused: never another exception, never a hang."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import MlfgenError
from generator.readers.archive.files import Limits, parse_tar
from generator.readers.archive.mlf import parse_archive
from readers.archive_builder import base_files, compressed, tar_bytes

BASES = ["aot_c", "packed", "graph"]
LIMITS = Limits(total_bytes=1 << 20, member_bytes=1 << 18, members=100)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def read(tar: bytes) -> None:
    try:
        parse_archive("a.tar", "0" * 64, parse_tar(tar, "a.tar", LIMITS))
    except MlfgenError as error:
        assert error.what
        assert error.where
        assert error.hint


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path] * bool(path) + [place for key, value in inner for place in places(value, (*path, key))]


@settings(max_examples=200)
@given(st.binary(max_size=3000), st.sampled_from([b"", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0"]))
def test_random_bytes(data: bytes, magic: bytes) -> None:
    read(magic + data)


@pytest.mark.parametrize("container", ["tar", "tar.gz", "tar.bz2", "tar.xz"])
@settings(max_examples=60)
@given(data=st.data())
def test_truncation_and_flipped_bytes(container: str, data: st.DataObject) -> None:
    archive = bytearray(compressed(tar_bytes(base_files(data.draw(st.sampled_from(BASES)))), container))
    for place in data.draw(st.lists(st.integers(0, len(archive) - 1), max_size=5)):
        archive[place] ^= data.draw(st.integers(1, 255))
    read(bytes(archive[: data.draw(st.integers(0, len(archive)))]))


@pytest.mark.parametrize("base", BASES)
@settings(max_examples=150)
@given(data=st.data())
def test_flipped_bytes_in_any_file(base: str, data: st.DataObject) -> None:
    files = base_files(base)
    path = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[path])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    read(tar_bytes(files | {path: bytes(content)}))


@pytest.mark.parametrize("base", BASES)
@settings(max_examples=150)
@given(data=st.data())
def test_any_value_anywhere_in_the_json(base: str, data: st.DataObject) -> None:
    files = base_files(base)
    path = data.draw(st.sampled_from([name for name in sorted(files) if name.endswith((".json", ".graph"))]))
    tree = json.loads(files[path])
    *parents, last = data.draw(st.sampled_from(places(tree)))
    node = tree
    for key in parents:
        node = node[key]
    if data.draw(st.booleans()):
        node[last] = data.draw(JSON)
    else:
        del node[last]
    read(tar_bytes(files | {path: json.dumps(tree).encode()}))


@pytest.mark.parametrize("base", BASES)
@settings(max_examples=100)
@given(data=st.data())
def test_any_piece_of_the_c_repeated_or_lost(base: str, data: st.DataObject) -> None:
    files = base_files(base)
    path = data.draw(
        st.sampled_from([name for name in sorted(files) if name.endswith((".c", ".h", ".relay"))])
    )
    text = files[path]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    times = data.draw(st.sampled_from([0, 2, 200]))
    read(tar_bytes(files | {path: text[:start] + text[start:end] * times + text[end:]}))


SIZE = 300_000


@pytest.mark.parametrize(
    "piece",
    [
        "__attribute__((",
        "__attribute__((section(1)))static struct a {",
        "TVMBackendAllocWorkspace (",
        "TVMFunc",
        "arm_",
        "float",
        "struct tvmgen_tiny_inputs {",
        "kTvmgenMetadata_inputs",
        "kTvmgenMetadata_inputs_0_shape[1] = {",
        "int32_t tvmgen_tiny_run(",
        "#ifdef __cplusplus ",
        "#define a \\\n",
        '#include "',
        "void* ",
        "a ",
        "a",
        " ",
        "'",
        "= {0x00, ",
    ],
)
@pytest.mark.parametrize("path", ["codegen/host/src/tiny_lib2.c", "codegen/host/include/tvmgen_tiny.h"])
@pytest.mark.parametrize("base", ["aot_c", "packed"])
def test_time_is_linear_in_the_length_of_c(base: str, path: str, piece: str) -> None:
    # Each of these would take a careless pattern minutes; the suite's patience is the limit.
    files = base_files(base)
    more = (piece * (SIZE // len(piece))).encode()
    read(tar_bytes({**files, path: files.get(path, b"") + more}))
    read(tar_bytes({**files, path: files.get(path, b"") + b"struct tvmgen_tiny_inputs {" + more + b"};"}))


@pytest.mark.parametrize(
    "piece",
    ["/*", "%a: ", "% ", "output_tensor_names=[", "Tensor[(1", "/* ty= span=", " span=", "-> ", "\n}"],
)
def test_time_is_linear_in_the_length_of_relay(piece: str) -> None:
    files = base_files("aot_c")
    for start in ("def @main(", "def @main(%x) {\n  %0 /* ty="):
        read(
            tar_bytes({**files, "src/tiny.relay": (start + piece * (SIZE // len(piece)) + "\n}\n").encode()})
        )


def test_time_is_linear_in_the_length_of_json() -> None:
    keys = ",".join(f'"{number}":0' for number in range(30_000))
    read(tar_bytes({**base_files("aot_c"), "metadata.json": f'{{{keys},"1":0}}'.encode()}))
    names = {f"x{number}": {"dtype": "int8", "size": 1} for number in range(5_000)}
    files = base_files("aot_c")
    tree = json.loads(files["metadata.json"])
    tree["modules"]["tiny"]["memory"]["functions"]["main"][0]["inputs"] = names
    read(tar_bytes({**files, "metadata.json": json.dumps(tree).encode()}))


def test_time_is_linear_in_the_length_of_extension_headers() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("pax")
        info.type, records = tarfile.XHDTYPE, b"5 a=\n" * 100_000
        info.size = len(records)
        tar.addfile(info, io.BytesIO(records))
    read(buffer.getvalue())


def test_extension_headers_are_limited() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for _ in range(17):
            info = tarfile.TarInfo("././@LongLink")
            info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 20
            tar.addfile(info, io.BytesIO(b"n" * info.size))
    with pytest.raises(MlfgenError, match="extension headers"):
        parse_tar(buffer.getvalue(), "a.tar")
