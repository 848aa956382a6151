"""Options as clients send them, made into what the handler's table says.

TVM's client sends every option of the table with every request, those not given as their defaults, and sends
a generated project the options of the template; tvmc sends text. So unknown names are an error only where a
project is generated, and text is converted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.errors import UsageError, did_you_mean
from generator.projectapi.handler import ProjectOption

_TRUE = frozenset(("true", "1", "yes", "on"))
_FALSE = frozenset(("false", "0", "no", "off"))


def check_options(
    method: str, given: Mapping[str, Any], table: Sequence[ProjectOption], *, strict: bool
) -> dict[str, Any]:
    """Return every option of the table that method looks at, converted, defaults filled in.

    strict: an option that is not in the table is an error, not another's business.
    Raises UsageError that names the option.
    """
    known = {option.name: option for option in table}
    unknown = sorted(set(given) - set(known))
    if strict and unknown:
        raise UsageError(
            f"{method}: unknown option {unknown[0]!r}",
            hint=did_you_mean(unknown[0], known, f"the options are: {', '.join(sorted(known))}"),
        )
    values = {}
    for option in table:
        if method not in (*option.required, *option.optional):
            continue
        value = given.get(option.name)
        if value is None:
            value = option.default
        if value is None and method in option.required:
            raise UsageError(f"{method}: option {option.name!r} is required", hint=option.help)
        values[option.name] = None if value is None else _converted(method, option, value)
    return values


def _converted(method: str, option: ProjectOption, value: Any) -> Any:
    converted = {"int": _as_int, "bool": _as_bool, "str": _as_str}[option.type](value)
    if converted is None:
        raise UsageError(f"{method}: option {option.name!r} must be of type {option.type}, not {value!r}")
    if option.choices is not None and converted not in option.choices:
        raise UsageError(
            f"{method}: option {option.name!r} can't be {value!r}",
            hint=f"one of: {', '.join(map(str, option.choices))}",
        )
    return converted


def _as_str(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_int(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None
