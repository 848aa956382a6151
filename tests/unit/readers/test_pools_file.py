"""Pools and reserves kept in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import UsageError
from generator.readers.pools_file import PoolsFile, load_pools_file, parse_pools_file
from readers.archive_builder import SHARED


def test_both_parts_are_read_and_either_may_be_left_out() -> None:
    text = "pools: {sram: dtcm}\nreserve: {sram: 0x8000}\n"
    assert parse_pools_file(text, "f") == PoolsFile({"sram": "dtcm"}, {"sram": 32_768})
    assert parse_pools_file("reserve: {sram: 1}", "f") == PoolsFile({}, {"sram": 1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a mapping"),
        ("- sram", "must be a mapping"),
        ("pool: {sram: dtcm}", "'pool'"),
        ("pools: {sram: 4}", "'sram' must be"),
        ("reserve: {sram: -1}", "'sram'"),
        ("reserve: {sram: 32K}", "'sram' must be"),
        ("reserve: {sram: true}", "'sram' must be"),
        ("pools: {sram: a, sram: b}", "written twice"),
    ],
)
def test_what_says_something_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_pools_file(text, "pools.yaml")
    assert message in caught.value.what and caught.value.hint
    assert str(caught.value.where).startswith("pools.yaml")


def test_what_is_not_yaml_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid YAML") as caught:
        parse_pools_file("pools: [", "pools.yaml")
    assert str(caught.value.where).startswith("pools.yaml:") and caught.value.hint


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        load_pools_file(tmp_path / "absent.yaml")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared archives are not here")
def test_flags_win_over_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pools.yaml"
    path.write_text("pools: {sram: sdram}\nreserve: {sram: 1000, dtcm: 24}\n")
    archive = str(SHARED / "archives" / "kws-aot-c-pool.tar")
    argv = ["inspect", archive, "--board", "stm32f746g_disco", "--json", "--pools-file", str(path)]

    def memory(*more: str) -> dict[str, dict[str, int]]:
        assert main([*argv, *more]) == 0
        regions = json.loads(capsys.readouterr().out)["memory"]["regions"]
        return {region["name"]: region["kinds"] for region in regions}

    by_file = memory()
    assert "workspace" in by_file["sdram"]
    assert (by_file["sram"]["reserved"], by_file["dtcm"]["reserved"]) == (1000, 24)
    by_flag = memory("--pool", "sram=dtcm", "--reserve", "sram=2000")
    assert "workspace" in by_flag["dtcm"] and "workspace" not in by_flag["sdram"]
    assert (by_flag["sram"]["reserved"], by_flag["dtcm"]["reserved"]) == (2000, 24)
