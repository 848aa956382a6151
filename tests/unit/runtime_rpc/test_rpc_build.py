"""What the C promises of itself: warnings are errors, no heap, no abort, no recursion, little code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rpc_port import RUNTIME, SOURCES, STRICT, compiler

ARM = shutil.which("arm-none-eabi-gcc")
needs_arm = pytest.mark.skipif(ARM is None, reason="arm-none-eabi-gcc is not installed")
CORTEX_M7 = ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16", "-O2", "-ffreestanding"]

#: all that the server takes from outside itself
ALLOWED = {"memcpy", "memmove", "memset", "strcmp", "strncmp", "strlen"}

TEXT_LIMIT_BYTES = 12 * 1024


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("arm")
    built = []
    for source in SOURCES:
        target = folder / f"{source.stem}.o"
        flags = [*CORTEX_M7, *STRICT, "-Wvla", "-fcallgraph-info", f"-I{RUNTIME / 'include'}"]
        subprocess.run([str(ARM), *flags, "-c", str(source), "-o", str(target)], check=True, cwd=folder)
        built.append(target)
    return built


def check(*flags: str) -> subprocess.CompletedProcess[str]:
    inputs = [str(Path(__file__).with_name("host_port.c")), *map(str, SOURCES)]
    base = [
        str(compiler()),
        *STRICT,
        "-fsyntax-only",
        "-D_POSIX_C_SOURCE=200809L",
        f"-I{RUNTIME / 'include'}",
    ]
    return subprocess.run([*base, *flags, *inputs], capture_output=True, text=True)


@needs_arm
def test_no_heap_no_abort_no_library_beyond_copying_and_comparing(objects: list[Path]) -> None:
    listing = subprocess.run(
        ["arm-none-eabi-nm", "-P", *map(str, objects)], check=True, capture_output=True, text=True
    ).stdout
    symbols = [line.split() for line in listing.splitlines() if len(line.split()) >= 2]
    defined = {name for name, kind, *_ in symbols if kind != "U"}
    wanted = {name for name, kind, *_ in symbols if kind == "U"} - defined
    assert wanted - ALLOWED == set()
    # All state is the caller's.
    assert {name for name, kind, *_ in symbols if kind in "dDbBC"} == set()


@needs_arm
def test_nothing_recurses(objects: list[Path]) -> None:
    calls: dict[str, set[str]] = {}
    for target in objects:
        graph = target.with_suffix(".ci").read_text()
        for source, callee in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', graph):
            calls.setdefault(source.rsplit(":", 1)[-1], set()).add(callee.rsplit(":", 1)[-1])
    done: set[str] = set()

    def visit(function: str, path: tuple[str, ...]) -> None:
        assert function not in path, " -> ".join((*path, function))
        if function not in done:
            for callee in calls.get(function, ()):
                visit(callee, (*path, function))
            done.add(function)

    assert "mlf_rpc_feed" in calls
    # The call graph writes one node for all calls through pointers; it has no edges of its own.
    for function in list(calls):
        visit(function, ())


@needs_arm
def test_the_code_stays_small(objects: list[Path]) -> None:
    listing = subprocess.run(
        ["arm-none-eabi-size", "-t", *map(str, objects)], check=True, capture_output=True, text=True
    ).stdout
    text, data, bss = map(int, listing.splitlines()[-1].split()[:3])
    assert text <= TEXT_LIMIT_BYTES
    assert (data, bss) == (0, 0)


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
@pytest.mark.parametrize(
    "flags",
    [
        ("-DMLF_RPC_CONFIG_MAX_ARGS=11", "-DMLF_RPC_CONFIG_MAX_BLOCKS=1", "-DMLF_RPC_CONFIG_MAX_TIMERS=1"),
        ("-DMLF_RPC_CONFIG_CHUNK_BYTES=8", "-DPACKET_BYTES=256"),
        ("-DMLF_RPC_CONFIG_MAX_BLOCKS=256", "-DMLF_RPC_CONFIG_MAX_TIMERS=8", "-DPACKET_BYTES=8192"),
    ],
)
def test_every_setting_within_its_range_builds(flags: tuple[str, ...]) -> None:
    attempt = check(*flags)
    assert attempt.returncode == 0, attempt.stderr


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
@pytest.mark.parametrize(
    ("define", "message"),
    [
        ("-DMLF_RPC_CONFIG_MAX_ARGS=10", "a time evaluator has 11 arguments"),
        ("-DMLF_RPC_CONFIG_MAX_BLOCKS=257", "MLF_RPC_CONFIG_MAX_BLOCKS is out of range"),
        ("-DMLF_RPC_CONFIG_MAX_TIMERS=9", "MLF_RPC_CONFIG_MAX_TIMERS is out of range"),
        ("-DMLF_RPC_CONFIG_CHUNK_BYTES=4", "MLF_RPC_CONFIG_CHUNK_BYTES is out of range"),
    ],
)
def test_a_setting_out_of_range_stops_the_build(define: str, message: str) -> None:
    attempt = check(define)
    assert attempt.returncode != 0
    assert message in attempt.stderr


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
def test_a_ring_that_holds_no_packet_stops_the_build(tmp_path: Path) -> None:
    source = tmp_path / "small.c"
    source.write_text(
        "#include <mlf/rpc_ring.h>\n"
        "MLF_RPC_RING_DEFINE(ring, MLF_RPC_RING_MIN_BYTES(512) - 1, 512);\n"
        "uint32_t lost(void);\nuint32_t lost(void) { return mlf_rpc_ring_lost(&ring); }\n"
    )
    attempt = subprocess.run(
        [
            str(compiler()),
            "-std=c11",
            f"-I{RUNTIME / 'include'}",
            "-c",
            str(source),
            "-o",
            str(tmp_path / "o"),
        ],
        capture_output=True,
        text=True,
    )
    assert attempt.returncode != 0
    assert "the receive ring is too small for a whole packet" in attempt.stderr
