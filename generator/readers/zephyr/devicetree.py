"""A devicetree as ``generator/toolchain/devicetree_json.py`` writes it down."""

from __future__ import annotations

import json

from generator.errors import BoardError
from generator.model.zephyr_board import Devicetree, DevicetreeNode
from generator.readers.text.mapping import MappingReader


def parse_devicetree(text: str, where: str) -> Devicetree:
    """The devicetree in the JSON of ``devicetree_json.py``. where: the board, for messages.

    Raises BoardError for anything else.
    """
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise BoardError(f"its devicetree can't be read: {fault}", where=where) from None
    fields = MappingReader(document, error=BoardError, where=where, path="devicetree")
    chosen = fields.child("chosen")
    paths = {name: chosen.text(name) for name in chosen.names()}
    return Devicetree({path: _node(path, child) for path, child in fields.children("nodes")}, paths)


def _node(path: str, fields: MappingReader) -> DevicetreeNode:
    numbers = [int(text, 16) for text in fields.texts("registers")]
    return DevicetreeNode(
        path=path,
        labels=fields.texts("labels"),
        compatibles=fields.texts("compatibles"),
        enabled=fields.flag("enabled"),
        registers=tuple(zip(numbers[::2], numbers[1::2], strict=True)),
        properties=dict(fields.raw("properties") or {}),
    )
