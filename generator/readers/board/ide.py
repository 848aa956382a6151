"""The ``ide`` section of a board file. The schema is documented in ``docs/boards.md``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.errors import BoardError
from generator.model.ides import IdeSupport
from generator.readers.text.mapping import MappingReader

#: these words go into XML, YAML and INI files
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}::[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_WORDS = "letters, digits, '_', '.' and '-'"


def parse_ide(section: Mapping[str, Any], where: str) -> IdeSupport:
    """The ``ide`` section of a board file. Raises BoardError when it breaks the schema."""
    fields = MappingReader(section, error=BoardError, where=where, path="ide")
    platformio = fields.optional_child("platformio")
    support = IdeSupport(
        device=_word(fields, "device"),
        vendor=_word(fields, "vendor", ""),
        cmsis_pack=_word(fields, "cmsis_pack", "", pattern=_PACK, words="VENDOR::PACK"),
        stm32cubeide_board=_word(fields, "stm32cubeide_board", ""),
        platformio_platform=_word(platformio, "platform") if platformio is not None else "",
        platformio_board=_word(platformio, "board") if platformio is not None else "",
        platformio_protocol=_word(platformio, "protocol", "") if platformio is not None else "",
    )
    for reader in (platformio, fields):
        if reader is not None:
            reader.done()
    return support


def _word(
    fields: MappingReader,
    key: str,
    default: Any = ...,
    *,
    pattern: re.Pattern[str] = _WORD,
    words: str = _WORDS,
) -> str:
    value: str = fields.text(key, default)
    if value != default and not pattern.fullmatch(value):
        raise fields.fail(f"'{key}' is {value!r}", f"allowed: {words}")
    return value
