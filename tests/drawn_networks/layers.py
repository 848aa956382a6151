"""Layers with weights, and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from drawn_networks.draw import ACTIVATIONS, SAME, VALID, Draw, Quantised, out_extent, spread

#: "hybrid": floats with int8 weights
LAYER_TYPES = ("int8", "int8", "int8", "int16", "uint8", "float32", "hybrid")


def conv_2d(d: Draw) -> None:
    dtype = d.pick(LAYER_TYPES)
    x = d.source((_stored(dtype),), d.image, _is_image)
    n, h, w, c = d.shape_of(x)
    groups = 1
    if dtype != "uint8" and d.chance(0.15):
        groups = d.pick([g for g in range(1, c + 1) if c % g == 0])
    outputs = d.channels() if groups == 1 else groups * d.between(1, 3)
    options, (rows, columns), kernel = _window(d, h, w)
    depth = kernel[0] * kernel[1] * (c // groups)
    shape = (outputs, *kernel, c // groups)
    inputs, target = _weights(
        d, x, dtype, shape, axis=0, channels=outputs, depth=depth, optional=dtype != "uint8"
    )
    d.result(
        "CONV_2D", inputs, _stored(dtype), (n, rows, columns, outputs), {"Conv2DOptions": options}, target
    )


def depthwise_conv_2d(d: Draw) -> None:
    dtype = d.pick(LAYER_TYPES)
    x = d.source((_stored(dtype),), d.image, _is_image)
    n, h, w, c = d.shape_of(x)
    multiplier = d.between(2, 5) if d.chance(0.3) else 1
    options, (rows, columns), kernel = _window(d, h, w)
    shape, channels = (1, *kernel, c * multiplier), c * multiplier
    inputs, target = _weights(
        d,
        x,
        dtype,
        shape,
        axis=3,
        channels=channels,
        depth=kernel[0] * kernel[1],
        each=dtype == "hybrid",
        optional=False,
    )
    table = {"DepthwiseConv2DOptions": {**options, "depth_multiplier": multiplier}}
    d.result("DEPTHWISE_CONV_2D", inputs, _stored(dtype), (n, rows, columns, channels), table, target)


def fully_connected(d: Draw) -> None:
    dtype = d.pick(LAYER_TYPES)
    flat = d.chance(0.7)
    x = d.source(
        (_stored(dtype),),
        lambda: (
            (d.size(4), d.between(1, 700 if d.chance(0.1) else 70))
            if flat
            else (*d.shape(d.rank(1, 3)), d.between(1, 20))
        ),
        lambda shape: len(shape) >= 2,
    )
    shape = d.shape_of(x)
    inputs, outputs = shape[-1], d.between(1, 40)
    keep = len(shape) != 2 and d.chance(0.7)
    rows = int(np.prod(shape[:-1]))
    options = {"fused_activation_function": d.pick(ACTIVATIONS), "keep_num_dims": keep}
    given, target = _weights(
        d, x, dtype, (outputs, inputs), axis=0, channels=outputs, depth=inputs, some=dtype == "int8"
    )
    if dtype == "hybrid":
        options["asymmetric_quantize_inputs"] = d.chance(0.5)
    d.result(
        "FULLY_CONNECTED",
        given,
        _stored(dtype),
        (*shape[:-1], outputs) if keep else (rows, outputs),
        {"FullyConnectedOptions": options},
        target,
    )


def transpose_conv(d: Draw) -> None:
    dtype = d.pick(("int8", "int8", "int16", "float32"))
    x = d.source((dtype,), d.image, _is_image)
    n, h, w, c = d.shape_of(x)
    outputs, kernel = d.channels(), (d.between(1, 4), d.between(1, 4))
    stride, padding = (d.between(1, 3), d.between(1, 3)), d.pick((SAME, VALID))
    sizes = []
    for axis, size in enumerate((h, w)):
        if padding == SAME:
            sizes.append(size * stride[axis])
        else:
            sizes.append((size - 1) * stride[axis] + kernel[axis])
    shape = (outputs, *kernel, c)
    inputs, target = _weights(
        d,
        x,
        dtype,
        shape,
        axis=0,
        channels=outputs,
        depth=kernel[0] * kernel[1] * c,
        each=True,
        optional=False,
    )
    size = (n, *sizes, outputs)
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
    if d.chance(0.2):
        options["fused_activation_function"] = d.pick(ACTIVATIONS)
    given = [d.numbers(size), inputs[1], x, *inputs[2:]]
    d.result("TRANSPOSE_CONV", given, dtype, size, {"TransposeConvOptions": options}, target)


def batch_matmul(d: Draw) -> None:
    dtype = d.pick(("int8", "int8", "int16", "float32"))
    batches, (rows, depth, columns) = d.shape(d.between(0, 2), 4), (d.size(), d.between(1, 20), d.size())
    across, down = d.chance(0.3), d.chance(0.3)
    left = (*batches, *((depth, rows) if across else (rows, depth)))
    other = batches
    if batches and d.chance(0.3):
        other = d.pick((batches[1:], (1,) * len(batches)))
    right = (*other, *((columns, depth) if down else (depth, columns)))
    x = d.source((dtype,), lambda: left, lambda shape: shape == left)
    y = d.operand(dtype, right)
    table = {"BatchMatMulOptions": {"adj_x": across, "adj_y": down}}
    quantised: Quantised = {}
    if dtype != "float32":
        scale = d.quantisation_of(x)["scale"] * d.quantisation_of(y)["scale"]
        width = 1 if dtype == "int8" else 256
        quantised = d.quantised(dtype, d.near(scale * spread(depth) * width))
    d.result("BATCH_MATMUL", (x, y), dtype, (*batches, rows, columns), table, quantised)


def pool_of(kind: str) -> Callable[[Draw], None]:
    def pool(d: Draw) -> None:
        x = d.source(
            ("float32",) if kind == "L2_POOL_2D" else ("int8", "int8", "int16", "uint8", "float32"),
            d.image,
            _is_image,
        )
        n, h, w, c = d.shape_of(x)
        options, (rows, columns), kernel = _window(d, h, w, dilated=False)
        options |= {"filter_height": kernel[0], "filter_width": kernel[1]}
        d.result(
            kind, (x,), d.dtype(x), (n, rows, columns, c), {"Pool2DOptions": options}, d.quantisation_of(x)
        )

    return pool


def _stored(dtype: str) -> str:
    return "float32" if dtype == "hybrid" else dtype


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4


def _window(
    d: Draw, height: int, width: int, *, dilated: bool = True
) -> tuple[dict[str, int], tuple[int, int], tuple[int, int]]:
    """(options, rows and columns of the output, kernel)."""
    while True:
        square = d.chance(0.4)
        kernel = (d.between(1, 5), d.between(1, 5))
        stride = (d.between(1, 4), d.between(1, 4)) if d.chance(0.3) else (d.pick((1, 1, 2)),) * 2
        dilation = (d.between(1, 3), d.between(1, 3)) if dilated and d.chance(0.25) else (1, 1)
        if square:
            kernel = d.pick(((1, 1), (3, 3), (3, 3), (5, 5)))
        if d.chance(0.1):
            kernel = (height, width)
        padding = d.pick((SAME, VALID))
        rows = out_extent(height, kernel[0], stride[0], dilation[0], padding)
        columns = out_extent(width, kernel[1], stride[1], dilation[1], padding)
        if min(rows, columns) > 0:
            break
    options = {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "fused_activation_function": d.pick(ACTIVATIONS),
    }
    if dilated:
        options |= {"dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1]}
    return options, (rows, columns), kernel


def _weights(
    d: Draw,
    x: int,
    dtype: str,
    shape: Sequence[int],
    *,
    axis: int,
    channels: int,
    depth: int,
    each: bool = False,
    some: bool = True,
    optional: bool = True,
) -> tuple[list[int], Quantised]:
    """(input, weights and bias where there is one; quantisation of the output).

    each: a scale for each channel always; some: now and then. optional: a bias may be numbered -1, and the sums of
    int16 may be of int32.
    """
    biased = d.chance(0.8) or (dtype == "uint8" and not optional)
    if dtype == "float32":
        weights = d.constant(d.values("float32", shape, (-1, 1)))
        bias = [d.constant(d.values("float32", (channels,)))] if biased else _without(d, optional)
        return [x, weights, *bias], {}
    base = d.scale() if d.chance(0.1) else float(np.float32(2.0 ** d.random.uniform(-9, -5)))
    count = channels if each or (some and dtype != "uint8" and d.chance(0.6)) else 1
    scales = [float(np.float32(base * 2.0 ** d.random.uniform(-1, 1))) for _ in range(count)]
    if dtype == "uint8":
        narrow = d.chance(0.4)
        zero = 128 if narrow else d.between(0, 255)
        content = d.values("uint8", shape, (1, 255) if narrow else None)
        weights = d.constant(content, scale=scales, zero_point=zero)
    else:
        if dtype == "int8" and optional and d.chance(0.15):
            content = d.values("int8", shape, (-8, 7))
            weights = d.packed(content, scale=scales, axis=axis if count > 1 else 0)
            return _with_bias(d, x, dtype, weights, scales, channels, depth / 300, biased, optional)
        low = -128 if d.chance(0.1) and dtype != "hybrid" else -127
        weights = d.constant(d.values("int8", shape, (low, 127)), scale=scales, axis=axis if count > 1 else 0)
    if dtype == "hybrid":
        bias = [d.constant(d.values("float32", (channels,)))] if biased else _without(d, optional)
        return [x, weights, *bias], {}
    return _with_bias(d, x, dtype, weights, scales, channels, depth, biased, optional)


def _with_bias(
    d: Draw,
    x: int,
    dtype: str,
    weights: int,
    scales: Sequence[float],
    channels: int,
    depth: float,
    biased: bool,
    optional: bool,
) -> tuple[list[int], Quantised]:
    """The same with quantised weights that are known; depth: of products of int8."""
    source = d.quantisation_of(x)["scale"]
    bias = _without(d, optional)
    if biased:
        bias_dtype = (
            "int32" if dtype != "int16" else d.pick(("int64", "int64", "int32") if optional else ("int64",))
        )
        limit = int(spread(depth) * 60)
        content = d.values(bias_dtype, (channels,), (-limit, limit))
        bias = [d.constant(content, scale=[float(np.float32(source * scale)) for scale in scales])]
    target = source * max(scales) * spread(depth) * (300 if dtype == "int16" else 1.0)
    if dtype == "int16":
        target /= 256
    return [x, weights, *bias], d.quantised(dtype, d.scale() if d.chance(0.05) else d.near(target))


def _without(d: Draw, optional: bool) -> list[int]:
    """A bias that is left out, by its number or altogether."""
    return [-1] if optional and d.chance(0.5) else []
