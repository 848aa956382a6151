"""What operators that slide a window over an image share: its geometry from the model's options."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.arithmetic import same_padding
from generator.compiler.context import Context, quantization
from generator.compiler.fuse import PADDING, VALID
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.kernels.window import Window, members
from generator.compiler.step import Unsupported
from generator.model.network import NetworkTensor

#: Padding of the schema
SAME = 0
_INT16_MAX, _INT32_MAX = 2**15 - 1, 2**31 - 1


def image(tensor: NetworkTensor) -> tuple[int, int, int, int]:
    """The shape [N, H, W, C]. Raises Unsupported for another number of dimensions."""
    if len(tensor.shape) != 4 or 0 in tensor.shape:
        raise Unsupported(f"takes images [N, H, W, C], not the shape {tensor.shape} of {tensor.name!r}")
    n, h, w, c = tensor.shape
    return n, h, w, c


def window_of(
    context: Context, source: NetworkTensor, target: NetworkTensor, kernel: tuple[int, int]
) -> Window:
    """The window of a convolution or pool. kernel: (height, width). Raises Unsupported where shapes disagree."""
    operator = context.operator
    images, height, width, channels = image(source)
    also_images, rows, columns, _ = image(target)
    if images != also_images:
        raise Unsupported(f"gives {images} images, but its output has {also_images}")
    stride = (operator.integer("stride_h", 1), operator.integer("stride_w", 1))
    dilation = (operator.integer("dilation_hfactor", 1), operator.integer("dilation_wfactor", 1))
    if min(*stride, *dilation, *kernel) < 1:
        raise Unsupported("has a stride, dilation or window that is not positive")
    explicit = operator.integers(PADDING)
    padding = operator.integer("padding")
    if padding not in (SAME, VALID):
        raise Unsupported(f"has the padding number {padding}, which is not known")
    found = []
    pads = []
    strides = []
    for axis, (size, cell) in enumerate(((height, width * channels), (width, channels))):
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        require_reach(reach - 1 + size, cell)
        if padding == SAME:
            out, before = same_padding(size, kernel[axis], stride[axis], dilation[axis])
        else:
            before, after = explicit[2 * axis : 2 * axis + 2] if explicit else (0, 0)
            out = (size + before + after - reach) // stride[axis] + 1
        found.append(out)
        pads.append(before)
        # A window that stays where it is has no stride; a great one must not leave int32 in products.
        strides.append(min(stride[axis], size) if out == 1 else stride[axis])
    if tuple(found) != (rows, columns):
        raise Unsupported(f"gives {found[0]} x {found[1]} pixels, but its output has {rows} x {columns}")
    window = Window(
        (height, width),
        (rows, columns),
        kernel,
        (strides[0], strides[1]),
        (1 if kernel[0] == 1 else dilation[0], 1 if kernel[1] == 1 else dilation[1]),
        (int(pads[0]), int(pads[1])),
    )
    # Only layers with weights have sizes of windows in int16.
    sizes = () if context.optional(1) is None else kernel
    require_int16(*sizes, *window.stride, *window.dilation, *window.pad)
    return window


def require_int16(*measures: int) -> None:
    """Raises Unsupported where a window's size, stride, dilation or padding doesn't fit in int16."""
    if max(measures) > _INT16_MAX:
        raise Unsupported(
            f"has a window whose size, stride, dilation or padding is {max(measures):,}; {_INT16_MAX:,} is the most",
            "convert the model with smaller windows",
        )


def require_reach(cells: int, cell_elements: int) -> None:
    """Raises Unsupported where a window's place doesn't fit in int32, in which the kernels compute it.

    cells: that the image and the window span together along one dimension. cell_elements: of each cell.
    """
    if cells * cell_elements > _INT32_MAX:
        raise Unsupported(
            f"spans {cells:,} cells of {cell_elements:,} elements with its window, beyond the range of int32",
            "lower the stride or the dilation",
        )


def layer_scales(
    source: NetworkTensor,
    weights: NetworkTensor,
    target: NetworkTensor,
    channels: int,
    axis: int,
    *,
    of_floats: bool = False,
) -> np.ndarray:
    """float64 [channels]: input times weight over output, a per-tensor scale repeated.

    axis: the weights' dimension of output channels. of_floats: the product of per-tensor scales is one of float32,
    as ``GetQuantizedConvolutionMultipler`` has it. Raises Unsupported for weights quantised otherwise.
    """
    of_weights = quantization(weights)
    if len(of_weights.scales) not in (1, channels):
        raise Unsupported(f"has {len(of_weights.scales)} weight scales for {channels} output channels")
    if len(of_weights.scales) > 1 and of_weights.axis != axis:
        raise Unsupported(f"has weights quantised along dimension {of_weights.axis}, not {axis}")
    if any(of_weights.zero_points):
        raise Unsupported("has weights whose zero point is not 0", "convert the model with symmetric weights")
    scale = quantization(source).scale
    if of_floats and len(of_weights.scales) == 1:
        product = np.array([np.float32(scale) * np.float32(of_weights.scale)], np.float64)
    else:
        product = np.float64(scale) * np.array(of_weights.scales, np.float64)
    scales: np.ndarray = np.broadcast_to(product / np.float64(quantization(target).scale), (channels,))
    return scales


def bias_of(context: Context, position: int, channels: int, dtype: str = "int32") -> np.ndarray | None:
    """The bias, flat, or None where it is left out. Raises Unsupported for another type or number."""
    tensor = context.optional(position)
    if tensor is None:
        return None
    if tensor.dtype != dtype or tensor.elements != channels:
        raise Unsupported(f"has a bias of {tensor.elements} {tensor.dtype} for {channels} output channels")
    return context.constant(position, "a bias").reshape(-1)


def window_members(window: Window, source: NetworkTensor, target: NetworkTensor) -> dict[str, int]:
    """The members of a layer's mlf_window (see window.h). source: [N, H, W, C]; target: [N, H', W', C']."""
    found = {
        "batches": source.shape[0],
        **members(window),
        "input_channels": source.shape[3],
        "output_channels": target.shape[3],
    }
    return {f"window.{name}": value for name, value in found.items()}


def batched(kernel: Kernel, images: int, input_elements: int, output_elements: int) -> Kernel:
    """The kernel of one image, run over several. Elements: of one image."""
    if images == 1:
        return kernel
    loop = (
        f"for (int32_t n = 0; n < {images}; n++, in0 += {input_elements}, out0 += {output_elements}) {{{{",
        f"  {kernel.body[-1]}",
        "}}",
    )
    return replace(
        kernel,
        body=(*kernel.body[:-1], *loop),
        overlaps=(),
        macs=kernel.macs * images,
        instructions=kernel.instructions * images,
    )
