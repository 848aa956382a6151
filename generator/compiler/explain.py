"""What became of each operator of a model, layer by layer, as rows for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from generator.compiler.compile import Compiled
from generator.compiler.program import Fused
from generator.compiler.step import Alias, Call, Folded, Handle, Lowered, Step, VariableAccess
from generator.model.network import NetworkTensor


class LayerRow(Struct, frozen=True):
    """One operator, or a copy that the compiler added.

    operator: index in the model. what: the kernel, or why nothing runs. place: offset of its first output in
    the workspace, or None where nothing runs. notes: what was fused or overlapped, and why.
    instructions: estimated for a Cortex-M7, or None.
    """

    operator: int
    kind: str
    shape: str
    what: str
    macs: int = 0
    constants_bytes: int = 0
    scratch_bytes: int = 0
    place: int | None = None
    instructions: int | None = None
    notes: tuple[str, ...] = ()


def explain(compiled: Compiled) -> tuple[LayerRow, ...]:
    """Rows in the model's order of operators; steps that run in another order say so."""
    order = {id(step): number for number, step in enumerate(compiled.steps)}
    overlapped = {
        step: _name(compiled.program.tensors[source]) for step, source, _ in compiled.memory.overlapped
    }
    rows = []
    recorded = {id(record) for record in compiled.program.records}
    extra = [step for step in compiled.steps if id(step) not in recorded]
    records: Sequence[Lowered | Fused] = sorted(
        [*compiled.program.records, *extra], key=lambda record: record.operator
    )
    reordered = compiled.steps != compiled.program.steps
    for record in records:
        if isinstance(record, Step):
            number = order[id(record)]
            notes = list(record.notes)
            if number in overlapped:
                notes.append(f"writes over its input {overlapped[number]}")
            if reordered:
                notes.append(f"runs as number {number}")
            rows.append(_step_row(compiled, record, tuple(notes)))
        else:
            rows.append(LayerRow(record.operator, record.kind, *_nothing(compiled, record)))
    return tuple(rows)


def _step_row(compiled: Compiled, step: Step, notes: tuple[str, ...]) -> LayerRow:
    tensors = compiled.program.tensors
    place = None
    if step.outputs:
        laid = compiled.memory.tensors.get(compiled.program.root(step.outputs[0]))
        place = laid.offset_bytes if laid is not None else None
    shape = f"{_types(tensors, step.inputs)} -> {_types(tensors, step.outputs)}"
    return LayerRow(
        step.operator,
        step.kind,
        shape,
        step.kernel or "kernel",
        step.macs,
        step.constants_bytes,
        step.scratch_bytes,
        place,
        step.instructions,
        notes,
    )


def _nothing(compiled: Compiled, record: Lowered | Fused) -> tuple[str, str]:
    """(shape, what) of an operator for which nothing runs."""
    tensors = compiled.program.tensors
    match record:
        case Alias():
            return f"{_types(tensors, (record.source,))} -> {_types(tensors, (record.target,))}", (
                f"nothing runs: {record.note}"
            )
        case Folded():
            return f"-> {_types(tensors, tuple(record.values))}", f"nothing runs: {record.note}"
        case Fused():
            return "-", f"fused into operator {record.into}: {record.note}"
        case Handle():
            return "-", f"no code: names the variable {record.key[0]}{record.key[1]!r}"
        case VariableAccess():
            return "-", "reads a variable" if record.read else "writes a variable"
        case Call():
            return "-", f"no code: subgraph {record.subgraph} initialises variables"
    return "-", "-"


def _types(tensors: Sequence[NetworkTensor], indices: Sequence[int]) -> str:
    return ", ".join(f"{tensors[i].dtype}[{','.join(map(str, tensors[i].shape))}]" for i in indices) or "-"


def _name(tensor: NetworkTensor) -> str:
    return repr(tensor.name.split(";")[0][:40]) if tensor.name else f"tensor {tensor.index}"
