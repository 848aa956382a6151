"""Planning problems as text: minimalloc's CSV, and JSON both ways.

CSV, one line per buffer under a header: ``id`` (its name), ``lower`` and ``upper`` (lifespan, upper
exclusive), ``size`` in bytes; optional ``alignment`` in bytes, and ``offset`` in bytes where the place is
given. ``hint`` is read over. There is one pool. Source: google/minimalloc, README.

JSON: an object with ``pools`` and ``buffers``, arrays of objects whose keys are the fields of
``generator.model.memory.Pool`` and ``Buffer``, with the same defaults. Required: a pool's ``name``; a
buffer's ``name`` and ``size_bytes``. ``fixed`` is ``{"pool": …, "offset_bytes": …}``. Without ``lifespan``
(or ``live``, of which the lifespan is the hull) a buffer meets no other but those named in conflicts.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from ..errors import PlanError, did_you_mean
from ..model.memory import Buffer, MemoryPlan, PlanProblem, Pool

REQUIRED_COLUMNS = ("id", "lower", "upper", "size")
OPTIONAL_COLUMNS = ("alignment", "offset", "hint")
#: of a whole number in JSON; the greatest that a problem may hold has 16
_MOST_DIGITS = 20
#: key -> what its value must be
POOL_KEYS = {
    "name": "text",
    "size_bytes": "integer or null",
    "alignment_bytes": "integer",
    "access_cost": "number",
    "read_only": "true or false",
}
BUFFER_KEYS = {
    "name": "text",
    "size_bytes": "integer",
    "lifespan": "pair of integers",
    "live": "list of pairs of integers",
    "alignment_bytes": "integer",
    "pools": "list of strings",
    "conflicts": "list of strings",
    "fixed": "place or null",
    "min_size_bytes": "integer or null",
    "accesses": "integer",
    "read_only": "true or false",
}


def load_problem(path: Path, *, capacity_bytes: int | None = None) -> PlanProblem:
    """The problem in a .csv or .json file; ``capacity_bytes`` is the pool's size for a CSV.

    Raises PlanError where the file can't be read or is malformed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PlanError(
            f"cannot be read: {error.strerror}", where=str(path), hint="check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise PlanError("is not UTF-8 text", where=str(path), hint="give a .csv or .json file") from error
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return parse_csv(text, capacity_bytes=capacity_bytes, where=str(path))
    if suffix == ".json":
        return parse_json(text, where=str(path))
    raise PlanError(f"unknown kind of file {suffix!r}", where=str(path), hint="give a .csv or .json file")


def parse_csv(
    text: str, *, capacity_bytes: int | None = None, alignment_bytes: int = 1, where: str = "CSV"
) -> PlanProblem:
    """The problem in minimalloc's CSV, with one pool ``memory`` of ``capacity_bytes`` (None: to be found).

    ``alignment_bytes`` holds for buffers without an alignment of their own. Raises PlanError with the line.
    """
    reader = csv.reader(StringIO(text), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise PlanError(
            f"not valid CSV: {error}", where=f"{where} line {reader.line_num}", hint=_HEADER
        ) from error
    if not rows:
        raise PlanError("is empty", where=where, hint=_HEADER)
    columns = [cell.strip().lower() for cell in rows[0][1]]
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing or len(set(columns)) != len(columns):
        what = f"has no column {missing[0]!r}" if missing else "has a column twice"
        raise PlanError(what, where=f"{where} line {rows[0][0]}", hint=_HEADER)
    for name in columns:
        if name not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS:
            raise PlanError(f"unknown column {name!r}", where=f"{where} line {rows[0][0]}", hint=_HEADER)
    buffers = []
    for line, row in rows[1:]:
        if len(row) != len(columns):
            raise PlanError(
                f"has {len(row)} fields, but the header has {len(columns)}",
                where=f"{where} line {line}",
                hint=_HEADER,
            )
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=True))
        buffers.append(_csv_buffer(cells, alignment_bytes, f"{where} line {line}"))
    return PlanProblem(tuple(buffers), (Pool(CSV_POOL, capacity_bytes),))


CSV_POOL = "memory"
_HEADER = "the columns are id,lower,upper,size and optionally alignment,offset; all but id are integers"


def _csv_buffer(cells: Mapping[str, str], alignment_bytes: int, where: str) -> Buffer:
    def number(column: str, least: int) -> int:
        cell = cells[column]
        digits = cell[1:] if cell.startswith("-") else cell
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
            raise PlanError(f"{column} is {cell!r}, not an integer", where=where, hint=_HEADER)
        if int(cell) < least:
            raise PlanError(f"{column} is {cell}", where=where, hint=f"{column} must be {least} or more")
        return int(cell)

    if not cells["id"]:
        raise PlanError("id is empty", where=where, hint="give each buffer its own id")
    lower = number("lower", -(10**18))
    upper = number("upper", -(10**18))
    if upper <= lower:
        raise PlanError(
            f"lifespan [{lower}, {upper}) is empty",
            where=where,
            hint="upper is exclusive, so it must be greater than lower",
        )
    return Buffer(
        cells["id"],
        number("size", 1),
        (lower, upper),
        number("alignment", 1) if cells.get("alignment") else alignment_bytes,
        fixed=(CSV_POOL, number("offset", 0)) if cells.get("offset") else None,
    )


