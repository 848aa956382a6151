"""The options of the table, texts as people write them, become requests: texts are split, numbers checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator.errors import UsageError, did_you_mean
from generator.model.host_driven import STANDALONE
from generator.model.ides import ALL_IDES, DEFAULT_IDES, IDES, NO_IDE
from generator.model.kernels import OWN
from generator.model.options import DEFAULT_EFFORT_PERCENT, DEFAULT_STACK_BYTES, GenerateOptions
from generator.pipeline.inputs import GenerateRequest

#: a hundred times the usual search: many minutes
MAX_EFFORT_PERCENT = 10_000


class OptionValues(Struct, frozen=True):
    """The options of the stage ``generate``, by their names in the option table and of its types."""

    rtos: str
    board: str
    project_type: str = STANDALONE
    pool: Sequence[str] = ()
    reserve: Sequence[str] = ()
    pools_file: str | None = None
    tflite: Sequence[str] = ()
    golden: Sequence[str] = ()
    golden_prefix: str | None = None
    share_workspace: bool = False
    stack_bytes: int = DEFAULT_STACK_BYTES
    planner: str = "portfolio"
    effort: int = DEFAULT_EFFORT_PERCENT
    kernels: str = OWN
    template: str | None = None
    ide: str = ",".join(DEFAULT_IDES)


def option_values(given: Mapping[str, Any]) -> OptionValues:
    """Options by name, with defaults for the missing ones.

    given: may hold more than these options; those that it lacks are as in the table.
    """
    return OptionValues(**{name: given[name] for name in OptionValues.__struct_fields__ if name in given})


def generate_request(
    models: Sequence[str],
    values: OptionValues,
    *,
    output: Path | None = None,
    template: Path | None = None,
    cache: Path | None = None,
    served: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> GenerateRequest:
    """The request that models and option values make.

    template: the folder that ``values.template`` leads to; see GenerateRequest. UsageError for a wrong text.
    """
    if "" in models:
        raise UsageError("the name of a model is empty", hint="check the variable that it comes from")
    return GenerateRequest(
        models=tuple(Path(model) for model in models),
        board=values.board,
        options=generate_options(values),
        tflite=files_by_model(values.tflite, "--tflite"),
        goldens=files_by_model(values.golden, "--golden"),
        golden_prefix=values.golden_prefix,
        output=output,
        template=template,
        template_source=values.template,
        cache=cache,
        force=force,
        dry_run=dry_run,
        served=served,
    )


def generate_options(values: OptionValues) -> GenerateOptions:
    """The options' texts as typed values.

    Raises UsageError for the first that is wrong, also in a ``--pools-file``.
    """
    pools = pairs(values.pool, "--pool", "NAME=POOL")
    reserved = reserved_bytes(values.reserve)
    if values.pools_file is not None:
        from generator.readers.pools_file import load_pools_file

        kept = load_pools_file(Path(values.pools_file))
        pools = {**kept.pools, **pools}
        reserved = {**kept.reserved_bytes, **reserved}
    return GenerateOptions(
        rtos=values.rtos,
        pools=pools,
        reserved_bytes=reserved,
        share_workspace=values.share_workspace,
        stack_bytes=values.stack_bytes,
        planner=values.planner,
        effort_percent=effort_percent(values.effort),
        kernels=values.kernels,
        project_type=values.project_type,
        ides=ide_names(values.ide),
    )


def reserved_bytes(texts: Iterable[str]) -> dict[str, int]:
    """``--reserve`` as region -> bytes."""
    return {
        name: size_bytes(text, f"--reserve {name}")
        for name, text in pairs(texts, "--reserve", "REGION=BYTES").items()
    }


def ide_names(text: str) -> tuple[str, ...]:
    """``--ide``: names of IDES in their order, or ALL_IDES alone; empty for NO_IDE.

    Raises UsageError for an unknown name, and for one that excludes the others.
    """
    known = (*IDES, ALL_IDES, NO_IDE)
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise UsageError(f"--ide: unknown IDE '{name}'", hint=did_you_mean(name, known))
        if name in (ALL_IDES, NO_IDE) and len(names) > 1:
            raise UsageError(f"--ide: '{name}' excludes other names", hint=f"--ide {name}")
    if names == [ALL_IDES]:
        return (ALL_IDES,)
    return tuple(name for name in IDES if name in names)


def effort_percent(value: int) -> int:
    """``--effort``. Raises UsageError outside of 0 to MAX_EFFORT_PERCENT."""
    if not 0 <= value <= MAX_EFFORT_PERCENT:
        raise UsageError(
            f"--effort {value} is out of range",
            hint=f"give a percentage of the usual effort, 0 to {MAX_EFFORT_PERCENT}",
        )
    return value


def pairs(texts: Iterable[str], flag: str, shape: str) -> dict[str, str]:
    """``a=b`` texts as a mapping. flag, shape: for messages (``--pool``, ``NAME=POOL``).

    Raises UsageError for a text of another form, and for a name given twice.
    """
    result: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name or not value:
            raise UsageError(f"{flag} {text}: expected {shape}", hint=f"write it as {flag} {shape}")
        if name in result:
            raise UsageError(f"{flag}: '{name}' is given twice", hint="give it once")
        result[name] = value
    return result


_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def size_bytes(text: str, flag: str) -> int:
    """``32768``, ``0x8000``, ``32K`` or ``1M`` (of 1024) as a number of bytes. flag: for messages.

    Raises UsageError for anything else, and beyond 4 GiB.
    """
    unit = text[-1:].lower() if text[-1:].lower() in ("k", "m") else ""
    number = text[: len(text) - len(unit)]
    try:
        value = int(number, 0) * _UNITS[unit]
    except ValueError:
        value = -1
    if not 0 <= value <= 1 << 32:
        raise UsageError(
            f"{flag}: '{text}' is not a size in bytes", hint="for example: 32768, 0x8000, 32K or 1M"
        )
    return value


def files_by_model(texts: Iterable[str], flag: str) -> dict[str, Path]:
    """``[MODEL=]FILE`` texts as a mapping; the key of a file without a model is empty. flag: for messages.

    Raises UsageError for a missing file name, and for a model given twice.
    """
    result: dict[str, Path] = {}
    for text in texts:
        name, separator, file = text.partition("=")
        # A file's own name may hold '=': then what stands before it is a path, not a model.
        if not separator or "/" in name or "." in name:
            name, file = "", text
        if not file:
            raise UsageError(
                f"{flag} {text}: the file name is missing", hint=f"write it as {flag} MODEL=FILE"
            )
        if name in result:
            raise UsageError(
                f"{flag} is given twice for the same model", hint=f"give {flag} MODEL=FILE once per model"
            )
        result[name] = Path(file)
    return result
