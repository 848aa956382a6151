"""Network -> Program: constants folded, aliases and states separated, every operator lowered or refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from generator.compiler.context import Context, content_of
from generator.compiler.fuse import fuse
from generator.compiler.in_place_reads import read_in_place
from generator.compiler.inline import CONTROL, Inlined, inline
from generator.compiler.operators import find_operator, keeps_its_output
from generator.compiler.program import Fused, Program
from generator.compiler.refusal import Refusal, refused
from generator.compiler.rezero import rezero
from generator.compiler.step import (
    C_TYPES,
    Alias,
    Call,
    Folded,
    Handle,
    Lowered,
    Step,
    TooLarge,
    Unsupported,
    VariableAccess,
    require_room,
)
from generator.compiler.widen import widen
from generator.errors import ArchiveError
from generator.model.network import Network, NetworkOperator, NetworkTensor, Subgraph

_NO_CONTENT = ("string", "variant", "complex64", "complex128", "float64")


def legalise(network: Network, choose: Mapping[str, str] | None = None) -> Program:
    """Lower the main subgraph. choose: options of kernels' choice (``{"kernels": "cmsis-nn"}``).

    Raises ArchiveError that names every operator that can't be compiled.
    """
    inlined = inline(network)
    subgraph, fused = fuse(inlined.subgraph)
    subgraph = rezero(widen(subgraph))
    work = _Legaliser(network, subgraph, dict(choose or {}), inlined)
    work.run()
    refusals = work.refusals
    if refusals:
        raise refused(network.label, refusals)
    return read_in_place(work.program(fused))


class _Legaliser(Struct):
    network: Network
    subgraph: Subgraph
    choose: dict[str, str]
    inlined: Inlined
    tensors: list[NetworkTensor] = field(default_factory=list)
    folded: dict[int, np.ndarray] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)
    states: dict[int, bytes] = field(default_factory=dict)
    handles: dict[int, tuple[str, str]] = field(default_factory=dict)
    variables: dict[tuple[str, str], int] = field(default_factory=dict)
    initial: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    filled: set[int] = field(default_factory=set)
    records: list[Lowered] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    kept_bytes: int = 0
    full: bool = False

    def run(self) -> None:
        self.tensors = list(self.subgraph.tensors)
        written = set(self.subgraph.inputs)
        self.filled = set(written)
        kept = {i for o in self.subgraph.operators if keeps_its_output(o) for i in o.outputs}
        for tensor in self.tensors:
            if tensor.variable and tensor.index not in kept:
                self._keep_variable(tensor)
                self.states[tensor.index] = _first_content(tensor)
                written.add(tensor.index)
        for operator in self.subgraph.operators:
            self._lower(operator, written)
            if self.full:
                break
        self._settle_outputs()

    def program(self, fused: tuple[Fused, ...]) -> Program:
        records = sorted([*self.records, *fused], key=lambda record: record.operator)
        others = len(self.network.subgraphs) - 1 - len(self.inlined.used)
        called = sum(isinstance(record, Call) for record in records)
        notes = list(self.inlined.notes)
        if others > called:
            notes.append(
                f"{others - called} further subgraphs are not called by the main one and are left out"
            )
        return Program(
            self.network.label,
            tuple(self.tensors),
            tuple(self.steps),
            dict(self.aliases),
            dict(self.states),
            self.subgraph.inputs,
            self.subgraph.outputs,
            tuple(records),
            tuple(notes),
        )

    def _lower(self, operator: NetworkOperator, written: set[int]) -> None:
        context = Context(operator, tuple(self.tensors), self.folded, self.choose)
        try:
            if operator.kind in CONTROL and operator.index in self.inlined.refused:
                raise self.inlined.refused[operator.index]
            self._check_order(context, written)
            self._take(self._lowered(context))
        except Unsupported as fault:
            self.full = isinstance(fault, TooLarge)
            rows = [i for i in (*operator.inputs, *operator.outputs) if i >= 0]
            self.refusals.append(
                Refusal(
                    operator,
                    tuple(self.tensors[i].name or f"tensor {i}" for i in rows),
                    tuple(dict.fromkeys(self.tensors[i].dtype for i in rows)),
                    fault.what,
                    fault.hint,
                )
            )
            # Or else every operator behind it would be refused as well.
            self.filled.update(operator.outputs)
        written.update(operator.outputs)

    def _lowered(self, context: Context) -> Lowered:
        """What the operator becomes, unless its output is too large to be computed here."""
        operator = context.operator
        if operator.kind == "ZEROS_LIKE" or all(
            index < 0 or context.known(position) is not None for position, index in enumerate(operator.inputs)
        ):
            rows = [context.tensors[index] for index in operator.outputs]
            # elements are picked by indices of 8 bytes
            require_room(self.kept_bytes + sum(max(row.size_bytes, 8 * row.elements) for row in rows))
        return find_operator(operator)(context)

    def _keep(self, size_bytes: int) -> None:
        require_room(self.kept_bytes + size_bytes)
        self.kept_bytes += size_bytes

    def _keep_variable(self, tensor: NetworkTensor) -> None:
        try:
            self._keep(0 if tensor.constant is not None else tensor.size_bytes)
        except TooLarge as fault:
            raise ArchiveError(
                f"the variable {tensor.name!r} {fault.what}", where=self.network.label, hint=fault.hint
            ) from fault

    def _check_order(self, context: Context, written: set[int]) -> None:
        for position, index in enumerate(context.operator.inputs):
            if index >= 0 and index not in written and context.known(position) is None:
                raise Unsupported(
                    f"reads {self.tensors[index].name!r}, which nothing has written",
                    "check that the conversion finished",
                )
        for index in context.operator.outputs:
            tensor = self.tensors[index]
            if tensor.constant is not None or index in self.subgraph.inputs or index in written:
                raise Unsupported(f"writes {tensor.name!r}, which it must not write")
            if tensor.dtype in _NO_CONTENT:
                raise Unsupported(f"has an output of {tensor.dtype} ({tensor.name!r})")

    # ---- what an operator became

    def _take(self, lowered: Lowered) -> None:
        match lowered:
            case Step():
                self._keep(sum(len(content) for _, content in lowered.state.values()))
                self._append(lowered)
            case Alias():
                self._alias(lowered)
            case Folded():
                self._keep(sum(content.nbytes for content in lowered.values.values()))
                self.folded.update(lowered.values)
            case Handle():
                self.handles[lowered.target] = lowered.key
            case VariableAccess():
                self._access(lowered)
            case Call():
                self._call(lowered)
        self.records.append(lowered)

    def _alias(self, alias: Alias) -> None:
        source, target = self.tensors[alias.source], self.tensors[alias.target]
        known = self.folded.get(source.index)
        if known is None and source.constant is not None and source.index not in self.states:
            known = content_of(source)
        if known is None:
            self.aliases[target.index] = self._root(source.index)
        else:
            self.folded[target.index] = known.reshape(target.shape)

    def _append(self, step: Step) -> None:
        """Add a step whose inputs have bytes by now; a variable's handle, for one, has none."""
        for index in (*step.inputs, *step.outputs):
            if self.tensors[index].dtype not in C_TYPES:
                raise Unsupported(f"passes {self.tensors[index].dtype} ({self.tensors[index].name!r})")
        for index in step.inputs:
            if not self._has_bytes(index):
                raise Unsupported(f"reads {self.tensors[index].name!r}, which has no content")
        self.filled.update(self._root(index) for index in step.outputs)
        self.steps.append(step)

    def _has_bytes(self, index: int) -> bool:
        root = self._root(index)
        return root in self.filled or root in self.states

    def _access(self, access: VariableAccess) -> None:
        key = self._key(access.handle)
        tensor = self.tensors[access.tensor]
        if key not in self.variables:
            self._keep(tensor.size_bytes)
            first = self.initial.get(key)
            content = bytes(tensor.size_bytes) if first is None else first.tobytes()
            self.variables[key] = self._state(f"{key[0]}{key[1]}" or "variable", tensor, content)
        variable = self.variables[key]
        if self.tensors[variable].size_bytes != tensor.size_bytes:
            raise Unsupported(
                f"copies {tensor.size_bytes:,} bytes from or to a variable of "
                f"{self.tensors[variable].size_bytes:,}"
            )
        source, target = (variable, access.tensor) if access.read else (access.tensor, variable)
        copied = self._copy(access.operator, access.kind, source, target)
        # A constant that is assigned at each run lies in flash; the copy brings it along.
        self._append(copied)

    def _key(self, handle: int) -> tuple[str, str]:
        if handle not in self.handles:
            raise Unsupported("names a variable that no VAR_HANDLE declares")
        return self.handles[handle]

    def _state(self, name: str, like: NetworkTensor, content: bytes) -> int:
        index = len(self.tensors)
        self.tensors.append(
            NetworkTensor(index, name, like.dtype, like.shape, like.quantization, variable=True)
        )
        self.states[index] = content
        return index

    def _copy(self, operator: int, kind: str, source: int, target: int) -> Step:
        from generator.compiler.operators.copy import copy_step

        known = self.folded.get(source)
        if known is None and self.tensors[source].constant is not None and source not in self.states:
            known = content_of(self.tensors[source])
        return copy_step(operator, kind, self.tensors[source], self.tensors[target], known)

    def _call(self, call: Call) -> None:
        """Take the first content of variables from a subgraph that only assigns constants."""
        if not 0 < call.subgraph < len(self.network.subgraphs):
            raise Unsupported(f"calls subgraph {call.subgraph} of {len(self.network.subgraphs)}")
        body = self.network.subgraphs[call.subgraph]
        handles: dict[int, tuple[str, str]] = {}
        for operator in body.operators:
            lowered = self._lowered(Context(operator, body.tensors, {}, self.choose))
            if isinstance(lowered, Handle):
                handles[lowered.target] = lowered.key
                continue
            constant = (
                body.tensors[lowered.tensor]
                if isinstance(lowered, VariableAccess) and not lowered.read
                else None
            )
            if constant is None or constant.constant is None or lowered.handle not in handles:  # type: ignore[union-attr]
                raise Unsupported(
                    f"runs {operator.kind} before the first run; only constants can be assigned there"
                )
            self.initial[handles[lowered.handle]] = content_of(constant)  # type: ignore[union-attr]

    # ---- outputs of the model

    def _root(self, tensor: int) -> int:
        return self.aliases.get(tensor, tensor)

    def _settle_outputs(self) -> None:
        """An output that is constant or state gets bytes of its own, so that the caller can read it."""
        if self.refusals:
            return
        outputs = []
        for number, index in enumerate(self.subgraph.outputs):
            root = self._root(index)
            tensor = self.tensors[index]
            if tensor.dtype not in C_TYPES:
                raise ArchiveError(
                    f"output {number} ({tensor.name!r}) is of {tensor.dtype}; supported: {', '.join(C_TYPES)}",
                    where=self.network.label,
                    hint="convert the model with float32 or integer outputs",
                )
            owned = tensor.constant is not None or index in self.folded or root in self.states
            if not owned:
                if not self._has_bytes(index):
                    raise ArchiveError(
                        f"nothing writes output {number} ({tensor.name!r})",
                        where=self.network.label,
                        hint="check that the conversion finished",
                    )
                outputs.append(index)
                continue
            target = len(self.tensors)
            self.tensors.append(replace(tensor, index=target, constant=None, variable=False))
            last = self.subgraph.operators[-1].index
            self._append(self._copy(last, "COPY", index, target))
            outputs.append(target)
        self.subgraph = replace(self.subgraph, outputs=tuple(outputs))


def _first_content(tensor: NetworkTensor) -> bytes:
    """The initial contents of a variable tensor: its buffer, or else real zeros."""
    if tensor.constant is not None:
        return tensor.constant
    zero = tensor.quantization.zero_point if tensor.quantization is not None else 0
    if tensor.dtype == "int8" and zero:
        return bytes([zero & 255]) * tensor.size_bytes
    return bytes(tensor.size_bytes)
