"""What the Zephyr of a workspace says about one of its boards, without configuring or building anything.

Zephyr's own programs are asked: ``list_boards.py`` and ``zephyr_module.py``, as Zephyr's CMake code calls them, a C
preprocessor, and the ``devicetree`` package that lies in Zephyr.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from generator.errors import BoardError, BuildError, ToolMissingError
from generator.model.zephyr_board import BoardTarget, Devicetree, ListedBoard, ZephyrBoard
from generator.readers.text.yaml_tree import parse_yaml
from generator.readers.zephyr.board_cmake import parse_board_cmake
from generator.readers.zephyr.board_list import CMAKE_FORMAT, board_of, find_target, parse_board_list
from generator.readers.zephyr.devicetree import parse_devicetree
from generator.readers.zephyr.kconfig import default_number, selected_symbols
from generator.readers.zephyr.modules import vendor_module
from generator.readers.zephyr.twister import parse_simulator
from generator.toolchain import devicetree_json
from generator.toolchain.cross_compiler import find_cross_compiler
from generator.toolchain.runner import CommandRunner
from generator.toolchain.scratch import scratch_folder
from generator.toolchain.west import WEST, Workspace, find_workspace, require_version
from generator.toolchain.workspace import MANIFEST_FOLDER

_ANSWER_S = 120.0
_ABSENT_FILE = re.compile(r"fatal error: '?([^\s:']+)'?(?:: No such file or directory| file not found)")
_SETTING = re.compile(r'^"(\w+)":"(.*)"$', re.MULTILINE)
_DOCTOR = "`mlfgen doctor` shows what is missing and how to install it"
_TIMER = "SYS_CLOCK_HW_CYCLES_PER_SEC"
_COMPILERS = ("arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "cc", "gcc", "clang")


class _Asking(Struct, frozen=True):
    """workspace, and how its programs are called. roots: kind (DTS_ROOT ...) -> folders, Zephyr's first."""

    workspace: Workspace
    runner: CommandRunner
    env: Mapping[str, str]
    scratch: Path
    roots: Mapping[str, tuple[Path, ...]]

    @property
    def zephyr(self) -> Path:
        return self.workspace.zephyr_base


def load_zephyr_board(
    target: str, runner: CommandRunner, env: Mapping[str, str] | None = None
) -> ZephyrBoard:
    """What a workspace's Zephyr says about a board. target: as for ``west build -b``.

    Raises ToolMissingError without a workspace, a C preprocessor, or the vendor's module that the board's devicetree
    needs; UsageError for a target that Zephyr does not have; BuildError when Zephyr's programs fail.
    """
    env = os.environ if env is None else env
    workspace = find_workspace(Path.cwd(), env)
    require_version(workspace.version)
    with scratch_folder("mlfgen-board-") as scratch:
        asking = _Asking(workspace, runner, env, scratch, {})
        asking = _Asking(workspace, runner, env, scratch, _roots(asking))
        return _board(_find(target, asking), asking)


def has_workspace(env: Mapping[str, str] | None = None) -> bool:
    """Whether there is a Zephyr to ask."""
    try:
        find_workspace(Path.cwd(), os.environ if env is None else env)
    except (ToolMissingError, BuildError):
        return False
    return True


def _call(asking: _Asking, argv: Sequence[str], what: str, hint: str = _DOCTOR) -> str:
    """The output of one of Zephyr's programs. what, hint: of the BuildError when it fails."""
    argv = (sys.executable, *argv)
    done = asking.runner.run(argv, asking.workspace.topdir, asking.env, timeout_s=_ANSWER_S)
    if done.returncode == 0:
        return done.output
    last = next((line.strip() for line in reversed(done.output.splitlines()) if line.strip()), "no message")
    module = re.search(r"No module named '(\w+)'", last)
    if module:
        hint = f"{shlex.quote(sys.executable)} -m pip install {module[1]}"
    raise BuildError(f"{what}: {last}", where=str(asking.zephyr), hint=hint)


def _roots(asking: _Asking) -> dict[str, tuple[Path, ...]]:
    """The folders in which Zephyr's modules add boards, parts and devicetrees."""
    settings = asking.scratch / "settings.txt"
    script = asking.zephyr / "scripts" / "zephyr_module.py"
    argv = (str(script), "--zephyr-base", str(asking.zephyr), "--settings-out", str(settings))
    _call(asking, argv, "its modules can't be listed")
    roots: dict[str, tuple[Path, ...]] = dict.fromkeys(
        ("DTS_ROOT", "BOARD_ROOT", "SOC_ROOT"), (asking.zephyr,)
    )
    for name, folder in _SETTING.findall(_text(settings)):
        if name in roots:
            roots[name] = (*roots[name], Path(folder))
    return roots


