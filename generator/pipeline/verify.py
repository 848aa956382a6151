"""Generate, build, run every recorded input set on the target, and judge what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from generator.errors import UsageError
from generator.model.golden import COMPILED_FLOATS, Tolerance
from generator.model.project import Project
from generator.pipeline.build import build
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.judge import Verdict, judge
from generator.pipeline.reference import ReferenceOptions
from generator.pipeline.run import explain_end, run
from generator.readers.console import parse_console
from generator.toolchain.runner import CommandRunner, ProgramStarter
from generator.toolchain.scratch import scratch_folder


class Runner(CommandRunner, ProgramStarter, Protocol):
    """Runs a build and starts an emulator."""


class VerifyRequest(Struct, frozen=True):
    """The request for ``verify``.

    generate:        the application; its output is kept, and where it is None, made aside and removed.
    float_tolerance: absolute, 0 meaning bit for bit; None: bit for bit against a golden file, within
                     ``COMPILED_FLOATS`` against a reference interpreter.
    timeout_s:       of the run.
    reference:       how models without golden files are run for comparison.
    """

    generate: GenerateRequest
    float_tolerance: float | None = None
    timeout_s: float = 120.0
    reference: ReferenceOptions = field(default_factory=ReferenceOptions)


class VerifyResult(Struct, frozen=True):
    """The verdict, and what the outputs were compared with.

    engines: model -> the interpreter that it was compared with; empty where a golden file was given.

    layers: model -> the operator behind each output, where every layer was compared.
    """

    project: Project
    verdict: Verdict
    engines: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def verify(
    request: VerifyRequest,
    *,
    runner: Runner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
) -> VerifyResult:
    """Generate, build and run an application, and judge its outputs.

    on_line: called with the build's output. Raises MlfgenError when anything but the numbers is wrong.
    """
    if not request.generate.goldens or request.reference.layers:
        from generator.pipeline.reference import with_reference

        if request.generate.goldens:
            raise UsageError(
                "--layers compares with a reference interpreter and can't be used with --golden",
                hint="remove --golden or --layers",
            )
        with scratch_folder("mlfgen-reference-") as folder:
            found = with_reference(request.generate, request.reference, folder)
            exact = request.float_tolerance
            tolerance = COMPILED_FLOATS if exact is None else Tolerance(exact)
            result = _placed(replace(request, generate=found.generate), tolerance, runner, env, on_line)
            return replace(result, engines=found.engines, layers=found.layers)
    return _placed(request, Tolerance(request.float_tolerance or 0.0), runner, env, on_line)


def _placed(
    request: VerifyRequest,
    tolerance: Tolerance,
    runner: Runner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None,
) -> VerifyResult:
    """The application where the request wants it, or aside."""
    if request.generate.output is not None:
        return _verify(request, request.generate.output, tolerance, runner, env, on_line)
    with scratch_folder("mlfgen-verify-") as folder:
        return _verify(request, folder / "app", tolerance, runner, env, on_line)


def _verify(
    request: VerifyRequest,
    app: Path,
    tolerance: Tolerance,
    runner: Runner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None,
) -> VerifyResult:
    project = generate(replace(request.generate, output=app)).project
    if project.board.run is None:
        raise UsageError(
            f"board '{project.board.name}' has no emulator",
            hint="choose a board with an emulator (`mlfgen boards` lists them)",
        )
    build(app, runner=runner, env=env, on_line=on_line)
    if project.host is not None:
        from generator.pipeline.run_host_driven import run_host_driven

        runs = run_host_driven(app, project, starter=runner, env=env)
    else:
        result = run(app, starter=runner, env=env, just_built=True, timeout_s=request.timeout_s)
        explain_end(result)
        runs = parse_console(result.text)
    return VerifyResult(project, judge(project, runs, tolerance))
