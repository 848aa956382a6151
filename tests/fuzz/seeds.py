"""The seeds: small whole inputs of each kind, from the samples and fixtures of the repository or made here."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from generator.emit.journal import FolderTimes, Journal, Step, dump_journal
from generator.liveness.kept import dump_placed
from generator.model.liveness import PlacedBuffer, PlacedRun
from generator.model.liveness import Step as RunStep
from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.session.framing import encode_packet
from generator.session.minrpc import init_server
from generator.session.session import MessageType, encode_message

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "unit" / "fixtures"
SAMPLES = ROOT / "samples"


def base_files(name: str) -> dict[str, bytes]:
    """The files of the fixtures' archive ``base_<name>.yml``."""
    base = yaml.safe_load((FIXTURES / "archives" / f"base_{name}.yml").read_text("utf-8"))
    files = {path: text.encode() for path, text in base["text"].items()}
    return files | {path: bytes.fromhex(text) for path, text in base.get("hex", {}).items()}


def tar_of(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def sample_files(name: str) -> dict[str, bytes]:
    with tarfile.open(SAMPLES / f"{name}.tar") as archive:
        found = {}
        for member in archive.getmembers():
            stream = archive.extractfile(member)
            if stream is not None:
                found[member.name] = stream.read()
        return found


def archives() -> list[bytes]:
    return [tar_of(base_files(name)) for name in ("aot_c", "packed", "graph")] + [
        tar_of(sample_files("sine"))
    ]


def members(ending: str) -> list[bytes]:
    """The members of the archives above whose name ends so."""
    everything = [base_files(name) for name in ("aot_c", "packed", "graph")]
    everything += [sample_files(name) for name in ("sine", "branchy")]
    return [data for files in everything for path, data in files.items() if path.endswith(ending)]


def params() -> list[bytes]:
    def saved(arrays: list[tuple[str, int, int, tuple[int, ...], bytes]]) -> bytes:
        names = [name.encode() for name, *_ in arrays]
        out = struct.pack("<QQQ", 0xF7E58D4F05049CB7, 0, len(names))
        out += b"".join(struct.pack("<Q", len(name)) + name for name in names)
        out += struct.pack("<Q", len(arrays))
        for _, code, bits, shape, data in arrays:
            out += struct.pack("<QQiiiBBH", 0xDD5E40F096B4A13F, 0, 1, 0, len(shape), code, bits, 1)
            out += struct.pack(f"<{len(shape)}q", *shape) + struct.pack("<q", len(data)) + data
        return out

    one = ("p0", 0, 8, (2, 3), bytes(6))
    return [*members(".params"), saved([one]), saved([one, ("p1", 2, 32, (), bytes(4))]), saved([])]


def tflite() -> list[bytes]:
    return [(SAMPLES / f"{name}.tflite").read_bytes() for name in ("sine", "branchy")]


def npz() -> list[bytes]:
    import numpy as np

    found = [(SAMPLES / "sine.npz").read_bytes()]
    for dtype, shape in (("int8", (1, 3)), ("<f4", ()), (">i4", (2, 0))):
        stream = io.BytesIO()
        np.savez(stream, in0_0=np.zeros(shape, dtype), out0_0=np.ones(shape, dtype))
        found.append(stream.getvalue())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in0_0.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr':'|i1'}\n\0")
    return [*found, stream.getvalue()]


def boards() -> list[bytes]:
    files = [*sorted((ROOT / "boards").glob("*.yaml")), *sorted((FIXTURES / "boards").glob("*.yaml"))[:12]]
    return [path.read_bytes() for path in files]


def projects() -> list[bytes]:
    found = []
    for rtos, board, kind in (
        ("zephyr", "mps2_an385", "host_driven"),
        ("freertos", "stm32f746g_disco", "standalone"),
        ("zephyr", "native_sim", "standalone"),
    ):
        options = GenerateOptions(rtos, {}, {}, False, 4096, "greedy_by_size", kind)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "app"
            generate(GenerateRequest((SAMPLES / "sine.tar",), board, options, output=target))
            found.append((target / "project.json").read_bytes())
    return found


def journals() -> list[bytes]:
    times = (FolderTimes(".", 1, 2), FolderTimes("a", 3, 4))
    steps = (Step("a/b.c", "0" * 64, True), Step("gone/x", None, True))
    return [dump_journal(Journal(steps, ("new", "new/deep"), (("gone", 0o755),), times)).encode()]


def images() -> list[bytes]:
    """ELF files of both classes and byte orders, with sections, segments and symbols."""
    return [elf_file(wide=wide, order=order, machine=machine) for wide, order, machine in ELF_KINDS]


#: 64-bit, byte order, machine: Arm, RISC-V, x86-64, and one that is none of them
ELF_KINDS = ((False, "<", 40), (False, "<", 243), (True, "<", 62), (False, ">", 40), (True, ">", 0))


def elf_file(*, wide: bool, order: str, machine: int) -> bytes:
    """An executable with code, initialised and zeroed data, a symbol table and one segment."""
    head, program, section = (64, 56, 64) if wide else (52, 32, 40)
    names = b"\0.text\0.data\0.bss\0.symtab\0.strtab\0.shstrtab\0"
    strings = b"\0main\0buffer\0"
    word = "Q" if wide else "I"

    def symbol(name: int, value: int, size: int, kind: int, index: int) -> bytes:
        if wide:
            return struct.pack(order + "IBBHQQ", name, kind, 0, index, value, size)
        return struct.pack(order + "IIIBBH", name, value, size, kind, 0, index)

    symbols = symbol(0, 0, 0, 0, 0) + symbol(1, 0x08000001, 4, 0x12, 1) + symbol(6, 0x20000004, 8, 0x11, 3)
    code, data = b"\0\1\0\x20\1\0\0\x08", b"\2\0\0\0"
    parts = [code, data, symbols, strings, names]
    at = [head + program]
    for part in parts:
        at.append(at[-1] + len(part))
    rows = [
        (0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 1, 6, 0x08000000, at[0], len(code), 0, 0, 0),
        (7, 1, 3, 0x20000000, at[1], len(data), 0, 0, 0),
        (13, 8, 3, 0x20000004, at[2], 8, 0, 0, 0),
        (18, 2, 0, 0, at[2], len(symbols), 5, 1, 24 if wide else 16),
        (26, 3, 0, 0, at[3], len(strings), 0, 0, 0),
        (34, 3, 0, 0, at[4], len(names), 0, 0, 0),
    ]
    table = b"".join(struct.pack(order + f"II4{word}II2{word}", *row[:8], 4, row[8]) for row in rows)
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    start = struct.pack(
        order + f"HHI3{word}I6H",
        *(2, machine, 1, 0x08000001, head, at[5], 0, head, program, 1, section, len(rows), 6),
    )
    loaded = (at[0], 0x08000000, 0x08000000, len(code), len(code))
    if wide:
        segment = struct.pack(order + "II6Q", 1, 5, *loaded, 4)
    else:
        segment = struct.pack(order + "8I", 1, *loaded, 5, 4)
    return ident + start + segment + b"".join(parts) + table


def consoles() -> list[bytes]:
    """What a firmware prints of its samples and of a profile."""
    return [
        b"noise\nmlf: sine set 0 output 0: 0aff\nmlf: sine set 0: 12 us, as expected\n"
        b"mlf: sine workspace: 64 of 80 bytes touched\nmlf: sine set 1: error: busy\nmlf: end, 1 failures\n",
        b"mlf: profile 8000123: 3 calls, 45678 cycles\nmlf: profile 8000456: 1 calls, 9 cycles\n",
    ]


def settings() -> list[bytes]:
    return [
        b'rtos = "zephyr"\nboard = "stm32f746g_disco"\nreserve = ["sram=64K"]\n[verify]\nrtos = "none"\n',
        b'stack-bytes = 8192\nshare_workspace = true\nto = "lib"\n[build]\n[session]\nbaud = 9600\n',
    ]


def analyses() -> list[bytes]:
    """Placed runs as the cache keeps them."""
    run = PlacedRun(
        steps=(RunStep(0, "tvmgen_default_fused_add", 1),),
        buffers=(PlacedBuffer("sid_1", "workspace", "sram", 0, 64, (0, 1)),),
        pools=(("sram", 64),),
        in_place=True,
        unread=("x",),
    )
    return [dump_placed(run).encode()]


def problems() -> list[bytes]:
    csv = b"id,lower,upper,size,alignment,offset\na,0,3,64,16,0\nb,2,5,32,8,64\nc,4,9,100,1,\n"
    tree = {
        "pools": [{"name": "p", "size_bytes": 4096, "alignment_bytes": 16, "access_cost": 1.5}],
        "buffers": [
            {"name": "a", "size_bytes": 64, "lifespan": [0, 3], "pools": ["p"], "accesses": 7},
            {"name": "b", "size_bytes": 32, "live": [[0, 1], [2, 4]], "conflicts": ["a"]},
            {"name": "c", "size_bytes": 8, "fixed": {"pool": "p", "offset_bytes": 0}},
        ],
    }
    return [csv, b"id,lower,upper,size\n", json.dumps(tree, indent=1).encode()]


def requests() -> list[bytes]:
    calls: list[tuple[str, dict[str, object]]] = [
        ("server_info_query", {"tvm_version": "0.12.0"}),
        ("build", {"options": {"verbose": True}}),
        ("flash", {"options": {}}),
        ("open_transport", {"options": {"port": "x"}}),
        ("close_transport", {}),
        ("read_transport", {"n": 3, "timeout_sec": 0}),
        ("write_transport", {"data": "AAA{", "timeout_sec": None}),
        (
            "generate_project",
            {
                "model_library_format_path": "/x/a.tar",
                "standalone_crt_dir": "/x/crt",
                "project_dir": "/x/p",
                "options": {"rtos": "zephyr", "stack_bytes": 1},
            },
        ),
    ]
    return [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
        for number, (method, params) in enumerate(calls)
    ]


def streams() -> list[bytes]:
    """What a device sends: framed messages, some in escapes, and noise between them."""
    reply = encode_message(0x0107, MessageType.START_REPLY, b"\1\0\0\0")
    value = struct.pack("<iIiI", 4, 2, 0, 0) + struct.pack("<qq", 1, -1)
    normal = encode_message(0x0107, MessageType.NORMAL, value)
    log = encode_message(0x0107, MessageType.LOG, b"hello \xff")
    return [reply + normal, b"\xfe" + log + reply, encode_packet(b"\xff\xfd" * 9) + b"noise", init_server()]
