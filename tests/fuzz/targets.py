"""What is fuzzed: each target takes bytes to where a stranger's come in, and lets only refusals out."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from generator import resources
from generator.cli.parser import build_parser, parsers_of
from generator.cli.settings import apply_settings, toml_table
from generator.compiler.compile import CompileOptions, compile_network
from generator.emit.journal import parse_journal
from generator.emit.ledger import parse_ledger
from generator.liveness.kept import parse_placed
from generator.liveness.timeline import read_liveness
from generator.model.archive import Parameter
from generator.model.board import Region
from generator.projectapi import ProjectHandler, ProjectServer, ServerInfo, TransportTimeouts
from generator.projectapi.protocol import ErrorCode
from generator.readers.archive.files import Limits, parse_tar
from generator.readers.archive.graph import parse_graph
from generator.readers.archive.mlf import parse_archive
from generator.readers.archive.params import parse_params
from generator.readers.archive.relay import parse_relay
from generator.readers.archive.relay_quantization import parse_quantization
from generator.readers.archive.relay_shapes import infer_outputs
from generator.readers.board.board import parse_board
from generator.readers.console import parse_console, parse_profile
from generator.readers.firmware import parse_firmware
from generator.readers.golden import parse_golden, parse_npz
from generator.readers.kernels import load_kernels
from generator.readers.planning_problems import parse_csv, parse_json
from generator.readers.pools_file import parse_pools_file
from generator.readers.text.json_tree import decode_text
from generator.readers.text.json_tree import parse_json as parse_tree
from generator.readers.tflite import parse_tflite
from generator.readers.tflite_graph import parse_tflite_graph
from generator.readers.tflite_network import parse_network
from generator.session.minrpc import decode_reply
from generator.session.session import HostSession, Message
from generator.toolchain.elf import memory_use, parse_elf
from generator.virtual.image import parse_image
from tests.fuzz import seeds

_LIMITS = Limits(total_bytes=1 << 24, member_bytes=1 << 22, members=200)


@dataclass(frozen=True)
class Target:
    """read: raises MlfgenError for what it refuses, anything else is a fault.

    inside: a function deep in the reader, as ``module:name``, where a fault is planted to prove that such a
    one is noticed.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    inside: str


def _archive(data: bytes) -> None:
    archive = parse_archive("a.tar", "0" * 64, parse_tar(data, "a.tar", _LIMITS))
    for library in archive.models:
        read_liveness(library)


def _graph(data: bytes) -> None:
    functions = {"tvmgen_tiny_fused_add", "tvmgen_tiny_split"}
    parse_graph(parse_tree(data, "g"), (Parameter("p0", "int8", (4,), b"\1\2\3\4"),), None, functions)


def _relay(data: bytes) -> None:
    text = decode_text(data, "m.relay")
    infer_outputs(text, parse_relay(text).inputs)
    parse_quantization(text)


def _tflite(data: bytes) -> None:
    parse_tflite(data, "m.tflite")
    parse_tflite_graph(data, "m.tflite")


@cache
def _kernels() -> Mapping[str, str]:
    return load_kernels(resources.folder("templates") / "runtime" / "kernels")


def _compiled(data: bytes) -> None:
    compile_network(
        parse_network(data, "m.tflite"), CompileOptions(planner="greedy_by_size"), _kernels(), "0"
    )


