"""The only ways a value gets into generated text. Each refuses or escapes what could break out of it.

``Filters`` is a Jinja extension, so that stock cookiecutter renders the same templates with
``"_extensions": ["generator.render.filters.Filters"]``.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.ext import Extension

from generator.errors import TemplateError

_IDENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CMAKE_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
_WORDS = re.compile(r"[A-Za-z0-9_./+=-]+( [A-Za-z0-9_./+=-]+)*")
_SYMBOL = re.compile(r"[A-Z0-9_]+")
_TOKEN = re.compile(r"[A-Za-z0-9_./@:+-]+")
_ADDRESS = re.compile(
    r"NULL|[A-Za-z_][A-Za-z0-9_]*|&[A-Za-z_][A-Za-z0-9_]*\[\d+\]"
    r"|\(void \*\)\(uintptr_t\)[A-Za-z_][A-Za-z0-9_]*"
)
_CONSTANT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|0x[0-9A-Fa-f]+U?|[0-9]+U?")
_LITERALS = re.compile(r"[-+0-9A-Fa-fxpULN., ()A-Z]*")


def c_ident(value: str) -> str:
    """A C identifier, as it is."""
    return _matching(value, _IDENT, "a C identifier")


def c_string(value: str) -> str:
    """A C string literal with quotes; everything outside printable ASCII as octal of its UTF-8."""
    parts = []
    for byte in _utf8(value):
        char = chr(byte)
        if char in '"\\':
            parts.append("\\" + char)
        elif char == "?":  # no trigraphs
            parts.append("\\077")
        elif 0x20 <= byte < 0x7F:
            parts.append(char)
        else:
            parts.append(f"\\{byte:03o}")
    return '"' + "".join(parts) + '"'


def c_comment(value: str) -> str:
    """Text inside a C comment: one line, and nothing that ends or opens a comment or continues a line."""
    text = _one_line(value).replace("\\", "/")
    return text.replace("*/", "* /").replace("/*", "/ *").replace("??/", "? ?/")


def c_int(value: int) -> str:
    """A whole number in decimal. Raises TemplateError for any other value, also True and False."""
    if isinstance(value, bool) or not isinstance(value, int):
        _check_defined(value)
        raise TemplateError(f"{value!r} is not a whole number", hint="a template prints a wrong value here")
    return str(value)


def c_float(value: float) -> str:
    """A C float literal with exactly the value's float32. Raises TemplateError for what has none."""
    import struct

    try:
        single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except (struct.error, OverflowError):
        single = float("inf")
    if not isfinite(single):
        raise TemplateError(f"{value!r} is not a float32", hint="a template prints a wrong value here")
    return f"{single.hex()}f"


def c_address(value: str) -> str:
    """``NULL``, a symbol, or ``&symbol[offset]``."""
    return _matching(value, _ADDRESS, "an address expression")


def c_constant(value: str) -> str:
    """One C constant: a number, or the name of one."""
    return _matching(value, _CONSTANT, "a constant")


def c_literals(value: str) -> str:
    """A row of number literals."""
    return _matching(value, _LITERALS, "a row of numbers")


def cmake_path(value: str) -> str:
    """A relative path CMake takes without quoting. Raises TemplateError for any other."""
    text = _matching(value, _CMAKE_PATH, "a plain path")
    if text.startswith(("/", "-")) or ".." in text.split("/"):
        raise TemplateError(f"path {value!r} leaves the project", hint="paths in build files are relative")
    return text


def linker_string(value: str) -> str:
    """A string of a linker script, with quotes; it has no escapes."""
    return '"' + _one_line(value).replace('"', "'").replace("\\", "/") + '"'


def cmake_words(value: str) -> str:
    """Compiler options or definitions that CMake takes without quoting, blanks between them."""
    return _matching(value, _WORDS, "a row of plain options")


def kconfig(value: str) -> str:
    """A Kconfig symbol or value."""
    return _matching(value, re.compile(r"[A-Za-z0-9_.+-]+"), "a Kconfig symbol or value")


def kconfig_string(value: str) -> str:
    """A string of Kconfig, with quotes, in which no macro is expanded."""
    text = _one_line(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("$", "_") + '"'


def token(value: str) -> str:
    """A name of a tool's own: board target, module, version, core, file name."""
    return _matching(value, _TOKEN, "a plain name")


def hash_comment(value: str) -> str:
    """Text behind ``#`` in CMake, Kconfig and YAML."""
    return _one_line(value)


def yaml_string(value: str) -> str:
    """A double-quoted YAML scalar: a JSON string, but for characters that JSON writes as two."""
    _utf8(value)
    escaped = (json.dumps(char) if char < "\U00010000" else f'"\\U{ord(char):08x}"' for char in value)
    return '"' + "".join(text[1:-1] for text in escaped) + '"'


def json_text(value: Any) -> str:
    """A whole JSON document, keys in the order given."""
    return json.dumps(value, ensure_ascii=True, indent=2) + "\n"


def markdown(value: str) -> str:
    """Text in a Markdown table or paragraph."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", _one_line(value))


def code(value: str) -> str:
    """Text between Markdown's backquotes, in a table's cell too."""
    return _one_line(value).replace("`", "'").replace("|", "\\|")


def thousands(value: int) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}"


def real(value: float) -> str:
    """A number for people, with the digits a float32 has."""
    return f"{value:.9g}"


def verbatim(value: str) -> str:
    """Text that the board file's author wrote for exactly this place (devicetree, Kconfig)."""
    return value if value.endswith("\n") else value + "\n"


FILTERS = {
    "c_ident": c_ident,
    "c_string": c_string,
    "c_comment": c_comment,
    "c_int": c_int,
    "c_float": c_float,
    "c_address": c_address,
    "c_constant": c_constant,
    "c_literals": c_literals,
    "linker_string": linker_string,
    "cmake_path": cmake_path,
    "cmake_words": cmake_words,
    "kconfig": kconfig,
    "kconfig_string": kconfig_string,
    "token": token,
    "hash_comment": hash_comment,
    "yaml_string": yaml_string,
    "json_text": json_text,
    "markdown": markdown,
    "code": code,
    "thousands": thousands,
    "real": real,
    "verbatim": verbatim,
}


class Filters(Extension):
    """Puts the filters above into a Jinja environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(FILTERS)


def _matching(value: Any, pattern: re.Pattern[str], words: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _check_defined(value)
        raise TemplateError(
            f"{value!r} is not {words}", hint="the name can't be written to this place safely"
        )
    return value


def _check_defined(value: Any) -> None:
    """Reports a missing variable as missing instead of as a bad value: using it raises UndefinedError."""
    if isinstance(value, Undefined):
        str(value)


def _utf8(value: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise TemplateError(
            f"{value!r} is not text", hint="a name in the archive is not valid Unicode"
        ) from None


def _one_line(value: str) -> str:
    return "".join(char if char.isprintable() else " " for char in value)
