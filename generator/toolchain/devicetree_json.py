"""A program of its own: a preprocessed devicetree as JSON, read by the ``devicetree`` package of a Zephyr.

``python devicetree_json.py PACKAGE SOURCE OUTPUT [BINDINGS...]``. It runs in a process of its own, since every
Zephyr brings its own version of the package. PACKAGE: the folder that the package lies in.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from pathlib import Path
from typing import Any


def main(package: str, source: str, output: str, *bindings: str) -> None:
    # In place of this file's own folder, whose modules are not to be taken for others.
    sys.path[0] = package
    logging.disable(logging.WARNING)
    edtlib: Any = importlib.import_module("devicetree.edtlib")
    try:
        tree = edtlib.EDT(source, list(bindings), warn_reg_unit_address_mismatch=False)
    except edtlib.EDTError as fault:
        raise SystemExit(f"devicetree error: {fault}") from None
    document = {
        "chosen": {name: node.path for name, node in sorted(tree.chosen_nodes.items())},
        "nodes": {node.path: as_json(node) for node in sorted(tree.nodes, key=lambda node: node.path)},
    }
    Path(output).write_text(json.dumps(document), encoding="utf-8")


def as_json(node: Any) -> dict[str, Any]:
    values = {name: prop.val for name, prop in sorted(node.props.items())}
    return {
        "labels": list(node.labels),
        "compatibles": list(node.compats),
        "enabled": node.status == "okay",
        "registers": [hex(number or 0) for entry in node.regs for number in (entry.addr, entry.size)],
        "properties": {name: value for name, value in values.items() if is_plain(value)},
    }


def is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | int) for item in value)
    return isinstance(value, str | int)


if __name__ == "__main__":
    main(*sys.argv[1:])
