"""Host-driven applications, their own generated tables and all, as programs of this computer.

The sanitizers watch the archives' C and the server; sessions are driven through a pipe as through a UART.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from host_c import HostC

from generator.model.archive import ModelLibrary
from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.session import IN_USE, ModelOnDevice, connected, project_models, run_session
from generator.pipeline.session_inputs import load_inputs
from generator.session import RemoteError, Timeouts
from generator.toolchain.runner import SystemRunner
from generator.toolchain.stream_transport import StreamTransport

HOST = Path(__file__).parent / "host"
BOARD = """
name: some_board
title: a board whose code is compiled for this computer instead
core: {cpu: cortex-m7, fpu: double, dsp: true, clock_hz: 1000000000}
regions:
  flash: {base: 0, size_bytes: 268435456, access: ro}
  sram: {base: 0x40000000, size_bytes: 268435456, access: rw}
  fast: {base: 0x60000000, size_bytes: 512, access: rw}
pools:
  sram: {region: sram, alignment_bytes: 32, zephyr: {}}
  dtcm: {region: fast, alignment_bytes: 64, zephyr: {}}
  flash: {region: flash, alignment_bytes: 16, zephyr: {}}
workspace_pool: sram
io_pool: sram
constant_pool: flash
zephyr: {target: mps2/an500, min_version: "4.1"}
"""
#: archive -> golden file; every executor, interface and holder of workspace
ARCHIVES = {
    "sine-graph": "sine",
    "sine-float-graph": "sine-float",
    "sine-aot-packed": "sine",
    "sine-aot-packed-nousmp": "sine",
    "sine-aot-c": "sine",
    "sine-aot-c-nousmp": "sine",
    "sine-aot-c-2pools": "sine",
    "sine-aot-c-const": "sine",
    "sine-aot-c-io": "sine",
    "branchy-graph": "branchy",
    "kws-graph": "kws",
    "kws-aot-packed": "kws",
}

Device = tuple[ModelLibrary, StreamTransport]


@pytest.fixture(scope="session")
def built(
    host_c: HostC, archive_path: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, Path]]:
    """name of an archive -> (application, program)."""
    done: dict[str, tuple[Path, Path]] = {}

    def build(name: str) -> tuple[Path, Path]:
        if name in done:
            return done[name]
        folder = tmp_path_factory.mktemp(name)
        board = folder / "some_board.yaml"
        board.write_text(BOARD, "utf-8")
        options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio", "host_driven")
        request = GenerateRequest((archive_path(name),), str(board), options, output=folder / "app")
        project = generate(request).project
        assert project.host is not None
        model = folder / "app" / "model"
        program = host_c.build(
            folder / "build",
            [
                *sorted((model / "src").glob("*.c")),
                *sorted((model / "runtime" / "src").glob("*.c")),
                HOST / "serve.c",
            ],
            include=[model / "include", model / "runtime" / "include", model / "codegen" / "include"],
            foreign=[model / "codegen" / source for m in project.models for source in m.sources],
            foreign_flags=(
                *(f"-I{model / part}" for part in ("runtime/include", "codegen/include")),
                f"-I{HOST}",
            ),
            defines=[f"{macro}={value}" for macro, value in project.host.limits],
        )
        done[name] = folder / "app", program
        return done[name]

    return build


@contextmanager
def device(built: tuple[Path, Path]) -> Iterator[Device]:
    app, program = built
    stream = SystemRunner().start([str(program)], program.parent, dict(os.environ))
    transport = StreamTransport(stream, Timeouts(1.0, 10.0, 60.0))
    try:
        yield project_models(app)[0], transport
    finally:
        transport.close()


@pytest.mark.parametrize("name", ARCHIVES)
def test_sessions_give_the_golden_outputs_and_leave_no_memory_in_use(
    name: str, built: Callable[[str], tuple[Path, Path]], shared: Path
) -> None:
    import numpy

    golden = shared / "golden" / f"{ARCHIVES[name]}.npz"
    recorded = numpy.load(golden)
    with device(built(name)) as (library, transport):
        sets = load_inputs(golden, library)
        for _ in range(3):
            result = run_session(transport, library, sets)
            assert (result.before_bytes, result.after_bytes) == (0, 0)
            for number, outputs in enumerate(result.outputs):
                for index, data in enumerate(outputs):
                    assert data == recorded[f"tvm_out{index}_{number}"].tobytes()


def test_the_arena_holds_the_executor_and_a_set_of_tensors_besides(
    built: Callable[[str], tuple[Path, Path]],
) -> None:
    with device(built("kws-graph")) as (library, transport), connected(transport) as session:
        ModelOnDevice(session, library)
        for tensor in (*library.inputs, *library.outputs):
            session.allocate((tensor.size_bytes,), "uint8")
        stats = session.stats()
        assert stats[IN_USE] <= stats["pool.sram.size_bytes"] <= stats[IN_USE] + 32 * 100
        with pytest.raises(RemoteError, match=r"out of memory: \d+ bytes do not fit in pool 'sram'"):
            session.allocate((stats["pool.sram.size_bytes"],), "uint8")


def test_a_small_region_gets_an_arena_as_large_as_it_is(built: Callable[[str], tuple[Path, Path]]) -> None:
    with device(built("sine-graph")) as (_, transport), connected(transport) as session:
        assert session.stats()["pool.dtcm.size_bytes"] == 512
        array = session.allocate((512,), "uint8", "dtcm")
        array.write(bytes(range(256)) * 2)
        assert array.read() == bytes(range(256)) * 2


def test_whole_models_run_on_the_hosts_own_tensors(
    built: Callable[[str], tuple[Path, Path]], shared: Path
) -> None:
    import numpy

    recorded = numpy.load(shared / "golden" / "sine.npz")
    for name in ("sine-aot-packed", "sine-aot-c", "sine-aot-c-io", "sine-aot-c-nousmp"):
        with device(built(name)) as (library, transport), connected(transport) as session:
            module = session.system_library()
            for entry in (library.entry, f"{library.c_prefix}___tvm_main__"):
                run = module.function(str(entry))
                given = session.allocate(library.inputs[0].printed_shape, "int8")
                made = session.allocate(library.outputs[0].printed_shape, "int8")
                given.write(recorded["in0_1"].tobytes())
                run(given, made)
                assert made.read() == recorded["tvm_out0_1"].tobytes()
                for array in (given, made):
                    array.free()


def test_operators_refuse_what_would_make_them_read_elsewhere(
    built: Callable[[str], tuple[Path, Path]],
) -> None:
    with device(built("sine-graph")) as (library, transport), connected(transport) as session:
        assert library.graph is not None
        call = library.graph.calls[0]
        operator = session.system_library().function(call.function)
        array = session.allocate((16,), "int8")
        for arguments in ((), (array,), (1,) * len(call.arguments), (array,) * (len(call.arguments) + 1)):
            with pytest.raises(RemoteError, match="wrong arguments: it expects tensors"):
                operator(*arguments)
        assert session.stats()[IN_USE] == array.size_bytes


def test_a_model_refuses_tensors_of_another_size(built: Callable[[str], tuple[Path, Path]]) -> None:
    with device(built("sine-aot-packed")) as (library, transport), connected(transport) as session:
        run = session.system_library().function(str(library.entry))
        one, two = session.allocate((1, 1), "int8"), session.allocate((1, 2), "int8")
        for arguments in ((two, one), (one, two), (one,), (one, one, one)):
            with pytest.raises(RemoteError, match="the inputs, then the outputs"):
                run(*arguments)
        two.free()
        run(one, session.allocate((1, 1), "int8"))


def test_the_archives_description_can_be_had(built: Callable[[str], tuple[Path, Path]]) -> None:
    with device(built("sine-aot-packed")) as (library, transport), connected(transport) as session:
        found = session.system_library().function(f"{library.c_prefix}_get_c_metadata")()
        assert found.value != 0


def test_what_the_device_prints_comes_as_lines_of_its_log(
    built: Callable[[str], tuple[Path, Path]],
) -> None:
    lines: list[str] = []
    with device(built("sine-aot-c")) as (_, transport), connected(transport, lines.append) as session:
        session.stats()
    assert lines == ["the device is up"]


def test_unpacked_operators_have_wrappers(built: Callable[[str], tuple[Path, Path]]) -> None:
    app, _ = built("sine-aot-c-2pools")
    text = (app / "model" / "src" / "mlf_rpc_app.c").read_text("utf-8")
    assert text.count("mlf_rpc_call_operator") == text.count("static int32_t operator_") > 3


def test_a_device_that_ends_is_gone_by_name(built: Callable[[str], tuple[Path, Path]]) -> None:
    from generator.session import TransportClosedError

    program = built("sine-aot-c")[1]
    running = subprocess.run([str(program)], stdin=subprocess.DEVNULL, capture_output=True)
    assert running.returncode == 0
    with device(built("sine-aot-c")) as (_, transport), connected(transport) as session:
        transport.close()
        with pytest.raises(TransportClosedError):
            session.stats()
