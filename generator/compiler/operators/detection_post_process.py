"""TFLite_Detection_PostProcess: the custom operator that ends SSD networks."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.dequantize import dequantised
from generator.compiler.step import Constant, Lowered, Unsupported
from generator.errors import ArchiveError
from generator.model.network import NetworkTensor
from generator.readers.flexbuffers import FlexValue, parse_map

_TYPES = {"float32": 0, "int8": 1, "uint8": 2}
_DETECTIONS_PER_CLASS = 100


def lower(context: Context) -> Lowered:
    """Boxes [1, N, >= 4], scores [1, N, classes + background], anchors [N, 4] -> boxes, classes, scores, count.

    Inputs are float32, int8 or uint8, outputs float32. Source: TensorFlow Lite's ``detection_postprocess.cc``.
    Raises Unsupported for damaged options, and where each box could be given more than one class.
    """
    try:
        options = parse_map(context.operator.custom_options)
    except ArchiveError as error:
        raise Unsupported(f"has damaged options: {error.what}") from None
    boxes, scores = context.input(0), context.input(1)
    require_dtype(boxes, *_TYPES)
    require_dtype(scores, *_TYPES)
    number = _check_shapes(context)
    detections = _whole(options, "max_detections")
    if context.output(0).elements != 4 * detections:
        raise Unsupported(f"has outputs for {context.output(0).elements // 4} of {detections} detections")
    classes, regular = _whole(options, "num_classes"), bool(options.get("use_regular_nms", False))
    if scores.shape[2] - classes not in (0, 1):
        raise Unsupported(f"has {scores.shape[2]} scores a box for {classes} classes")
    each = _whole(options, "max_classes_per_detection")
    if not regular and min(each, classes) > 1:
        raise Unsupported(
            f"gives {each} classes per box", "export the model with max_classes_per_detection 1"
        )
    overlap = _real(options, "nms_iou_threshold")
    if not 0.0 < overlap <= 1.0:
        raise Unsupported(f"has the overlap threshold {overlap:g}, which is not in (0, 1]")
    values: dict[str, int | float | str] = {
        "boxes": number,
        "coordinates": boxes.shape[2],
        "classes": classes,
        "columns": scores.shape[2],
        "detections": detections,
        "detections_per_class": _whole(options, "detections_per_class", _DETECTIONS_PER_CLASS),
        "score_threshold": _real(options, "nms_score_threshold"),
        "overlap_threshold": overlap,
        **{name: _divisor(options, name) for name in ("y_scale", "x_scale", "h_scale", "w_scale")},
        **_source("box", boxes),
        **_source("score", scores),
    }
    anchors = context.constant(2, "anchors")
    if context.input(2).dtype != "float32":
        anchors = dequantised(context, 2)
    function = "mlf_detection_regular" if regular else "mlf_detection_fast"
    output = "(mlf_detection_output){{out0, out1, out2, out3}}"
    call = f"{function}(in0, in1, {{anchors}}, {output}, scratch, &layer);"
    kernel = Kernel(
        ("detection.h",),
        struct_body("mlf_detection_layer", values, call),
        constants=(Constant("anchors", "float", anchors.astype(np.float32).reshape(-1)),),
        scratch_bytes=21 * number,
        description=f"{'regular' if regular else 'fast'} suppression, {detections} of {number} boxes",
        instructions=number * (classes * 12 + 20 * detections),
    )
    return bound_step(context, kernel, (0, 1))


def _check_shapes(context: Context) -> int:
    """The number of boxes. Raises Unsupported where shapes disagree."""
    boxes, scores, anchors = (context.input(position).shape for position in range(3))
    ranks = (len(boxes), len(scores), len(anchors))
    if ranks != (3, 3, 2) or boxes[0] != 1 or boxes[2] < 4 or scores[:2] != boxes[:2]:
        raise Unsupported(f"has boxes of shape {boxes}, scores of {scores} and anchors of {anchors}")
    if anchors != (boxes[1], 4) or boxes[1] == 0 or len(context.operator.outputs) != 4:
        raise Unsupported(f"has anchors of shape {anchors} for {boxes[1]} boxes")
    sizes = [context.output(number).elements for number in range(4)]
    if sizes != [sizes[0], sizes[0] // 4, sizes[0] // 4, 1]:
        raise Unsupported(f"has outputs of {sizes} elements")
    for number in range(4):
        require_dtype(context.output(number), "float32")
    return boxes[1]


def _source(name: str, tensor: NetworkTensor) -> dict[str, int | float | str]:
    quantised = tensor.dtype != "float32"
    return {
        f"{name}.type": _TYPES[tensor.dtype],
        f"{name}.zero_point": quantization(tensor).zero_point if quantised else 0,
        f"{name}.scale": quantization(tensor).scale if quantised else 1.0,
    }


def _whole(options: dict[str, FlexValue], name: str, default: int | None = None) -> int:
    value = options.get(name, default)
    if not isinstance(value, int) or not 0 < value < 1 << 20:
        raise Unsupported(f"has the option {name} {value!r}, not a whole number from 1 on")
    return value


def _real(options: dict[str, FlexValue], name: str) -> float:
    value = options.get(name)
    if isinstance(value, str) or value is None or not np.isfinite(value):
        raise Unsupported(f"has the option {name} {value!r}, not a number")
    return float(np.float32(value))


def _divisor(options: dict[str, FlexValue], name: str) -> float:
    value = _real(options, name)
    if value == 0.0:
        raise Unsupported(f"has the option {name} 0, by which boxes are divided")
    return value
