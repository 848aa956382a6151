"""Host-driven firmware in QEMU: generated, built, and driven through the real server process and from here.

TVM 0.12's own client is read from a mirror of its repository, as in test_tvm_client.py.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from test_tvm_client import TvmTransport, tvm_client  # noqa: F401  (a fixture)

from generator.errors import ToolMissingError
from generator.pipeline.session import choose_model, connected, project_models, run_session
from generator.pipeline.session_inputs import load_inputs
from generator.pipeline.transport import TransportOptions, open_transport
from generator.session import IoTimeoutError, SessionError, Timeouts, TransportClosedError
from generator.toolchain.runner import SystemRunner
from generator.toolchain.west import build_environment, find_workspace

pytestmark = [pytest.mark.firmware, pytest.mark.slow]

BOARD, REAL_BOARD = "mps2_an500", "stm32f746g_disco"
MLFGEN = [sys.executable, "-m", "generator"]
ARCHIVES = ("sine-graph", "sine-aot-packed", "sine-aot-c-pool")
SESSIONS = 20
SAMPLE = Path(__file__).parents[2] / "samples" / "sine.tar"
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "refs/tags/V11.3.0")


@pytest.fixture(scope="session")
def environment_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """RTOS -> the environment to build for it in; FreeRTOS's sources are fetched once."""
    fetched: list[Path] = []

    def of(rtos: str) -> dict[str, str]:
        for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "qemu-system-arm"):
            if shutil.which(tool) is None:
                pytest.skip(f"{tool} is not installed")
        if importlib.util.find_spec("west") is None:
            pytest.skip("west is not installed")
        env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        if rtos == "zephyr":
            try:
                return build_environment(find_workspace(Path(__file__).parent, env), env)
            except ToolMissingError as missing:
                pytest.skip(f"no Zephyr is here: {missing.what}")
        if rtos == "freertos" and "MLF_WORKSPACE" not in env:
            if not fetched:
                fetched.append(freertos_sources(tmp_path_factory.mktemp("sources"), env))
            env["MLF_WORKSPACE"] = str(fetched[0])
        return env

    return of


def freertos_sources(folder: Path, env: dict[str, str]) -> Path:
    """A workspace with what the manifest of an application for the real board names."""
    if subprocess.run(["git", "ls-remote", "--exit-code", *KERNEL], capture_output=True).returncode != 0:
        pytest.skip("the FreeRTOS kernel can't be fetched")
    mlfgen("generate", "--rtos", "freertos", "--board", REAL_BOARD, "-o", folder / "app", SAMPLE, env=env)
    for arguments in (("init", "-l", "app"), ("update",)):
        subprocess.run(
            [sys.executable, "-m", "west", *arguments], cwd=folder, env=env, check=True, capture_output=True
        )
    return folder


def mlfgen(*arguments: object, env: dict[str, str]) -> str:
    done = subprocess.run(
        [*MLFGEN, *map(str, arguments)], env=env, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Client:
    """The protocol's client: one JSON object a line, to the server that the folder's file starts."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "microtvm_api_server.py")],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __call__(self, method: str, **params: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            kind = {"IoTimeoutError": IoTimeoutError, "TransportClosedError": TransportClosedError}
            raise kind.get(answer["error"]["message"], RuntimeError)(answer["error"]["message"])
        return answer["result"]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0


class ServedTransport:
    """A session's transport through the server."""

    timeouts = Timeouts(1.0, 20.0, 60.0)

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, n: int, timeout_s: float | None) -> bytes:
        import base64

        return base64.b85decode(self._client("read_transport", n=n, timeout_sec=timeout_s)["data"])

    def write(self, data: bytes, timeout_s: float | None) -> None:
        import base64

        self._client("write_transport", data=base64.b85encode(data).decode(), timeout_sec=timeout_s)


