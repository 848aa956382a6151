"""The part of a project that only host-driven templates print."""

from __future__ import annotations

from typing import Any

from generator.model.project import Project


def host_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty when the application runs by itself."""
    host = project.host
    if host is None:
        return {}
    return {
        "operators": [
            {
                "index": index,
                "name": operator.name,
                "num_arguments": operator.num_arguments,
                "rest": list(range(1, operator.num_arguments)),
                "packed": operator.packed,
                "has_scratch": operator.asks_workspace and host.scratch is not None,
            }
            for index, operator in enumerate(host.operators)
        ],
        "has_operators": bool(host.operators),
        "entries": [{"name": entry.name, "model": entry.model} for entry in host.entries],
        "metadata": list(host.metadata),
        "scratch": host.scratch or "",
        "limits": [f"{name}={value}" for name, value in host.limits],
        "server_bytes": host.server_bytes,
        "scopes": [
            {"name": scope.name, "symbol": scope.symbol, "alignment_bytes": scope.alignment_bytes}
            for scope in host.scopes
        ],
    }
