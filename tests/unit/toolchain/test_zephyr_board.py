"""A board out of a small Zephyr whose programs and files are made up; the C preprocessor is a real one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator.errors import BoardError, BuildError, MlfgenError, ToolMissingError, UsageError
from generator.readers.board.board import parse_board
from generator.readers.zephyr.board_file import board_file
from generator.toolchain.runner import SystemRunner
from generator.toolchain.zephyr_board import has_workspace, load_zephyr_board

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("arm-none-eabi-gcc", "cc"))), reason="there is no C preprocessor"
)

LIST_BOARDS = """\
import sys
folders = [word.partition("=")[2] for word in sys.argv if word.startswith("--board-dir=")]
if "--board" in sys.argv and not folders:
    sys.exit("asked for one board without its folder")
base = [word.partition("=")[2] for word in sys.argv if word.startswith("--board-root=")][0]
print(f"NAME;tiny|DIR;{base}/boards/acme/tiny|REVISION_DEFAULT;B|SOCS;t100|QUALIFIERS;t100")
"""
MODULES = """\
import pathlib, sys
out = sys.argv[sys.argv.index("--settings-out") + 1]
base = pathlib.Path(sys.argv[sys.argv.index("--zephyr-base") + 1])
module = base.parent / "modules" / "hal" / "acme"
pathlib.Path(out).write_text(f'"DTS_ROOT":"{module}"\\n' if module.is_dir() else "")
"""
#: reads lines "path label compatible base size [region]" and "chosen NAME path"
EDTLIB = """\
from types import SimpleNamespace as Space

class EDTError(Exception):
    pass

class EDT:
    def __init__(self, dts, bindings_dirs, warn_reg_unit_address_mismatch=True):
        self.chosen_nodes, self.nodes = {}, []
        assert all(folder.endswith("dts/bindings") for folder in bindings_dirs), bindings_dirs
        lines = [line.split() for line in open(dts) if line.strip() and not line.startswith("#")]
        for words in lines:
            if words[0] == "broken":
                raise EDTError("board.dts:1: expected something else")
            if words[0] == "chosen":
                self.chosen_nodes[words[1]] = next(n for n in self.nodes if n.path == words[2])
                continue
            path, label, compatible, base, size, *more = words
            reg = Space(addr=int(base, 0), size=int(size, 0))
            props = {"clock-frequency": Space(val=int(more[0]))} if more else {}
            self.nodes.append(
                Space(path=path, labels=[label], compats=[compatible], status="okay", regs=[reg], props=props)
            )
