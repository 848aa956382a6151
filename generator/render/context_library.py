"""What the templates of a library print, and the C files that every build of the models compiles."""

from __future__ import annotations

from typing import Any

from generator.model.library import CMAKE, CUBEIDE, PLATFORMIO, SOURCES, ZEPHYR_MODULE
from generator.model.project import Project

#: of the models' own C: results must not depend on fused operations or on the compiler's view of aliasing
_CODEGEN_FLAGS = ("-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-w")
_HOST_SOURCES = (
    *("args", "call", "console", "dispatch", "framing", "function", "handle", "host", "memory", "reply"),
    *("ring", "server", "session", "text", "timer"),
)


def own_sources(project: Project) -> list[str]:
    """Paths below ``model/`` of the C files beside the models' own."""
    graph = any(model.graph is not None for model in project.models)
    samples = has_samples(project)
    sources = ["runtime/src/mlf_model.c", "runtime/src/mlf_placement.c", "runtime/src/mlf_quantize.c"]
    sources += ["runtime/src/mlf_sample.c"] if samples else []
    sources += ["runtime/src/mlf_workspace.c"]
    sources += ["runtime/src/mlf_graph.c", "src/mlf_params.c"] if graph else []
    sources += ["src/mlf_models.c"] if any(model.on_device for model in project.models) else []
    sources += ["src/mlf_pools.c"]
    sources += ["src/mlf_samples.c"] if samples else []
    if project.host is not None:
        sources += [f"runtime/src/rpc_{name}.c" for name in _HOST_SOURCES] + ["src/mlf_rpc_app.c"]
    return sources


def has_samples(project: Project) -> bool:
    """A library has recorded ones; a host-driven application does not run its own."""
    return project.host is None and bool(project.samples)


def library_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty for an application."""
    library = project.library
    if library is None:
        return {}
    settings = [
        {"symbol": setting.symbol, "value": setting.value, "reason": setting.reason}
        for setting in project.settings
    ]
    return {
        "zephyr_module": library.form == ZEPHYR_MODULE,
        "cmake": library.form == CMAKE,
        "cubeide": library.form == CUBEIDE,
        "platformio": library.form == PLATFORMIO,
        "make": library.form in (CUBEIDE, SOURCES),
        "folder": library.folder,
        "compiler_flags": " ".join(library.compiler_flags),
        "prompt": "Neural networks: " + ", ".join(model.name for model in project.models),
        # Another board of the same firmware may lack what this one has; imply is silent about it.
        "implied": [setting for setting in settings if setting["value"] == "y"],
        "defaults": [setting for setting in settings if setting["value"] != "y"],
        "has_overlay": library.form == ZEPHYR_MODULE and bool(project.overlays),
        "manifest": _manifest(project),
    }


def _manifest(project: Project) -> dict[str, Any]:
    """PlatformIO's ``library.json``."""
    names = ", ".join(model.name for model in project.models)
    codegen = [f"codegen/{source}" for model in project.models for source in model.sources]
    includes = ["include", "runtime/include", "runtime/src", "codegen/include"]
    return {
        "name": "mlf",
        "version": "1.0.0",
        "description": f"Neural networks as C without a heap: {names}",
        "headers": "mlf_models.h",
        "frameworks": "*",
        "platforms": "*",
        "build": {
            "srcDir": "model",
            "includeDir": "model/include",
            "srcFilter": ["-<*>", *(f"+<{path}>" for path in (*own_sources(project), *codegen))],
            "flags": [*(f"-I model/{path}" for path in includes), *_CODEGEN_FLAGS],
        },
    }
