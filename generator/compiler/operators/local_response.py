"""LOCAL_RESPONSE_NORMALIZATION: each element over a power of its neighbours' squares along the last dimension."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """[..., C] float32. Source: ``reference_ops::LocalResponseNormalization``.

    Raises Unsupported for other element types, and for a negative radius.
    """
    source, target, operator = context.input(0), context.output(), context.operator
    require_dtype(source, "float32")
    require_dtype(target, "float32")
    require_shape(source.shape, target.shape)
    radius = operator.integer("radius")
    depth = source.shape[-1] if source.shape else 0
    if radius < 0 or depth == 0:
        raise Unsupported(f"has a radius of {radius} in the shape {source.shape}")
    values: dict[str, int | float | str] = {
        "rows": source.elements // depth,
        "depth": depth,
        "radius": min(radius, depth),
        "bias": operator.real("bias"),
        "alpha": operator.real("alpha"),
        "beta": operator.real("beta"),
    }
    kernel = Kernel(
        ("local_response_f32.h",),
        struct_body("mlf_local_response_f32_layer", values, "mlf_local_response_f32(in0, out0, &layer);"),
        description=f"{2 * radius} channels",
        instructions=source.elements * (170 + 8 * min(2 * radius, depth)),
    )
    return bound_step(context, kernel, (0,))