def _find(target: str, asking: _Asking) -> BoardTarget:
    name = board_of(target)
    folders = _describing(asking.roots["BOARD_ROOT"], "boards/**/board.yml", [name])
    boards = _listed(asking, ["--board", name], folders) if folders else ()
    return find_target(target, boards or _listed(asking, [], ()))


def _listed(asking: _Asking, words: Iterable[str], folders: Iterable[Path]) -> tuple[ListedBoard, ...]:
    argv = [
        str(asking.zephyr / "scripts" / "list_boards.py"),
        *words,
        *(f"--board-root={root}" for root in asking.roots["BOARD_ROOT"]),
        *(f"--soc-root={root}" for root in asking.roots["SOC_ROOT"]),
        *(f"--board-dir={folder}" for folder in folders),
        f"--cmakeformat={CMAKE_FORMAT}",
    ]
    return parse_board_list(_call(asking, argv, "its boards can't be listed"))


def _board(target: BoardTarget, asking: _Asking) -> ZephyrBoard:
    folders = [Path(folder) for folder in target.board.folders]
    soc_folders = _describing(asking.roots["SOC_ROOT"], "soc/**/soc.yml", target.board.socs)
    kconfig = _kconfig_texts([*folders, *soc_folders])
    symbols = selected_symbols(kconfig, target.symbols)
    module = _vendor_module(symbols, soc_folders, asking)
    tree = _devicetree(target, folders, module, asking)
    arch = next((name for name in ("riscv", "arm") if name.upper() in symbols), "")
    commands = parse_board_cmake(_text(folders[0] / "board.cmake"), arch, symbols, target.revision)
    version = asking.workspace.version
    return ZephyrBoard(
        target=target,
        title=_title(target, folders[0]),
        version=f"{version.major}.{version.minor}",
        devicetree=tree,
        symbols=symbols,
        timer_hz=default_number(kconfig, _TIMER, symbols),
        module=module,
        qemu=commands.qemu,
        qemu_arguments=commands.qemu_arguments,
        simulator=_simulator(target, folders),
        runners=commands.runners,
    )


def _simulator(target: BoardTarget, folders: Sequence[Path]) -> str:
    texts = (_text(folder / f"{stem}.yaml") for stem in target.file_names for folder in folders)
    return parse_simulator(next(filter(None, texts), ""))


def _title(target: BoardTarget, folder: Path) -> str:
    document = parse_yaml(
        _text(folder / "board.yml"), "board.yml", error=BoardError, hint="check Zephyr's files"
    )
    entries = document.get("boards") or [document.get("board")] if isinstance(document, dict) else []
    for entry in entries:
        if isinstance(entry, dict) and entry.get("name") == target.board.name:
            title = str(entry.get("full_name") or target.board.name)
            return f"{title}, {target.qualifiers}" if len(target.board.qualifiers) > 1 else title
    return target.board.name


def _describing(roots: Iterable[Path], pattern: str, names: Sequence[str]) -> list[Path]:
    """Folders whose YAML file defines or extends one of names."""
    if not names:
        return []
    listed = "|".join(map(re.escape, names))
    mention = re.compile(rf"^\s*(-\s+)?(name|extend):\s*['\"]?({listed})['\"]?\s*$", re.MULTILINE)
    return [
        path.parent for root in roots for path in sorted(root.glob(pattern)) if mention.search(_text(path))
    ]


def _kconfig_texts(folders: Iterable[Path]) -> list[str]:
    return [_text(path) for folder in folders for path in sorted(folder.rglob("Kconfig*")) if path.is_file()]


def _vendor_module(symbols: frozenset[str], soc_folders: Sequence[Path], asking: _Asking) -> str | None:
    files = {
        path.relative_to(asking.zephyr / "modules").as_posix(): _text(path)
        for path in sorted((asking.zephyr / "modules").rglob("Kconfig*"))
        if path.is_file()
    }
    parts = [
        part for folder in soc_folders for part in reversed(folder.parts[folder.parts.index("soc") + 1 :])
    ]
    manifest = _text(asking.zephyr / "west.yml")
    prefixes = _text(asking.zephyr / "dts" / "bindings" / "vendor-prefixes.txt")
    return vendor_module(symbols, files, parts, manifest, prefixes)


