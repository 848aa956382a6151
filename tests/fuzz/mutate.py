"""Small changes to bytes: blind ones, and ones that keep to the form of text, JSON and tar."""

from __future__ import annotations

import io
import random
import re
import tarfile
from collections.abc import Sequence

from tests.fuzz.seeds import tar_of

_NUMBERS = (
    0,
    1,
    -1,
    2,
    7,
    127,
    128,
    255,
    256,
    32767,
    65535,
    2**31 - 1,
    2**31,
    2**32,
    2**53,
    2**63,
    2**64,
    10**30,
)
_TOKENS = (
    *(
        b"",
        b" ",
        b"\n",
        b"\0",
        b"\xff",
        b"..",
        b"/",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"null",
        b"true",
    ),
    *(
        b"NaN",
        b"1e999",
        b"-0",
        b"\\u0000",
        b"\\ud800",
        b"&a",
        b"*a",
        b"<<: ",
        b"!!python/none",
        b"%d",
        b"//",
        b"/*",
    ),
)
_NUMBER = re.compile(rb"-?\d+")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_LONGEST = 1 << 16


def mutate(data: bytes, pool: Sequence[bytes], rng: random.Random) -> bytes:
    """data with one to a few changes. pool: other inputs of its kind, to take pieces from."""
    if _is_tar(data) and rng.random() < 0.8:
        return _in_tar(data, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        data = rng.choice(_CHANGES)(data, pool, rng)
    return data[:_LONGEST] if len(data) > 4 * _LONGEST else data


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _in_tar(data: bytes, rng: random.Random) -> bytes:
    """One member changed: its content, its name, or whether it is there."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files = {
                member.name: (archive.extractfile(member) or io.BytesIO()).read()
                for member in archive.getmembers()
                if member.isfile()
            }
    except (tarfile.TarError, ValueError, OSError, EOFError):
        return _flip(data, (), rng)
    if not files:
        return data
    path = rng.choice(list(files))
    what = rng.random()
    if what < 0.05:
        del files[path]
    elif what < 0.1:
        files[rng.choice(list(files))] = files[path]
    else:
        content = files[path]
        for _ in range(rng.choice((1, 1, 2, 3))):
            content = rng.choice(_CHANGES)(content, list(files.values()), rng)
        files[path] = content[: 4 * _LONGEST]
    return tar_of(files)


def _place(data: bytes, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _flip(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    if not data:
        return bytes((rng.randrange(256),))
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8) if rng.random() < 0.5 else rng.randrange(256)
    return bytes(out)


def _number(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    """An integer of 1 to 8 bytes, at any place."""
    size = rng.choice((1, 2, 4, 4, 8))
    at = _place(data, rng)
    value = rng.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    return data[:at] + value.to_bytes(size, rng.choice(("little", "big"))) + data[at + size :]


def _cut(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] if rng.random() < 0.3 else data[:at] + data[at + rng.choice((1, 2, 4, 16, 100)) :]


def _repeat(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    start, end = sorted((_place(data, rng), _place(data, rng)))
    piece = data[start : min(end, start + 4096)]
    return data[:end] + piece * rng.choice((1, 1, 2, 50)) + data[end:]


def _insert(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice(_TOKENS) * rng.choice((1, 1, 1, 200)) + data[at:]


def _splice(data: bytes, pool: Sequence[bytes], rng: random.Random) -> bytes:
    other = rng.choice(pool) if pool else data
    at, start = _place(data, rng), _place(other, rng)
    return data[:at] + other[start : start + rng.choice((1, 4, 16, 256, 4096))] + data[at:]


def _digits(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    return _replaced(data, _NUMBER, str(rng.choice(_NUMBERS)).encode(), rng)


def _word(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    words = _WORD.findall(data[:_LONGEST])
    return _replaced(data, _WORD, rng.choice([*words[:200], *_TOKENS]), rng)


def _replaced(data: bytes, pattern: re.Pattern[bytes], by: bytes, rng: random.Random) -> bytes:
    found = list(pattern.finditer(data, _place(data, rng) // 2))[:300]
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + by + data[match.end() :]


def _lines(data: bytes, _pool: Sequence[bytes], rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    here, there = rng.randrange(len(lines)), rng.randrange(len(lines))
    if rng.random() < 0.4:
        del lines[here]
    elif rng.random() < 0.5:
        lines.insert(there, lines[here])
    else:
        lines[here], lines[there] = lines[there], lines[here]
    return b"".join(lines)


_CHANGES = (_flip, _flip, _number, _cut, _repeat, _insert, _splice, _digits, _digits, _word, _word, _lines)
