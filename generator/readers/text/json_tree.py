"""JSON that a compiler wrote and anyone may have edited: parsed strictly, the place in each error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from generator.errors import ArchiveError

#: nothing in a microcontroller's model is larger; beyond it a number is taken for nonsense
MAX_BYTES = 1 << 30

_EXPORT_AGAIN = "export the model again with TVM 0.8 to 0.18"


def decode_text(data: bytes, where: str) -> str:
    """data as UTF-8. Raises ArchiveError."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise ArchiveError(
            f"not UTF-8 text: byte {fault.start} is 0x{data[fault.start]:02x}",
            where=where,
            hint=_EXPORT_AGAIN,
        ) from None


def parse_json(data: bytes, where: str) -> Tree:
    """The root of a JSON document. Raises ArchiveError, also for duplicate keys, NaN and deep nesting."""

    def refuse(what: str) -> NoReturn:
        raise ArchiveError(what, where=where, hint=_EXPORT_AGAIN)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    refuse(f"the key {key[:80]!r} occurs twice")
                seen.add(key)
        return members

    try:
        value = json.loads(
            decode_text(data, where),
            object_pairs_hook=unique,
            parse_constant=lambda name: refuse(f"{name} is not a JSON number"),
        )
    except RecursionError:
        refuse("the JSON is nested too deeply")
    except ValueError as fault:
        refuse(f"not valid JSON: {fault}")
    return Tree(value, where)


class Tree:
    """A JSON value and the path to it; every accessor raises ArchiveError naming that path."""

    def __init__(self, value: Any, where: str, path: str = "") -> None:
        self.value = value
        self.where = where
        self.path = path

    def error(self, what: str, hint: str = _EXPORT_AGAIN) -> ArchiveError:
        """An ArchiveError that names this place."""
        return ArchiveError(what, where=self.place, hint=hint)

    @property
    def place(self) -> str:
        """File and path, for errors."""
        return f"{self.where}: {self.path}" if self.path else self.where

    def __contains__(self, key: str) -> bool:
        return key in self._of(dict, "an object")

    def __getitem__(self, key: str) -> Tree:
        members = self._of(dict, "an object")
        if key not in members:
            raise self.error(f"the key {key!r} is missing")
        return Tree(members[key], self.where, f"{self.path}.{key}" if self.path else key)

    def members(self) -> Iterator[tuple[str, Tree]]:
        """(key, value) of an object, in the file's order. Raises ArchiveError for another type."""
        for key in self._of(dict, "an object"):
            yield key, self[key]

    def items(self) -> list[Tree]:
        """The values of a list. Raises ArchiveError for another type."""
        values = self._of(list, "a list")
        return [Tree(value, self.where, f"{self.path}[{index}]") for index, value in enumerate(values)]

    def text(self) -> str:
        """The value of a string. Raises ArchiveError for another type."""
        text: str = self._of(str, "a string")
        return text

    def integer(self, low: int = 0, high: int = MAX_BYTES) -> int:
        """A whole number within [low, high]. Raises ArchiveError for anything else."""
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int):
            raise self.error(f"must be a whole number, not {_shown(number)}")
        if not low <= number <= high:
            raise self.error(f"is {_shown(number)}; it must be from {low:,} to {high:,}")
        return int(number)

    def real(self) -> float:
        """A number. Raises ArchiveError for another type."""
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise self.error(f"must be a number, not {_shown(number)}")
        return float(number)

    def integers(self, low: int = 0, high: int = MAX_BYTES) -> list[int]:
        """A list of whole numbers, checked at once: graphs have thousands."""
        numbers: list[int] = self._of(list, "a list")
        for index, number in enumerate(numbers):
            if type(number) is not int or not low <= number <= high:
                self.items()[index].integer(low, high)
        return numbers

    def texts(self) -> list[str]:
        """The values of a list of strings. Raises ArchiveError for another type."""
        texts: list[str] = self._of(list, "a list")
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                self.items()[index].text()
        return texts

    def _of(self, kind: type, words: str) -> Any:
        if not isinstance(self.value, kind):
            raise self.error(f"must be {words}, not {_shown(self.value)}")
        return self.value


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return "a number of more than 18 digits"
    return (
        json.dumps(value)[:40]
        if isinstance(value, (bool, int, float, str, type(None)))
        else ("a list" if isinstance(value, list) else "an object")
    )
