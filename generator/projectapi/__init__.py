"""TVM's Project API, version 1: a server apart from the projects it serves."""

from .handler import (
    IoTimeoutError,
    ProjectHandler,
    ProjectOption,
    ServerInfo,
    TransportClosedError,
    TransportTimeouts,
    UnsupportedTVMVersionError,
)
from .server import ProjectServer, main, serve

__all__ = [
    "IoTimeoutError",
    "ProjectHandler",
    "ProjectOption",
    "ProjectServer",
    "ServerInfo",
    "TransportClosedError",
    "TransportTimeouts",
    "UnsupportedTVMVersionError",
    "main",
    "serve",
]
