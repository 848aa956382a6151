"""YAML that people write or pass on: only what JSON knows too, every key once, nothing that grows or recurs."""

from __future__ import annotations

import math
from typing import Any

from generator.errors import MlfgenError

#: a board file has a few hundred values and six levels
_MAX_CHARACTERS = 1 << 20
_MAX_VALUES = 20_000
_MAX_DEPTH = 50
_MAX_INTEGER_BITS = 64
_TOO_DEEP = f"it is nested more than {_MAX_DEPTH} levels deep"


def parse_yaml(text: str, where: str, *, error: type[MlfgenError], hint: str) -> Any:
    """The document as mappings with text keys, lists, texts, finite numbers, truths and None.

    where: the file's name, for messages; hint: goes with each. Raises error: for invalid YAML, a key that
    is there twice, a tag, a date, a number that is not finite or takes more than 64 bits, and for more than
    20,000 values or 50 levels once every alias stands for what it names.
    """
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc,valid-type]
        """In YAML the last of two equal keys wins, which would silently drop the first."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key.value, str):
                    continue
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key '{key.value}' is written twice", key.start_mark
                    )
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError(f"it has more than {_MAX_CHARACTERS:,} characters")
        _check_events(yaml.parse(text, Loader=base))
        value = yaml.load(text, Loader=Loader)
        _check_value(value, "")
    except (yaml.YAMLError, ValueError) as fault:
        mark = getattr(fault, "problem_mark", None)
        problem = getattr(fault, "problem", None) or getattr(fault, "reason", None) or str(fault)
        if "nesting depth" in problem:
            # PyYAML has its own limit since 6.0.4, which its look-ahead scanner hits first.
            problem = _TOO_DEEP
        raise error(
            f"not valid YAML: {problem}",
            where=f"{where}:{mark.line + 1}" if mark is not None else where,
            hint=hint,
        ) from None
    return value


def _check_events(events: Any) -> None:
    """Raise before anything is built of it: the C loader recurses without a guard, and aliases multiply."""
    from yaml.constructor import ConstructorError

    values = 0
    anchors: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    for event in events:
        kind = type(event).__name__

        def refuse(what: str, event: Any = event) -> None:
            raise ConstructorError(None, None, what, event.start_mark)

        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            anchor, before = opened.pop()
            if anchor is not None:
                anchors[anchor] = values - before
        elif kind == "AliasEvent":
            if event.anchor not in anchors:
                refuse(f"the alias '{event.anchor}' is undefined, or refers to a value that contains it")
            values += anchors[event.anchor]
        elif kind in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent"):
            if event.tag is not None:
                refuse(f"the tag '{event.tag}' is not supported")
            values += 1
            if kind == "ScalarEvent":
                anchors |= {event.anchor: 1} if event.anchor is not None else {}
            else:
                opened.append((event.anchor, values - 1))
        if values > _MAX_VALUES:
            refuse(f"it has more than {_MAX_VALUES:,} values")
        if len(opened) > _MAX_DEPTH:
            refuse(_TOO_DEEP)


def _check_value(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"key {_below(path, str(key)[:80])} is not a string: put it in quotes")
            _check_value(inner, _below(path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_value(inner, f"{path}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{path} is {value}, which is not a finite number")
    elif isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS:
        raise ValueError(f"{path} is a number of more than {_MAX_INTEGER_BITS} bits")
    elif value is not None and not isinstance(value, (str, int, float)):
        raise ValueError(f"{path} is a date: put it in quotes")


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
