"""Analyses that are kept: the same with and without a cache, and never another archive's."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.liveness import placed
from generator.liveness.kept import dump_placed, parse_placed
from generator.model.archive import Archive, ModelLibrary
from generator.model.liveness import PlacedRun
from generator.model.options import GenerateOptions
from generator.pipeline.analyses import analyse_archives


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models whose C is read."""
    names: list[str] = []
    read = placed.read_placed

    def counted(library: ModelLibrary) -> PlacedRun | None:
        names.append(library.name)
        return read(library)

    monkeypatch.setattr(placed, "read_placed", counted)
    return names


def test_c_is_read_once(
    tmp_path: Path,
    reads: list[str],
    archive: Callable[[str], Archive],
    make_options: Callable[..., GenerateOptions],
) -> None:
    models = [archive("sine-aot-c-pool")]
    name = models[0].models[0].name
    without = analyse_archives(models, make_options())
    assert [each.placed for each in without.values()] != [None]
    first = analyse_archives(models, make_options(), tmp_path)
    second = analyse_archives(models, make_options(), tmp_path)
    assert first == second == without
    assert reads == [name] * 2


def test_another_archive_of_the_same_name_is_read(
    tmp_path: Path,
    reads: list[str],
    archive: Callable[[str], Archive],
    make_options: Callable[..., GenerateOptions],
) -> None:
    models = [archive("sine-aot-c-pool")]
    name = models[0].models[0].name
    analyse_archives(models, make_options(), tmp_path)
    analyse_archives([replace(models[0], sha256="0" * 64)], make_options(), tmp_path)
    assert reads == [name] * 2


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"steps": [[1]]}', "\0", "[" * 100_000, '{"steps": [[Infinity, "f", 1]]}'],
)
@pytest.mark.parametrize("digest", [True, False])
def test_a_damaged_result_is_read_again(
    tmp_path: Path,
    text: str,
    digest: bool,
    archive: Callable[[str], Archive],
    make_options: Callable[..., GenerateOptions],
) -> None:
    models = [archive("sine-aot-c-pool")]
    expected = analyse_archives(models, make_options(), tmp_path)
    (kept,) = (tmp_path / "analyses").iterdir()
    if digest:  # as a stranger would write it
        text = f"{sha256(text.encode()).hexdigest()}\n{text}"
    kept.write_text(text, "utf-8")
    assert analyse_archives(models, make_options(), tmp_path) == expected
    assert kept.read_text("utf-8") != text


def test_text_and_back(
    archive: Callable[[str], Archive], make_options: Callable[..., GenerateOptions]
) -> None:
    for name in ("kws-aot-c-2pools", "branchy-aot-c-io"):
        (analysis,) = analyse_archives([archive(name)], make_options()).values()
        assert analysis.placed is not None
        assert parse_placed(dump_placed(analysis.placed)) == analysis.placed
