"""Whether a Zephyr build has the settings that the application requests. Pure.

Kconfig gives a symbol another value than requested if its dependencies are not met, and only warns about it
while configuring. Zephyr's own boards set symbols of modules that a workspace may lack, so only what the
application's files say is judged, after every build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from generator.errors import BuildError

_ASSIGNED = re.compile(r"^[ \t]*CONFIG_(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_UNSET = re.compile(r"^# CONFIG_(\w+) is not set[ \t]*$", re.MULTILINE)
_UNMET = re.compile(
    r"warning: (\w+) \(defined at [^)]*\) was assigned the value '[^']*' but got the value '[^']*'\. "
    r"Check these unsatisfied dependencies: (.+?)\. See"
)


def parse_settings(text: str) -> dict[str, str]:
    """Symbol without CONFIG_ -> value as it is written, of a .conf or .config file; the last of several counts."""
    return {**dict.fromkeys(_UNSET.findall(text), "n"), **dict(_ASSIGNED.findall(text))}


def parse_unmet(output: str) -> dict[str, str] | None:
    """Symbol -> the dependencies that it lacks, of what a build printed; None if it did not read .conf files."""
    words = " ".join(output.split())
    if "Merged configuration " not in words and not _UNMET.search(words):
        return None
    # Kconfig names the constant 0, too, where all that selects a symbol is absent.
    return {symbol: unmet.removesuffix(", 0 (=n)") for symbol, unmet in _UNMET.findall(words)}


def refused_settings(
    asked: Mapping[str, tuple[str, str]], config: Mapping[str, str], why: Mapping[str, str]
) -> tuple[BuildError, ...]:
    """The settings that the build lacks.

    asked: symbol -> value, and the file that sets it. config: the build's. why: symbol -> what it lacks.
    """
    found = []
    for symbol, (value, where) in asked.items():
        got = config.get(symbol, "n")
        if _canonical(value) != _canonical(got):
            unmet = f": not satisfied: {why[symbol]}" if symbol in why else ""
            found.append(
                BuildError(
                    f"CONFIG_{symbol} was set to {value}, but the build has {got}{unmet}",
                    where=where,
                    hint="set its dependencies too, or remove the line; copy here what menuconfig changed",
                )
            )
    return tuple(found)


def _canonical(value: str) -> str | int:
    try:
        return int(value, 0)
    except ValueError:
        return value
