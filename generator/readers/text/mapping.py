"""Strict access to mappings that people write: every key known, every type checked, did-you-mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.errors import MlfgenError, did_you_mean


class MappingReader:
    """A mapping at a path, read key by key; ``done()`` refuses keys that were not read.

    error: the exception class to raise; where: the file; path: dotted place inside it.

    A key is required unless its method is given a default. Every method raises ``error`` for a missing key, a value
    of another type, or one out of range, and names the key.
    """

    def __init__(self, data: Any, *, error: type[MlfgenError], where: str, path: str = "") -> None:
        self._error = error
        self.where = where
        self.path = path
        self._asked: set[str] = set()
        if not isinstance(data, Mapping):
            raise error(
                f"{path or 'the file'} must be a mapping, not {type_name(data)}",
                where=where,
                hint="write it as 'key: value' lines",
            )
        self._data = data

    def fail(self, what: str, hint: str | None = None) -> MlfgenError:
        """The reader's error, for a fault in this mapping."""
        at = f"{self.path}: " if self.path else ""
        return self._error(at + what, where=self.where, hint=hint)

    def _get(self, key: str, kind: type | tuple[type, ...], words: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self._data:
            if default is _REQUIRED:
                raise self.fail(f"key '{key}' is missing", f"add '{key}: <{words}>'")
            return default
        value = self._data[key]
        if isinstance(value, bool) and kind is not bool:
            raise self.fail(f"'{key}' must be {words}, not {type_name(value)}", f"write '{key}: <{words}>'")
        if not isinstance(value, kind):
            raise self.fail(f"'{key}' must be {words}, not {type_name(value)}", f"write '{key}: <{words}>'")
        return value

    def text(self, key: str, default: Any = ...) -> Any:
        """A string."""
        return self._get(key, str, "a string", _REQUIRED if default is ... else default)

    def flag(self, key: str, default: Any = ...) -> Any:
        """true or false."""
        return self._get(key, bool, "true or false", _REQUIRED if default is ... else default)

    def number(self, key: str, default: Any = ..., *, low: int, high: int) -> Any:
        """A whole number within [low, high]."""
        value = self._get(key, int, "a whole number", _REQUIRED if default is ... else default)
        if value is not default and not low <= value <= high:
            raise self.fail(f"'{key}' is {value}", f"it must be from {low} to {high}")
        return value

    def real(self, key: str, default: Any = ..., *, low: float, high: float) -> Any:
        """A number within [low, high]."""
        value = self._get(key, (int, float), "a number", _REQUIRED if default is ... else default)
        if value is not default and not low <= value <= high:
            raise self.fail(f"'{key}' is {value}", f"it must be from {low:g} to {high:g}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: Any = ...) -> Any:
        """A string that is one of choices."""
        value = self.text(key, default)
        if value is not default and value not in choices:
            raise self.fail(f"'{key}' is '{value}'", did_you_mean(value, choices))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty if the key is missing."""
        values = self._get(key, list, "a list of strings", [])
        for value in values:
            if not isinstance(value, str):
                raise self.fail(f"'{key}' contains {type_name(value)}", "every item must be a string")
        return tuple(values)

    def child(self, key: str) -> MappingReader:
        """The mapping below a key."""
        return self._descend(key, self._get(key, Mapping, "a mapping", _REQUIRED))

    def optional_child(self, key: str) -> MappingReader | None:
        """The mapping below a key, or None if the key is missing."""
        value = self._get(key, Mapping, "a mapping", None)
        return None if value is None else self._descend(key, value)

    def children(self, key: str) -> list[tuple[str, MappingReader]]:
        """The mappings below a required key, in file order, each with its name."""
        parent = self._get(key, Mapping, "a mapping", _REQUIRED)
        at = f"{self.path}.{key}" if self.path else key
        checked = MappingReader(parent, error=self._error, where=self.where, path=at)
        return [(name, checked._descend(name, value)) for name, value in checked._data.items()]

    def raw(self, key: str) -> Mapping[str, Any] | None:
        """An optional mapping that another room reads."""
        value: Mapping[str, Any] | None = self._get(key, Mapping, "a mapping", None)
        return value

    def names(self) -> tuple[str, ...]:
        """The mapping's keys, in the file's order."""
        return tuple(self._data)

    def done(self) -> None:
        """Raise the reader's error for the first key that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                raise self.fail(f"unknown key '{key}'", did_you_mean(key, self._asked))

    def _descend(self, key: str, value: Any) -> MappingReader:
        at = f"{self.path}.{key}" if self.path else key
        return MappingReader(value, error=self._error, where=self.where, path=at)


_REQUIRED: Any = object()


def type_name(value: Any) -> str:
    """What someone who writes YAML or JSON calls the value's type, with its article."""
    if value is None:
        return "nothing"
    names = {
        bool: "true/false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a mapping",
    }
    return names.get(type(value), type(value).__name__)
