"""What a kernel's header says of itself: contributors read it before they plan a layer's memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import resources

HEADERS = sorted((resources.folder("templates") / "runtime" / "kernels").glob("*.h"))
_INCLUDE = re.compile(r'#include "(\w+\.h)"')
#: those that other kernels are made from
PARTS = {name for header in HEADERS for name in _INCLUDE.findall(header.read_text(encoding="utf-8"))}
#: those that compute a whole tensor
KERNELS = [h for h in HEADERS if h.name not in PARTS and " *out" in h.read_text(encoding="utf-8")]
#: the library's arithmetic; bytes through a table that the compiler fills
WITHOUT_SOURCE = {"cmsis_nn_s8.h", "table_8.h"}


def head_comment(header: Path) -> str:
    """The comment behind the licence."""
    found = re.search(r"\*/\n/\*(.*?)\*/", header.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, f"{header.name} has no comment at its head"
    return found[1]


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_a_header_says_what_it_is_for(header: Path) -> None:
    assert len(head_comment(header).split()) > 3


@pytest.mark.parametrize("header", KERNELS, ids=lambda header: header.name)
def test_a_kernel_states_how_its_output_may_overlap_its_input(header: Path) -> None:
    assert re.search(r"^ \* Overlap: ", head_comment(header), re.MULTILINE)


@pytest.mark.parametrize(
    "header",
    [h for h in KERNELS if h.name not in WITHOUT_SOURCE],
    ids=lambda header: header.name,
)
def test_a_kernel_names_the_source_of_its_arithmetic(header: Path) -> None:
    assert re.search(r"^ \* Sources?: ", head_comment(header), re.MULTILINE)
