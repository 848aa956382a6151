"""What a Project API server serves: the interface that a kind of project implements.

The framing, the checks and the error codes are the server's; a handler knows nothing of JSON. Its errors are
this package's own: any MlfgenError reaches the client as text, TransportClosedError, IoTimeoutError and
UnsupportedTVMVersionError by the names that the protocol gives them.

Source: TVM's ``python/tvm/micro/project_api/server.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator.errors import MlfgenError
from generator.session import IoTimeoutError, TransportClosedError

__all__ = [
    "IoTimeoutError",
    "ProjectHandler",
    "ProjectOption",
    "ServerInfo",
    "TransportClosedError",
    "TransportTimeouts",
    "UnsupportedTVMVersionError",
]


class UnsupportedTVMVersionError(MlfgenError):
    """The client's TVM is known not to work with this server."""


class ProjectOption(Struct, frozen=True):
    """One option, as a client lists it.

    type:     ``str``, ``int`` or ``bool``; what a value is converted to.
    required: the methods (``generate_project``, ``build``, ``flash``, ``open_transport``) that need it.
    optional: the methods that look at it.
    choices:  the only values allowed, or None.
    """

    name: str
    type: str
    help: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    choices: tuple[Any, ...] | None = None
    default: Any = None


class ServerInfo(Struct, frozen=True):
    """What this server is.

    is_template:               True before generate_project, False in a generated project.
    model_library_format_path: the archive a generated project was made from, or None.
    """

    platform_name: str
    is_template: bool
    model_library_format_path: Path | None
    project_options: tuple[ProjectOption, ...]


class TransportTimeouts(Struct, frozen=True):
    """Seconds; 0 disables. How long the client's session waits: retry, start in all, each answer."""

    session_start_retry_timeout_sec: float
    session_start_timeout_sec: float
    session_established_timeout_sec: float


class ProjectHandler(ABC):
    """One method for each in the protocol. Options are the client's, converted and checked."""

    @abstractmethod
    def server_info(self) -> ServerInfo:
        """Describe this server; the options listed are those that the other methods are called with."""

    def check_tvm_version(self, tvm_version: str) -> None:  # noqa: B027
        """Look at the client's ``tvm.__version__``. Raises UnsupportedTVMVersionError."""

    @abstractmethod
    def generate_project(
        self,
        model_library_format_path: Path,
        standalone_crt_dir: Path,
        project_dir: Path,
        options: Mapping[str, Any],
    ) -> None:
        """Write a project for an archive into project_dir, which does not exist yet.

        The paths are absolute: the server's folder is seldom its client's. Raises UsageError.
        """

    @abstractmethod
    def build(self, options: Mapping[str, Any]) -> None:
        """Build the project."""

    @abstractmethod
    def flash(self, options: Mapping[str, Any]) -> None:
        """Program the device."""

    @abstractmethod
    def open_transport(self, options: Mapping[str, Any]) -> TransportTimeouts:
        """Open the byte stream to the device. Called only while it is closed."""

    @abstractmethod
    def close_transport(self) -> None:
        """Close the byte stream. Called only while it is open, also after it has failed."""

    @abstractmethod
    def read_transport(self, n: int, timeout_sec: float | None) -> bytes:
        """Return 1 to n bytes as soon as there are any; n >= 1.

        timeout_sec: 0 does not wait, None waits for ever. Raises IoTimeoutError when nothing came in time,
        TransportClosedError when the device is gone.
        """

    @abstractmethod
    def write_transport(self, data: bytes, timeout_sec: float | None) -> None:
        """Write all of data.

        Raises IoTimeoutError when not all of it could be written in time, TransportClosedError when the
        device is gone.
        """
