"""The reference kernels' results in numpy, from the definition: real zero points, no folding, no packing."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier
from generator.compiler.kernels.window import Window


def rescale(sums: np.ndarray, scale: float) -> np.ndarray:
    pair = quantize_multiplier(scale)
    flat = [multiply_by_quantized_multiplier(value, *pair) for value in sums.reshape(-1).tolist()]
    return np.array(flat, np.int64).reshape(sums.shape)


def output_of(
    sums: np.ndarray, scales: np.ndarray, zero_point: int, activation: tuple[int, int]
) -> np.ndarray:
    """sums: int64 [..., channels]; scales: one, or one a channel."""
    channels = sums.shape[-1]
    each = np.broadcast_to(scales, (channels,))
    scaled = np.stack([rescale(sums[..., c], float(each[c])) for c in range(channels)], axis=-1)
    return np.clip(scaled + zero_point, *activation).astype(np.int8)


def patches(image: np.ndarray, window: Window, zero_point: int) -> np.ndarray:
    """[H, W, C] -> int64 [OH, OW, KH, KW, C] less the zero point, 0 beyond the image."""
    height, width, channels = image.shape
    found = np.zeros((*window.output, *window.kernel, channels), np.int64)
    for y in range(window.output[0]):
        for x in range(window.output[1]):
            for ky in range(window.kernel[0]):
                for kx in range(window.kernel[1]):
                    row = y * window.stride[0] - window.pad[0] + ky * window.dilation[0]
                    column = x * window.stride[1] - window.pad[1] + kx * window.dilation[1]
                    if 0 <= row < height and 0 <= column < width:
                        found[y, x, ky, kx] = image[row, column].astype(np.int64) - zero_point
    return found


def random_window(
    rng: np.random.Generator, largest: int = 9, kernel: tuple[int, int] | None = None
) -> Window:
    """Any geometry that fits: sizes, kernel, strides, dilation and padding."""
    while True:
        pairs = {
            "input": rng.integers(1, largest + 1, 2),
            "kernel": np.array(kernel) if kernel else rng.integers(1, 5, 2),
            "stride": rng.integers(1, 4, 2) if rng.random() < 0.5 else np.full(2, rng.integers(1, 3)),
            "dilation": rng.integers(1, 3, 2) if rng.random() < 0.25 else np.ones(2, int),
        }
        reach = (pairs["kernel"] - 1) * pairs["dilation"] + 1
        before, after = (np.minimum(rng.integers(0, 3, 2), reach - 1) for _ in range(2))
        output = (pairs["input"] + before + after - reach) // pairs["stride"] + 1
        if (output >= 1).all():
            values = {name: (int(pair[0]), int(pair[1])) for name, pair in pairs.items()}
            return Window(
                output=(int(output[0]), int(output[1])), pad=(int(before[0]), int(before[1])), **values
            )


def random_bytes(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """int8 of which many are at an end of the range."""
    ends = rng.choice(np.array([-128, 127], np.int8), shape)
    return np.where(rng.random(shape) < 0.2, ends, rng.integers(-128, 128, shape)).astype(np.int8)


def random_weights(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """As random_bytes. Converters keep to -127 and above, most of the time."""
    low = -128 if rng.random() < 0.2 else -127
    return np.maximum(random_bytes(rng, *shape), low).astype(np.int8)


def random_scales(rng: np.random.Generator, channels: int, taps: int) -> np.ndarray:
    """Scales that spread sums of so many taps over an int8, or a good deal more than it."""
    return 2.0 ** rng.uniform(-8, -3, channels) / np.sqrt(taps)


def random_activation(rng: np.random.Generator) -> tuple[int, int]:
    if rng.random() < 0.7:
        return -128, 127
    low = int(rng.integers(-128, 20))
    return low, int(rng.integers(low, 128))
