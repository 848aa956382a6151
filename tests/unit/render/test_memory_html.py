"""The picture with hover and tables: self-contained, escaped, complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from memory_cases import CHAIN, LABELS, REPORT

from generator.model.memory import Buffer, PlanProblem, Pool
from generator.model.plan_labels import PlanLabels
from generator.planner.api import plan
from generator.render.memory_html import memory_html, report_html
from generator.render.memory_svg import PlanPicture


class Page(HTMLParser):
    """Tags, attributes and the rows of all tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell))
            self._cell = None


def test_the_table_tells_each_buffer_its_place_and_life() -> None:
    rows = Page(memory_html(plan(CHAIN), "kws", LABELS)).rows
    assert ["sram", "9,600", "9,600", "16,000", "optimal (meets the lower bound)"] in rows
    a = next(row for row in rows if row[0] == "a")
    assert a[1:3] == ["tensor", "6,400"] and a[5:] == ["[0, 2)", "cast"]
    c = next(row for row in rows if row[0] == "c")
    assert c[1] == "scratch" and c[5] == "[0, 1), [3, 4)"


def test_blocks_and_rows_of_a_buffer_are_marked_alike_for_the_hover() -> None:
    page = Page(memory_html(plan(CHAIN), "kws", LABELS))
    marks = [(tag, value) for tag, name, value in page.attributes if name == "data-buffer"]
    assert marks.count(("g", "c")) == 2 and marks.count(("tr", "c")) == 1


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = memory_html(plan(CHAIN), "kws", LABELS)
    assert not [a for a in Page(text).attributes if a[1] in ("src", "href")]
    assert set(re.findall(r"https?://[^\"\s]+", text)) == {"http://www.w3.org/2000/svg"}


def test_hostile_names_stay_text() -> None:
    name = "</script><img src=x onerror=alert(1)>"
    problem = PlanProblem((Buffer(name, 64, (0, 1)),), (Pool("p"),))
    page = Page(memory_html(plan(problem), name, PlanLabels((name,), buffers={name: name})))
    assert not [a for a in page.attributes if a[0] == "img"]


def test_a_report_lists_every_memory_and_every_plan() -> None:
    page = Page(report_html(REPORT, (PlanPicture("kws", plan(CHAIN), LABELS),), "application"))
    assert ["sram", "stack", "stack", "400"] in page.rows
    assert ["sdram", "free", "", "8,000"] in page.rows
    assert ("section", "id", "plan-0") in page.attributes


def test_the_same_plan_is_the_same_page() -> None:
    assert memory_html(plan(CHAIN), "kws", LABELS) == memory_html(plan(CHAIN), "kws", LABELS)
