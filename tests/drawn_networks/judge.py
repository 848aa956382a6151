"""Networks drawn, compiled, run here and compared with the reference that docs/tflite.md names."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from drawn_networks.arm import ManyOnArm, build_on_arm
from drawn_networks.build import Many, build_many
from drawn_networks.cmsis_nn import Library
from drawn_networks.draw import Draw
from drawn_networks.engines import Answer, ask
from drawn_networks.recipes import CHAIN, damage, draw_network
from generator.compiler.compile import Compiled, CompileOptions
from generator.errors import MlfgenError
from generator.model.golden import COMPILED_FLOATS
from generator.model.reference import LITERT, TFLM
from generator.pipeline.models import compile_model
from generator.readers.tflite_network import parse_network

BAD = ("wrong", "broken")
#: kinds that are compared with LiteRT on int8 too. TensorFlow Lite Micro computes an LSTM otherwise, and pads
#: SPACE_TO_BATCH_ND with a number that nothing has set.
_LITERT_KINDS = frozenset(("UNIDIRECTIONAL_SEQUENCE_LSTM", "SPACE_TO_BATCH_ND"))


@dataclass(frozen=True)
class Verdict:
    """kind, seed: of the network. verdict: exact, close, refused, unjudged, wrong or broken."""

    kind: str
    seed: int
    dtypes: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class _Case:
    kind: str
    seed: int
    draw: Draw
    data: bytes
    compiled: Compiled | None
    verdict: Verdict


def judge(
    named: Sequence[tuple[str, int]],
    folder: Path,
    kernels: str = "own",
    *,
    damaged: bool = False,
    core: str | None = None,
    library: Library | None = None,
) -> list[Verdict]:
    """named: (kind, seed) of each network. folder: for what is built; it is not removed.

    core: of ``arm.CORES``, run by Unicorn; None is this computer. library: that kernels call.
    damaged: shapes, types or options disagree; what is not refused must run, whatever it gives.
    """
    cases = [_case(kind, seed, number, kernels, damaged) for number, (kind, seed) in enumerate(named)]
    compiled = [case.compiled for case in cases if case.compiled is not None]
    many: Many | ManyOnArm
    if core is None:
        many = build_many(compiled, folder, library)
    else:
        many = build_on_arm(compiled, folder, core, library)
    verdicts, at = [], 0
    for case in cases:
        if case.compiled is None:
            verdicts.append(case.verdict if damaged else _of_refused(case))
            continue
        number, at = at, at + 1
        if number in many.faults:
            verdicts.append(replace(case.verdict, verdict="broken", detail=many.faults[number]))
            continue
        sets = case.draw.sets()
        try:
            got = many.run(number, sets)
        except AssertionError as fault:
            verdicts.append(replace(case.verdict, verdict="broken", detail=str(fault)))
            continue
        if damaged:
            verdicts.append(replace(case.verdict, verdict="unjudged", detail="damaged, but runs"))
        else:
            verdicts.append(_compared(case, sets, got))
    return verdicts


def _case(kind: str, seed: int, number: int, kernels: str, damaged: bool) -> _Case:
    d = draw_network(kind, seed)
    if damaged:
        damage(d)
    dtypes = "/".join(dict.fromkeys(tensor.dtype for tensor in d.tensors))
    verdict = Verdict(kind, seed, dtypes, "")
    data = d.build(d.outputs)
    try:
        options = CompileOptions(name=f"m{number}", kernels=kernels)
        compiled = compile_model(parse_network(data, f"{kind}-{seed}.tflite"), options)
    except MlfgenError as error:
        return _Case(kind, seed, d, data, None, replace(verdict, verdict="refused", detail=error.what))
    except Exception:
        said = traceback.format_exc(limit=-4)
        return _Case(kind, seed, d, data, None, replace(verdict, verdict="broken", detail=said))
    return _Case(kind, seed, d, data, compiled, verdict)


def engine_of(d: Draw) -> str:
    """The reference that a network is compared with, by docs/tflite.md."""
    kinds = {operator.kind for operator in d.operators}
    types = {tensor.dtype for tensor in d.tensors}
    constants = {tensor.dtype for tensor in d.tensors if tensor.content is not None and tensor.scales}
    hybrid = any(
        d.tensors[operator.inputs[0]].dtype == "float32" and "int8" in constants for operator in d.operators
    )
    if kinds & _LITERT_KINDS or "uint8" in types or hybrid:
        return LITERT
    return TFLM if types & {"int8", "int16"} else LITERT


def _rounds_otherwise(d: Draw) -> bool:
    """Whether LiteRT is known to compute an operator otherwise (docs/tflite.md)."""
    for operator in d.operators:
        dtypes = [d.tensors[index].dtype for index in operator.inputs if index >= 0]
        if operator.kind == "FULLY_CONNECTED" and dtypes[0] in ("int8", "int16"):
            return True
        if operator.kind in ("LOGISTIC", "TANH") and dtypes[0] == "int8":
            return True
        if operator.kind == "CONV_2D" and dtypes[0] == "int16" and dtypes[-1] == "int32":
            return True
    return False


def _of_refused(case: _Case) -> Verdict:
    """Says whether a reference runs what is refused."""
    if case.verdict.verdict != "refused":
        return case.verdict
    sets = case.draw.sets()
    runs = [engine for engine in (TFLM, LITERT) if ask(engine, case.data, sets).outputs is not None]
    detail = " ".join(case.verdict.detail.split())
    return replace(case.verdict, detail=f"{detail} [{'+'.join(runs) or 'so do the references'}]")


def _compared(case: _Case, sets: list[list[np.ndarray]], got: list[list[np.ndarray]]) -> Verdict:
    engine = engine_of(case.draw)
    other = LITERT if engine == TFLM else TFLM
    answers: dict[str, Answer] = {engine: ask(engine, case.data, sets)}
    if answers[engine].outputs is None:
        answers[other] = ask(other, case.data, sets)
        if answers[other].outputs is None:
            reasons = "; ".join(f"{name}: {answer.reason}" for name, answer in answers.items())
            return replace(case.verdict, verdict="unjudged", detail=reasons)
        engine = other
    outputs = answers[engine].outputs
    assert outputs is not None
    verdict = _difference(case, got, outputs)
    if verdict.verdict == "wrong":
        second = LITERT if engine == TFLM else TFLM
        found = answers.get(second) or ask(second, case.data, sets)
        other = None if found.outputs is None else _difference(case, got, found.outputs)
        if case.kind == CHAIN and other is not None and other.verdict not in BAD:
            # Its operators are of several references, which the other engine has all alike.
            return other
        if engine == LITERT and _rounds_otherwise(case.draw):
            return replace(verdict, verdict="unjudged", detail="LiteRT computes an operator otherwise")
        also = "can't run it" if other is None else other.verdict
        return replace(verdict, detail=f"{verdict.detail}, by {engine}; {second}: {also}")
    return verdict


def _difference(case: _Case, got: list[list[np.ndarray]], expected: list[list[np.ndarray]]) -> Verdict:
    close = False
    makers = {target: operator for operator in case.draw.operators for target in operator.outputs}
    for number, (row, wanted) in enumerate(zip(got, expected, strict=True)):
        for position, (ours, theirs) in enumerate(zip(row, wanted, strict=True)):
            index = case.draw.outputs[position]
            where = f"set {number}, output {position}"
            if index in makers:
                where += f" ({makers[index].kind})"
            flat, want = ours.reshape(-1), np.asarray(theirs).reshape(-1)
            if flat.dtype != want.dtype or flat.size != want.size:
                detail = f"{where}: {ours.dtype} {ours.shape}, not {want.dtype} {theirs.shape}"
                return replace(case.verdict, verdict="wrong", detail=detail)
            if flat.tobytes() == want.tobytes():
                continue
            equal = _equal(flat, want)
            if flat.dtype.kind == "f" and np.all(equal):
                close = True
                continue
            wrong = np.flatnonzero(~equal)
            if not wrong.size:
                continue
            first = int(wrong[0])
            detail = (
                f"{where}: {wrong.size} of {flat.size} differ, at {first} {flat[first]} is not {want[first]}"
            )
            return replace(case.verdict, verdict="wrong", detail=detail)
    return replace(case.verdict, verdict="close" if close else "exact")


def _equal(flat: np.ndarray, want: np.ndarray) -> np.ndarray:
    if flat.dtype.kind != "f":
        return np.asarray(flat == want)
    return np.isclose(flat, want, COMPILED_FLOATS.relative, COMPILED_FLOATS.absolute, equal_nan=True)


def counted(verdicts: Sequence[Verdict]) -> Mapping[str, Mapping[str, int]]:
    """kind -> verdict -> how many."""
    table: dict[str, dict[str, int]] = {}
    for verdict in verdicts:
        row = table.setdefault(verdict.kind, {})
        row[verdict.verdict] = row.get(verdict.verdict, 0) + 1
    return table
