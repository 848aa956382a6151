"""A project as the JSON that templates print. Every list is ready to be walked, every choice a boolean."""

from __future__ import annotations

from typing import Any

from generator import __version__
from generator.compose.library import build_names
from generator.compose.zephyr import ZEPHYR_REVISION, conf_name
from generator.model.board import Setting
from generator.model.ides import IDES
from generator.model.project import PoolBuffer, Project, ProjectGraph, ProjectModel, ProjectTensor, SampleSet
from generator.model.tensor import dltype
from generator.render.context_host import host_context
from generator.render.context_library import has_samples, library_context, own_sources
from generator.render.context_placement import (
    c_section,
    constants_context,
    constants_section,
    model_placement,
    placement_context,
)
from generator.render.context_port import drivers_context, freertos_context, port_context, zephyr_context

_DTYPES = {
    name: f"MLF_{name.upper()}"
    for name in (
        "bool",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float16",
        "float32",
        "float64",
    )
}
_KINDS = {
    "workspace": "MLF_POOL_WORKSPACE",
    "constant": "MLF_POOL_CONSTANT",
    "io": "MLF_POOL_IO",
    "arena": "MLF_POOL_WORKSPACE",
    "session": "MLF_POOL_IO",
    "state": "MLF_POOL_STATE",
}
_BYTES_PER_ROW = 16


def project_context(project: Project) -> dict[str, Any]:
    """The variables below ``cookiecutter.`` in the templates; plain JSON values."""
    models = [
        _model(project, model) | {"target": names.target, "kconfig": names.symbol}
        for model, names in zip(project.models, build_names(project.models), strict=True)
    ]
    on_device = [entry for entry in models if entry["on_device"]]
    return {
        "project_slug": project.slug,
        "conf_name": conf_name(project.board.zephyr.target) if project.board.zephyr else project.board.name,
        "project": {
            "generator": f"mlfgen {__version__}",
            "slug": project.slug,
            "ident": "".join(c if c.isalnum() else "_" for c in project.slug),
            "rtos": project.rtos,
            "board": _board(project),
            "models": models,
            "device_models": on_device,
            "has_device_models": bool(on_device),
            "model_names": ", ".join(model.name for model in project.models),
            "buffers": [_buffer(project, buffer) for buffer in project.buffers],
            "constants": constants_context(project),
            "headers": list(dict.fromkeys(h for buffer in project.buffers for h in buffer.headers)),
            "own_sources": own_sources(project),
            "sources": [source for model in project.models for source in model.sources],
            "has_graph": any(model.graph is not None for model in project.models),
            "has_packed": any(model.call == "packed" for model in project.models),
            "has_codegen_headers": any(model.header for model in project.models),
            "uses_cmsis_nn": any(model.cmsis_nn for model in project.models),
            "samples": [_sample(project, i, sample) for i, sample in enumerate(project.samples)],
            "host_driven": project.host is not None,
            "standalone": project.host is None and project.library is None,
            "profiled": project.host is None,
            "has_samples": has_samples(project),
            "stack_bytes": project.stack_bytes,
            "uses_float": project.uses_float,
            "settings": [_setting(setting) for setting in project.settings],
            "overlays": list(project.overlays),
            "regions": _regions(project),
            "notes": list(project.report.notes),
            "drivers": drivers_context(project),
            "zephyr": zephyr_context(project),
            "port": port_context(project),
            "freertos": freertos_context(project),
            "host": host_context(project),
            "ide": {name: name in project.ides for name in IDES},
            "library": library_context(project),
            "placement": placement_context(project),
        },
    }


def _board(project: Project) -> dict[str, Any]:
    board = project.board
    zephyr = board.zephyr
    return {
        "name": board.name,
        "title": board.title,
        "cpu": board.core.cpu,
        "hosted": board.core.hosted,
        "has_zephyr": zephyr is not None,
        "zephyr_target": zephyr.target if zephyr else "",
        "zephyr_min_version": zephyr.min_version if zephyr else "",
        "zephyr_revision": ZEPHYR_REVISION,
        "zephyr_modules": [*(zephyr.modules if zephyr else ()), *_model_modules(project)],
        "application_kconfig": (zephyr.kconfig or "") if zephyr else "",
        "emulated": board.run is not None,
    }


def _model_modules(project: Project) -> list[str]:
    return ["cmsis-nn"] if any(model.cmsis_nn for model in project.models) else []


def _setting(setting: Setting) -> dict[str, str]:
    return {"symbol": setting.symbol, "value": setting.value, "reason": setting.reason}


def _buffer(project: Project, buffer: PoolBuffer) -> dict[str, Any]:
    return {
        "symbol": buffer.symbol,
        "name": buffer.name,
        "kind": buffer.kind,
        "kind_enum": _KINDS[buffer.kind],
        "constant": buffer.kind == "constant",
        "pool": buffer.pool,
        "region": buffer.region,
        "section": buffer.section or "",
        "c_section": c_section(project, buffer) or "",
        "has_section": buffer.section is not None,
        "size_bytes": buffer.size_bytes,
        "alignment_bytes": buffer.alignment_bytes,
        "checks": list(buffer.checks),
        "data_macro": buffer.data_macro or "",
        "models": ", ".join(buffer.models) or "the session",
        "describe_symbol": f"{buffer.symbol}_pool",
    }


