"""The way to a device: which of its ends a project's board offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.errors import BoardError, TargetError
from generator.model.firmware import Firmware
from generator.model.running import Emulation, Probe
from generator.pipeline.transport import reached_by, require_host_driven

FIRMWARE = Firmware("zephyr", "b", False, "b", "4.1", (), (), ("m",), None, "host_driven")


@pytest.mark.parametrize(
    ("run", "probed", "wanted", "way"),
    [
        ("qemu", False, "auto", "qemu"),
        ("virtual", True, "auto", "serial"),
        ("virtual", True, "emulator", "virtual"),
        ("virtual", False, "auto", "virtual"),
        ("", False, "auto", "serial"),
        ("qemu", False, "serial", "serial"),
    ],
)
def test_the_way_to_a_board_follows_from_its_file_and_the_option(
    run: str, probed: bool, wanted: str, way: str
) -> None:
    firmware = replace(FIRMWARE, run=Emulation(run, {}) if run else None, probe=Probe() if probed else None)
    assert reached_by(firmware, wanted) == way


@pytest.mark.parametrize("run", [None, Emulation("native", {})])
def test_a_board_without_an_emulator_with_a_uart_says_so(run: Emulation | None) -> None:
    with pytest.raises(BoardError, match="no emulator with a UART") as caught:
        reached_by(replace(FIRMWARE, run=run), "emulator")
    assert "--transport serial" in str(caught.value.hint)


def test_a_project_that_runs_by_itself_is_refused() -> None:
    require_host_driven(Path("app"), FIRMWARE)
    with pytest.raises(TargetError, match="it is not host-driven") as caught:
        require_host_driven(Path("app"), replace(FIRMWARE, project_type="standalone"))
    assert "host_driven" in str(caught.value.hint)
