"""The lines of the sample runner: what the runtime's header defines is what is read."""

from __future__ import annotations

import re
from pathlib import Path

from generator.readers.console import END_MARKER, parse_console

TEMPLATES = Path(__file__).parents[3] / "templates"
HEADER = TEMPLATES / "runtime" / "include" / "mlf" / "sample.h"


def test_the_example_of_the_header_is_read_in_full() -> None:
    lines = re.findall(r"^ \*     (mlf: .+)$", HEADER.read_text("utf-8"), re.MULTILINE)
    assert len(lines) == 4
    runs = parse_console("".join(f"{line}\n" for line in lines))
    assert runs.outputs == {("kws", 0, 0): b"\x80" * 4}
    assert runs.times_us == {("kws", 0): 41237} and runs.errors == {}
    assert runs.workspace_bytes == {"kws": (56192, 56192)}
    assert runs.failures == 0


def test_errors_and_other_lines() -> None:
    runs = parse_console(
        "*** Booting ***\n"
        "mlf: a set 0: error: operator failed (no memory)\n"
        "mlf: a set 1: 7 us, DIFFERS\n"
        "mlf: a set 2: 7 us, as if expected\n"
        "mlf: a set 1 output 0: 0\n"
        "xmlf: a set 1 output 0: 00\n"
        "mlf: end, 2 failures\n"
    )
    assert runs.errors == {("a", 0): "operator failed (no memory)"}
    assert runs.times_us == {("a", 1): 7}
    assert runs.outputs == {} and runs.failures == 2
    assert parse_console("").failures is None


def test_everything_that_waits_for_the_end_knows_the_last_line() -> None:
    """Files of generated applications that stand alone spell it themselves."""
    last = f"mlf: end, 0{END_MARKER}"
    zephyr = (TEMPLATES / "zephyr" / "{{cookiecutter.project_slug}}" / "sample.yaml").read_text("utf-8")
    assert last in zephyr
    commands = (TEMPLATES / "shared" / "west_commands.py").read_text("utf-8")
    (marker,) = re.findall(r'^END_MARKER = "(.+)"$', commands, re.MULTILINE)
    assert marker in last
