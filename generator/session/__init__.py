"""Sessions with a device: framing, session and RPC as pure codecs, and a client over any transport."""

from .client import RemoteSession, Timeouts
from .remote import RemoteArray, RemoteExecutor, RemoteFunction, RemoteModule
from .session import RemoteError, SessionError, SessionLostError
from .transport import IoTimeoutError, Transport, TransportClosedError
from .values import ProtocolError

__all__ = [
    "IoTimeoutError",
    "ProtocolError",
    "RemoteArray",
    "RemoteError",
    "RemoteExecutor",
    "RemoteFunction",
    "RemoteModule",
    "RemoteSession",
    "SessionError",
    "SessionLostError",
    "Timeouts",
    "Transport",
    "TransportClosedError",
]