@pytest.fixture(scope="module")
def served(
    archive_path: Callable[[str], Path],
    environment_for: Callable[[str], dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str], tuple[Path, dict[str, str]]]:
    """(rtos, archive) -> a project made and built through the Project API alone."""
    done: dict[tuple[str, str], tuple[Path, dict[str, str]]] = {}

    def make(rtos: str, name: str) -> tuple[Path, dict[str, str]]:
        if (rtos, name) in done:
            return done[rtos, name]
        env = environment_for(rtos)
        app = tmp_path_factory.mktemp(name) / "app"
        template = Client(Path(mlfgen("template-dir", "--rtos", rtos, env=env).strip()), env)
        info = template("server_info_query", tvm_version="0.12.0")
        options = {option["name"]: option["default"] for option in info["project_options"]}
        assert info["is_template"] and options["rtos"] == rtos
        template(
            "generate_project",
            model_library_format_path=str(archive_path(name)),
            standalone_crt_dir="",
            project_dir=str(app),
            options={**options, "project_type": "host_driven", "board": BOARD},
        )
        template.close()
        project = Client(app, env)
        info = project("server_info_query", tvm_version="0.12.0")
        assert not info["is_template"] and Path(info["model_library_format_path"]).is_file()
        project("build", options={})
        project("flash", options={})
        project.close()
        done[rtos, name] = app, env
        return done[rtos, name]

    return make


def assert_golden(outputs: tuple[tuple[bytes, ...], ...], golden: Path) -> None:
    recorded = numpy.load(golden)
    assert [data for (data,) in outputs] == [recorded[f"tvm_out0_{k}"].tobytes() for k in range(4)]


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_sessions_through_the_server_give_golden_outputs_again_and_again(
    rtos: str, name: str, served: Callable[[str, str], tuple[Path, dict[str, str]]], shared: Path
) -> None:
    app, env = served(rtos, name)
    library = choose_model(project_models(app), None)
    golden = shared / "golden" / "sine.npz"
    client = Client(app, env)
    for _ in range(2):
        client("open_transport", options={})
        for _ in range(3):
            transport: Any = ServedTransport(client)
            result = run_session(transport, library, load_inputs(golden, library))
            assert_golden(result.outputs, golden)
            assert (result.before_bytes, result.after_bytes) == (0, 0)
        client("close_transport")
    client.close()


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_sessions_follow_each_other_without_a_reset(
    rtos: str, name: str, served: Callable[[str, str], tuple[Path, dict[str, str]]], shared: Path
) -> None:
    app, env = served(rtos, name)
    golden = shared / "golden" / "sine.npz"
    told = mlfgen("session", app, "--inputs", golden, "--runs", 2, "--sessions", SESSIONS, "--json", env=env)
    results = json.loads(told)
    assert len(results) == SESSIONS
    in_use = {tuple(result["memory_in_use_bytes"].values()) for result in results}
    assert len(in_use) == 1 and next(iter(in_use))[::2] == (0, 0)
    for result in results:
        assert_golden(tuple(tuple(map(bytes.fromhex, out)) for out in result["outputs"]), golden)
        assert len(result["seconds"]) == 2 and min(result["seconds"]) >= 0


def test_a_session_that_was_broken_off_gives_its_memory_back(
    served: Callable[[str, str], tuple[Path, dict[str, str]]],
) -> None:
    app, env = served("freertos", "sine-graph")
    transport = open_transport(app, TransportOptions(), starter=SystemRunner(), env=env)
    try:
        for _ in range(SESSIONS):
            with connected(transport) as session:
                assert session.stats()["memory_in_use_bytes"] == 0
                session.allocate((512,), "uint8")
                # The host dies in the middle of a packet.
                transport.write(b"\xff\xfd\x40\x00\x00\x00\x01\x02\x10", 1.0)
                session.close = lambda: None  # type: ignore[method-assign]
        with connected(transport) as session:
            stats = session.stats()
    finally:
        transport.close()
    assert stats["memory_in_use_bytes"] == 0 and stats["lost_bytes"] == 0
    assert stats["sessions"] == SESSIONS + 1


_BREAKING_TASK = """
static void breaks(void *unused)
{
	(void)unused;
	vTaskDelay(1000);
	mlf_print("a task prints\\n");
	vTaskDelay(1000);
	__asm volatile("udf #0");
}

int main(void)
{
	static StaticTask_t breaking;
	static StackType_t its_stack[256];

	(void)xTaskCreateStatic(breaks, "breaks", 256, NULL, 2, its_stack, &breaking);
"""


