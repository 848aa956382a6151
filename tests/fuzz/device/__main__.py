"""``python -m tests.fuzz.device --runs N``: libFuzzer with sanitizers on the device's RPC server, then its coverage.

The seeds are sessions of the host's own client that look up and call functions, run models, and time them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "runtime_rpc"))

from rpc_port import RUNTIME, SOURCES, Port, build_port, open_session  # noqa: E402

from generator.errors import MlfgenError  # noqa: E402
from generator.session import RemoteSession  # noqa: E402
from generator.session.framing import Decoder, Packet  # noqa: E402

HARNESS = Path(__file__).with_name("fuzz_port.c")
_FLAGS = ("-std=c11", "-g", "-O1", "-D_POSIX_C_SOURCE=200809L", f"-I{RUNTIME / 'include'}")
_WRAP = "-Wl,--wrap=rpc_call_packed,--wrap=rpc_run_model"
_HOST_PORT = ROOT / "tests" / "unit" / "runtime_rpc"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.device", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=0, help="stop earlier; 0: do not")
    args = parser.parse_args()
    missing = [tool for tool in ("clang", "gcc") if shutil.which(tool) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus"
        corpus.mkdir()
        count = write_seeds(corpus, build_port(folder / "port"))
        print(f"{count} sessions as seeds")
        fuzzer = build(folder / "fuzzer", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all")
        limits = [f"-runs={args.runs}", f"-max_total_time={args.seconds}", "-max_len=8192", "-timeout=20"]
        done = subprocess.run(
            [fuzzer, *limits, "-print_final_stats=1", corpus], cwd=folder, capture_output=True, text=True
        )
        if done.returncode != 0:
            print(done.stderr[-8000:])
            for crash in (*folder.glob("crash-*"), *folder.glob("timeout-*")):
                shutil.copy(crash, Path.cwd())
                print(f"the input: {crash.name}")
            return 1
        print("\n".join(line for line in done.stderr.splitlines() if line.startswith(("stat::", "Done "))))
        return report(folder, corpus)


def build(target: Path, *flags: str) -> Path:
    inputs = [str(HARNESS), *map(str, SOURCES)]
    argv = [
        "clang",
        *_FLAGS,
        *flags,
        f"-I{_HOST_PORT}",
        f"-I{RUNTIME / 'src'}",
        _WRAP,
        *inputs,
        "-o",
        str(target),
    ]
    subprocess.run(argv, check=True)
    return target


def report(folder: Path, corpus: Path) -> int:
    """Lines of each file that the corpus reaches, by llvm-cov."""
    tools = {tool: shutil.which(tool) or shutil.which(f"{tool}-14") for tool in ("llvm-profdata", "llvm-cov")}
    if None in tools.values():
        print("no llvm-cov here: coverage is not told")
        return 0
    program = build(folder / "covered", "-fsanitize=fuzzer", "-fprofile-instr-generate", "-fcoverage-mapping")
    raw, merged = folder / "raw", folder / "merged"
    subprocess.run(
        [program, "-runs=0", corpus],
        check=True,
        cwd=folder,
        capture_output=True,
        env={**os.environ, "LLVM_PROFILE_FILE": str(raw)},
    )
    subprocess.run([str(tools["llvm-profdata"]), "merge", raw, "-o", merged], check=True)
    shown = subprocess.run(
        [str(tools["llvm-cov"]), "report", program, f"-instr-profile={merged}", *map(str, SOURCES)],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in shown.stdout.splitlines():
        cells = line.split()
        if len(cells) >= 10 and cells[0].endswith((".c", "TOTAL")):
            functions, missed, lines, left = (int(cells[index]) for index in (4, 5, 7, 8))
            print(
                f"{cells[0]}: {functions - missed} of {functions} functions, {lines - left} of {lines} lines"
            )
            if cells[0] == "TOTAL":
                print(f"{100 * (lines - left) / lines:.1f} % of lines")
    return 0


# ---- seeds


def write_seeds(folder: Path, executable: Path) -> int:
    for number, act in enumerate(SESSIONS):
        port = Port(executable)
        port.reset()
        session = open_session(port)
        with contextlib.suppress(MlfgenError):  # an answer that tells an error is as good a seed
            act(session)
        sent = b"".join(session._transport.sent)  # type: ignore[attr-defined]
        packets = [event.payload for event in Decoder().feed(sent) if isinstance(event, Packet)]
        pieces = [struct.pack("<BH", 0, len(packet)) + packet for packet in packets]
        (folder / f"session{number}").write_bytes(b"".join(pieces))
        (folder / f"broken{number}").write_bytes(b"".join((*pieces[:-1], b"\x03" + pieces[-1][1:])))
        raw = struct.pack("<BH", 2, len(sent) & 0xFFFF) + sent
        (folder / f"ring{number}").write_bytes(raw + struct.pack("<BH", 4, 0))
        port.close()
    return len(SESSIONS)


def _echo(session: RemoteSession) -> None:
    echo = session.function("test.echo")
    for value in (0, -1, 2**63 - 1, 0.5, "", "text", b"", b"\xff\xfd\x00", None):
        echo(value)
    session.function("test.add")(*range(8))
    session.function("test.log")("working")


def _tensors(session: RemoteSession) -> None:
    source, target = session.allocate((20,), "int8"), session.allocate((20,), "int8", "dtcm")
    source.write(bytes(range(20)))
    session.system_library().function("twice")(source, target)
    target.numpy()
    source.copy_from(target)
    session.function("test.alignment")(source)
    session.stats()


def _model(session: RemoteSession) -> None:
    model = session.executor()
    model.input_name(0)
    model.input("samples").write(bytes(6))
    model.run()
    model.output(0).numpy()
    model.output("scores")
    model.input(0).write(b"\x80" * 6)
    model.run()


def _timed(session: RemoteSession) -> None:
    a, b = session.allocate((4,), "int8"), session.allocate((4,), "int8")
    session.system_library().time("twice", a, b, number=3, repeat=4)
    model = session.executor("toy")
    model.time("run", number=7, repeat=2)
    model.time("run", number=1, min_repeat_ms=100)
    session.system_library().time("tick", 7, 3, number=9)
    model.time("run", repeat=100)


def _refused(name: str) -> Callable[[RemoteSession], None]:
    return lambda session: session.function(name)()


def _large(session: RemoteSession) -> None:
    array = session.allocate((10, 100), "uint8")
    array.write(bytes(1000))
    array.read()
    session.allocate((1 << 20,), "int8")


def _broken(session: RemoteSession) -> None:
    session.system_library().function("broken")()


def _absent(session: RemoteSession) -> None:
    session.system_library().function("absent")()


SESSIONS: tuple[Callable[[RemoteSession], None], ...] = (
    *(_echo, _tensors, _model, _timed, _large, _broken, _absent),
    *map(_refused, ("test.fail", "test.returns_object", "test.returns_module", "nothing")),
)

if __name__ == "__main__":
    sys.exit(main())
