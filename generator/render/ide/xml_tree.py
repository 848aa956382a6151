"""XML documents as Eclipse writes them."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
Element = ElementTree.Element


def root(tag: str, attributes: Mapping[str, str] | None = None) -> Element:
    """A document's outermost element."""
    return ElementTree.Element(tag, dict(attributes or {}))


def child(parent: Element, tag: str, attributes: Mapping[str, str] | None = None) -> Element:
    """A new element, last in parent."""
    return ElementTree.SubElement(parent, tag, dict(attributes or {}))


def text_child(parent: Element, tag: str, text: str) -> None:
    """A new element that holds text, last in parent."""
    child(parent, tag).text = text


def xml_text(tree: Element, after_head: str = "") -> str:
    """A document as text.

    after_head: further processing instructions.
    """
    ElementTree.indent(tree, "\t")
    return HEAD + after_head + ElementTree.tostring(tree, encoding="unicode") + "\n"
