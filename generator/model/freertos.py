"""FreeRTOS on a board: what the board file says, and what an application is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DevicePackage:
    """A vendor's CMSIS device package, fetched by the manifest.

    repository: ``owner/name`` on GitHub. revision: tag or commit.
    defines:    macros that choose the part (``PART`` or ``NAME=VALUE``). header: its register definitions.
    include, sources: paths inside the package; the sources hold reset handler, vector table, SystemInit.
    """

    repository: str
    revision: str
    defines: tuple[str, ...]
    header: str
    include: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class PortDriver:
    """A file of ``runtime/port/freertos`` that the board names, and the figures it is compiled with.

    kind:      ``startup``, ``console``, ``clock``, ``memory``, ``cache`` or ``time``.
    region:    the memory it sets up, or None; then it is part only of applications that use that memory.
    constants: (macro, C constant), in the order of the board file's schema.
    """

    name: str
    kind: str
    region: str | None
    constants: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FreeRtosSupport:
    """The ``freertos`` section of a board file.

    kernel_port:   folder below the kernel's ``portable/`` (``GCC/ARM_CM7/r0p1``).
    priority_bits: implemented bits of an interrupt's priority, 2 to 8.
    drivers:       in the order in which they start.
    clock_hz:      what the clock driver's figures make of the oscillator, or None without such a driver.
    """

    kernel_port: str
    priority_bits: int
    device: DevicePackage | None
    drivers: tuple[PortDriver, ...]
    clock_hz: int | None


@dataclass(frozen=True)
class Repository:
    """A project of the manifest, checked out as ``deps/<name>``. slug: ``owner/name`` on GitHub."""

    name: str
    slug: str
    revision: str


@dataclass(frozen=True)
class PoolSection:
    """An output section for buffers that nobody fills at start. alignment_bytes: of its start and end."""

    name: str
    region: str
    alignment_bytes: int


@dataclass(frozen=True)
class ConfigSetting:
    """One line of FreeRTOSConfig.h that depends on the board. value: a C constant."""

    name: str
    value: str
    reason: str


@dataclass(frozen=True)
class FreeRtosApplication:
    """What the FreeRTOS templates print beyond the model.

    compiler_flags: of every file: core, instruction set, FPU, calling convention.
    code_region, data_region: names of the memories that hold code and ordinary variables.
    port_files:     of ``runtime/port/freertos``: those that this application compiles or includes.
    starts:         C functions that set the board up, in order.
    """

    compiler_flags: tuple[str, ...]
    core_header: str
    kernel_port: str
    device: DevicePackage | None
    repositories: tuple[Repository, ...]
    code_region: str
    data_region: str
    main_stack_bytes: int
    sections: tuple[PoolSection, ...]
    constants: tuple[tuple[str, str], ...]
    port_files: tuple[str, ...]
    starts: tuple[str, ...]
    settings: tuple[ConfigSetting, ...]
