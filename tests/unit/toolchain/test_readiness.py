"""Commands that install what an RTOS lacks: few, and right as they are pasted."""

from __future__ import annotations

from generator.toolchain.doctor import Finding
from generator.toolchain.readiness import judge_rtoses


def absent(name: str, install: str) -> Finding:
    return Finding(name, False, "builds", rtoses=("none",), install=install)


def commands(*findings: Finding) -> tuple[str, ...]:
    (found,) = [each for each in judge_rtoses(findings) if each.rtos == "none"]
    assert not found.builds
    return found.commands


def test_packages_of_one_kind_are_installed_by_one_command() -> None:
    found = commands(
        absent("cmake", "sudo apt-get install cmake"),
        absent("west", "pip install west"),
        absent("ninja", "sudo apt-get install ninja-build"),
        absent("ninja again", "sudo apt-get install ninja-build"),
    )
    assert found == ("sudo apt-get install cmake ninja-build", "pip install west")


def test_an_option_holds_only_for_its_own_packages() -> None:
    found = commands(
        absent("cmake", "brew install cmake"),
        absent("arm-none-eabi-gcc", "brew install --cask gcc-arm-embedded"),
        absent("ninja", "brew install ninja"),
    )
    assert found == ("brew install cmake ninja", "brew install --cask gcc-arm-embedded")
