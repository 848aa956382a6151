"""A compiled model as the files of a Model Library Format archive, version 7.

Source: ``python/tvm/micro/model_library_format.py`` in TVM 0.12.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from generator.compiler.print_c import Printed, print_header, print_kernels, print_source
from generator.compiler.step import Step
from generator.model.archive import compiled_path
from generator.model.compiled import FORMAT
from generator.model.network import NetworkTensor

_CPU = 1
#: the format needs a date; a real one would make two archives of one model differ
_DATE = "1970-01-01 00:00:00Z"


def archive_files(model: Printed, sha256: str, version: str) -> dict[str, bytes]:
    """Relative POSIX path -> content. sha256: of the .tflite; version: of mlfgen."""
    texts = {
        "metadata.json": _json(_metadata(model)),
        f"codegen/host/include/{model.prefix}.h": print_header(model),
        f"codegen/host/src/{model.name}_lib0.c": print_source(model),
        f"codegen/host/src/{model.name}_kernels.h": print_kernels(model),
        compiled_path(model.name): _json(_compiled(model, sha256, version)),
    }
    return {path: text.encode() for path, text in texts.items()}


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files (path -> content) as a plain tar: sorted, without owner or date.

    The same files give the same bytes.
    """
    stream = io.BytesIO()
    with tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            member = tarfile.TarInfo(path)
            member.size = len(files[path])
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(files[path]))
    return stream.getvalue()


def _json(tree: Any) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=True) + "\n"


def _metadata(model: Printed) -> dict[str, Any]:
    program = model.program

    def sizes(names: Sequence[str], indices: Sequence[int]) -> dict[str, Any]:
        tensors = [program.tensors[index] for index in indices]
        return {
            name: {"dtype": tensor.dtype, "size": tensor.size_bytes}
            for name, tensor in zip(names, tensors, strict=True)
        }

    inputs, outputs = sizes(model.inputs, program.inputs), sizes(model.outputs, program.outputs)
    main = {
        "constants_size_bytes": sum(step.constants_bytes for step in model.steps),
        "device": _CPU,
        "inputs": inputs,
        "io_size_bytes": sum(entry["size"] for entry in (*inputs.values(), *outputs.values())),
        "outputs": outputs,
        "workspace_size_bytes": sum(size for _, size in model.pools),
    }
    operators = [
        {
            "function_name": function,
            "workspace": [{"device": _CPU, "workspace_size_bytes": step.scratch_bytes}],
        }
        for function, step in zip(model.functions, model.steps, strict=True)
    ]
    return {
        "modules": {
            model.name: {
                "executors": ["aot"],
                "export_datetime": _DATE,
                "external_dependencies": [],
                "memory": {"functions": {"main": [main], "operator_functions": operators}},
                "model_name": model.name,
                "style": "full-model",
                "target": ["c -keys=cpu "],
            }
        },
        "version": 7,
    }


def _compiled(model: Printed, sha256: str, version: str) -> dict[str, Any]:
    program, memory = model.program, model.memory
    return {
        "format": FORMAT,
        "generator": f"mlfgen {version}",
        "source": program.label,
        "source_sha256": sha256,
        "inputs": _tensors(model.inputs, [program.tensors[index] for index in program.inputs]),
        "outputs": _tensors(model.outputs, [program.tensors[index] for index in program.outputs]),
        "state_pool": "state" if model.state.size_bytes else None,
        "buffers": [
            {
                "name": laid.name,
                "kind": kind,
                "offset_bytes": laid.offset_bytes,
                "size_bytes": laid.size_bytes,
                "first": laid.lifespan[0],
                "end": laid.lifespan[1],
            }
            for kind, group in (("tensor", memory.tensors), ("scratch", memory.scratch))
            for _, laid in sorted(group.items())
            if laid.size_bytes
        ],
        "layers": [
            _layer(model, step, function) for step, function in zip(model.steps, model.functions, strict=True)
        ],
    }


def _tensors(names: Sequence[str], tensors: Sequence[NetworkTensor]) -> list[dict[str, Any]]:
    rows = []
    for name, tensor in zip(names, tensors, strict=True):
        row: dict[str, Any] = {"name": name, "dtype": tensor.dtype, "shape": list(tensor.shape)}
        quantization = tensor.quantization
        if quantization is not None and len(quantization.scales) == 1 and quantization.scale > 0:
            row |= {"scale": quantization.scale, "zero_point": quantization.zero_point}
        rows.append(row)
    return rows


def _layer(model: Printed, step: Step, function: str) -> dict[str, Any]:
    tensors = model.program.tensors
    return {
        "function": function,
        "operator": step.operator,
        "kind": step.kind,
        "kernel": step.kernel,
        "inputs": [[tensors[i].dtype, list(tensors[i].shape)] for i in step.inputs],
        "outputs": [[tensors[i].dtype, list(tensors[i].shape)] for i in step.outputs],
        "macs": step.macs,
        "constants_bytes": step.constants_bytes,
        "scratch_bytes": step.scratch_bytes,
        "activation_bytes": sum(tensors[i].size_bytes for i in (*step.inputs, *step.outputs)),
    }
