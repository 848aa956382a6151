"""What firmware prints of its samples. ``mlf/sample.h`` of the runtime defines the lines; this is the other end."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

#: what only the last line of all ends with
END_MARKER = " failures"

_MODEL_AND_SET = r"^mlf: (\S+) set (\d+)"
_OUTPUT = re.compile(rf"{_MODEL_AND_SET} output (\d+): ((?:[0-9a-f]{{2}})+)$", re.MULTILINE)
_TIME = re.compile(rf"{_MODEL_AND_SET}: (\d+) us(?:, as expected|, DIFFERS)?$", re.MULTILINE)
_ERROR = re.compile(rf"{_MODEL_AND_SET}: error: (.+)$", re.MULTILINE)
_WORKSPACE = re.compile(r"^mlf: (\S+) workspace: (\d+) of (\d+) bytes touched$", re.MULTILINE)
_PROFILE = re.compile(r"^mlf: profile ([0-9a-f]{1,16}): (\d+) calls, (\d+) cycles$", re.MULTILINE)
_END = re.compile(rf"^mlf: end, (\d+){END_MARKER}$", re.MULTILINE)


class SampleRuns(Struct, frozen=True):
    """What came of the samples that a firmware ran, as it printed it.

    outputs:         (model, set, output) -> little-endian bytes.
    times_us:        (model, set) -> microseconds.
    errors:          (model, set) -> what the runtime said.
    workspace_bytes: model -> (touched, reserved).
    failures:        of the last line, or None when it did not come.
    """

    outputs: Mapping[tuple[str, int, int], bytes]
    times_us: Mapping[tuple[str, int], int]
    errors: Mapping[tuple[str, int], str]
    workspace_bytes: Mapping[str, tuple[int, int]]
    failures: int | None


class PrintedCount(Struct, frozen=True):
    """A line of a firmware that was built with MLF_PROFILE. address: of the function, as C sees it."""

    address: int
    calls: int
    cycles: int


def parse_profile(text: str) -> tuple[PrintedCount, ...]:
    r"""The counts that a firmware built with MLF_PROFILE printed.

    text: everything on the console, lines ending with ``\n``; of several profiles the last counts.
    """
    found = {
        int(m[1], 16): PrintedCount(int(m[1], 16), int(m[2]), int(m[3])) for m in _PROFILE.finditer(text)
    }
    return tuple(found.values())


def parse_console(text: str) -> SampleRuns:
    r"""What a firmware printed of its samples.

    text: everything on the console, lines ending with ``\n``. Other lines are passed over.
    """
    end = _END.search(text)
    return SampleRuns(
        outputs={(m[1], int(m[2]), int(m[3])): bytes.fromhex(m[4]) for m in _OUTPUT.finditer(text)},
        times_us={(m[1], int(m[2])): int(m[3]) for m in _TIME.finditer(text)},
        errors={(m[1], int(m[2])): m[3] for m in _ERROR.finditer(text)},
        workspace_bytes={m[1]: (int(m[2]), int(m[3])) for m in _WORKSPACE.finditer(text)},
        failures=None if end is None else int(end[1]),
    )