def parse_json(text: str, *, where: str = "JSON") -> PlanProblem:
    """The problem in the JSON schema above. Raises PlanError with the place in the document."""
    try:
        data = json.loads(
            text, parse_constant=_no_constant, parse_int=_bounded_int, object_pairs_hook=_each_key_once
        )
    except (ValueError, RecursionError) as error:
        raise PlanError(
            f"not valid JSON: {error}",
            where=where,
            hint="docs/planning.md describes the file; numbers must be finite",
        ) from error
    _keys(data, {"pools": "list", "buffers": "list"}, ("pools", "buffers"), where)
    pools = []
    for i, item in enumerate(data["pools"]):
        _keys(item, POOL_KEYS, ("name",), f"{where} pools[{i}]")
        pools.append(Pool(**item))
    items = data["buffers"]
    for i, item in enumerate(items):
        _keys(item, BUFFER_KEYS, ("name", "size_bytes"), f"{where} buffers[{i}]")
    ends = [pair[1] for item in items for pair in [*item.get("live", ()), item.get("lifespan", (0, 0))]]
    spare = max(ends, default=0)
    return PlanProblem(
        tuple(_json_buffer(item, (spare + i, spare + i + 1)) for i, item in enumerate(items)), tuple(pools)
    )


def _json_buffer(item: Mapping[str, Any], spare: tuple[int, int]) -> Buffer:
    fields = dict(item)
    live = tuple((first, end) for first, end in fields.get("live", ()))
    hull = (live[0][0], live[-1][1]) if live else spare
    first, end = fields.get("lifespan", hull)
    fields.update(lifespan=(first, end), live=live)
    for key in ("pools", "conflicts"):
        fields[key] = tuple(fields.get(key, ()))
    if fields.get("fixed") is not None:
        fields["fixed"] = (fields["fixed"]["pool"], fields["fixed"]["offset_bytes"])
    return Buffer(**fields)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed as a number")


def _bounded_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has too many digits: {len(digits)}")
    return int(digits)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has a key twice")
    return members


def _keys(item: object, kinds: Mapping[str, str], required: tuple[str, ...], where: str) -> None:
    """Raise PlanError unless ``item`` is an object with known keys of their kinds, none missing."""
    if not isinstance(item, dict):
        raise PlanError("is not an object", where=where, hint=f"give an object with {', '.join(required)}")
    for key, value in item.items():
        if key not in kinds:
            hint = did_you_mean(key, kinds, f"the keys are {', '.join(kinds)}")
            raise PlanError(f"unknown key {key!r}", where=where, hint=hint)
        if not _is_kind(value, kinds[key]):
            raise PlanError(
                f"{key} is {json.dumps(value)}", where=where, hint=f"{key} must be a {kinds[key]}"
            )
    for key in required:
        if key not in item:
            raise PlanError(f"has no {key!r}", where=where, hint=f"give {', '.join(required)}")


def _is_kind(value: object, kind: str) -> bool:
    if kind.endswith(" or null"):
        return value is None or _is_kind(value, kind.removesuffix(" or null"))
    if kind == "pair of integers":
        return isinstance(value, list) and len(value) == 2 and all(_is_kind(v, "integer") for v in value)
    if kind.startswith("list of "):
        element = {"strings": "text", "pairs of integers": "pair of integers"}[kind.removeprefix("list of ")]
        return isinstance(value, list) and all(_is_kind(v, element) for v in value)
    if kind == "place":
        place = isinstance(value, dict) and value.keys() == {"pool", "offset_bytes"}
        return place and _is_kind(value["pool"], "text") and _is_kind(value["offset_bytes"], "integer")  # type: ignore[index]
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"text": str, "true or false": bool, "list": list}[kind])


def problem_to_json(problem: PlanProblem) -> str:
    """The problem as ``parse_json`` reads it, fields at their defaults left out; ends in a newline."""
    return _dump(_problem(problem))


def to_json(plan: MemoryPlan) -> str:
    """The plan with its problem, as JSON that ends in a newline; the same plan gives the same text.

    ``allocations``: one object per buffer in the problem's order. ``uses``: one per pool with ``peak_bytes``,
    ``lower_bound_bytes``, ``gap_percent`` and ``certificate``.
    """
    uses = [
        {
            "pool": use.pool,
            "peak_bytes": use.peak_bytes,
            "lower_bound_bytes": use.lower_bound_bytes,
            "gap_percent": round(use.gap_percent, 3),
            "certificate": use.certificate,
        }
        for use in plan.uses
    ]
    return _dump(
        {
            "planner": plan.planner,
            "uses": uses,
            "access_cost": plan.access_cost,
            "access_cost_bound": plan.access_cost_bound,
            "access_certificate": plan.access_certificate,
            "allocations": [asdict(allocation) for allocation in plan.allocations],
            "problem": _problem(plan.problem),
        }
    )


def _problem(problem: PlanProblem) -> dict[str, Any]:
    blank_pool, blank_buffer = asdict(Pool("")), asdict(Buffer("", 0, (0, 0)))
    always = ("name", "size_bytes", "lifespan")
    pools = [{k: v for k, v in asdict(p).items() if k == "name" or v != blank_pool[k]} for p in problem.pools]
    buffers = []
    for buffer in problem.buffers:
        fields = {k: v for k, v in asdict(buffer).items() if k in always or v != blank_buffer[k]}
        if buffer.fixed is not None:
            fields["fixed"] = {"pool": buffer.fixed[0], "offset_bytes": buffer.fixed[1]}
        buffers.append(fields)
    return {"pools": pools, "buffers": buffers}


def _dump(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
