"""Shapes that a .tflite leaves out: those of TFLite_Detection_PostProcess's outputs, which its options give."""

from __future__ import annotations

from msgspec.structs import replace

from generator.errors import ArchiveError
from generator.model.network import NetworkOperator, Subgraph
from generator.readers.flexbuffers import parse_map

_KIND = "TFLite_Detection_PostProcess"
_MOST = 1 << 20


def with_detection_shapes(graph: Subgraph) -> Subgraph:
    """graph with boxes [1, N, 4], classes [1, N], scores [1, N] and their number [1] where all four have no shape.

    Options that don't say how many are left for whoever compiles the operator. Source: ``Prepare`` of TensorFlow
    Lite's ``detection_postprocess.cc``; the converter writes these outputs as scalars.
    """
    tensors = list(graph.tensors)
    for operator in graph.operators:
        if operator.kind != _KIND or len(operator.outputs) != 4:
            continue
        if any(index < 0 or tensors[index].shape for index in operator.outputs):
            continue
        count = _detections(operator)
        if count is None:
            continue
        for index, shape in zip(operator.outputs, ((1, count, 4), (1, count), (1, count), (1,)), strict=True):
            tensors[index] = replace(tensors[index], shape=shape)
    return replace(graph, tensors=tuple(tensors))


def _detections(operator: NetworkOperator) -> int | None:
    try:
        options = parse_map(operator.custom_options)
    except ArchiveError:
        return None
    found = 1
    for name in ("max_detections", "max_classes_per_detection"):
        value = options.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _MOST // found:
            return None
        found *= value
    return found