def _devicetree(
    target: BoardTarget, folders: Sequence[Path], module: str | None, asking: _Asking
) -> Devicetree:
    source = asking.scratch / "board.dts"
    roots = asking.roots["DTS_ROOT"]
    argv = (
        *(
            _preprocessor(asking.env),
            "-x",
            "assembler-with-cpp",
            "-nostdinc",
            "-undef",
            "-D__DTS__",
            "-E",
            "-P",
        ),
        *(
            word
            for folder in _include_folders([*folders, *roots], asking)
            for word in ("-isystem", str(folder))
        ),
        *(word for file in _sources(target, folders) for word in ("-include", str(file))),
        *("-o", str(source), str(asking.zephyr / "misc" / "empty_file.c")),
    )
    done = asking.runner.run(argv, asking.workspace.topdir, asking.env, timeout_s=_ANSWER_S)
    if done.returncode != 0:
        raise _preprocessing_failure(done.output, target, module, asking)
    output = asking.scratch / "devicetree.json"
    package = asking.zephyr / "scripts" / "dts" / "python-devicetree" / "src"
    bindings = [root / "dts" / "bindings" for root in (*roots, *folders)]
    argv = (
        *(devicetree_json.__file__, str(package), str(source), str(output)),
        *(str(folder) for folder in bindings if folder.is_dir()),
    )
    hint = "check the board's devicetree files; those of a released Zephyr can be read"
    if len(target.board.qualifiers) > 1:
        hint = f"Zephyr has several targets for this board: {', '.join(target.board.targets)}"
    _call(asking, argv, f"the devicetree of '{target.given}' can't be read", hint)
    return parse_devicetree(_text(output), target.given)


def _include_folders(roots: Iterable[Path], asking: _Asking) -> list[Path]:
    archs = sorted(path.name for path in (asking.zephyr / "arch").iterdir() if path.is_dir())
    below = ("include", "include/zephyr", "dts/common", *(f"dts/{arch}" for arch in archs), "dts")
    return [root / path for root in roots for path in below if (root / path).is_dir()]


def _sources(target: BoardTarget, folders: Sequence[Path]) -> list[Path]:
    """The target's devicetree source and what its revision and the board's extensions add to it."""
    found = [
        folder / f"{stem}.dts"
        for folder in folders
        for stem in target.file_names
        if (folder / f"{stem}.dts").is_file()
    ][:1]
    if not found:
        # A board with variants may describe these alone.
        described = [
            name
            for name in target.board.targets
            if any((folder / f"{name.replace('/', '_')}.dts").is_file() for folder in folders)
        ]
        raise BoardError(
            "Zephyr has no devicetree for this target",
            where=target.given,
            hint=f"its targets: {', '.join(described) or 'none'}",
        )
    if target.revision:
        suffix = target.revision.replace(".", "_")
        overlays = [folder / f"{stem}_{suffix}.overlay" for folder in folders for stem in target.file_names]
        found += [path for path in overlays if path.is_file()][:1]
    return found


def _preprocessor(env: Mapping[str, str]) -> str:
    which = partial(shutil.which, path=env.get("PATH"))
    found = find_cross_compiler(env, which).path or next(filter(None, map(which, _COMPILERS)), None)
    if found is None:
        raise ToolMissingError(
            "there is no C preprocessor to read devicetrees with",
            hint="`mlfgen doctor` shows which compilers are missing and how to install them",
        )
    return found


def _preprocessing_failure(
    output: str, target: BoardTarget, module: str | None, asking: _Asking
) -> ToolMissingError | BuildError:
    absent = _ABSENT_FILE.search(output)
    if absent is None:
        last = next((line for line in output.splitlines() if "error" in line), "the preprocessor failed")
        return BuildError(f"its devicetree can't be preprocessed: {last}", where=target.given)
    if module is None:
        return ToolMissingError(
            f"its devicetree includes '{absent[1]}', which is not in the workspace",
            where=target.given,
            hint=f"cd {shlex.quote(str(asking.workspace.topdir))} && west update",
        )
    return ToolMissingError(
        f"its devicetree needs Zephyr's module {module}, which is not in the workspace ('{absent[1]}' not found)",
        where=target.given,
        hint=_update_hint(module, asking),
    )


def _update_hint(module: str, asking: _Asking) -> str:
    done = asking.runner.run(
        (*WEST, "list", module, "-f", "{path}"), asking.workspace.topdir, asking.env, timeout_s=_ANSWER_S
    )
    topdir = shlex.quote(str(asking.workspace.topdir))
    if done.returncode == 0:
        return f"cd {topdir} && west update {module}"
    if (asking.workspace.topdir / MANIFEST_FOLDER / "west.yml").is_file():
        return f"mlfgen workspace --module {module} {topdir}"
    return f"add {module} to 'name-allowlist' in the workspace's west.yml, then: cd {topdir} && west update {module}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
