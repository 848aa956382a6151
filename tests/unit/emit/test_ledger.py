import json
from typing import Any

import pytest

from generator.emit.ledger import FileRecord, InputRecord, Ledger, dump_ledger, parse_ledger, sha256_of
from generator.errors import TargetError

DIGEST = sha256_of(b"x")
LEDGER = Ledger(
    generator="mlfgen",
    version="1.2.3",
    inputs=(InputRecord("kws größe.tar", DIGEST),),
    options={"rtos": "zephyr", "pool": ["sram=dtcm"]},
    plan={"peak_bytes": 56192},
    files={"src/main.c": FileRecord(DIGEST, "main.c.jinja", "user")},
)


def test_round_trip() -> None:
    assert parse_ledger(dump_ledger(LEDGER)) == LEDGER


def test_dump_does_not_depend_on_the_order_of_dictionaries() -> None:
    other = Ledger(
        generator="mlfgen",
        version="1.2.3",
        inputs=LEDGER.inputs,
        options={key: LEDGER.options[key] for key in reversed(list(LEDGER.options))},
        plan=LEDGER.plan,
        files=LEDGER.files,
    )
    assert dump_ledger(other) == dump_ledger(LEDGER)
    assert dump_ledger(LEDGER).endswith("}\n")


def test_a_plan_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError):
        dump_ledger(Ledger("mlfgen", "1", plan=float("nan")))


def test_a_newer_format_says_to_upgrade() -> None:
    document = json.loads(dump_ledger(LEDGER))
    document["format"] = 2
    document["files"] = "something else by then"
    with pytest.raises(TargetError) as caught:
        parse_ledger(json.dumps(document))
    assert "format 2" in caught.value.what
    assert "upgrade" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000, "{}", '{"format": true}'])
def test_text_that_is_not_a_ledger(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_ledger(text)
    assert caught.value.where == "project.json"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("format",), "1", "'format'"),
        (("generator",), None, "'generator'"),
        (("generator", "name"), 3, "'generator.name'"),
        (("inputs",), {}, "'inputs'"),
        (("inputs", 0), "x", "'inputs[0]'"),
        (("inputs", 0, "sha256"), "abc", "'inputs[0].sha256'"),
        (("options",), [], "'options'"),
        (("files",), [], "'files'"),
        (("files", "src/main.c"), 1, "'files.src/main.c'"),
        (("files", "src/main.c", "sha256"), DIGEST.upper(), "'files.src/main.c.sha256'"),
        (("files", "src/main.c", "kind"), "mine", "'files.src/main.c.kind'"),
        (("files", "src/main.c", "origin"), None, "'files.src/main.c.origin'"),
        (("files", "../../etc/passwd"), {}, "'..'"),
        (("files", "/etc/passwd"), {}, "absolute"),
    ],
)
def test_a_broken_field_is_named(place: tuple[Any, ...], value: Any, named: str) -> None:
    document = json.loads(dump_ledger(LEDGER))
    parent = document
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    with pytest.raises(TargetError) as caught:
        parse_ledger(json.dumps(document))
    assert named in caught.value.what