def _tensor(tensor: ProjectTensor) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "c_name": tensor.c_name,
        "ident": tensor.ident,
        "dtype": tensor.dtype,
        "dtype_enum": _DTYPES[tensor.dtype],
        "shape": list(tensor.shape) or [1],
        "shape_text": f"{tensor.dtype}[{', '.join(str(n) for n in tensor.shape)}]",
        "ndim": len(tensor.shape),
        "size_bytes": tensor.size_bytes,
        "quantized": tensor.scale > 0,
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
        "buffer": tensor.buffer,
        "offset_bytes": tensor.offset_bytes,
        "size_macro": tensor.size_macro or "",
        "has_size_macro": tensor.size_macro is not None,
        "dl_code": dltype(tensor.dtype)[0],
        "dl_bits": dltype(tensor.dtype)[1],
    }


def _model(project: Project, model: ProjectModel) -> dict[str, Any]:
    tensors = (*model.inputs, *model.outputs)
    sections = [constants_section(each) for each in project.constants if each.model == model.name]
    section = sections[0] if sections else None
    return {
        "name": model.name,
        "ident": model.ident,
        "macro": model.ident.upper(),
        "archive": model.archive,
        "archive_sha256": model.archive_sha256,
        "on_device": model.on_device,
        "is_c": model.call == "c",
        "is_packed": model.call == "packed",
        "is_graph": model.call == "graph",
        "c_prefix": model.c_prefix,
        "entry": model.entry or "",
        "header": model.header or "",
        "inputs": [_tensor(tensor) for tensor in model.inputs],
        "outputs": [_tensor(tensor) for tensor in model.outputs],
        "num_inputs": len(model.inputs),
        "num_outputs": len(model.outputs),
        "num_tensors": len(tensors),
        # The packed main function reads a type code for each internal pool behind those of the tensors.
        "num_type_codes": len(tensors) + model.internal_pools,
        "bindings": [
            {"member": b.member, "symbol": b.symbol, "constant": b.constant} for b in model.bindings
        ],
        "has_bindings": bool(model.bindings),
        "io_in_workspace": model.io_in_workspace,
        **model_placement(project, model),
        "has_state": model.reset is not None,
        "reset": model.reset or "",
        "pools": [f"{symbol}_pool" for symbol in model.buffers],
        "num_pools": len(model.buffers),
        "arena": model.arena or "",
        "has_stack": model.arena is not None,
        "has_arena": model.graph is None and bool(model.arena or model.slots),
        "internal_workspace_bytes": model.internal_workspace_bytes,
        "slots": [
            {
                "comment": slot.comment,
                "size_bytes": slot.size_bytes,
                "array": slot.array,
                "offset_bytes": slot.offset_bytes,
                "has_below": slot.below is not None,
                "below": slot.below or 0,
            }
            for slot in model.slots
        ],
        "has_slots": bool(model.slots),
        "constants_section": section or "",
        "has_constants_section": section is not None,
        "graph": _graph(model.graph) if model.graph is not None else {},
        "quantized": model.quantized,
    }


def _graph(graph: ProjectGraph) -> dict[str, Any]:
    return {
        "parameters": [
            {
                "symbol": p.symbol,
                "comment": p.comment,
                "ctype": p.ctype,
                "count": p.count,
                "rows": list(p.rows),
            }
            for p in graph.parameters
        ],
        "tensors": [
            {
                "index": i,
                "comment": t.comment,
                "address": t.address,
                "code": t.code,
                "bits": t.bits,
                "ndim": len(t.shape),
                "has_shape": bool(t.shape),
                "shape": list(t.shape),
            }
            for i, t in enumerate(graph.tensors)
        ],
        "arguments": list(graph.arguments),
        "steps": [
            {
                "function": s.function,
                "first_argument": s.first_argument,
                "num_arguments": s.num_arguments,
                "first_slot": s.first_slot,
                "num_slots": s.num_slots,
                "has_stack": s.stack is not None,
                "stack": s.stack or "",
                "stack_offset": s.stack_offset,
                "stack_bytes": s.stack_bytes,
            }
            for s in graph.steps
        ],
        "functions": list(graph.functions),
        "max_arguments": graph.max_arguments,
    }


def _sample(project: Project, index: int, sample: SampleSet) -> dict[str, Any]:
    model = next(model for model in project.models if model.name == sample.model)
    number = sum(1 for other in project.samples[:index] if other.model == sample.model)
    return {
        "model": model.ident,
        "number": number,
        "symbol": f"{model.ident}_sample_{number}",
        "inputs": [_byte_rows(data) for data in sample.inputs],
        "expected": [_byte_rows(data) for data in sample.expected],
        "has_expected": bool(sample.expected),
    }


def _byte_rows(data: bytes) -> dict[str, Any]:
    return {
        "size_bytes": len(data),
        "rows": [
            ", ".join(str(byte) for byte in data[i : i + _BYTES_PER_ROW])
            for i in range(0, len(data), _BYTES_PER_ROW)
        ],
    }


def _regions(project: Project) -> list[dict[str, Any]]:
    return [
        {
            "name": region.name,
            "size_bytes": region.size_bytes,
            "used_bytes": region.used_bytes,
            "free_bytes": region.free_bytes,
            "kinds": ", ".join(f"{kind} {size:,}" for kind, size in region.kinds),
        }
        for region in project.report.regions
    ]