"""
DTS = """\
#include <acme-pinctrl.dtsi>
#include <t100.dtsi>
chosen zephyr,sram /memory
chosen zephyr,flash /flash
"""
PART = "/cpus/cpu@0 cpu0 arm,cortex-m4f 0 0\n/memory ram mmio-sram 0x20000000 65536\n"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    zephyr = tmp_path / "zephyr"
    files = {
        "VERSION": "VERSION_MAJOR = 4\nVERSION_MINOR = 1\nPATCHLEVEL = 0\n",
        "misc/empty_file.c": "",
        "arch/arm/Kconfig": "",
        "scripts/list_boards.py": LIST_BOARDS,
        "scripts/zephyr_module.py": MODULES,
        "scripts/dts/python-devicetree/src/devicetree/__init__.py": "",
        "scripts/dts/python-devicetree/src/devicetree/edtlib.py": EDTLIB,
        "dts/bindings/vendor-prefixes.txt": "acme\tAcme Corporation\n",
        "dts/arm/t100.dtsi": PART,
        "west.yml": "manifest:\n  projects:\n    - name: hal_acme\n      revision: x\n",
        "modules/Kconfig.acme": "config HAS_ACME\n\tbool\n",
        "soc/acme/t1/soc.yml": "family:\n  - name: t1\n    socs:\n      - name: t100\n",
        "soc/acme/t1/Kconfig": "config SOC_T100\n\tselect ARM\n\tselect CPU_HAS_FPU\n\tselect HAS_ACME\n",
        "boards/acme/tiny/board.yml": "board:\n  name: tiny\n  full_name: Tiny Board\n  socs:\n    - name: t100\n",
        "boards/acme/tiny/Kconfig.tiny": "config BOARD_TINY\n\tselect SOC_T100\n",
        "boards/acme/tiny/board.cmake": "include(${ZEPHYR_BASE}/boards/common/jlink.board.cmake)\n",
        "boards/acme/tiny/tiny.dts": DTS,
        "boards/acme/tiny/tiny_B.overlay": "/clock sysclk fixed-clock 0 0 48000000\n",
    }
    for name, text in files.items():
        put(zephyr / name, text)
    put(tmp_path / "modules/hal/acme/dts/acme-pinctrl.dtsi", "/flash flash0 soc-nv-flash 0x8000000 0x40000\n")
    put(tmp_path / ".west/config", "[manifest]\npath = zephyr\nfile = west.yml\n[zephyr]\nbase = zephyr\n")
    for variable in ("ZEPHYR_BASE", "MLF_WORKSPACE", "ZEPHYR_TOOLCHAIN_VARIANT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fails(target: str = "tiny") -> MlfgenError:
    with pytest.raises(MlfgenError) as caught:
        load_zephyr_board(target, SystemRunner())
    return caught.value


def test_a_board_and_the_file_that_is_made_of_it(workspace: Path) -> None:
    found = load_zephyr_board("tiny", SystemRunner())
    assert (found.title, found.version, found.module) == ("Tiny Board", "4.1", "hal_acme")
    assert found.runners == ("jlink",) and "CPU_HAS_FPU" in found.symbols
    board = parse_board(board_file(found), "derived")
    assert (board.core.cpu, board.core.fpu, board.core.clock_hz) == ("cortex-m4", "single", 48_000_000)
    assert [(region.name, region.base, region.size_bytes) for region in board.regions] == [
        ("flash", 0x0800_0000, 0x40000),
        ("sram", 0x2000_0000, 65536),
    ]


def test_the_same_twice(workspace: Path) -> None:
    first, second = (board_file(load_zephyr_board("tiny", SystemRunner())) for _ in range(2))
    assert first == second and str(workspace) not in first


def test_a_revision_without_the_overlay_of_the_default_one(workspace: Path) -> None:
    found = load_zephyr_board("tiny@A", SystemRunner())
    assert "/clock" not in found.devicetree.nodes


def test_without_the_vendors_module(workspace: Path) -> None:
    shutil.rmtree(workspace / "modules")
    error = fails()
    assert isinstance(error, ToolMissingError) and error.exit_code == 1
    assert "needs Zephyr's module hal_acme" in error.what and "'acme-pinctrl.dtsi'" in error.what
    assert error.where == "tiny" and error.hint and "west update hal_acme" in error.hint


def test_without_the_vendors_module_in_a_workspace_of_mlfgens(workspace: Path) -> None:
    shutil.rmtree(workspace / "modules")
    put(workspace / "mlfgen/west.yml", "manifest:\n  projects: []\n")
    put(workspace / ".west/config", "[manifest]\npath = mlfgen\nfile = west.yml\n[zephyr]\nbase = zephyr\n")
    assert fails().hint == f"mlfgen workspace --module hal_acme {workspace}"


def test_without_a_module_that_kconfig_tells_of(workspace: Path) -> None:
    shutil.rmtree(workspace / "modules")
    (workspace / "zephyr/soc/acme/t1/Kconfig").write_text("config SOC_T100\n\tselect ARM\n")
    error = fails()
    assert "includes 'acme-pinctrl.dtsi', which is not in the workspace" in error.what
    assert error.hint == f"cd {workspace} && west update"


def test_an_unknown_board_with_near_spellings(workspace: Path) -> None:
    error = fails("tinny")
    assert isinstance(error, UsageError)
    assert error.what == "Zephyr has no board 'tinny'" and error.hint == "did you mean 'tiny'?"


def test_a_board_without_a_devicetree(workspace: Path) -> None:
    (workspace / "zephyr/boards/acme/tiny/tiny.dts").rename(
        workspace / "zephyr/boards/acme/tiny/tiny_t100_fast.dts"
    )
    error = fails()
    assert isinstance(error, BoardError) and "no devicetree for this target" in error.what


def test_a_devicetree_that_does_not_parse(workspace: Path) -> None:
    put(workspace / "zephyr/dts/arm/t100.dtsi", "broken\n")
    error = fails()
    assert isinstance(error, BuildError) and "expected something else" in error.what
    assert error.hint == "check the board's devicetree files; those of a released Zephyr can be read"


def test_a_program_of_zephyrs_that_lacks_a_package(workspace: Path) -> None:
    put(workspace / "zephyr/scripts/list_boards.py", "import no_such_package_here\n")
    error = fails()
    assert "its boards can't be listed" in error.what
    assert error.hint and error.hint.endswith("-m pip install no_such_package_here")


def test_a_preprocessor_that_is_not_there(workspace: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": str(workspace)}
    with pytest.raises(ToolMissingError, match="no C preprocessor"):
        load_zephyr_board("tiny", SystemRunner(), env)


def test_whether_there_is_a_zephyr_to_ask(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_workspace()
    empty = workspace.parent / f"{workspace.name}-empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert not has_workspace({"HOME": str(empty)})
