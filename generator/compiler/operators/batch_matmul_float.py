"""BATCH_MATMUL on floats: [..., M, K] x [..., K, N], leading dimensions broadcast, either matrix transposed."""

from __future__ import annotations

from math import prod

from msgspec import Struct

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import View, nest, place, view_of
from generator.compiler.step import Lowered, Unsupported


def lower_float(context: Context) -> Lowered:
    """[..., M, K] x [..., K, N] to [..., M, N], all float32. Raises Unsupported for shapes that don't match."""
    product = product_of(context, "float32")
    require_dtype(context.output(), "float32")
    left, right = (f"(mlf_steps){{{{{down}, {across}}}}}" for down, across in product.steps)
    call = (
        f"mlf_matmul_f32(in0 + {product.starts[0]}, {left}, in1 + {product.starts[1]}, {right}, "
        f"out0 + {product.starts[2]}, {product.rows}, {product.depth}, {product.columns});"
    )
    kernel = Kernel(
        ("batch_matmul_f32.h",),
        tuple(nest(product.batches, [call])),
        description=product.description,
        macs=product.macs,
        instructions=7 * product.macs + 12 * context.output().elements,
    )
    return bound_step(context, kernel, (0, 1))


class Product(Struct, frozen=True):
    """[rows, depth] x [depth, columns] for each of the batches.

    steps: of the left and the right matrix, elements from one row and from one column to the next.
    starts: C expressions, by the loops over the batches, of where left, right and output begin.
    """

    batches: tuple[int, ...]
    rows: int
    depth: int
    columns: int
    steps: tuple[tuple[int, int], tuple[int, int]]
    starts: tuple[str, str, str]

    @property
    def macs(self) -> int:
        """Multiply-adds of a run."""
        return prod(self.batches) * self.rows * self.depth * self.columns

    @property
    def description(self) -> str:
        """The shapes, for people."""
        return f"{self.rows} x {self.depth} by {self.depth} x {self.columns}"


def product_of(context: Context, dtype: str) -> Product:
    """Raises Unsupported where the matrices don't fit or are of another element type."""
    operator, target = context.operator, context.output()
    sides = []
    for position, option in ((0, "adj_x"), (1, "adj_y")):
        tensor = context.input(position)
        require_dtype(tensor, dtype)
        rank = len(tensor.shape)
        if rank < 2:
            raise Unsupported(
                f"multiplies a tensor of shape {tensor.shape}; at least two dimensions are needed"
            )
        order = (*range(rank - 2), rank - 1, rank - 2) if operator.integer(option) else range(rank)
        sides.append(view_of(tensor).transpose(tuple(order)))
    left, right = sides
    rows, depth = left.extents[-2:]
    columns = right.extents[-1]
    if right.extents[-2] != depth or target.shape[-2:] != (rows, columns):
        raise Unsupported(f"multiplies {left.extents} by {right.extents} to {target.shape}")
    batches = target.shape[:-2]
    starts = [View(side.extents[:-2], side.strides[:-2]).broadcast(batches).strides for side in sides]
    return Product(
        batches,
        rows,
        depth,
        columns,
        ((left.strides[-2], left.strides[-1]), (right.strides[-2], right.strides[-1])),
        (place(0, starts[0]), place(0, starts[1]), place(0, view_of(target).strides[:-2])),
    )