def test_what_tasks_print_and_a_faults_report_reach_the_host(
    served: Callable[[str, str], tuple[Path, dict[str, str]]], tmp_path: Path
) -> None:
    app, env = served("freertos", "sine-graph")
    broken = tmp_path / "broken"
    shutil.copytree(app, broken, ignore=shutil.ignore_patterns("build"))
    main = broken / "src" / "main.c"
    main.write_text(main.read_text("utf-8").replace("int main(void)\n{\n", _BREAKING_TASK), "utf-8")
    mlfgen("build", broken, env=env)
    transport = open_transport(broken, TransportOptions(), starter=SystemRunner(), env=env)
    transport.timeouts = Timeouts(1.0, 15.0, 5.0)
    lines: list[str] = []
    try:
        with pytest.raises(SessionError), connected(transport, lines.append) as session:
            while True:
                session.stats()
                time.sleep(0.05)
    finally:
        transport.close()
    assert lines[0] == "a task prints"
    assert lines[1] == "mlf: fault in task 'breaks': undefined instruction"
    assert lines[-1] == "mlf: end, 1 failures"


def test_an_emulator_that_dies_is_a_closed_transport_and_the_server_lives_on(
    served: Callable[[str, str], tuple[Path, dict[str, str]]],
) -> None:
    psutil = pytest.importorskip("psutil")
    app, env = served("freertos", "sine-graph")
    client = Client(app, env)
    for _ in range(2):
        client("open_transport", options={})
        assert client("read_transport", n=1, timeout_sec=20.0)["data"]
        for child in psutil.Process(client.process.pid).children(recursive=True):
            child.kill()
        with pytest.raises(TransportClosedError):
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                client("read_transport", n=64, timeout_sec=5.0)
    assert client("server_info_query", tvm_version="0.12.0")["protocol_version"] == 1
    client.close()


@pytest.mark.parametrize("name", ["sine-graph", "sine-aot-packed"])
def test_tvms_own_client_generates_builds_and_drives_again_and_again(
    name: str,
    tvm_client: Any,  # noqa: F811
    archive_path: Callable[[str], Path],
    shared: Path,
    environment_for: Callable[[str], dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env = environment_for("freertos")
    # TVM's client starts the server in this process's environment.
    monkeypatch.setenv("MLF_WORKSPACE", env["MLF_WORKSPACE"])
    golden = shared / "golden" / "sine.npz"
    template = tvm_client.instantiate_from_dir(mlfgen("template-dir", "--rtos", "freertos", env=env).strip())
    info = template.server_info_query("0.12.0")
    options = {option["name"]: option["default"] for option in info["project_options"]}
    options |= {"project_type": "host_driven", "board": BOARD}
    app = tmp_path / "app"
    template.generate_project(str(archive_path(name)), "", str(app), options)
    template.shutdown()
    client = tvm_client.instantiate_from_dir(app)
    assert client.server_info_query("0.12.0")["is_template"] is False
    client.build(options)
    client.flash(options)
    library = choose_model(project_models(app), None)
    for _ in range(3):
        assert client.open_transport(options)["timeouts"]["session_start_timeout_sec"] > 1
        transport: Any = TvmTransport(client, tvm_client.server)
        transport.timeouts = ServedTransport.timeouts
        for _ in range(3):
            result = run_session(transport, library, load_inputs(golden, library))
            assert_golden(result.outputs, golden)
            assert result.after_bytes == 0
        client.close_transport()
    client.shutdown()


@pytest.fixture(params=["zephyr", "freertos"])
def virtual_app(
    request: pytest.FixtureRequest,
    archive_path: Callable[[str], Path],
    environment_for: Callable[[str], dict[str, str]],
    tmp_path: Path,
) -> Iterator[tuple[Path, dict[str, str]]]:
    pytest.importorskip("unicorn")
    env = environment_for(request.param)
    app = tmp_path / "app"
    arguments = ("--rtos", request.param, "--board", REAL_BOARD, "--project-type", "host_driven")
    mlfgen("generate", *arguments, archive_path("sine-graph"), "-o", app, env=env)
    mlfgen("build", app, env=env)
    yield app, env


def test_the_virtual_board_is_driven_like_a_real_one(
    virtual_app: tuple[Path, dict[str, str]], shared: Path
) -> None:
    app, env = virtual_app
    golden = shared / "golden" / "sine.npz"
    told = mlfgen(
        "session", app, "--transport", "emulator", "--inputs", golden, "--sessions", 3, "--json", env=env
    )
    for result in json.loads(told):
        assert_golden(tuple(tuple(map(bytes.fromhex, out)) for out in result["outputs"]), golden)
        assert result["memory_in_use_bytes"]["after"] == 0
