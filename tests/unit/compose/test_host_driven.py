"""What a host-driven application offers and reserves, compared with what TVM's host asks for."""

from __future__ import annotations

import json
import math
import re
import tarfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.compose.host_driven import host_bytes, ring_bytes
from generator.errors import BoardError, DoesNotFitError, UsageError
from generator.model.archive import Archive
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.render.files import load_runtime, render_files
from generator.resources import folder

Make = Callable[..., Project]
TEMPLATES = folder("templates")
BITS = {"int8": 8, "uint8": 8, "bool": 8, "int16": 16, "int32": 32, "float32": 32, "int64": 64}


def files_of(project: Project) -> dict[str, bytes]:
    rendered = render_files(project, TEMPLATES / project.rtos, load_runtime(TEMPLATES / "runtime"))
    return {path: file.data for path, file in rendered}


def storage_of_tvm(path: Path) -> list[int]:
    """Bytes of the blocks that TVM's SetupStorage allocates for the archive's graph, read from its JSON."""
    with tarfile.open(path) as tar:
        name = next(n for n in tar.getnames() if n.endswith((".graph", "graph.json")))
        member = tar.extractfile(name)
        assert member is not None
        attributes = json.load(member)["attrs"]
    largest: dict[int, int] = defaultdict(int)
    for number, shape, dtype in zip(
        attributes["storage_id"][1], attributes["shape"][1], attributes["dltype"][1], strict=True
    ):
        largest[number] = max(largest[number], math.prod(shape) * BITS[dtype] // 8)
    return [(size + 3) // 4 * 4 for size in largest.values()]


@pytest.mark.parametrize(
    "name", ["sine-graph", "kws-graph", "branchy-graph", "vgg-graph", "sine-float-graph"]
)
def test_the_arena_is_what_tvms_executor_allocates_and_a_set_of_tensors(
    name: str, archive: Callable[[str], Archive], archive_path: Callable[[str], Path]
) -> None:
    library = archive(name).models[0]
    blocks = storage_of_tvm(archive_path(name))
    blocks += [tensor.size_bytes for tensor in (*library.inputs, *library.outputs)]
    assert host_bytes(library, 32) == sum(-(-size // 32) * 32 for size in blocks)


def test_an_aot_model_needs_only_tensors_of_the_hosts_own(archive: Callable[[str], Archive]) -> None:
    library = archive("kws-aot-c-pool").models[0]
    assert host_bytes(library, 32) == 512 + 32


def test_scopes_are_the_boards_pools_and_the_first_is_where_workspace_goes(make_project: Make) -> None:
    project = make_project("sine-graph", board="stm32f746g_disco", project_type="host_driven")
    assert project.host is not None
    assert [scope.name for scope in project.host.scopes] == ["sram", "dtcm", "sdram"]
    sizes = {buffer.pool: buffer.size_bytes for buffer in project.buffers if buffer.kind == "arena"}
    assert len(set(sizes.values())) == 1
    sections = {buffer.pool: buffer.section for buffer in project.buffers if buffer.kind == "arena"}
    assert sections == {"sram": ".noinit.mlf", "dtcm": "DTCM", "sdram": "SDRAM1"}


def test_a_scope_is_no_larger_than_its_memory(make_project: Make) -> None:
    project = make_project(
        "kws-graph", board="stm32f746g_disco", project_type="host_driven", reserved_bytes={"dtcm": 60000}
    )
    sizes = {buffer.pool: buffer.size_bytes for buffer in project.buffers if buffer.kind == "arena"}
    assert sizes["dtcm"] == 5536 < sizes["sram"] == sizes["sdram"]


def test_the_default_scope_can_be_moved(make_project: Make) -> None:
    project = make_project(
        "vgg-graph", board="stm32f746g_disco", project_type="host_driven", pools={"arena": "sdram"}
    )
    assert project.host is not None and project.host.scopes[0].name == "sdram"


def test_an_arena_that_does_not_fit_is_reported_with_the_way_out(make_project: Make) -> None:
    with pytest.raises(
        DoesNotFitError, match=r"region 'sram' of board 'stm32f746g_disco' is .* too small"
    ) as caught:
        make_project("vgg-graph", board="stm32f746g_disco", project_type="host_driven")
    assert "--pool arena=sdram" in str(caught.value.hint)


def test_a_pool_for_the_arena_means_nothing_to_an_application_that_runs_by_itself(make_project: Make) -> None:
    with pytest.raises(UsageError, match="no model has a pool 'arena'"):
        make_project("sine-graph", pools={"arena": "dtcm"})


def test_packet_ring_and_tables_fit_each_other(make_project: Make) -> None:
    project = make_project("kws-graph", board="mps2_an500", project_type="host_driven")
    assert project.host is not None
    sizes = {buffer.symbol: buffer.size_bytes for buffer in project.buffers}
    assert sizes["mlf_rpc_packet"] == project.host.packet_bytes == 2048
    assert sizes["mlf_rpc_ring_bytes"] >= ring_bytes(2048) == 3 + 2 * (2048 + 6) + 1
    limits = dict(project.host.limits)
    graph_blocks = 56
    assert limits["MLF_RPC_CONFIG_MAX_BLOCKS"] >= graph_blocks + 2
    assert limits["MLF_RPC_CONFIG_MAX_ARGS"] == 11


def test_every_operator_of_the_graph_is_offered_with_its_arguments(
    make_project: Make, archive: Callable[[str], Archive]
) -> None:
    for name in ("sine-graph", "kws-graph", "vgg-graph", "branchy-graph"):
        project = make_project(name, board="mps2_an500", project_type="host_driven")
        assert project.host is not None
        offered = {operator.name: operator.num_arguments for operator in project.host.operators}
        graph = archive(name).models[0].graph
        assert graph is not None
        assert offered == {call.function: len(call.arguments) for call in graph.calls}
        assert all(operator.packed for operator in project.host.operators)


def test_operators_that_ask_for_workspace_share_a_buffer_for_it(
    make_project: Make, archive: Callable[[str], Archive]
) -> None:
    project = make_project("kws-graph", board="mps2_an500", project_type="host_driven")
    assert project.host is not None and project.host.scratch == "mlf_rpc_scratch"
    asking = [operator for operator in project.host.operators if operator.asks_workspace]
    asked: dict[str, int] = defaultdict(int)
    for call in archive("kws-graph").models[0].workspace_calls:
        # each request has a header of 16 bytes and is rounded up to as much
        asked[call.function] += 16 + -(-call.size_bytes // 16) * 16
    assert {operator.name for operator in asking} == set(asked)
    size = next(b.size_bytes for b in project.buffers if b.symbol == "mlf_rpc_scratch")
    assert size == -(-max(asked.values()) // 32) * 32
    text = files_of(project)["model/src/mlf_rpc_app.c"].decode()
    assert text.count(".arena = {.base = mlf_rpc_scratch") == len(asking)


def test_a_model_that_the_device_runs_is_offered_by_both_its_names(make_project: Make) -> None:
    project = make_project("sine-aot-packed", board="mps2_an500", project_type="host_driven")
    assert project.host is not None
    assert [entry.name for entry in project.host.entries] == [
        "tvmgen_default___tvm_main__",
        "tvmgen_default_run",
    ]
    assert project.host.metadata == ("tvmgen_default_get_c_metadata",)


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_only_host_driven_applications_hold_the_server(make_project: Make, rtos: str) -> None:
    alone = files_of(make_project("sine-aot-packed", board="mps2_an500", rtos=rtos))
    assert not [path for path in alone if "rpc" in path]
    assert not [path for path, data in alone.items() if "/runtime/" not in path and b"mlf_rpc" in data]
    driven = files_of(
        make_project("sine-aot-packed", board="mps2_an500", rtos=rtos, project_type="host_driven")
    )
    port = "zephyr" if rtos == "zephyr" else "cortex_m"
    assert f"model/runtime/port/{port}/mlf_rpc_uart.c" in driven
    assert "model/src/mlf_rpc_app.c" in driven and "model/src/mlf_samples.c" not in driven
    listed = re.findall(r"runtime/src/(\w+\.c)", driven["model/CMakeLists.txt"].decode())
    copied = {
        path.rsplit("/", 1)[1]
        for path in driven
        if path.startswith("model/runtime/src/") and path.endswith(".c")
    }
    assert {name for name in copied if name.startswith("rpc_")} <= set(listed) <= copied


def test_a_graph_that_a_host_walks_takes_no_flash_for_parameters(make_project: Make) -> None:
    project = make_project("kws-graph", board="mps2_an500", project_type="host_driven")
    assert "model/src/mlf_params.c" not in files_of(project)
    flash = next(region for region in project.report.regions if region.name == "flash")
    assert dict(flash.kinds).keys() == {"zephyr"}


def test_boards_that_can_not_be_served_say_why(make_project: Make) -> None:
    with pytest.raises(BoardError, match="a board with a UART"):
        make_project("sine-graph", board="native_sim", project_type="host_driven")
    board = find_board("mps2_an500")
    assert board.port is not None
    deaf = tuple(
        replace(driver, constants=tuple(c for c in driver.constants if c[0] != "MLF_CONSOLE_INTERRUPT"))
        for driver in board.port.drivers
    )
    without = replace(board, port=replace(board.port, drivers=deaf))
    with pytest.raises(BoardError, match="has no receive interrupt") as caught:
        make_project("sine-graph", board=without, rtos="freertos", project_type="host_driven")
    assert "interrupt: NUMBER" in str(caught.value.hint)
    make_project("sine-graph", board=without, rtos="freertos")
