"""What came out of every recorded input set, compared number by number with what was recorded."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from msgspec import Struct

from generator.errors import RunError
from generator.model.golden import EXACT, Tolerance
from generator.model.project import Project, ProjectModel, SampleSet
from generator.readers.console import SampleRuns


class Mismatch(Struct, frozen=True):
    """One output that is not as recorded. index: of the first differing element, row-major."""

    model: str
    set_number: int
    output: str
    index: int
    expected: float
    got: float
    differing: int
    elements: int

    def __str__(self) -> str:
        return (
            f"{self.model} set {self.set_number}, output '{self.output}': {self.differing} of "
            f"{self.elements} elements differ, first at {self.index}: "
            f"expected {self.expected:g}, got {self.got:g}"
        )


class SetVerdict(Struct, frozen=True):
    """How one set of inputs turned out.

    time_us: as the target measured it. error: what the runtime said, or None.
    """

    model: str
    number: int
    equal: bool
    time_us: int | None
    error: str | None


class Verdict(Struct, frozen=True):
    """How all sets turned out.

    workspace_bytes: model -> (touched, reserved), where the target could measure it.
    """

    sets: tuple[SetVerdict, ...]
    mismatches: tuple[Mismatch, ...]
    workspace_bytes: Mapping[str, tuple[int, int]]

    @property
    def equal(self) -> bool:
        """Whether every set's outputs are as recorded."""
        return all(verdict.equal for verdict in self.sets)


def judge(project: Project, runs: SampleRuns, tolerance: Tolerance = EXACT) -> Verdict:
    """Compare what came of the samples with the project's records.

    Integers must be equal bit for bit, floats within the tolerance. Of a
    set without recorded outputs only an error counts.
    RunError when an output is missing.
    """
    models = {model.name: model for model in project.models}
    verdicts, mismatches = [], []
    numbers: dict[str, int] = {}
    for sample in project.samples:
        number = numbers.get(sample.model, 0)
        numbers[sample.model] = number + 1
        key = (sample.model, number)
        if key in runs.errors:
            verdicts.append(SetVerdict(sample.model, number, False, None, runs.errors[key]))
            continue
        if not sample.expected:
            continue
        found = _compare(models[sample.model], sample, number, runs.outputs, tolerance)
        mismatches += found
        verdicts.append(SetVerdict(sample.model, number, not found, runs.times_us.get(key), None))
    return Verdict(tuple(verdicts), tuple(mismatches), runs.workspace_bytes)


def _compare(
    model: ProjectModel,
    sample: SampleSet,
    number: int,
    outputs: Mapping[tuple[str, int, int], bytes],
    tolerance: Tolerance,
) -> list[Mismatch]:
    mismatches = []
    for i, expected in enumerate(sample.expected):
        got = outputs.get((sample.model, number, i))
        if got is None or len(got) != len(expected):
            raise RunError(
                f"the firmware did not print output {i} of set {number} of model '{sample.model}'",
                hint="src/main.c must call mlf_sample_run_all()",
            )
        if got == expected:
            continue
        tensor = model.outputs[i]
        mismatch = _first_difference(tensor.dtype, expected, got, tolerance)
        if mismatch is not None:
            index, wanted, was, count, elements = mismatch
            mismatches.append(
                Mismatch(sample.model, number, tensor.name, index, wanted, was, count, elements)
            )
    return mismatches


_FORMATS = {
    "bool": "B",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "float16": "e",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}


def _first_difference(
    dtype: str, expected: bytes, got: bytes, tolerance: Tolerance
) -> tuple[int, float, float, int, int] | None:
    code = _FORMATS[dtype]
    width = struct.calcsize(code)
    count = len(expected) // width
    wanted = struct.unpack(f"<{count}{code}", expected)
    was = struct.unpack(f"<{count}{code}", got)
    floats = code in "efd" and bool(tolerance)
    # Bytes first: the difference of two equal infinities is not a number.
    differing = [
        k
        for k in range(count)
        if expected[k * width : (k + 1) * width] != got[k * width : (k + 1) * width]
        and not (floats and tolerance.allows(wanted[k], was[k]))
    ]
    if not differing:
        return None
    first = differing[0]
    return first, wanted[first], was[first], len(differing), count
