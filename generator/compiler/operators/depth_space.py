"""DEPTH_TO_SPACE and SPACE_TO_DEPTH: blocks of pixels [B, B] to and from channels of one pixel."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.operators.windows import image
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """[N, H, W, B * B * C] to [N, H * B, W * B, C] (DEPTH_TO_SPACE) or back (SPACE_TO_DEPTH).

    Any element type. Raises Unsupported where the channels don't divide into blocks.
    """
    block = context.operator.integer("block_size")
    deep, wide = context.input(0), context.output()
    if context.operator.kind == "SPACE_TO_DEPTH":
        deep, wide = wide, deep
    images, height, width, channels = image(deep)
    if block < 1 or channels % (block * block):
        raise Unsupported(f"has blocks of {block} x {block} pixels and {channels} channels")
    inner = channels // (block * block)
    require_shape((images, height * block, width * block, inner), wide.shape)
    # both as [N, H, B, W, B, C]
    pixels = view_of(wide).split(2, block).split(1, block)
    stacked = view_of(deep).split(3, inner).split(3, block).transpose((0, 1, 3, 2, 4, 5))
    moves = [Move(stacked, pixels)]
    if context.operator.kind == "SPACE_TO_DEPTH":
        moves = [Move(pixels, stacked)]
    return lower_moves(context, moves, f"blocks of {block} x {block}")
