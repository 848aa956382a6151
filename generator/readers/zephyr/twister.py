"""A target's file for twister, Zephyr's test runner."""

from __future__ import annotations

from generator.errors import BoardError
from generator.readers.text.yaml_tree import parse_yaml


def parse_simulator(text: str) -> str:
    """The simulator in which twister runs images for the target unless told otherwise, or empty.

    Since Zephyr 4.0, ``simulation`` is a list, the preferred one first; before, it was one name. BoardError for text
    that is not YAML.
    """
    document = parse_yaml(text, "the file for twister", error=BoardError, hint="check Zephyr's files")
    listed = document.get("simulation") if isinstance(document, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else listed
    name = first.get("name") if isinstance(first, dict) else first
    return name if isinstance(name, str) and name != "na" else ""
