"""Standard output and error without what would steer a terminal: names and texts come from other people's files."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import TextIO, cast

#: colours, and the end of a line that is cleared, pass; no other control sequence does, nor what turns text around
_STEERING = re.compile(
    "(\x1b\\[[0-9;]{0,16}[mK])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def shown(text: str) -> str:
    """text with U+FFFD in place of control characters other than tab, line feed and carriage return."""
    return _STEERING.sub(lambda match: match[1] or "\ufffd", text)


class _Shown:
    """A stream that passes everything on, text as ``shown``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(shown(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def streams_shown() -> Iterator[None]:
    """While in it, standard output and error are ``shown``."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Shown(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
