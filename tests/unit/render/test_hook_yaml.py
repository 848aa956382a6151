"""Lines in a manifest and in a module's description: valid YAML that says what was meant, or nothing."""

from __future__ import annotations

import pytest
import yaml

from generator.model.surroundings import Hook
from generator.render.hook_text import has_lines, obstacle, with_hooks, without_hooks

NN = Hook("west.yml", "there", ("- cmsis-nn",), "allowlist")
BUILD = Hook(
    "zephyr/module.yml", "there", ("cmake: mlf/zephyr", "kconfig: mlf/zephyr/Kconfig"), "module_build"
)

MANIFEST = """\
manifest:
  projects:
    - name: zephyr
      revision: v4.1.0
      import:
        # few are needed
        name-allowlist:
          - cmsis_6    # required

          # of the board
          - hal_stm32
  self:
    path: app
"""


@pytest.mark.parametrize(
    "text",
    [
        MANIFEST,
        MANIFEST.replace("\n", "\r\n"),
        MANIFEST.replace("          - ", "        - "),
        MANIFEST.replace("  self:\n    path: app\n", ""),
    ],
)
def test_a_name_is_put_to_the_list_of_what_is_imported(text: str) -> None:
    changed = with_hooks(text, [NN], "mlf")
    (project,) = yaml.safe_load(changed)["manifest"]["projects"]
    assert project["import"]["name-allowlist"] == ["cmsis_6", "hal_stm32", "cmsis-nn"]
    assert without_hooks(changed, "mlf") == text
    assert has_lines(changed, NN) and not has_lines(text, NN)


def test_a_name_that_is_in_the_list_counts_also_with_a_comment() -> None:
    assert has_lines(MANIFEST.replace("hal_stm32", "cmsis-nn   # for the models"), NN)


@pytest.mark.parametrize(
    "text",
    [
        MANIFEST.replace(
            ":\n          - cmsis_6    # required\n\n          # of the board\n          - hal_stm32",
            ": [a, b]",
        ),
        MANIFEST + MANIFEST.replace("manifest", "other"),
        MANIFEST.replace("revision: v4.1.0", "revision: {"),
        "name-allowlist\n",
    ],
)
def test_a_manifest_that_is_written_otherwise_is_left_alone(text: str) -> None:
    assert with_hooks(text, [NN], "mlf") == text
    assert obstacle(text, NN, "mlf") == "west.yml: its name-allowlist is not written with one name per line"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("build:\n  # roots\n  settings:\n    board_root: .\n", {"settings": {"board_root": "."}}),
        ("build:\r\n    settings:\r\n        board_root: .\r\n", {"settings": {"board_root": "."}}),
        ("name: app\n", {}),
        ("build:\n", {}),
    ],
)
def test_a_module_without_a_build_gets_the_librarys(text: str, more: dict[str, object]) -> None:
    changed = with_hooks(text, [BUILD], "mlf")
    assert yaml.safe_load(changed)["build"] == {
        "cmake": "mlf/zephyr",
        "kconfig": "mlf/zephyr/Kconfig",
        **more,
    }
    assert without_hooks(changed, "mlf") == text and has_lines(changed, BUILD)


@pytest.mark.parametrize(
    "text", ["build: {settings: {board_root: .}}\n", "build:\n  cmake: .\n", "- a\n", "a: [\n"]
)
def test_a_description_that_is_written_otherwise_is_left_alone(text: str) -> None:
    assert with_hooks(text, [BUILD], "mlf") == text
    assert (
        obstacle(text, BUILD, "mlf")
        == "zephyr/module.yml: its build is not written with one setting per line"
    )
