"""The memories of a devicetree that buffers and constants may go to."""

from __future__ import annotations

import re

from msgspec import Struct

from generator.errors import BoardError
from generator.model.zephyr_board import Devicetree, DevicetreeNode, ZephyrBoard

_REGION = "zephyr,memory-region"
#: of include/zephyr/dt-bindings/memory-attr: the Arm attributes begin at bit 20; RAM is the first two of them
_ATTRIBUTE = "zephyr,memory-attr"
_ARM_ATTRIBUTES = 0x7FF << 20
_RAM_ATTRIBUTES = 0b11 << 20
_NO_CACHE = 0b10 << 20
#: chosen memories that are there as soon as the core starts
_FAST = ("zephyr,dtcm", "zephyr,ccm")
#: memories that other software or hardware keeps things in
_TAKEN = re.compile(
    r"backup|retain|ipc|shm|shared|rpmsg|rsc_table|usb|otp|fuse|option|ccfg|boot|id_code|imr|smu|icache|dcache"
)
_TAKEN_COMPATIBLE = re.compile(r"backup|retain|owned-memory|nv-flash")
#: Arm's architecture gives RAM outside of the part 0x60000000 to 0x9FFFFFFF, and parts put SDRAM up to 0xDFFFFFFF
_EXTERNAL = range(0x6000_0000, 0xE000_0000)
_ADDRESS_END = 1 << 32
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Memory(Struct, frozen=True):
    """A memory of the board file to be.

    section:    Zephyr's output section in it, or None for the compiler's own choice.
    on_request: it is used only where ``--pool`` names it.
    controller: a controller outside of the core has to set it up.
    cached:     False if Zephyr's devicetree requests none.
    node:       path of the node it is from.
    """

    name: str
    base: int
    size_bytes: int
    writable: bool
    section: str | None
    node: str
    on_request: bool = False
    controller: bool = False
    external: bool = False
    tightly_coupled: bool = False
    cached: bool = True


class Memories(Struct, frozen=True):
    """The memories of a board.

    flash: None where one RAM holds everything. code_partition: its first address and size, for the file.
    """

    sram: Memory
    flash: Memory | None
    others: tuple[Memory, ...]
    code_partition: tuple[int, int] | None = None

    @property
    def all(self) -> tuple[Memory, ...]:
        flash = () if self.flash is None else (self.flash,)
        return (*flash, self.sram, *self.others)


def memories_of(board: ZephyrBoard) -> Memories:
    """The memories of a board's devicetree. Raises BoardError if it chooses no RAM."""
    tree = board.devicetree
    where = board.target.given
    ram = tree.chosen_node("zephyr,sram")
    if ram is None or not ram.registers or not ram.registers[0][1]:
        raise BoardError(
            "its devicetree chooses no RAM ('zephyr,sram')",
            where=where,
            hint="describe the board in a file (docs/boards.md): --board path/to/board.yaml",
        )
    base, size = _clipped(ram.registers[0])
    is_arm = "ARM" in board.symbols
    sram = Memory(
        *("sram", base, size, True, ".noinit.mlf", ram.path),
        external=is_arm and base in _EXTERNAL,
        tightly_coupled=_is_tightly_coupled(ram),
    )
    flash = _flash(tree)
    if flash is not None and _overlap(flash, sram):
        flash = None
    found = [sram] if flash is None else [flash, sram]
    others = []
    for node in _regions(tree):
        memory = _further(node, tree, {memory.name for memory in found}, is_arm)
        if memory is not None and not any(_overlap(memory, other) for other in found):
            found.append(memory)
            others.append(memory)
    return Memories(sram, flash, tuple(others), _code_partition(tree, flash))


