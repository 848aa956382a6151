"""An application that a host drives: what it offers, in which memory, through which buffers."""

from __future__ import annotations

from msgspec import Struct

STANDALONE = "standalone"
HOST_DRIVEN = "host_driven"
PROJECT_TYPES = (STANDALONE, HOST_DRIVEN)

#: the archive that an application was generated from, kept for the host's part of the work
ARCHIVE_PATH = "model/{name}.tar"
#: what TVM's clients start in a project's folder
SERVER_SHIM = "microtvm_api_server.py"


class HostOperator(Struct, frozen=True):
    """An operator of the archive's C.

    num_arguments: tensors it takes. packed: it has the signature of TVM's packed functions; otherwise it
    takes the tensors' addresses and is given a wrapper.
    """

    name: str
    num_arguments: int
    packed: bool
    asks_workspace: bool


class HostEntry(Struct, frozen=True):
    """A function that runs a whole model on tensors of the host's. model: C identifier of its descriptor."""

    name: str
    model: str


class HostScope(Struct, frozen=True):
    """A pool that the host allocates from: the board's name for it, and its buffer here."""

    name: str
    symbol: str
    alignment_bytes: int


class HostDriven(Struct, frozen=True):
    """The device's side.

    metadata:    functions that return the archive's own description, called as they are.
    scratch:     symbol of the buffer that operators' requests are served from, or None.
    limits:      (macro of ``mlf/rpc_config.h``, value), sized for these models.
    server_bytes: of the server's variables on a 32-bit machine, at most.
    scopes:      the first is the default.
    """

    operators: tuple[HostOperator, ...]
    entries: tuple[HostEntry, ...]
    metadata: tuple[str, ...]
    scratch: str | None
    limits: tuple[tuple[str, int], ...]
    server_bytes: int
    packet_bytes: int
    ring_bytes: int
    scopes: tuple[HostScope, ...]
