"""One ``invalid_<rule>.yml`` for every rule that an archive can break: which error, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import MlfgenError
from generator.readers.archive.files import Limits, load_files
from generator.readers.archive.mlf import parse_archive
from readers.archive_builder import FIXTURES, base_files, build, read_rule

RULES = sorted(FIXTURES.glob("invalid_*.yml"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem.removeprefix("invalid_"))
def test_invalid_archive_is_refused(path: Path, tmp_path: Path) -> None:
    rule = read_rule(path)
    archive = build(rule, tmp_path)

    with pytest.raises(MlfgenError) as caught:
        parse_archive(*load_files(archive, Limits(**rule.get("limits", {}))))

    assert rule["message"] in caught.value.what
    assert rule["hint"] in (caught.value.hint or "")
    assert archive.name in (caught.value.where or "")
    assert rule.get("where", "") in (caught.value.where or "")


@pytest.mark.parametrize("name", ["aot_c", "packed", "graph"])
def test_the_bases_are_valid(name: str) -> None:
    assert parse_archive("base", "0" * 64, base_files(name)).models[0].name == "tiny"
