"""The seeds: what the host's own client sends in sessions with each of the fuzzed applications."""

from __future__ import annotations

import contextlib
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "runtime_rpc"))

from rpc_port import Port, open_session  # noqa: E402

from generator.errors import MlfgenError  # noqa: E402
from generator.session import RemoteSession, minrpc  # noqa: E402
from generator.session.framing import Decoder, Packet  # noqa: E402
from generator.session.minrpc import Code  # noqa: E402
from generator.session.values import (  # noqa: E402
    DataType,
    Device,
    Handle,
    ModuleHandle,
    TypeCode,
    encode_values,
)

HARNESS = Path(__file__).with_name("fuzz_port.c")
#: of a message, before its body
HEADER_BYTES = 3
#: kinds of pieces: see fuzz_port.c
FRAMED, _RAW, THROUGH_RING, FRAMED_BROKEN, STOP, PRINTED, FLUSHED, RESET = range(8)
CPU = Device(1, 0)
#: the applications of fuzz_app.h, and one that the server refuses
APPS, REFUSED = 3, 3


def request(code: int, body: bytes = b"") -> bytes:
    return struct.pack("<QI", 4 + len(body), code) + body


def piece(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<BH", kind, len(data)) + data


def write_seeds(folder: Path, executable: Path) -> int:
    """executable: the harness built for LOCK_STEP. Returns the number of sessions."""
    count = 0
    for app in range(APPS):
        reset = piece(RESET, bytes((app,)))
        for act in SESSIONS:
            sent = _recorded(executable, app, act)
            packets = [event.payload for event in Decoder().feed(sent) if isinstance(event, Packet)]
            pieces = [piece(FRAMED, packet) for packet in packets]
            last = piece(FRAMED_BROKEN, packets[-1])
            for name, body in (
                ("session", b"".join(pieces)),
                ("broken", b"".join((*pieces[:-1], last))),
                ("ring", b"".join(piece(THROUGH_RING, part) for part in _parts(sent)) + piece(STOP)),
                ("split", b"".join(_split(packets))),
            ):
                (folder / f"{name}{count}").write_bytes(reset + body)
            count += 1
    console = _recorded(executable, 0, _globals)
    start = piece(THROUGH_RING, console)
    lines = b"one line\r\n\nanother" + b"of many words " * 30 + b"\n"
    (folder / "console").write_bytes(start + piece(PRINTED, lines) + piece(FLUSHED, b"half a line"))
    (folder / "refused").write_bytes(piece(RESET, bytes((REFUSED,))) + start)
    return count


def _recorded(executable: Path, app: int, act: Callable[[RemoteSession], None]) -> bytes:
    port = Port(executable, str(app))
    port.reset(app)
    session = open_session(port)
    with contextlib.suppress(MlfgenError):  # an answer that tells an error is as good a seed
        act(session)
    port.close()
    return b"".join(session._transport.sent)  # type: ignore[attr-defined]


def _parts(sent: bytes) -> list[bytes]:
    return [sent[at : at + 500] for at in range(0, len(sent), 500)]


def _split(packets: list[bytes]) -> Iterator[bytes]:
    """Requests whose bodies come in several messages."""
    for packet in packets:
        head, body = packet[:HEADER_BYTES], packet[HEADER_BYTES:]
        cuts = [0, len(body) // 3, len(body) * 2 // 3, len(body)]
        if len(body) < 9:
            yield piece(FRAMED, packet)
        else:
            yield from (piece(FRAMED, head + body[a:b]) for a, b in pairwise(cuts))


def _attempt(*calls: Callable[[], object]) -> None:
    """All of them, also after one that fails."""
    for call in calls:
        with contextlib.suppress(MlfgenError):
            call()


def _globals(session: RemoteSession) -> None:
    echo = session.function("test.echo")
    for value in (0, -1, 2**63 - 1, 0.5, "", "text", b"", b"\xff\xfd\x00", None, CPU):
        _attempt(lambda value=value: echo(value))  # type: ignore[misc]
    session.function("test.add")(*range(8))
    session.function("test.log")("working")
    _attempt(lambda: session.function("test.add")(*range(40)))


def _tensors(session: RemoteSession) -> None:
    source, target = session.allocate((20,), "int8"), session.allocate((20,), "int8", "dtcm")
    source.write(bytes(range(20)))
    session.system_library().function("twice")(source, target)
    target.numpy()
    source.copy_from(target)
    session.function("test.alignment")(source)
    session.stats()


def _toy(session: RemoteSession) -> None:
    model = session.executor()
    model.input_name(0)
    model.input("samples").write(bytes(6))
    model.run()
    model.output(0).numpy()
    model.output("scores")
    model.input(0).write(b"\x80" * 6)
    _attempt(
        model.run,
        model.inputs,
        model.outputs,
        lambda: model.function("get_input_index")("samples"),
        lambda: model.function("set_input")("samples", 1),
        lambda: model.output("no_such"),
        lambda: model.input(7),
        lambda: model.function("get_input")(model),
        lambda: model.function("no_such"),
        lambda: session.executor("no_such"),
    )


def _real(session: RemoteSession) -> None:
    """A model of the runtime: on its own tensors, on the host's, and when it fails or breaks its plan."""
    for name in ("real", "misplaced"):
        with contextlib.suppress(MlfgenError):
            model = session.executor(name)
            for first in (0, 5, -3):
                model.input(0).write(bytes((first & 0xFF, 0, 2, 3, 4, 5)))
                _attempt(model.run, model.output(0).read)
            model.input(0).write(bytes((0, 7, 2, 3, 4, 5)))
            _attempt(model.run)
    library = session.system_library()
    for name in ("real_run", "misplaced_run"):
        with contextlib.suppress(MlfgenError):
            function = library.function(name)
            x, y = session.allocate((2, 3), "int8"), session.allocate((6,), "int8")
            small = session.allocate((5,), "int8")
            x.write(bytes(range(6)))
            _attempt(
                lambda function=function, x=x, y=y: function(x, y),  # type: ignore[misc]
                lambda function=function, x=x, small=small: function(x, small),  # type: ignore[misc]
                lambda function=function, y=y, small=small: function(small, y),  # type: ignore[misc]
                lambda function=function, x=x: function(x),  # type: ignore[misc]
                lambda function=function, x=x: function(x, 1),  # type: ignore[misc]
                y.read,
            )


def _operators(session: RemoteSession) -> None:
    library = session.system_library()
    x, y = session.allocate((4, 5), "int8"), session.allocate((20,), "int8", "dtcm")
    large, same = session.allocate((10, 30), "int8"), session.allocate((300,), "int8")
    no_memory = replace(x.ref, handle=0)
    doubled = library.function("doubled")
    _attempt(
        lambda: doubled(x, y),
        lambda: doubled(large, same),
        lambda: doubled(x, large),
        lambda: doubled(x),
        lambda: doubled(x, no_memory),
        lambda: doubled(x, 3),
        library.function("keeps_scratch"),
        lambda: library.function("fails")(x),
    )


def _memory(session: RemoteSession) -> None:
    """Blocks taken and freed in all orders, and every request that is refused."""
    blocks = [session.allocate((size,), "int8") for size in (100, 1, 0, 300)]
    blocks[1].free()
    again = session.allocate((1,), "int8", "global")
    again.write(b"x")
    other = session.allocate((2, 3), "float32x4", "global.dtcm")
    take = partial(session.syscall, Code.DEV_ALLOC_DATA, CPU)
    int8 = DataType.parse("int8")
    _attempt(
        lambda: blocks[0].copy_from(other),
        lambda: session.syscall(Code.COPY_AMONG_REMOTE, replace(other.ref, handle=0), other.ref, None),
        lambda: blocks[0].copy_from(replace(blocks[0], ref=replace(blocks[0].ref, shape=(-1,)))),
        lambda: session.copy_from(replace(blocks[0].ref, shape=(2,) * 33)),
        lambda: session.copy_from(replace(blocks[0].ref, shape=(101,))),
        blocks[1].read,
        lambda: take(64, 64, int8),
        lambda: take(-1, 1, int8),
        lambda: take(1, 3, int8),
        lambda: take(1, 1 << 20, int8),
        lambda: take(1, 1, int8, 5),
        lambda: take(1, 1, 5),
        lambda: session.syscall(Code.DEV_ALLOC_DATA, Device(2, 0), 1, 1, int8),
        lambda: session.allocate((4,), "int8", "no_such"),
        lambda: session.allocate((1 << 20,), "int8"),
        lambda: session.allocate((1 << 31, 1 << 31), "int8"),
        blocks[3].free,
        blocks[3].free,
        lambda: [session.allocate((1,), "int8") for _ in range(40)],
    )


def _handles(session: RemoteSession) -> None:
    echo = session.function("test.echo")
    library = session.system_library()
    free = partial(session.syscall, Code.FREE_HANDLE)
    _attempt(
        lambda: free(Handle(echo.handle), int(TypeCode.FUNCTION)),
        lambda: free(Handle(library.handle), int(TypeCode.MODULE)),
        lambda: free(Handle(library.handle), int(TypeCode.FUNCTION)),
        lambda: free(Handle(echo.handle), int(TypeCode.MODULE)),
        lambda: free(Handle(echo.handle), int(TypeCode.BYTES)),
        lambda: free(Handle(echo.handle ^ 1 << 14), int(TypeCode.FUNCTION)),
        lambda: session.syscall(Code.DEV_FREE_DATA, CPU, Handle(1 << 40)),
        lambda: session.syscall(Code.DEV_STREAM_SYNC, CPU, None),
        lambda: echo(Handle(5)),
        lambda: echo(ModuleHandle(library.handle)),
        lambda: echo(True),
        lambda: library.function("tick")(1),
    )
    for kind in range(8):  # functions that no one told the host of
        for number in (0, 40):
            handle = echo.handle & ~0x3FFF | kind << 11 | number
            _attempt(lambda handle=handle: session.call(handle, 0))  # type: ignore[misc]


def _devices(session: RemoteSession) -> None:
    _attempt(
        lambda: session.syscall(Code.DEV_SET_DEVICE, CPU),
        lambda: session.syscall(Code.DEV_GET_ATTR, CPU, 0),
        lambda: session.syscall(Code.DEV_GET_ATTR, CPU, 1),
        lambda: session._request(request(Code.INIT_SERVER, struct.pack("<Q", 5) + b"0.8.0" + bytes(4))),
        lambda: session._request(request(Code.INIT_SERVER, bytes(8) + struct.pack("<IIQ", 1, 0, 9))),
        lambda: session._request(request(Code.INIT_SERVER, b"short")),
    )
    for code in (*range(18, 24), 0, 2**31):
        values = encode_values((CPU,) if code in (18, 21) else (CPU, Handle(0)))
        _attempt(lambda code=code, values=values: session._request(request(code, values)))  # type: ignore[misc]
    session._transport.write(session._session.send(request(Code.SHUTDOWN)), 1.0)
    _attempt(lambda: session.syscall(Code.DEV_SET_DEVICE, CPU))


def _timed(session: RemoteSession) -> None:
    a, b = session.allocate((4,), "int8"), session.allocate((4,), "int8")
    library, model = session.system_library(), session.executor("toy")
    create = session.function("runtime.RPCTimeEvaluator")

    def timer(name: str, number: int = 1, *rest: object, module: object = library) -> object:
        return create(module, name, 1, 0, number, *(rest or (1, 0, 100, 0, 1, "")))

    _attempt(
        lambda: library.time("twice", a, b, number=3, repeat=4),
        lambda: model.time("run", number=7, repeat=2),
        lambda: model.time("run", number=1, min_repeat_ms=100),
        lambda: library.time("tick", 7, 3, number=9),
        lambda: library.time("tick", 100_000, 3, number=2, min_repeat_ms=5000),
        lambda: library.time("tick", 0, 3, number=2, min_repeat_ms=1),
        lambda: library.time("tick", 1, 0, number=1, min_repeat_ms=4_000_000),
        lambda: library.time("broken"),
        lambda: model.time("run", repeat=100),
        lambda: model.time("get_input"),
        lambda: library.time("no_such"),
        lambda: timer("test.add", module=None),
        lambda: timer("no_such", module=None),
        lambda: timer("twice", -1),
        lambda: timer("twice", 0),
        lambda: timer("twice", 1, 1, 0, 100, 5, 1, ""),
        lambda: timer("twice", 1, 1, 0, 100, 0, 1, "prepare"),
        lambda: [timer("tick") for _ in range(9)],
    )


def _refused(name: str) -> Callable[[RemoteSession], None]:
    return lambda session: session.function(name)()


def _large(session: RemoteSession) -> None:
    array = session.allocate((10, 100), "uint8")
    array.write(bytes(1000))
    array.read()
    _attempt(
        lambda: session._request(minrpc.copy_from_remote(array.ref, 1000)),
        lambda: session._request(minrpc.copy_to_remote(array.ref, bytes(1000))),
        lambda: session.function("test.echo")("x" * 460),
        lambda: session.function("test.echo")(b"x" * 450),
        lambda: session.call(session.function("mlf.rpc.stats").handle, "x" * 440),
        lambda: session.call(session.function("mlf.rpc.stats").handle, "x" * 200),
    )


def _broken(session: RemoteSession) -> None:
    session.system_library().function("broken")()


def _absent(session: RemoteSession) -> None:
    session.system_library().function("absent")()


SESSIONS: tuple[Callable[[RemoteSession], None], ...] = (
    *(_globals, _tensors, _toy, _real, _operators, _memory, _handles, _devices, _timed, _large),
    *(_broken, _absent),
    *map(_refused, ("test.fail", "test.returns_object", "test.returns_module", "nothing")),
)
