"""``mlfgen plan`` and ``mlfgen inspect --plan --why`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.cli.main import main

SHARED = Path(__file__).parents[4] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
CSV = "id,lower,upper,size\na,0,2,64\nb,1,3,32\nc,2,4,64\n"
PROBLEM = {
    "pools": [{"name": "fast", "size_bytes": 64, "access_cost": 1}, {"name": "slow", "access_cost": 4}],
    "buffers": [
        {"name": "a", "size_bytes": 64, "lifespan": [0, 2], "accesses": 9},
        {"name": "b", "size_bytes": 64, "lifespan": [0, 2], "min_size_bytes": 16},
    ],
}


@pytest.fixture
def csv(tmp_path: Path) -> str:
    (tmp_path / "buffers.csv").write_text(CSV)
    return str(tmp_path / "buffers.csv")


@pytest.fixture
def problem(tmp_path: Path) -> str:
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))
    return str(tmp_path / "problem.json")


def plan_json(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main(["plan", *argv, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def failure(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(list(argv)) == 2
    out, error = capsys.readouterr()
    assert out == "" and "hint:" in error and "Traceback" not in error
    return error


def test_a_csv_is_planned_and_proved(csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", csv, "--capacity", "0x80"]) == 0
    out = capsys.readouterr().out
    assert "buffers.csv: 3 buffers, planner portfolio" in out
    assert "memory    96           96       128  [#########...]  optimal (meets the lower bound)" in out
    assert "memory, at 1: 2 live buffers, 96 bytes" in out


def test_json_tells_everything(problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = plan_json(capsys, problem)
    (plan,) = document["plans"]
    assert document["source"] == "problem.json" and document["seconds"] >= 0
    assert {a["buffer"]: a["pool"] for a in plan["allocations"]} == {"a": "fast", "b": "slow"}
    assert plan["access_certificate"].startswith("optimal")
    assert [peak["live_bytes"] for peak in plan["peaks"]] == [64, 64]
    assert plan["notes"] == [
        "1 buffer with a range of sizes planned at the declared maximum: 64 bytes in total, 16 at least"
    ]


def test_pools_of_the_command_line_replace_those_of_the_file(
    problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (plan,) = plan_json(capsys, problem, "--pool", "one:1K:32:2.5")["plans"]
    assert {a["pool"] for a in plan["allocations"]} == {"one"}
    assert plan["problem"]["pools"] == [
        {"name": "one", "size_bytes": 1024, "alignment_bytes": 32, "access_cost": 2.5}
    ]


def test_another_planner_is_used_when_asked_for(csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan_json(capsys, csv, "--planner", "hill_climb")["plans"][0]["planner"] == "hill_climb"
    assert "did you mean 'hill_climb'" in failure(capsys, "plan", csv, "--planner", "hill_clim")


def test_the_picture_and_the_page_are_written(
    csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg, html = tmp_path / "plan.svg", tmp_path / "plan.html"
    assert main(["plan", csv, "--svg", str(svg), "--html", str(html)]) == 0
    capsys.readouterr()
    assert svg.read_text().startswith("<svg ") and html.read_text().startswith("<!DOCTYPE html>")
    assert "can't be written" in failure(capsys, "plan", csv, "--svg", str(tmp_path / "no" / "plan.svg"))


def test_an_impossible_capacity_names_the_instant_and_the_buffers(
    csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = failure(capsys, "plan", csv, "--capacity", "95")
    assert "at instant 1 the live buffers need 96 bytes and there are 95: 'a' (64), 'b' (32)" in error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lower,upper,size\na,0,2,NaN\n", "'NaN'"),
        ("id,lower,upper,size\na,0,2,-4\n", "size is -4"),
        ("id,lower,upper,size\na,2,2,4\n", "[2, 2) is empty"),
        ("id,lower,size\na,2,4\n", "'upper'"),
        ("", "is empty"),
    ],
)
def test_a_bad_csv_is_refused_with_its_place(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    error = failure(capsys, "plan", str(path))
    assert message in error and "bad.csv" in error


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--pool", "fast"], "expected NAME:SIZE[:ALIGN[:COST]]"),
        (["--pool", "fast:64:1:1:1"], "expected NAME:SIZE"),
        (["--pool", "fast:many"], "'many' is not a size in bytes"),
        (["--pool", "fast:64:16:cheap"], "invalid access cost 'cheap'"),
        (["--pool", "fast:64:16:nan"], "access cost is nan"),
        (["--pool", "fast:64:3"], "not a power of two"),
        (["--pool", "a:64", "--pool", "a:64"], "used more than once"),
        (["--capacity", "64"], "--capacity needs a problem with one pool; this one has 2"),
        (["--capacity=-1"], "'-1' is not a size in bytes"),
        (["--capacity", "64", "--pool", "a:64"], "--capacity and --pool contradict each other"),
        (["--board", "stm32f746"], "no built-in board"),
        (["--board", "stm32f746g_disco", "--reserve", "sramm=1"], "has no region 'sramm'"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    argv: list[str], message: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in failure(capsys, "plan", problem, *argv)


@pytest.mark.parametrize("name", ["absent.csv", "absent.json", "absent.tflite", "absent.tar"])
def test_a_missing_file_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert name in failure(capsys, "plan", str(tmp_path / name))


def test_a_boards_memories_are_pools_less_what_is_taken(
    problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [problem, "--board", "stm32f746g_disco", "--reserve", "sram=32K", "--stack-bytes", "8192"]
    (plan,) = plan_json(capsys, *argv)["plans"]
    sizes = {pool["name"]: pool["size_bytes"] for pool in plan["problem"]["pools"]}
    assert sizes["dtcm"] == 65_536
    plain = plan_json(capsys, problem, "--board", "stm32f746g_disco")["plans"][0]
    before = {pool["name"]: pool["size_bytes"] for pool in plain["problem"]["pools"]}
    assert before["sram"] - sizes["sram"] == 32_768 + 4_096
    assert "flash" not in sizes


@needs_shared
def test_a_tflite_is_planned_in_operator_order(capsys: pytest.CaptureFixture[str]) -> None:
    (plan,) = plan_json(capsys, str(SHARED / "models" / "kws.tflite"))["plans"]
    assert plan["uses"][0]["peak_bytes"] == 16_000
    assert plan["peaks"][0]["operator"] == "DEPTHWISE_CONV_2D"
    assert plan["kinds"]["tensor 0"] == "input"


@needs_shared
def test_an_archive_is_planned_where_the_compiler_did_not(capsys: pytest.CaptureFixture[str]) -> None:
    (plan,) = plan_json(capsys, str(SHARED / "archives" / "kws-graph.tar"))["plans"]
    assert plan["uses"][0]["peak_bytes"] == 56_192
    error = failure(capsys, "plan", str(SHARED / "archives" / "kws-aot-c-pool.tar"))
    assert "nothing to plan: kws: the compiler has already placed 56,192 bytes" in error


@needs_shared
def test_inspect_shows_the_proof_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    archive = str(SHARED / "archives" / "vgg-aot-c-nousmp.tar")
    assert main(["inspect", archive, "--board", "stm32f746g_disco", "--plan", "--why"]) == 0
    out = capsys.readouterr().out
    assert "workspace  153,728      153,728" in out and "optimal (meets the lower bound)" in out
    assert "needs 153,728 bytes at step 3: pad_temp of call 2 80,000, sid_2 73,728" in out
    assert "- no saving expected: recompile with USMP" in out
    assert "--pool workspace=sdram" in out


@needs_shared
def test_inspect_as_json_holds_plans_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    archive = str(SHARED / "archives" / "kws-graph.tar")
    argv = ["inspect", archive, "--board", "stm32f746g_disco", "--plan", "--why", "--json"]
    assert main(argv) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["plans"]["default"]["uses"][0]["peak_bytes"] == 56_192
    (why,) = document["why"]
    assert why["peak"]["live_bytes"] == 56_192
    assert {saving["name"] for saving in why["savings"]} == {"operator", "usmp", "io", "pool"}


@needs_shared
def test_inspect_tells_pools_that_the_compiler_filled(capsys: pytest.CaptureFixture[str]) -> None:
    archive = str(SHARED / "archives" / "kws-aot-c-2pools.tar")
    assert main(["inspect", archive, "--board", "stm32f746g_disco", "--plan", "--why"]) == 0
    out = capsys.readouterr().out
    assert "dtcm  16,256  TVM" in out and "sram  56,192  TVM" in out
    assert "has the highest offset in 'sram'" in out


@needs_shared
def test_a_plan_on_no_board_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    archive = str(SHARED / "archives" / "kws-graph.tar")
    assert "--why needs a board" in failure(capsys, "inspect", archive, "--why")


def test_json_is_ascii_whatever_the_terminal_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / "größe.csv"
    problem.write_text("id,lower,upper,size\nä,0,1,16\n", "utf-8")
    assert main(["plan", str(problem), "--json"]) == 0
    printed = capsys.readouterr().out
    assert printed.isascii() and json.loads(printed)["source"] == "größe.csv"
