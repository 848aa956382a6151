"""``metadata.json`` of an archive, read and checked.

Source: ``python/tvm/micro/model_library_format.py`` in TVM 0.8 (version 5) and 0.9 to 0.18 (version 7).
"""

from __future__ import annotations

import re

from msgspec import Struct

from generator.model.archive import TVM_VERSIONS, Executor, Operator
from generator.model.tensor import DTYPE_BYTES
from generator.readers.text.json_tree import MAX_BYTES, Tree
from generator.readers.text.names import check_identifier, check_tensor_name

#: inputs or outputs of one model
MAX_TENSORS = 1000
_CPU = 1
#: DLPack's and TVM's device numbers, for messages
_DEVICES = {
    2: "CUDA",
    4: "OpenCL",
    7: "Vulkan",
    8: "Metal",
    9: "VPI",
    10: "ROCm",
    12: "an extension device",
    14: "Hexagon",
    15: "WebGPU",
}
_HOST_KINDS = frozenset(("c", "cmsis-nn", "ccompiler"))
_COMPILE_FOR_CPU = "compile the model for the CPU: target c, or cmsis-nn,c"
_ALIGNMENT = re.compile(r"-workspace-byte-alignment=([0-9]{1,5})\b")
#: what C code compiled by TVM takes for granted (``kDefaultWorkspaceAlignment``)
_DEFAULT_ALIGNMENT_BYTES = 16


class TensorSize(Struct, frozen=True):
    """Element type and size of a tensor.

    dtype: a key of DTYPE_BYTES. size_bytes: of all elements.
    """

    dtype: str
    size_bytes: int


class ModelMetadata(Struct, frozen=True):
    """One model of ``metadata.json``.

    inputs, outputs: name -> size; None before TVM 0.11. The file sorts them by name, so their order is unknown.
    alignment_bytes: of the workspace.
    """

    name: str
    executor: Executor
    targets: tuple[str, ...]
    alignment_bytes: int
    inputs: dict[str, TensorSize] | None
    outputs: dict[str, TensorSize] | None
    workspace_bytes: int
    constants_bytes: int
    operators: tuple[Operator, ...]
    tvm_version: str | None


def parse_metadata(tree: Tree) -> tuple[int, tuple[ModelMetadata, ...]]:
    """(version, models). Raises ArchiveError for damaged files, and for models that can't become firmware."""
    version = tree["version"].integer(0, 1 << 31)
    if version not in TVM_VERSIONS:
        known = " and ".join(f"{number} (TVM {tvm})" for number, tvm in TVM_VERSIONS.items())
        what = f"version {version} of the Model Library Format"
        what += " is a pre-release of TVM 0.8" if 0 < version < 5 else " is not known"
        raise tree["version"].error(
            f"{what}; supported versions: {known}", "export the model with TVM 0.8 to 0.18"
        )
    if "style" in tree:
        _check_style(tree["style"])
    if version == 5:
        return version, (_model(tree["model_name"].text(), tree, version),)
    models = tuple(_model(name, model, version) for name, model in tree["modules"].members())
    if not models:
        raise tree["modules"].error("contains no model")
    return version, models


def _check_style(style: Tree) -> None:
    if style.text() == "operator":
        raise style.error(
            "an operator library contains single operators, not a model",
            "export a whole model: pass the result of relay.build to export_model_library_format",
        )
    if style.text() != "full-model":
        raise style.error(f"unknown style {style.text()[:40]!r}")


def _model(name: str, tree: Tree, version: int) -> ModelMetadata:
    check_identifier(name, "model name", tree.place)
    if "model_name" in tree and tree["model_name"].text() != name:
        raise tree["model_name"].error(f"is {tree['model_name'].text()[:80]!r}, not {name!r}")
    if "style" in tree:
        _check_style(tree["style"])
    targets = _targets(tree["target"], version)
    functions = tree["memory"]["functions"]
    main = _on_cpu(functions["main"])
    if main is None:
        raise functions["main"].error("is empty")
    return ModelMetadata(
        name=name,
        executor=_executor(tree["executors"]),
        targets=targets,
        alignment_bytes=_alignment(targets, tree["target"]),
        inputs=_tensor_sizes(main, "inputs"),
        outputs=_tensor_sizes(main, "outputs"),
        workspace_bytes=main["workspace_size_bytes"].integer(),
        constants_bytes=main["constants_size_bytes"].integer() if "constants_size_bytes" in main else 0,
        operators=tuple(_operator(operator) for operator in functions["operator_functions"].items()),
        tvm_version=_tvm_version(tree),
    )


