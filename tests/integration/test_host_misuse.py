"""Models on this computer in the hands of careless callers: threads, wrong arguments, extreme numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from host_c import CODEGEN, ROOT, SANITIZE, STRICT, HostC

from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest

HOST = Path(__file__).parent / "host"
SAMPLES = ROOT / "samples"
SHARED = ROOT.parent / "shared"
BOARD = """
name: this_computer
title: this computer
core: {cpu: host, fpu: double, dsp: true, clock_hz: 1000000000}
regions:
  flash: {base: 0, size_bytes: 268435456, access: ro}
  sram: {base: 0x40000000, size_bytes: 268435456, access: rw}
pools:
  sram: {region: sram, alignment_bytes: 32, zephyr: {}}
  flash: {region: flash, alignment_bytes: 16, zephyr: {}}
workspace_pool: sram
io_pool: sram
constant_pool: flash
zephyr: {target: native_sim/native/64, min_version: "3.7"}
"""
THREADS = "-fsanitize=thread"
#: an open lock in the place of the runtime's
OPEN_LOCK = """#include <stdatomic.h>
#include <stdbool.h>
static inline bool mlf_lock_take(atomic_flag *flag) { (void)flag; return true; }
static inline void mlf_lock_release(atomic_flag *flag) { (void)flag; }
"""


@pytest.fixture
def generated(tmp_path: Path) -> Callable[..., tuple[Project, Path]]:
    def make(*models: Path, share_workspace: bool = False) -> tuple[Project, Path]:
        for path in models:
            if not path.is_file():
                pytest.skip("the shared models are not here (../shared)")
        board = tmp_path / "this_computer.yaml"
        board.write_text(BOARD, "utf-8")
        options = GenerateOptions("zephyr", {}, {}, share_workspace, 4096, "portfolio")
        goldens = {"hello_world_int8": SAMPLES / "sine.npz", "branchy_int8": SAMPLES / "branchy.npz"}
        wanted = goldens if share_workspace else {}
        request = GenerateRequest(models, str(board), options, goldens=wanted, output=tmp_path / "app")
        return generate(request).project, tmp_path / "app" / "model"

    return make


def build(
    host_c: HostC, project: Project, model: Path, main: str, flags: tuple[str, ...], codegen: tuple[str, ...]
) -> Path:
    """A program of the application's models and main. flags: of its own C and the link; codegen: of the models'."""
    folder = model.parent / f"build-{main}-{len(list(model.parent.glob('build-*')))}"
    folder.mkdir()
    include = [model / part for part in ("include", "runtime/include", "runtime/src", "codegen/include")]
    own = [*sorted((model / "src").glob("*.c")), *sorted((model / "runtime" / "src").glob("*.c"))]
    strict = tuple(flag for flag in STRICT if flag != "-O1")
    objects = [
        host_c.compile(source, folder / f"{number}.o", ("-O1", *strict, *flags), include)
        for number, source in enumerate([*own, HOST / f"{main}.c"])
    ]
    objects += [
        host_c.compile(model / "codegen" / source, folder / f"c{number}.o", codegen, include)
        for number, source in enumerate(source for each in project.models for source in each.sources)
    ]
    return host_c.link(objects, folder / "program", (*flags, "-pthread"))


def run_threads(program: Path) -> subprocess.CompletedProcess[str]:
    # The sanitizer maps its shadow where address randomisation may have put something else.
    argv = [str(program)] if shutil.which("setarch") is None else ["setarch", "-R", str(program)]
    environment = {**os.environ, "TSAN_OPTIONS": "exitcode=66:halt_on_error=1"}
    return subprocess.run(argv, capture_output=True, text=True, timeout=300, env=environment)


@pytest.mark.slow
def test_two_threads_get_right_results_or_are_asked_to_wait(
    host_c: HostC, generated: Callable[..., tuple[Project, Path]]
) -> None:
    """Of two models that share a workspace, and of one; the thread sanitizer sees all their memory."""
    project, model = generated(SAMPLES / "sine.tar", SAMPLES / "branchy.tar", share_workspace=True)
    assert any(len(buffer.models) == 2 for buffer in project.buffers if buffer.kind == "workspace")
    codegen = ("-O1", "-w", "-ffp-contract=off", "-fno-strict-aliasing", THREADS)
    done = run_threads(build(host_c, project, model, "threads", (THREADS,), codegen))
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout.splitlines() == [
        "two models: wrong 0, other 0, refused some",
        "one model: wrong 0, other 0, ran or was refused each time",
    ]

    # The same without the lock has to be noticed.
    (model / "runtime" / "src" / "mlf_lock.h").write_text(OPEN_LOCK, "utf-8")
    done = run_threads(build(host_c, project, model, "threads", (THREADS,), codegen))
    assert done.returncode == 66 and "data race" in done.stderr


@pytest.mark.parametrize(
    "path",
    [
        SAMPLES / "sine.tflite",
        SAMPLES / "branchy.tflite",
        SHARED / "models" / "sine-float.tflite",
        SHARED / "models" / "ad.tflite",
        SAMPLES / "sine.tar",
        SAMPLES / "branchy.tar",
        SHARED / "archives" / "sine-float-graph.tar",
        SHARED / "archives" / "sine-aot-packed.tar",
        SHARED / "archives" / "sine-aot-c-io.tar",
    ],
    ids=lambda path: path.name,
)
def test_misuse_is_answered_and_extremes_are_computed(
    path: Path, host_c: HostC, generated: Callable[..., tuple[Project, Path]]
) -> None:
    """C of our own compiler has no undefined behaviour on any input; of TVM's, only the memory is watched."""
    project, model = generated(path)
    compiled = path.suffix == ".tflite"
    codegen = ("-O1", "-w", "-ffp-contract=off", *SANITIZE) if compiled else CODEGEN
    program = build(host_c, project, model, "misuse", SANITIZE, codegen)
    assert host_c.run(program).splitlines() == ["findings: 0"]
