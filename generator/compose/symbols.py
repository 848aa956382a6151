"""C symbols of an application: each belongs to one thing."""

from __future__ import annotations

from collections.abc import Iterator

from generator.errors import UsageError
from generator.model.project import PoolBuffer, ProjectModel

#: of the tables and functions that ``models.c`` prints for a model
_PARTS = (
    *("inputs", "outputs", "pools", "slots", "run_state", "invoke", "check", "reset", "workspace_pools"),
    *("tensors", "arguments", "calls"),
)


def check_symbols(models: tuple[ProjectModel, ...], buffers: tuple[PoolBuffer, ...]) -> None:
    """UsageError where two things would have one name: a compiler's message would not say why."""
    owners: dict[str, str] = {}
    for symbol, owner in _symbols(models, buffers):
        other = owners.setdefault(symbol, owner)
        if other != owner:
            raise UsageError(
                f"{other} and {owner} would both be called {symbol} in C",
                hint="compile one of them with another mod_name (tvmc: --module-name)",
            )


def _symbols(models: tuple[ProjectModel, ...], buffers: tuple[PoolBuffer, ...]) -> Iterator[tuple[str, str]]:
    for model in models:
        yield model.ident, f"model '{model.name}'"
        for part in _PARTS:
            yield f"{model.ident}_{part}", f"the {part} of model '{model.name}'"
        for tensor in (*model.inputs, *model.outputs):
            for part in ("shape", "dl_shape"):
                yield (
                    f"{tensor.ident}_{part}",
                    f"the {part} of tensor '{tensor.name}' of model '{model.name}'",
                )
    for number, buffer in enumerate(buffers):
        owner = f"{buffer.kind} '{buffer.name}' of {', '.join(buffer.models) or 'the application'}"
        yield buffer.symbol, f"{owner} (buffer {number})"
        yield f"{buffer.symbol}_pool", f"the description of {owner} (buffer {number})"
