"""A board as Zephyr's sources describe it: its devicetree, its part's Kconfig, how it is run and flashed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class DevicetreeNode(Struct, frozen=True):
    """A node of a devicetree.

    registers: (first address, bytes) of each entry of ``reg``, in the core's address space; no bytes where 0.

    enabled:    its status is okay.
    properties: those that Zephyr's bindings know, as numbers, texts, truths, and lists of them.
    """

    path: str
    labels: tuple[str, ...] = ()
    compatibles: tuple[str, ...] = ()
    enabled: bool = True
    registers: tuple[tuple[int, int], ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


class Devicetree(Struct, frozen=True):
    """A devicetree, resolved.

    nodes: by path. chosen: name like ``zephyr,sram`` -> path.
    """

    nodes: Mapping[str, DevicetreeNode]
    chosen: Mapping[str, str]

    def chosen_node(self, name: str) -> DevicetreeNode | None:
        """The node that ``/chosen`` names, or None."""
        return self.nodes.get(self.chosen.get(name, ""))

    def parent(self, node: DevicetreeNode) -> DevicetreeNode | None:
        """The node that contains this one, or None if it is not recorded."""
        return self.nodes.get(node.path.rpartition("/")[0] or "/")


class ListedBoard(Struct, frozen=True):
    """An entry of Zephyr's own list of boards.

    qualifiers: of each target, as ``stm32f746xx`` or ``an521/cpu0``.
    revision:   the default one, or empty.
    """

    name: str
    folders: tuple[str, ...]
    qualifiers: tuple[str, ...]
    socs: tuple[str, ...] = ()
    revision: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """What ``west build -b`` takes; a board with one part may leave its name out."""
        named = tuple(f"{self.name}/{qualifiers}" for qualifiers in self.qualifiers)
        return (self.name, *named) if not named or self.socs == self.qualifiers[:1] else named


class BoardTarget(Struct, frozen=True):
    """A target of a listed board: ``board@revision/qualifiers``. given: as it was requested."""

    given: str
    board: ListedBoard
    qualifiers: str
    revision: str

    @property
    def file_names(self) -> tuple[str, ...]:
        """Stems of the board's files for this target, the full one first; the part's name may be left out."""
        parts = self.qualifiers.split("/") if self.qualifiers else []
        return tuple(dict.fromkeys("_".join([self.board.name, *some]) for some in (parts, parts[1:])))

    @property
    def symbols(self) -> frozenset[str]:
        """Kconfig symbols that the choice of this target sets."""
        parts = [self.board.name, *filter(None, self.qualifiers.split("/"))]
        return frozenset(
            "BOARD_" + "_".join(parts[:count]).upper().replace("-", "_") for count in range(1, len(parts) + 1)
        )


class ZephyrBoard(Struct, frozen=True):
    """What a board file is derived from.

    title:      the board's name for people.
    version:    of the Zephyr it was taken from, as ``4.1``.
    symbols:    Kconfig symbols that the board and its part select.
    timer_hz:   of the system timer, where the part's Kconfig gives a number; it need not be the core's clock.
    module:     the vendor's module that the part's code needs (``hal_...``), or None.
    qemu, qemu_arguments: the suffix of QEMU's program and its arguments, where Zephyr runs the board in QEMU.
    simulator:  in which Zephyr's tests run the target unless told otherwise, or empty.
    runners:    programs that flash it, as ``west flash --runner`` names them, the preferred one first.
    """

    target: BoardTarget
    title: str
    version: str
    devicetree: Devicetree
    symbols: frozenset[str]
    timer_hz: int | None = None
    module: str | None = None
    qemu: str = ""
    qemu_arguments: tuple[str, ...] = ()
    simulator: str = ""
    runners: tuple[str, ...] = ()