def _problem(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    parse_json(text) if text.lstrip()[:1] == "{" else parse_csv(text)


def _project(data: bytes) -> None:
    parse_firmware(parse_ledger(data.decode("utf-8", "replace")).plan, "project.json")


class _Device(ProjectHandler):
    """Does nothing, whatever it is asked."""

    def server_info(self) -> ServerInfo:
        return ServerInfo("fuzz", True, None, ())

    def generate_project(self, *_: object) -> None:
        pass

    def build(self, options: Mapping[str, Any]) -> None:
        pass

    def flash(self, options: Mapping[str, Any]) -> None:
        pass

    def open_transport(self, options: Mapping[str, Any]) -> TransportTimeouts:
        return TransportTimeouts(1.0, 1.0, 1.0)

    def close_transport(self) -> None:
        pass

    def read_transport(self, n: int, timeout_sec: float | None) -> bytes:
        return b"x" * min(n, 100)

    def write_transport(self, data: bytes, timeout_sec: float | None) -> None:
        pass


def _request(data: bytes) -> None:
    """The server answers a fault of its own too, with a code that this handler gives no reason for."""
    server = ProjectServer(_Device(), io.BytesIO(), io.BytesIO())
    for line in (b'{"jsonrpc":"2.0","id":0,"method":"open_transport","params":{"options":{}}}', data):
        answer = json.loads(server.answer(line))
        assert answer["jsonrpc"] == "2.0"
        error = answer.get("error")
        assert error is None or error["code"] != ErrorCode.INTERNAL_ERROR, error


def _stream(data: bytes) -> None:
    session = HostSession()
    session.start(7)
    for event in session.receive(data):
        if isinstance(event, Message):
            decode_reply(event.body)


def _golden(data: bytes) -> None:
    parse_golden("g.npz", "0", parse_npz(data, "g.npz"), "out")


def _image(data: bytes) -> None:
    """What mlfgen check and run read, and what the virtual microcontroller loads."""
    regions = (
        Region("ram", 0x20000000, 0x1000, writable=True),
        Region("rom", 0x08000000, 0x1000, writable=False),
    )
    memory_use(parse_elf(data, "a.elf"), regions)
    parse_image(data, "a.elf")


def _console(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    parse_console(text)
    parse_profile(text)


@cache
def _parsers() -> Mapping[str, argparse.ArgumentParser]:
    return parsers_of(build_parser())


def _settings(data: bytes) -> None:
    apply_settings(_parsers(), toml_table(data, "mlfgen.toml"), "mlfgen.toml")


def _analysis(data: bytes) -> None:
    """A cache's damaged text is not a mistake of the user's: the reader says ValueError, and reads the C again."""
    with contextlib.suppress(ValueError):
        parse_placed(data.decode("utf-8", "replace"))


def _text(parse: Callable[[str, str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(data.decode("utf-8", "replace"), "file")


_READERS = "generator.readers."
TARGETS = {
    target.name: target
    for target in (
        Target("archive", _archive, seeds.archives, _READERS + "archive.mlf:read_library"),
        Target("graph", _graph, lambda: seeds.members(".graph"), _READERS + "archive.graph:_attributes"),
        Target(
            "relay",
            _relay,
            lambda: seeds.members(".relay"),
            _READERS + "archive.relay:_type",
        ),
        Target(
            "params",
            lambda data: parse_params(data, "p.params"),
            seeds.params,
            _READERS + "archive.params:check_tensor_name",
        ),
        Target("tflite", _tflite, seeds.tflite, _READERS + "tflite:_tensor"),
        Target("compile", _compiled, seeds.tflite, "generator.compiler.compile:schedule"),
        Target("npz", _golden, seeds.npz, _READERS + "golden:_array"),
        Target("board", _text(parse_board), seeds.boards, _READERS + "board.board:_pool"),
        Target("project", _project, seeds.projects, _READERS + "firmware:ExpectedBuffer"),
        Target(
            "journal",
            lambda data: parse_journal(data.decode("utf-8", "replace")),
            seeds.journals,
            "generator.emit.journal:_number",
        ),
        Target("problem", _problem, seeds.problems, _READERS + "planning_problems:_json_buffer"),
        Target(
            "pools",
            _text(parse_pools_file),
            lambda: [b"workspace: sram\nio: dtcm\n", b"pools: {a: sram}\nreserve: {sram: 32K}\n"],
            _READERS + "pools_file:parse_yaml",
        ),
        Target("image", _image, seeds.images, "generator.toolchain.elf:_section"),
        Target("console", _console, seeds.consoles, _READERS + "console:PrintedCount"),
        Target("settings", _settings, seeds.settings, "generator.cli.settings:_fault"),
        Target("analysis", _analysis, seeds.analyses, "generator.liveness.kept:PlacedBuffer"),
        Target("rpc", _request, seeds.requests, "generator.projectapi.protocol:_check_params"),
        Target("stream", _stream, seeds.streams, "generator.session.session:Message"),
    )
}


def with_fault(target: Target) -> tuple[Target, Callable[[], None]]:
    """target with a fault planted that some of the calls deep inside of it meet; and how to take it out again."""
    from importlib import import_module

    module_name, _, name = target.inside.partition(":")
    module = import_module(module_name)
    original = getattr(module, name)
    calls = 0

    def faulty(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 50 == 0:
            raise AttributeError("planted")
        return original(*args, **kwargs)

    setattr(module, name, faulty)
    return replace(target, name=f"{target.name} with a fault"), lambda: setattr(module, name, original)
