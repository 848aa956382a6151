"""Names that C, CMake and folders take, made from names that people and compilers gave."""

from __future__ import annotations

import re

from generator.readers.text.names import sanitise

_NOT_SLUG = re.compile(r"[^A-Za-z0-9_.-]+")


def c_name(text: str) -> str:
    """A C identifier, as TVM spells it."""
    name = sanitise(text)
    return name if name and not name[0].isdigit() else f"_{name}"


def slug(label: str) -> str:
    """A folder-safe name of an archive's label: ``kws-aot-c-pool.tar`` becomes ``kws-aot-c-pool``."""
    stem = re.sub(r"\.(tflite|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$", "", label, flags=re.IGNORECASE)
    cleaned = _NOT_SLUG.sub("-", stem).strip("-._")
    return cleaned[:64].rstrip("-._") or "model"


def tensor_size_macro(c_prefix: str, tensor_c_name: str) -> str:
    """The macro that TVM 0.11 and later define for a tensor's size (``interface_c.cc``)."""
    return f"{c_prefix}_{tensor_c_name}_SIZE".upper()


#: what the runtime and the applications call ``mlf_…`` themselves; a model of that name gets a longer one
_TAKEN = frozenset(
    {
        *(
            "argmax",
            "check_placement",
            "dequantize",
            "dtype_name",
            "elements",
            "init",
            "input",
            "input_by_name",
            "last_code",
        ),
        *("last_error", "output", "output_by_name", "quantize", "reset", "run", "status_name", "graph_run"),
        *("models", "num_models", "num_samples", "samples", "sample_run_all", "workspace_begin"),
        *("workspace_end", "workspace_high_water", "workspace_window", "assert_failed", "busy_wait_us"),
        *("now_us", "stop", "vectors", "wait_for", "idle", "task_name", "unexpected_interrupt"),
    }
)
_TAKEN_KINDS = re.compile(r"(lock|rpc|port|print|profile|console|shared|stack|interrupt)(_.*)?|.*_(t|start)")


def model_ident(name: str) -> str:
    """The C identifier of a model's descriptor: a model called ``run`` is ``mlf_run_model``."""
    part = c_name(name)
    taken = part in _TAKEN or _TAKEN_KINDS.fullmatch(part)
    return f"mlf_{part}_model" if taken else f"mlf_{part}"
