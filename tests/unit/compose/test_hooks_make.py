"""Which lines a Makefile needs, read off its rules."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from generator.compose.hooks_make import makefile_lines

CUBE = Path(__file__).parents[2] / "integration" / "firmware" / "repository" / "make" / "Makefile"
PLAIN = """\
CC = cc
OBJS := a.o b.o
app.elf: $(OBJS) app.ld
\t$(CC) $(CFLAGS) -o $@ $(OBJS) $(LDLIBS)
%.o: %.c
\t$(CC) $(CFLAGS) -c -o $@ $<
"""


def test_a_makefile_of_stm32cubemx() -> None:
    assert makefile_lines(CUBE.read_text("utf-8"), "mlf", None) == (
        "MLF_BUILD = $(BUILD_DIR)/mlf",
        "include mlf/mlf.mk",
        "C_INCLUDES += $(MLF_INCLUDES)",
        "LDFLAGS += $(MLF_LINK) $(MLF_LIBS)",
        "$(BUILD_DIR)/$(TARGET).elf: $(MLF_LINK)",
        "$(MLF_OBJECTS): | $(BUILD_DIR)",
    )


@pytest.mark.parametrize(
    ("text", "flags", "libraries"),
    [
        (PLAIN, "CFLAGS", "LDLIBS"),
        (PLAIN.replace("$(OBJS) $(LDLIBS)", "$^ $(LIBS) $(LDFLAGS)"), "CFLAGS", "LIBS"),
        (PLAIN.replace("\t$(CC) $(CFLAGS) -c -o $@ $<\n", ""), "CFLAGS", "LDLIBS"),
        (PLAIN.replace("$(CC) $(CFLAGS) -c", "$(CC) $(INCLUDES) -c"), "INCLUDES", "LDLIBS"),
        (PLAIN.replace("$(CC) $(CFLAGS) -o", "@$(LD) \\\n\t  -o"), "CFLAGS", "LDLIBS"),
        # expanded at once, so that what is added to it later has no effect
        (f"CFLAGS := $(C_INCLUDES)\nC_INCLUDES = -I.\n{PLAIN}", "CFLAGS", "LDLIBS"),
    ],
)
def test_the_variables_are_those_of_the_rules(text: str, flags: str, libraries: str) -> None:
    lines = makefile_lines(text, "nets/mlf", "nets/mlf/model/sections.ld")
    assert lines == (
        "include nets/mlf/mlf.mk",
        f"{flags} += $(MLF_INCLUDES)",
        f"{libraries} += $(MLF_LINK) $(MLF_LIBS)",
        f"{libraries} += -Wl,-T,nets/mlf/model/sections.ld",
        "app.elf: $(MLF_LINK)",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("all:\n\techo\n", "it has no rule that links an image"),
        ("all:\n\tcmake --build build -o x\n", "it has no rule that links an image"),
        (PLAIN + PLAIN.replace("app.elf", "boot.elf"), "it links several images (app.elf, boot.elf)"),
        (
            PLAIN.replace("app.elf:", "app.elf b.elf:"),
            "its rule that links is for several targets (app.elf b.elf)",
        ),
        (PLAIN.replace("app.elf:", "%.elf:"), "its rule that links is for several targets (%.elf)"),
        (
            PLAIN.replace("$(OBJS) $(LDLIBS)", "$(LDLIBS) $(OBJS)"),
            "nothing that is linked after the objects can be added to in the rule for app.elf",
        ),
        (PLAIN.replace("$(CFLAGS) -c", "-O2 -c"), "its rules compile without a variable for options"),
    ],
)
def test_a_makefile_that_gives_no_answer_says_why(text: str, why: str) -> None:
    assert makefile_lines(text, "mlf", None) == why


def test_make_reads_the_rules_alike(tmp_path: Path) -> None:
    """What is added at the end reaches the commands above it."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    (tmp_path / "mlf").mkdir()
    (tmp_path / "mlf" / "mlf.mk").write_text(
        "MLF_LINK := model.a\nMLF_INCLUDES := -Imodel\nMLF_LIBS := -lm\n"
    )
    for name in ("app.ld", "model.a", "a.c", "b.c"):
        (tmp_path / name).touch()
    lines = makefile_lines(PLAIN, "mlf", None)
    (tmp_path / "Makefile").write_text(PLAIN + "\n".join(lines) + "\n", "utf-8")
    said = subprocess.run(["make", "-n"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == [
        "cc -Imodel -c -o a.o a.c",
        "cc -Imodel -c -o b.o b.c",
        "cc -Imodel -o app.elf a.o b.o model.a -lm",
    ]