def _flash(tree: Devicetree) -> Memory | None:
    node = tree.chosen_node("zephyr,flash")
    if node is None:
        return None
    parent = tree.parent(node)
    base, size = node.registers[0] if node.registers else (0, 0)
    window = parent.registers[1] if parent is not None and len(parent.registers) > 1 else None
    bits = node.properties.get("size")
    if size == 0 and window is not None:
        # A chip on a serial bus: the core sees it through its controller's second range.
        base, size = window
        if isinstance(bits, int) and 0 < bits // 8 < size:
            size = bits // 8
    if size == 0:
        return None
    base, size = _clipped((base, size))
    return Memory("flash", base, size, False, None, node.path)


def _code_partition(tree: Devicetree, flash: Memory | None) -> tuple[int, int] | None:
    node = tree.chosen_node("zephyr,code-partition")
    if node is None or flash is None or not node.registers:
        return None
    offset, size = node.registers[0]
    return (flash.base + offset, size) if 0 < size < flash.size_bytes else None


def _regions(tree: Devicetree) -> list[DevicetreeNode]:
    """Nodes that Zephyr's linker script has a section for, the fastest first."""
    fast = [tree.chosen.get(name) for name in _FAST]
    taken = [tree.chosen.get(name) for name in ("zephyr,sram", "zephyr,flash", "zephyr,ipc_shm")]
    nodes = [
        node
        for node in tree.nodes.values()
        if node.enabled and _REGION in node.compatibles and node.path not in taken and _is_free_ram(node)
    ]
    return sorted(nodes, key=lambda node: (node.path not in fast, node.registers[0][0]))


def _is_free_ram(node: DevicetreeNode) -> bool:
    name = node.properties.get(_REGION)
    attribute = node.properties.get(_ATTRIBUTE, 0)
    if not isinstance(name, str) or not isinstance(attribute, int) or not node.registers:
        return False
    arm = attribute & _ARM_ATTRIBUTES
    words = " ".join([name, *node.labels]).lower()
    return (
        node.registers[0][1] > 0
        # Placeholders for the MPU are marked as flash, input and output, or external memory.
        and (arm == 0 or arm & ~_RAM_ATTRIBUTES == 0)
        and not _TAKEN.search(words)
        and not any(_TAKEN_COMPATIBLE.search(compatible) for compatible in node.compatibles)
        # A buffer at address 0 would be a null pointer to C.
        and node.registers[0][0] != 0
    )


def _further(node: DevicetreeNode, tree: Devicetree, used: set[str], is_arm: bool) -> Memory | None:
    """A memory that was not chosen for variables."""
    region = str(node.properties[_REGION])
    base, size = _clipped(node.registers[0])
    if size <= 0:
        return None
    name = re.sub(r"\W", "_", (node.labels[0] if node.labels else region).lower())
    name = f"{name}_{base:08x}" if name in used else name
    if not _NAME.fullmatch(name) or name in used:
        return None
    fast = node.path in [tree.chosen.get(choice) for choice in _FAST]
    external = is_arm and base in _EXTERNAL
    return Memory(
        name=name,
        base=base,
        size_bytes=size,
        writable=True,
        section=re.sub(r"\W", "_", region.strip()),
        node=node.path,
        on_request=not fast or bool(used - {"flash", "sram"}),
        controller=external and _has_controller(tree),
        external=external,
        tightly_coupled=fast or _is_tightly_coupled(node),
        cached=not int(node.properties.get(_ATTRIBUTE, 0)) & _NO_CACHE,
    )


def _is_tightly_coupled(node: DevicetreeNode) -> bool:
    return "tcm" in " ".join([str(node.properties.get(_REGION, "")), *node.compatibles]).lower()


def _has_controller(tree: Devicetree) -> bool:
    return any(
        node.enabled and re.search(r"/memory-controller@[^/]*/[^/]+$", node.path)
        for node in tree.nodes.values()
    )


def _clipped(register: tuple[int, int]) -> tuple[int, int]:
    base, size = register
    return base, max(0, min(size, _ADDRESS_END - base))


def _overlap(one: Memory, other: Memory) -> bool:
    return one.base < other.base + other.size_bytes and other.base < one.base + one.size_bytes
