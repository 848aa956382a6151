"""Build an application, then read the image back and compare it with the plan."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from generator.compose.zephyr import conf_name
from generator.emit.single import write_file
from generator.errors import BuildError, TargetError
from generator.model.firmware import Firmware
from generator.pipeline.firmware import load_firmware
from generator.toolchain import port_build, west
from generator.toolchain.build_failure import parse_build_warnings
from generator.toolchain.elf import MemoryUse, Region, memory_use, read_elf
from generator.toolchain.elf_plan import ExpectedSymbol, compare_with_plan
from generator.toolchain.kconfig import parse_settings, parse_unmet, refused_settings
from generator.toolchain.own_builds import is_own_build, remember_build
from generator.toolchain.runner import CommandRunner

BUILD_FOLDER = "build"
_UNMET = "unmet_dependencies.json"


class BuildResult(Struct, frozen=True):
    """What was built.

    image: what runs (an ELF file, or a program for this computer). uses: region name -> bytes taken.

    picture: an HTML page that draws uses, with an SVG file beside it; None for a program for this computer.
    """

    firmware: Firmware
    image: Path
    uses: Mapping[str, MemoryUse]
    picture: Path | None = None


def build(
    app: Path,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    build_folder: Path | None = None,
    defines: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
) -> BuildResult:
    """Build an application and compare its image with the plan.

    Raises TargetError for a folder that is not a project, BuildError when it does not build or not as planned.
    """
    firmware = load_firmware(app)
    folder = build_folder or app / BUILD_FOLDER
    if firmware.zephyr_target:
        workspace = west.find_workspace(app, env)
        west.require_version(workspace.version, firmware.zephyr_min_version)
        done = west.build(
            firmware.zephyr_target,
            app,
            folder,
            workspace,
            cpu=firmware.cpu,
            runner=runner,
            env=env,
            defines=defines,
            settings=[f"boards/{conf_name(firmware.zephyr_target)}{end}" for end in (".conf", ".overlay")],
            tenants=_tenants(firmware),
            on_line=on_line,
            timeout_s=timeout_s,
        )
    else:
        done = port_build.build(
            app,
            folder,
            port_build.find_sources(app, firmware.sources, env),
            runner=runner,
            env=env,
            defines=defines,
            tenants=_tenants(firmware),
            on_line=on_line,
            timeout_s=timeout_s,
        )
    # A buffer in an unknown section and a refused setting pass as warnings in a build that succeeds.
    for warning in (
        *parse_build_warnings(done.output),
        *load_refused(app, firmware, folder, defines, done.output),
    ):
        raise warning
    image = image_path(firmware, folder)
    uses = check_image(firmware, image)
    remember_build(image, folder, env)
    return BuildResult(firmware, image, uses, _draw(firmware, uses, folder))


def _draw(firmware: Firmware, uses: Mapping[str, MemoryUse], folder: Path) -> Path | None:
    """Beside the image, not in the application: there, ``generate`` alone decides what each file holds."""
    if not uses:
        return None
    from generator.render.image_pictures import image_html, image_svg

    title = f"{', '.join(firmware.models)} on {firmware.board}"
    write_file(folder / "memory.svg", image_svg(firmware, uses, title).encode())
    page = folder / "memory.html"
    write_file(page, image_html(firmware, uses, title).encode())
    return page


def load_refused(
    app: Path, firmware: Firmware, folder: Path, defines: Mapping[str, str] | None, output: str
) -> tuple[BuildError, ...]:
    """Settings of the application's own files, and of defines, that a Zephyr build does not have."""
    config = folder / "zephyr" / ".config"
    if not firmware.zephyr_target or not config.is_file():
        return ()
    asked: dict[str, tuple[str, str]] = {}
    for name in ("prj.conf", f"boards/{conf_name(firmware.zephyr_target)}.conf"):
        if (app / name).is_file():
            text = (app / name).read_text(encoding="utf-8", errors="replace")
            asked |= {symbol: (value, name) for symbol, value in parse_settings(text).items()}
    for define, value in (defines or {}).items():
        if define.startswith("CONFIG_"):
            asked[define.removeprefix("CONFIG_")] = (value, f"-D {define}")
    settings = parse_settings(config.read_text(encoding="utf-8"))
    return refused_settings(asked, settings, _load_unmet(folder / _UNMET, output))


def _load_unmet(kept: Path, output: str) -> dict[str, str]:
    """Dependencies that settings lack: see ``parse_unmet``. A build tells of them only when it configures."""
    unmet = parse_unmet(output)
    if unmet is not None:
        write_file(kept, json.dumps(unmet).encode())
        return unmet
    try:
        known = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(symbol): str(text) for symbol, text in known.items()} if isinstance(known, dict) else {}


def require_own_build(app: Path, image: Path, build_folder: Path, env: Mapping[str, str]) -> None:
    """TargetError for a build that ``build`` did not make here: it decides what is started on this computer."""
    if not is_own_build(image, build_folder, env):
        raise TargetError(
            "this was not built here by `mlfgen build`, and it may start any program",
            where=str(image),
            hint=f"if you trust the project, build it: mlfgen build {shlex.quote(str(app))}",
        )


def image_path(firmware: Firmware, build_folder: Path) -> Path:
    """Where the build puts the image, whether or not there is one."""
    if not firmware.zephyr_target:
        return port_build.image_path(build_folder)
    return build_folder / "zephyr" / ("zephyr.exe" if firmware.hosted else "zephyr.elf")


def check_image(firmware: Firmware, image: Path) -> dict[str, MemoryUse]:
    """Compare the built image with the plan: every buffer is in it, where and as large as planned.

    Raises BuildError if not. A program for this computer lies where the system's loader puts it, so only real
    boards are compared.
    """
    elf = read_elf(image)
    if firmware.hosted:
        return {}
    regions = {region.name: region for region in firmware.regions}
    differences = compare_with_plan(
        elf,
        [
            ExpectedSymbol(
                buffer.symbol,
                buffer.size_bytes,
                buffer.alignment_bytes,
                regions[buffer.region].base,
                regions[buffer.region].size_bytes,
                buffer.stored,
            )
            for buffer in firmware.buffers
        ],
    )
    if differences:
        unused = firmware.buffers and not any(buffer.symbol in elf.symbols for buffer in firmware.buffers)
        raise BuildError(
            "the image is not what was planned: " + "; ".join(str(difference) for difference in differences),
            where=str(image),
            hint="nothing in the application calls a model, so the linker leaves the models out; docs/c-api.md "
            "shows the calls"
            if unused
            else "check the pools' sections in the board file and the application's linker settings",
        )
    return memory_use(elf, [Region(r.name, r.base, r.size_bytes, r.writable) for r in firmware.regions])


def _tenants(firmware: Firmware) -> dict[str, dict[str, int]]:
    """Linker region -> pools in it, so that an overflow can name them.

    Zephyr calls the memory of ordinary variables RAM and code's FLASH, others as its devicetree does, in
    capitals; our own linker scripts use the board file's names.
    """
    writable = {region.name: region.writable for region in firmware.regions}
    tenants: dict[str, dict[str, int]] = {}
    for buffer in firmware.buffers:
        common = "RAM" if writable[buffer.region] else "FLASH"
        for name in (buffer.region, buffer.region.upper(), common):
            tenants.setdefault(name, {})[buffer.pool] = buffer.size_bytes
    return tenants
