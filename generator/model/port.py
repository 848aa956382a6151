"""Boards that bring themselves up, under FreeRTOS or on bare metal: the board file's part, and the application's."""

from __future__ import annotations

from msgspec import Struct


class PortDriver(Struct, frozen=True):
    """A file of ``runtime/port/cortex_m`` that the board names, and the figures it is compiled with.

    kind:      ``console``, ``clock``, ``memory`` or ``cache``.
    region:    the memory it sets up, or None; then it is part only of applications that use that memory.
    constants: (macro, C constant), in the order of the board file's schema.
    """

    name: str
    kind: str
    region: str | None
    constants: tuple[tuple[str, str], ...]


class PortSupport(Struct, frozen=True):
    """The ``port`` section of a board file: how the board comes up without help of an RTOS.

    interrupts: that the part has, beside the core's own exceptions.
    drivers:    in the order in which they start.
    clock_hz:   what the clock driver's figures make of the oscillator, or None without such a driver.
    """

    interrupts: int
    drivers: tuple[PortDriver, ...]
    clock_hz: int | None


class FreeRtosSupport(Struct, frozen=True):
    """The ``freertos`` section of a board file.

    kernel_port:   folder below the kernel's ``portable/`` (``GCC/ARM_CM7/r0p1``).
    priority_bits: implemented bits of an interrupt's priority, 2 to 8.
    """

    kernel_port: str
    priority_bits: int


class Repository(Struct, frozen=True):
    """A project of the manifest, checked out as ``deps/<name>``. slug: ``owner/name`` on GitHub."""

    name: str
    slug: str
    revision: str

    @property
    def path(self) -> str:
        """In the workspace."""
        return f"deps/{self.name}"


class PoolSection(Struct, frozen=True):
    """An output section for buffers. alignment_bytes: of its start and end.

    stored: the image contains its contents, as in read-only memory; otherwise nothing initialises it.
    pools:  the board's pools that name it.
    """

    name: str
    region: str
    alignment_bytes: int
    stored: bool = False
    pools: tuple[str, ...] = ()


class PortApplication(Struct, frozen=True):
    """What the templates of FreeRTOS and of bare metal share.

    compiler_flags: of every file: core, instruction set, FPU, calling convention.
    repositories:   that the application's own manifest names.
    code_region, data_region: names of the memories that hold code and ordinary variables.
    main_stack_bytes: of the stack of reset and interrupts, and without an RTOS of the models too.
    files:          below ``runtime/port``: those that this application compiles or includes.
    starts:         C functions that set the board up, in order.
    interrupts:     length of the table of vectors, less the core's own.
    """

    compiler_flags: tuple[str, ...]
    repositories: tuple[Repository, ...]
    code_region: str
    data_region: str
    main_stack_bytes: int
    sections: tuple[PoolSection, ...]
    constants: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    starts: tuple[str, ...]
    interrupts: int


class ZephyrApplication(Struct, frozen=True):
    """What an application adds to Zephyr's own set-up of the board.

    sections:  output sections that Zephyr's linker script lacks, each with its memory region there as ``region``.
    constants, files, starts: see PortApplication; of drivers that Zephyr's start calls.
    """

    sections: tuple[PoolSection, ...]
    constants: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    starts: tuple[str, ...]


class ConfigSetting(Struct, frozen=True):
    """One line of FreeRTOSConfig.h that depends on the board. value: a C constant."""

    name: str
    value: str
    reason: str


class FreeRtosApplication(Struct, frozen=True):
    """What the FreeRTOS templates print beyond that. kernel: also the first of the port's repositories."""

    kernel: Repository
    kernel_port: str
    settings: tuple[ConfigSetting, ...]
