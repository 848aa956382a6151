"""Reference interpreters of .tflite models, where they are installed: LiteRT's and TensorFlow Lite Micro's.

Both use their reference kernels; LiteRT's default kernels round differently. They run inside this process,
with nothing of a model but its tensors coming back.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from generator.errors import RunError, ToolMissingError
from generator.model.reference import LITERT, TFLM

if TYPE_CHECKING:
    import numpy as np

#: engine -> (module, distribution)
_PACKAGES = {LITERT: ("ai_edge_litert", "ai-edge-litert"), TFLM: ("tflite_micro", "tflite-micro")}
ENGINE_NAMES = {LITERT: "LiteRT's reference kernels", TFLM: "TensorFlow Lite Micro"}
_ARENA_BYTES = 64 << 20


def installed(engine: str) -> bool:
    """Whether the interpreter's package can be imported."""
    return find_spec(_PACKAGES[engine][0]) is not None


def run_reference(
    engine: str, model: bytes, label: str, sets: Sequence[Sequence[np.ndarray]]
) -> list[list[np.ndarray]]:
    """Outputs [set][output]; state is carried from set to set.

    Raises ToolMissingError where the engine is not installed, RunError where it can't run the model.
    """
    module, distribution = _PACKAGES[engine]
    if not installed(engine):
        raise ToolMissingError(
            f"the reference interpreter {module} is not installed",
            hint=f"pip install {distribution}    (or 'mlfgen[reference]'), or give --golden FILE.npz",
        )
    try:
        with _native_output_dropped():
            interpreter = _litert(model) if engine == LITERT else _tflm(model)
            return [interpreter(row) for row in sets]
    except (RuntimeError, ValueError, TypeError, SystemError, OSError) as fault:
        reason = " ".join(str(fault).split())[:300]
        raise RunError(
            f"{module} can't run the model: {reason}",
            where=label,
            hint="give recorded outputs instead: --golden FILE.npz",
        ) from None


def _litert(model: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    inputs = [detail["index"] for detail in interpreter.get_input_details()]
    outputs = [detail["index"] for detail in interpreter.get_output_details()]

    def run(row: Sequence[np.ndarray]) -> list[np.ndarray]:
        for index, value in zip(inputs, row, strict=True):
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]

    return run


def _tflm(model: bytes) -> Any:
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=_ARENA_BYTES)
    count = 0
    while True:
        try:
            interpreter.get_output_details(count)
        except (IndexError, ValueError, RuntimeError):
            break
        count += 1

    def run(row: Sequence[np.ndarray]) -> list[np.ndarray]:
        for index, value in enumerate(row):
            interpreter.set_input(value, index)
        interpreter.invoke()
        return [interpreter.get_output(index) for index in range(count)]

    return run


@contextlib.contextmanager
def _native_output_dropped() -> Iterator[None]:
    """Both libraries print on file descriptor 2 whatever Python does with its streams."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
