"""Settings that a Zephyr build does not have although the application asks for them."""

from __future__ import annotations

import pytest
from toolchain_fakes import captured

from generator.toolchain.kconfig import parse_settings, parse_unmet, refused_settings

CONFIG = """\
#
# Automatically generated file; DO NOT EDIT.
#
# CONFIG_NET_TCP is not set
CONFIG_FPU=y
CONFIG_MAIN_STACK_SIZE=4096
CONFIG_SRAM_BASE_ADDRESS=0x20000000
CONFIG_BOARD="mps2"
"""


def refused(conf: str, output: str = "") -> list[str]:
    asked = {symbol: (value, "prj.conf") for symbol, value in parse_settings(conf).items()}
    return [
        error.what for error in refused_settings(asked, parse_settings(CONFIG), parse_unmet(output) or {})
    ]


@pytest.mark.parametrize(
    "conf",
    [
        "CONFIG_FPU=y\n",
        "# a comment with CONFIG_NET_TCP=y in it\nCONFIG_MAIN_STACK_SIZE = 0x1000\n",
        "CONFIG_NET_TCP=n\nCONFIG_NOT_THERE=n\n",
        "CONFIG_NET_TCP=y\nCONFIG_NET_TCP=n\n",
        'CONFIG_BOARD="mps2"\nCONFIG_SRAM_BASE_ADDRESS=0x20000000\n',
        "",
    ],
)
def test_what_is_as_asked_for_is_not_a_fault(conf: str) -> None:
    assert refused(conf) == []


@pytest.mark.parametrize("output", ["", captured("zephyr_success")])
def test_a_setting_without_effect_is_reported_also_when_nothing_was_configured(output: str) -> None:
    assert refused("CONFIG_NET_TCP=y\n", output) == ["CONFIG_NET_TCP was set to y, but the build has n"]


def test_a_build_that_configured_tells_why() -> None:
    (what,) = refused("CONFIG_NET_TCP=y\n", captured("kconfig_unmet_assignment"))
    assert what.endswith("the build has n: not satisfied: NET_IP (=n), NETWORKING (=n)")


def test_what_only_zephyr_itself_asks_for_is_not_judged() -> None:
    assert refused("CONFIG_FPU=y\n", captured("kconfig_unmet_assignment")) == []
