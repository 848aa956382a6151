"""SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: every B-th pixel of an image as an image of its own, and back."""

from __future__ import annotations

from generator.compiler.context import Context, quantization
from generator.compiler.operators.shapes import numbers, require_shape
from generator.compiler.operators.views import Move, View, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkTensor


def lower(context: Context) -> Lowered:
    """[N, D1, D2, …, C] to [N * blocks, D1 / B1, D2 / B2, …, C] or back.

    Inputs 1 and 2: constant block sizes [M] and paddings or crops [M, 2].
    A border is filled with the zero point. Raises Unsupported where blocks don't divide the padded image.
    """
    gather = context.operator.kind == "SPACE_TO_BATCH_ND"
    space, batch = context.input(0), context.output()
    if not gather:
        space, batch = batch, space
    blocks = numbers(context, 1, "block sizes")
    amounts = numbers(context, 2, "paddings" if gather else "crops", 2 * len(blocks))
    borders = list(zip(amounts[::2], amounts[1::2], strict=True))
    rank = len(space.shape)
    if rank < 1 + len(blocks) or min((*blocks, 1)) < 1 or min((*amounts, 0)) < 0:
        raise Unsupported(f"has blocks {blocks} for the shape {space.shape}")
    grown = [space.shape[1 + i] + before + after for i, (before, after) in enumerate(borders)]
    count = 1
    for size, block in zip(grown, blocks, strict=True):
        if size % block:
            raise Unsupported(f"cuts {size} pixels into blocks of {block}")
        count *= block
    shrunk = [size // block for size, block in zip(grown, blocks, strict=True)]
    require_shape((space.shape[0] * count, *shrunk, *space.shape[1 + len(blocks) :]), batch.shape)
    moves = []
    for number in range(count):
        pair = _image(space, batch, number, blocks, borders)
        if pair is not None:
            moves.append(Move(*pair) if gather else Move(pair[1], pair[0]))
    fill: int | float | None = None
    if gather and any(amounts):
        fill = 0.0 if batch.dtype == "float32" else 0
        if batch.dtype in ("int8", "uint8"):
            fill = quantization(batch).zero_point
    return lower_moves(context, moves, f"blocks of {' x '.join(map(str, blocks))}", fill)


def _image(
    space: NetworkTensor,
    batch: NetworkTensor,
    number: int,
    blocks: tuple[int, ...],
    borders: list[tuple[int, int]],
) -> tuple[View, View] | None:
    """(pixels in space, pixels in batch) of the images with one offset in the block; None where all are padding."""
    images = space.shape[0]
    pixels = view_of(space)
    shrunk = view_of(batch).take(0, number * images, images)
    rest = number
    for i in reversed(range(len(blocks))):
        axis, block, before = 1 + i, blocks[i], borders[i][0]
        start = rest % block
        rest //= block
        # cell k of the small image is pixel start + k * block - before
        first = max(-(-(before - start) // block), 0)
        last = (before + space.shape[axis] - 1 - start) // block
        if last < first:
            return None
        pixels = pixels.take(axis, start + first * block - before, last - first + 1, block)
        shrunk = shrunk.take(axis, first, last - first + 1)
    return pixels, shrunk