def _targets(tree: Tree, version: int) -> tuple[str, ...]:
    if version == 5:
        for device, _ in tree.members():
            if device != str(_CPU):
                words = _device_words(int(device)) if device.isdecimal() and len(device) < 9 else device[:40]
                raise tree[device].error(f"the model is compiled for {words}", _COMPILE_FOR_CPU)
        targets = [target.text() for _, target in tree.members()]
    else:
        targets = tree.texts()
    for target in targets:
        kind = target.split(" ", 1)[0]
        if kind == "llvm":
            raise tree.error(
                "the model is compiled to machine code by LLVM", "compile it to C: target c, or cmsis-nn,c"
            )
        if kind not in _HOST_KINDS:
            raise tree.error(f"the model is compiled for the target {kind[:40]!r}", _COMPILE_FOR_CPU)
    if not targets:
        raise tree.error("names no target")
    return tuple(targets)


def _alignment(targets: tuple[str, ...], tree: Tree) -> int:
    asked = [int(number) for target in targets for number in _ALIGNMENT.findall(target)]
    alignment = max(asked, default=_DEFAULT_ALIGNMENT_BYTES)
    if alignment & (alignment - 1):
        raise tree.error(f"asks for a workspace alignment of {alignment}, which is not a power of two")
    return max(alignment, _DEFAULT_ALIGNMENT_BYTES)


def _executor(tree: Tree) -> Executor:
    executors = tree.texts()
    if executors not in (["aot"], ["graph"]):
        raise tree.error(
            f"must name one executor, aot or graph, not {executors!r:.80}",
            "compile the model with one executor",
        )
    return Executor(executors[0])


def _on_cpu(tree: Tree) -> Tree | None:
    """The entry of a list of one entry a device; other devices than the CPU are refused."""
    found = None
    for entry in tree.items():
        device = entry["device"].integer(0, 1 << 31)
        if device != _CPU:
            raise entry["device"].error(
                f"the model needs memory on {_device_words(device)}", _COMPILE_FOR_CPU
            )
        if found is not None:
            raise entry.error("lists the CPU twice")
        found = entry
    return found


def _device_words(device: int) -> str:
    return f"device type {device} ({_DEVICES[device]})" if device in _DEVICES else f"device type {device}"


def _operator(tree: Tree) -> Operator:
    function = tree["function_name"]
    check_identifier(function.text(), "operator's name", function.place)
    workspace = _on_cpu(tree["workspace"])
    return Operator(function.text(), workspace["workspace_size_bytes"].integer() if workspace else 0)


def _tensor_sizes(main: Tree, key: str) -> dict[str, TensorSize] | None:
    if key not in main:
        return None
    sizes = {}
    for name, tensor in main[key].members():
        check_tensor_name(name, main[key].place)
        dtype = tensor["dtype"].text()
        if dtype not in DTYPE_BYTES:
            raise tensor["dtype"].error(
                f"the element type {dtype[:40]!r} is not supported", f"use one of {', '.join(DTYPE_BYTES)}"
            )
        size = tensor["size"].integer(1, MAX_BYTES)
        if size % DTYPE_BYTES[dtype]:
            raise tensor["size"].error(f"is {size}, which is not a multiple of the {dtype} element size")
        sizes[name] = TensorSize(dtype, size)
    if not 0 < len(sizes) <= MAX_TENSORS:
        raise main[key].error(f"the model has {len(sizes)} {key}; 1 to {MAX_TENSORS} are supported")
    return sizes


def _tvm_version(tree: Tree) -> str | None:
    if "external_dependencies" not in tree:
        return None
    for dependency in tree["external_dependencies"].items():
        if dependency["short_name"].text() == "tvm_standalone_crt":
            version = dependency["version_spec"].text()
            if not version.isprintable() or len(version) > 80:
                raise dependency["version_spec"].error("the TVM version has unprintable characters")
            return version
    return None
