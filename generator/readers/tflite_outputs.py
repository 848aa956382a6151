"""A .tflite with other outputs: the same file, one list in it replaced.

Source: FlatBuffers' binary format (a vector is its length and its elements, reached by an unsigned offset that
points forward); field ``outputs`` of ``SubGraph`` in TensorFlow's ``schema.fbs``, version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from generator.readers.tflite import DAMAGE, check_identifier, damaged

#: offset of the field ``outputs`` in a SubGraph's vtable
_OUTPUTS = 8


def with_outputs(data: bytes, outputs: Sequence[int], label: str) -> bytes:
    """data, a .tflite, with these tensors as the main subgraph's outputs. Raises ArchiveError for a broken one."""
    check_identifier(data, label)
    from tflite.Model import Model

    try:
        table = Model.GetRootAs(data, 0).Subgraphs(0)._tab
        field = table.Offset(_OUTPUTS)
        if field == 0:
            raise ValueError("no outputs")
        place = table.Pos + field
    except DAMAGE:
        raise damaged(label) from None
    padding = bytes(-len(data) % 4)
    vector = struct.pack(f"<I{len(outputs)}i", len(outputs), *outputs)
    end = len(data) + len(padding)
    return data[:place] + struct.pack("<I", end - place) + data[place + 4 :] + padding + vector
