"""Boards as data: what a board can do, never which one it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from generator.model.ides import IdeSupport
from generator.model.options import ZEPHYR
from generator.model.port import FreeRtosSupport, PortSupport
from generator.model.running import Emulation, Probe


class Setting(Struct, frozen=True):
    """One Kconfig assignment and why it is needed. symbol without ``CONFIG_``."""

    symbol: str
    value: str
    reason: str


class Core(Struct, frozen=True):
    """The processor core of a board.

    cpu: GCC's ``-mcpu`` name or ``host``. fpu: ``none``, ``single`` or ``double``.
    """

    cpu: str
    fpu: str
    dsp: bool
    clock_hz: int

    @property
    def hosted(self) -> bool:
        """Whether programs for it run on this computer."""
        return self.cpu == "host"

    @property
    def architecture(self) -> str:
        """``arm``, ``riscv`` or ``host``."""
        if self.hosted:
            return "host"
        return "riscv" if self.cpu.startswith("rv") else "arm"


class Region(Struct, frozen=True):
    """A memory of the board.

    base:        first address.
    writable:    RAM; otherwise flash.
    access_cost: relative cost of one access, 1 for the fastest.
    cached:      accesses go through the data cache.
    dma:         DMA masters reach it.
    system_bytes: RTOS name -> bytes that the RTOS itself takes here in its smallest application.
    """

    name: str
    base: int
    size_bytes: int
    writable: bool
    access_cost: float = 1.0
    cached: bool = False
    dma: bool = True
    system_bytes: Mapping[str, int] = field(default_factory=dict)


def address_ranges(regions: Iterable[Region]) -> tuple[tuple[int, int], ...]:
    """Addresses [first, end) of the memories, those that adjoin as one, in ascending order."""
    ranges: list[tuple[int, int]] = []
    for region in sorted(regions, key=lambda region: region.base):
        end = region.base + region.size_bytes
        if ranges and ranges[-1][1] == region.base:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((region.base, end))
    return tuple(ranges)


class Placement(Struct, frozen=True):
    """How one RTOS puts a buffer into a pool.

    section:  C section name, or None for the compiler's choice.
    linker_region: of Zephyr: the memory region of its linker script that the section is to be made in, or None
              where Zephyr has the section.
    drivers:  of Zephyr: names of the port's drivers that set the memory up, where Zephyr does not.
    settings: Kconfig that the placement needs.
    overlay:  devicetree source that the placement needs, or None.
    """

    section: str | None
    settings: tuple[Setting, ...] = ()
    overlay: str | None = None
    linker_region: str | None = None
    drivers: tuple[str, ...] = ()


class BoardPool(Struct, frozen=True):
    """A place for buffers: a region with alignment and, per RTOS, the section that leads there.

    aliases:    other pool names that archives use for it.
    on_request: nothing goes there unless an option names it or an alias of it.
    """

    name: str
    region: str
    alignment_bytes: int
    aliases: tuple[str, ...]
    placements: Mapping[str, Placement]
    on_request: bool = False


class ZephyrSupport(Struct, frozen=True):
    """What a board file says for Zephyr.

    target: the board's name for ``west build -b``. float_settings: for models that compute in floats.

    modules: Zephyr modules the board needs, for the manifest's allow-list.
    kconfig: text for the application's Kconfig, or None.
    clock_hz: of the core under Zephyr, where it differs from ``Core``'s.
    simulated: Zephyr's tests run images for the board in an emulator.
    """

    target: str
    min_version: str
    modules: tuple[str, ...]
    settings: tuple[Setting, ...]
    float_settings: tuple[Setting, ...]
    kconfig: str | None
    clock_hz: int | None = None
    simulated: bool = False


class Board(Struct, frozen=True):
    """A board file, read and checked.

    workspace_pool, io_pool, constant_pool: where pools go that name no pool of the board.
    port: how the board comes up where no Zephyr does it.
    run, probe: how images run on this computer, and how they get into the board; None for neither.
    ide: how IDEs call it, or None.
    """

    name: str
    title: str
    core: Core
    regions: tuple[Region, ...]
    pools: tuple[BoardPool, ...]
    workspace_pool: str
    io_pool: str
    constant_pool: str
    zephyr: ZephyrSupport | None
    port: PortSupport | None
    freertos: FreeRtosSupport | None
    run: Emulation | None
    probe: Probe | None
    ide: IdeSupport | None = None

    @property
    def rtoses(self) -> tuple[str, ...]:
        """RTOS names this board can be generated for."""
        named = (("zephyr", self.zephyr), ("freertos", self.freertos), ("none", self.port))
        return tuple(name for name, support in named if support is not None)

    @property
    def data_region(self) -> str:
        """The memory of ordinary variables."""
        return self.pool(self.io_pool).region

    @property
    def code_region(self) -> str:
        """The memory of code and ordinary constants."""
        return self.pool(self.constant_pool).region

    def is_apart(self, region: str) -> bool:
        """Whether ordinary variables or constants get there only on request."""
        return region != (self.data_region if self.region(region).writable else self.code_region)

    def clock_hz(self, rtos: str) -> int:
        """What the core runs at under an RTOS, which sets the clock up."""
        own = self.zephyr.clock_hz if self.zephyr is not None and rtos == ZEPHYR else None
        return own or self.core.clock_hz

    def region(self, name: str) -> Region:
        """KeyError when there is none; the reader has checked every name inside a board."""
        return {region.name: region for region in self.regions}[name]

    def pool(self, name: str) -> BoardPool:
        """KeyError when there is none."""
        return {pool.name: pool for pool in self.pools}[name]

    def find_pool(self, name: str) -> BoardPool | None:
        """The pool called so, by name or alias."""
        for pool in self.pools:
            if name == pool.name or name in pool.aliases:
                return pool
        return None
