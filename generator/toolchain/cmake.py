"""Plain CMake projects with presets: no west around them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from generator.toolchain.build_failure import Tenants, parse_build_failure
from generator.toolchain.runner import CommandRunner, CompletedCommand


def configure_argv(
    source: Path,
    build_folder: Path,
    preset: str | None = None,
    defines: Mapping[str, str] | None = None,
    *,
    generator: str | None = None,
) -> tuple[str, ...]:
    """``cmake`` that configures source in build_folder, by a preset of source's CMakePresets.json or without.

    To be called in source: CMake looks for presets there alone.
    """
    argv = ["cmake", "-S", str(source), "-B", str(build_folder)]
    if preset is not None:
        argv += ["--preset", preset]
    if generator is not None:
        argv += ["-G", generator]
    return (*argv, *(f"-D{name}={value}" for name, value in (defines or {}).items()))


def build_argv(build_folder: Path, *, target: str | None = None) -> tuple[str, ...]:
    """``cmake --build``. target: of the build system, or None for everything."""
    argv = ("cmake", "--build", str(build_folder))
    return argv if target is None else (*argv, "--target", target)


def build(
    source: Path,
    build_folder: Path,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    preset: str | None = None,
    defines: Mapping[str, str] | None = None,
    generator: str | None = None,
    tenants: Tenants | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
) -> CompletedCommand:
    """Configure and build. Raises BuildError with the cause when either fails.

    timeout_s: of each of the two. Configuring again without changes costs little and writes nothing new.
    """
    source, build_folder = source.absolute(), build_folder.absolute()
    commands = (
        configure_argv(source, build_folder, preset, defines, generator=generator),
        build_argv(build_folder),
    )
    for argv in commands:
        done = runner.run(argv, source, env, on_line, timeout_s)
        if done.returncode != 0:
            raise parse_build_failure(done.output, tenants)
    return done


def is_outdated(build_folder: Path, source: Path, files: Iterable[str]) -> bool:
    """Whether one of files appeared or went since build_folder was configured: CMake reads those that it found then.

    files: paths in source.
    """
    rules = build_folder / "build.ninja"
    if not rules.is_file():
        return False
    text = rules.read_text(encoding="utf-8", errors="replace")
    # Their end is enough: CMake may have resolved links in the path of source.
    return any((source / file).is_file() != (f"/{file}" in text) for file in files)


def leave_foreign_cache(source: Path, build_folder: Path, entry: str) -> None:
    """Forget what CMake keeps in build_folder unless it built source there, with the cache variable entry.

    CMake refuses a folder that was moved or copied, and goes on with the compiler settings of another kind of
    build: it has to start from scratch.
    """
    cache = build_folder / "CMakeCache.txt"
    if not cache.is_file():
        return
    text = cache.read_text(encoding="utf-8", errors="replace")
    kept = dict(re.findall(r"^(\w+):\w+=(.*)$", text, re.MULTILINE))
    places = {"CMAKE_HOME_DIRECTORY": source, "CMAKE_CACHEFILE_DIR": build_folder}
    if entry in kept and all(Path(kept.get(key, "")).resolve() == at.resolve() for key, at in places.items()):
        return
    cache.unlink()
    shutil.rmtree(build_folder / "CMakeFiles", ignore_errors=True)
