"""Archives for tests: a small base, a declared change, and the container to put it in."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

import yaml

FIXTURES = Path(__file__).parent.parent / "fixtures" / "archives"
SHARED = Path(__file__).parents[4] / "shared"

_COMPRESS = {
    "tar": lambda data: data,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}
_TYPES = {
    "file": tarfile.REGTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
    "sparse": tarfile.GNUTYPE_SPARSE,
    "unknown": b"Q",
}
_CHANGES = {"replace", "set", "drop", "remove", "add", "add_hex", "add_repeated", "add_members"}
_CONTAINER = {"container", "truncate", "strip_end", "corrupt_at", "raw", "raw_hex", "raw_zeros"}
_KEYS = {"base", *_CHANGES, *_CONTAINER, "limits", "message", "where", "hint"}


def base_files(name: str) -> dict[str, bytes]:
    """The files of ``base_<name>.yml``."""
    base = yaml.safe_load((FIXTURES / f"base_{name}.yml").read_text("utf-8"))
    files = {path: text.encode() for path, text in base["text"].items()}
    files |= {path: bytes.fromhex(text) for path, text in base.get("hex", {}).items()}
    return files


def read_rule(path: Path) -> dict[str, Any]:
    rule = yaml.safe_load(path.read_text("utf-8"))
    unknown = set(rule) - _KEYS
    assert not unknown, f"{path.name} has unknown keys {unknown}"
    return rule


def rule_files(rule: dict[str, Any]) -> dict[str, bytes]:
    """The base's files with the rule's change made; a change that changes nothing is an error of the rule."""
    files = base_files(rule.get("base", "aot_c"))
    for change in rule.get("replace", []):
        before = files[change["file"]]
        files[change["file"]] = before.replace(change["old"].encode(), change["new"].encode())
        assert files[change["file"]] != before, f"{change['old']!r} is not in {change['file']}"
    for change in rule.get("set", []):
        _edit_json(files, change, change["value"])
    for change in rule.get("drop", []):
        _edit_json(files, change)
    for path in rule.get("remove", []):
        del files[path]
    files |= {path: text.encode() for path, text in rule.get("add", {}).items()}
    files |= {path: bytes.fromhex(text) for path, text in rule.get("add_hex", {}).items()}
    files |= {
        path: (one["text"] * one["times"]).encode() for path, one in rule.get("add_repeated", {}).items()
    }
    return files


def build(rule: dict[str, Any], folder: Path) -> Path:
    """Write the rule's archive into folder."""
    container = rule.get("container", "tar")
    files = rule_files(rule)
    if container == "folder":
        return write_folder(folder / "archive", files, rule.get("add_members", []))
    if {"raw", "raw_hex", "raw_zeros"} & rule.keys():
        data = (
            rule.get("raw", "").encode()
            + bytes.fromhex(rule.get("raw_hex", ""))
            + bytes(rule.get("raw_zeros", 0))
        )
    else:
        data = bytearray(tar_bytes(files, rule.get("add_members", [])))
        if "corrupt_at" in rule:
            data[rule["corrupt_at"]] ^= 0xFF
        if rule.get("strip_end"):
            data = data[: -(-len(data.rstrip(b"\0")) // 512) * 512]
        data = _COMPRESS[container](bytes(data))
    data = bytes(data)[: rule.get("truncate")]
    path = folder / f"archive.{container}"
    path.write_bytes(data)
    return path


def tar_bytes(files: dict[str, bytes], members: list[dict[str, Any]] | None = None, top: str = "./") -> bytes:
    """A tar of files below top, as TVM writes it, and of extra members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(f"{top}{path}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for member in members or []:
            info = tarfile.TarInfo(member["name"])
            info.type = _TYPES[member.get("type", "file")]
            info.linkname = member.get("link", "")
            data = member.get("text", "").encode() + b" " * member.get("blanks", 0)
            info.size = member.get("size", len(data))
            # by hand, for tarfile refuses a size that is a lie
            buffer.write(info.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * (-len(data) % 512))
            tar.offset = buffer.tell()
    return buffer.getvalue()


def write_folder(folder: Path, files: dict[str, bytes], members: list[dict[str, Any]] | None = None) -> Path:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for member in members or []:
        (folder / member["name"]).symlink_to(member["link"])
    return folder


def compressed(data: bytes, container: str) -> bytes:
    return _COMPRESS[container](data)


def version_5(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    """A version 7 archive of one model, laid out as TVM 0.8 did."""
    tree = json.loads(files["metadata.json"])
    model = tree["modules"][name]
    model.pop("external_dependencies", None)
    main = model["memory"]["functions"]["main"][0]
    main.pop("inputs"), main.pop("outputs")
    tree = {"version": 5, **model, "target": {"1": model["target"][0]}}
    moved = {
        f"src/{name}.relay": "src/relay.txt",
        f"executor-config/graph/{name}.graph": "executor-config/graph/graph.json",
    }
    old = {moved.get(path, path): data for path, data in files.items()}
    return old | {"metadata.json": json.dumps(tree).encode()}


def _edit_json(files: dict[str, bytes], change: dict[str, Any], *value: Any) -> None:
    path = change.get("file", "metadata.json")
    tree = node = json.loads(files[path])
    *parents, last = change["key"]
    for key in parents:
        node = node[key]
    if value:
        node[last] = value[0]
    else:
        del node[last]
    files[path] = json.dumps(tree).encode()
