"""The module of Zephyr's manifest that holds a vendor's code."""

from __future__ import annotations

import pytest

from generator.readers.zephyr.modules import vendor_module

FILES = {
    "Kconfig.cube": "config HAS_CUBE\n\tbool\n",
    "Kconfig.mcux": "config HAS_MCUX\n",
    "hal_nordic/nrfx/Kconfig": "config HAS_NRFX\n",
    "hal_gigadevice/Kconfig": "config HAS_GD_HAL\n",
    "cmsis/Kconfig": "config HAS_CMSIS_CORE\n",
}
MANIFEST = "".join(
    f"    - name: {name}\n      revision: x\n"
    for name in ("cmsis", "hal_st", "hal_cube", "hal_nxp", "hal_nordic", "hal_gigadevice", "hal_espressif")
)
PREFIXES = "# vendors\ngd\tGigaDevice Semiconductor\nesp\tEspressif Systems\n"


@pytest.mark.parametrize(
    ("symbol", "folders", "module"),
    [
        ("HAS_CUBE", ["cube", "st"], "hal_cube"),
        ("HAS_MCUX", ["imxrt", "nxp"], "hal_nxp"),
        ("HAS_NRFX", ["nordic"], "hal_nordic"),
        ("HAS_GD_HAL", ["gd32", "gd"], "hal_gigadevice"),
        ("HAS_CMSIS_CORE", ["arm"], None),
        ("CPU_HAS_FPU", ["st"], None),
        ("HAS_MCUX", ["nobody"], None),
    ],
)
def test_the_module(symbol: str, folders: list[str], module: str | None) -> None:
    assert vendor_module(frozenset({symbol}), FILES, folders, MANIFEST, PREFIXES) == module


def test_a_vendor_by_its_full_name() -> None:
    files = {"Kconfig.chip": "config HAS_CHIP\n"}
    assert vendor_module(frozenset({"HAS_CHIP"}), files, ["esp"], MANIFEST, PREFIXES) == "hal_espressif"
