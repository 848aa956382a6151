"""Board files: every rule has a file that breaks it, and every built-in board keeps them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import resources
from generator.errors import BoardError
from generator.model.board import Board
from generator.readers.board.board import load_board, parse_board

FIXTURES = Path(__file__).parents[2] / "fixtures" / "boards"
INVALID = sorted(FIXTURES.glob("invalid_*.yaml"))
BUILT_IN = sorted(resources.folder("boards").glob("*.yaml"))


def name(path: Path) -> str:
    return path.stem.removeprefix("invalid_")


def test_there_is_a_file_for_every_rule() -> None:
    assert len(INVALID) >= 50


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_a_broken_rule_is_reported_with_a_way_out(path: Path) -> None:
    """The first two lines of the file are what the error must say."""
    message, hint = (
        line.removeprefix(f"# {key}: ")
        for line, key in zip(path.read_text("utf-8").splitlines(), ("message", "hint"), strict=False)
    )
    with pytest.raises(BoardError) as caught:
        load_board(path)
    assert message in caught.value.what
    assert caught.value.hint == hint
    assert str(caught.value.where).startswith(path.name)
    assert caught.value.exit_code == 2


def test_the_file_that_the_others_differ_from_is_right() -> None:
    board = load_board(FIXTURES / "valid_tiny.yaml")
    assert board.rtoses == ("zephyr",)
    assert board.find_pool("sram") is board.pool("ram")
    assert board.find_pool("dtcm") is None
    assert board.region("ram").system_bytes == {"zephyr": 4096}
    assert board.run is None and board.probe is None


def test_a_yaml_error_names_its_line() -> None:
    with pytest.raises(BoardError) as caught:
        parse_board("name: tiny\ntitle: 'open\n", "mine.yaml")
    assert str(caught.value.where).startswith("mine.yaml:")


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="no such board file") as caught:
        load_board(tmp_path / "nowhere.yaml")
    assert "mlfgen boards" in str(caught.value.hint)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "binary.yaml", tmp_path):
        with pytest.raises(BoardError, match="can't be read"):
            load_board(path)


@pytest.mark.parametrize(
    "text", ["&a [*a]", "a: !!python/object/apply:os.system [ls]", "[" * 5000, "? ", "\0"]
)
def test_hostile_yaml_is_an_error_like_any_other(text: str) -> None:
    with pytest.raises(BoardError):
        parse_board(text, "hostile.yaml")


# ---- the built-in boards


@pytest.fixture(scope="module")
def boards() -> dict[str, Board]:
    return {path.stem: load_board(path) for path in BUILT_IN}


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_a_built_in_board_is_named_like_its_file(path: Path) -> None:
    board = load_board(path)
    assert board.name == path.stem
    assert board.zephyr is not None and board.zephyr.target
    only_ram = all(region.writable for region in board.regions)
    assert board.region(board.pool(board.constant_pool).region).writable is only_ram


def test_the_discovery_board_has_the_memories_of_its_reference_manual(boards: dict[str, Board]) -> None:
    """RM0385 rev 8, section 2.2.2; the SDRAM as the part is wired: 12 rows, 8 columns, 4 banks, 16 bit."""
    board = boards["stm32f746g_disco"]
    regions = {r.name: (r.base, r.size_bytes, r.writable) for r in board.regions}
    assert regions == {
        "flash": (0x0800_0000, 1 << 20, False),
        "dtcm": (0x2000_0000, 64 << 10, True),
        "sram": (0x2001_0000, 256 << 10, True),
        "sdram": (0xC000_0000, 2**12 * 2**8 * 4 * 2, True),
        "qspi": (0x9000_0000, 128 * 2**20 // 8, False),
    }
    assert board.core.cpu == "cortex-m7" and board.core.fpu == "single" and board.core.dsp
    assert board.core.clock_hz == 216_000_000


def test_the_discovery_board_places_pools_in_sections_that_zephyr_knows(boards: dict[str, Board]) -> None:
    """Measured: the DTCM section that Zephyr zeroes drops alignment, SDRAM needs its controller."""
    board = boards["stm32f746g_disco"]
    sections = {pool.name: pool.placements["zephyr"].section for pool in board.pools}
    assert sections == {
        "sram": ".noinit.mlf",
        "dtcm": "DTCM",
        "sdram": "SDRAM1",
        "flash": None,
        "qspi": ".qspi",
    }
    assert board.pool("qspi").placements["zephyr"].linker_region == "QSPI", "Zephyr has no such section"
    sdram = board.pool("sdram").placements["zephyr"]
    assert [setting.symbol for setting in sdram.settings] == ["MEMC"]
    assert sdram.overlay and "DT_SIZE_M(8)" in sdram.overlay
    assert all(board.pool(name).alignment_bytes == 32 for name in ("sram", "dtcm", "sdram", "qspi")), (
        "cache lines"
    )


def test_archives_pool_names_find_a_home_on_every_board(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for pool in ("sram", "global_workspace"):
            found = board.find_pool(pool)
            assert found is not None and board.region(found.region).writable, board.name
        constants = board.find_pool("global_const_workspace")
        assert constants is not None, board.name
        only_ram = all(region.writable for region in board.regions)
        assert board.region(constants.region).writable is only_ram, board.name
    assert boards["stm32f746g_disco"].find_pool("dtcm") is not None


def test_boards_that_run_here_say_with_what(boards: dict[str, Board]) -> None:
    runs = {name: board.run.emulator for name, board in boards.items() if board.run}
    assert runs["mps2_an500"] == runs["mps2_an385"] == "qemu"
    assert runs["native_sim"] == "native"
    assert runs["stm32f746g_disco"] == "virtual"


def test_every_setting_says_why(boards: dict[str, Board]) -> None:
    for board in boards.values():
        settings = [s for pool in board.pools for p in pool.placements.values() for s in p.settings]
        if board.zephyr is not None:
            settings += [*board.zephyr.settings, *board.zephyr.float_settings]
        assert all(len(setting.reason) > 10 for setting in settings), board.name
