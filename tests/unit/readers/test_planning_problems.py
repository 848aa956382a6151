"""Problems as text: what is read, what is refused and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from planner.strategies import several_pools

from generator.errors import PlanError
from generator.model.memory import Buffer, PlanProblem, Pool
from generator.planner import Budget, plan
from generator.readers.planning_problems import load_problem, parse_csv, parse_json, problem_to_json, to_json


def test_csv_is_read() -> None:
    text = "id,lower,upper,size,alignment,offset\nx,0,3,100,32,\ny,-1,4,5,,64\n"
    assert parse_csv(text, capacity_bytes=512, alignment_bytes=4) == PlanProblem(
        (Buffer("x", 100, (0, 3), 32), Buffer("y", 5, (-1, 4), 4, fixed=("memory", 64))),
        (Pool("memory", 512),),
    )


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "CSV", "is empty"),
        ("id,lower,size\n", "CSV line 1", "has no column 'upper'"),
        ("id,lower,upper,size,size\n", "CSV line 1", "has a column twice"),
        ("id,lower,upper,size,gaps\n", "CSV line 1", "unknown column 'gaps'"),
        ("id,lower,upper,size\na,0,1,NaN\n", "CSV line 2", "size is 'NaN', not an integer"),
        ("id,lower,upper,size\na,0,1,1e3\n", "CSV line 2", "size is '1e3', not an integer"),
        ("id,lower,upper,size\na,0,1,4\nb,0,1,-4\n", "CSV line 3", "size is -4"),
        ("id,lower,upper,size\na,0,1,0\n", "CSV line 2", "size is 0"),
        ("id,lower,upper,size\na,2,2,4\n", "CSV line 2", "lifespan [2, 2) is empty"),
        ("id,lower,upper,size\na,2,inf,4\n", "CSV line 2", "upper is 'inf', not an integer"),
        ("id,lower,upper,size\na,2,3\n", "CSV line 2", "has 3 fields, but the header has 4"),
        ("id,lower,upper,size\n,2,3,4\n", "CSV line 2", "id is empty"),
        ("id,lower,upper,size\n\na,2,3,٣\n", "CSV line 3", "size is '٣', not an integer"),
        ('id,lower,upper,size\n"a,2,3,4\n', "CSV line 2", "not valid CSV"),
        ("id,lower,upper,size\na,2,3,99999999999999999999\n", "CSV line 2", "not an integer"),
    ],
)
def test_csv_faults_are_named_with_their_line(text: str, where: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_csv(text)
    assert message in caught.value.what
    assert caught.value.where == where
    assert caught.value.hint


def test_json_is_read() -> None:
    text = """{
      "pools": [{"name": "sram", "size_bytes": 1024, "alignment_bytes": 32, "access_cost": 2}],
      "buffers": [
        {"name": "x", "size_bytes": 100, "lifespan": [0, 3], "min_size_bytes": 10, "pools": ["sram"]},
        {"name": "y", "size_bytes": 5, "conflicts": ["x"], "fixed": {"pool": "sram", "offset_bytes": 64}}
      ]
    }"""
    assert parse_json(text) == PlanProblem(
        (
            Buffer("x", 100, (0, 3), min_size_bytes=10, pools=("sram",)),
            Buffer("y", 5, (4, 5), conflicts=("x",), fixed=("sram", 64)),
        ),
        (Pool("sram", 1024, 32, 2),),
    )


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("{", "JSON", "not valid JSON"),
        ("[" * 100_000, "JSON", "not valid JSON"),
        ("[]", "JSON", "is not an object"),
        ('{"pools": []}', "JSON", "has no 'buffers'"),
        ('{"pools": {}, "buffers": []}', "JSON", "pools is {}"),
        ('{"pools": [{"name": "p", "cost": 1}], "buffers": []}', "JSON pools[0]", "unknown key 'cost'"),
        ('{"pools": [{"name": "p", "access_cost": NaN}], "buffers": []}', "JSON", "not valid JSON"),
        (
            '{"pools": [{"name": "p", "access_cost": 1e999}], "buffers": []}',
            "JSON pools[0]",
            "access_cost is",
        ),
        ('{"pools": [{"name": 1}], "buffers": []}', "JSON pools[0]", "name is 1"),
        (
            f'{{"pools": [{{"name": "p", "access_cost": 1{"0" * 400}}}], "buffers": []}}',
            "JSON",
            "digits: 401",
        ),
        (f'{{"pools": [], "buffers": [{{"accesses": 1{"0" * 400}}}]}}', "JSON", "digits: 401"),
        ('{"pools": [], "pools": [], "buffers": []}', "JSON", "key twice"),
        ('{"pools": [], "buffers": [{"name": "a"}]}', "JSON buffers[0]", "has no 'size_bytes'"),
        (
            '{"pools": [], "buffers": [{"name": "a", "size_bytes": true}]}',
            "JSON buffers[0]",
            "size_bytes is true",
        ),
        (
            '{"pools": [], "buffers": [{"name": "a", "size_bytes": 1.5}]}',
            "JSON buffers[0]",
            "size_bytes is 1.5",
        ),
        (
            '{"pools": [], "buffers": [{"name": "a", "size_bytes": 1, "lifespan": [1]}]}',
            "JSON buffers[0]",
            "lifespan is [1]",
        ),
        (
            '{"pools": [], "buffers": [{"name": "a", "size_bytes": 1, "fixed": {"pool": "p"}}]}',
            "JSON buffers[0]",
            "fixed is",
        ),
    ],
)
def test_json_faults_are_named_with_their_place(text: str, where: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_json(text)
    assert message in caught.value.what
    assert caught.value.where == where
    assert caught.value.hint


@settings(max_examples=50)
@given(problem=several_pools())
def test_a_problem_written_and_read_is_the_same(problem: PlanProblem) -> None:
    assert parse_json(problem_to_json(problem)) == problem


def test_a_plan_is_written_with_its_certificates() -> None:
    problem = parse_csv("id,lower,upper,size\na,0,2,64\nb,1,3,32\n")
    data = json.loads(to_json(plan(problem, budget=Budget())))
    assert data["uses"] == [
        {
            "pool": "memory",
            "peak_bytes": 96,
            "lower_bound_bytes": 96,
            "gap_percent": 0.0,
            "certificate": "optimal (meets the lower bound)",
        }
    ]
    assert data["allocations"][0] == {"buffer": "a", "pool": "memory", "offset_bytes": 0}
    assert parse_json(json.dumps(data["problem"])) == problem


def test_files_are_read_by_their_suffix(tmp_path: Path) -> None:
    path = tmp_path / "case.csv"
    path.write_text("id,lower,upper,size\na,0,2,64\n", encoding="utf-8")
    assert load_problem(path, capacity_bytes=64).pools == (Pool("memory", 64),)
    (tmp_path / "case.json").write_text('{"pools": [], "buffers": []}', encoding="utf-8")
    assert load_problem(tmp_path / "case.json") == PlanProblem((), ())


@pytest.mark.parametrize("name", ["absent.csv", "case.txt", "binary.csv"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "case.txt").write_text("", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError) as caught:
        load_problem(tmp_path / name)
    assert name in str(caught.value)
