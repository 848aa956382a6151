"""Operators that move elements, or only rename them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drawn_networks.draw import Draw, Quantised

TYPES = ("int8", "int8", "int16", "uint8", "float32", "int32", "int64", "bool")


def _any(d: Draw, least: int = 1, most: int = 4) -> int:
    return d.source(TYPES, lambda: d.shape(d.rank(least, most)), lambda shape: least <= len(shape) <= most)


def _like(d: Draw, x: int, shape: tuple[int, ...]) -> int:
    """Another tensor of the type and quantisation: a new input, a constant, or the same."""
    if d.chance(0.1) and d.shape_of(x) == shape:
        return x
    return d.operand(d.dtype(x), shape, d.quantisation_of(x), constant=0.2)


def _moved(
    d: Draw, kind: str, inputs: tuple[int, ...], x: int, shape: tuple[int, ...], **options: dict[str, int]
) -> None:
    d.result(kind, inputs, d.dtype(x), shape, options, d.quantisation_of(x))


def transpose(d: Draw) -> None:
    x = _any(d, 1, 5)
    shape = d.shape_of(x)
    order = [int(axis) for axis in d.random.permutation(len(shape))]
    _moved(d, "TRANSPOSE", (x, d.numbers(order)), x, tuple(shape[a] for a in order), TransposeOptions={})


def concatenation(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape) - 1)
    inputs = [x]
    for _ in range(d.between(0, 4)):
        other = (*shape[:axis], d.size(), *shape[axis + 1 :])
        if d.dtype(x) == "uint8" and d.chance(0.5):
            inputs.append(d.operand("uint8", other))
        else:
            inputs.append(_like(d, x, other))
    d.random.shuffle(inputs)
    whole = sum(d.shape_of(i)[axis] for i in inputs)
    options = {"axis": axis - len(shape) if d.chance(0.3) else axis, "fused_activation_function": 0}
    _moved(
        d,
        "CONCATENATION",
        tuple(inputs),
        x,
        (*shape[:axis], whole, *shape[axis + 1 :]),
        ConcatenationOptions=options,
    )


def pack(d: Draw) -> None:
    x = _any(d, 1, 3)
    shape = d.shape_of(x)
    inputs = (x, *(_like(d, x, shape) for _ in range(d.between(0, 3))))
    axis = d.between(0, len(shape))
    options = {"values_count": len(inputs), "axis": axis - len(shape) - 1 if d.chance(0.3) else axis}
    _moved(d, "PACK", inputs, x, (*shape[:axis], len(inputs), *shape[axis:]), PackOptions=options)


def unpack(d: Draw) -> None:
    x = _any(d, 2, 4)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape) - 1)
    single = (*shape[:axis], *shape[axis + 1 :])
    targets = [d.tensor(d.dtype(x), single, **d.quantisation_of(x)) for _ in range(shape[axis])]
    options = {"num": len(targets), "axis": axis - len(shape) if d.chance(0.3) else axis}
    d.operator("UNPACK", (x,), targets, UnpackOptions=options)
    _some(d, targets)


def _some(d: Draw, targets: list[int]) -> None:
    """Not all outputs of an operator need be used."""
    used = [target for target in targets if d.chance(0.8)] or targets[:1]
    d.outputs += used


def split(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape) - 1)
    parts = d.pick([n for n in range(1, shape[axis] + 1) if shape[axis] % n == 0])
    single = (*shape[:axis], shape[axis] // parts, *shape[axis + 1 :])
    targets = [d.tensor(d.dtype(x), single, **d.quantisation_of(x)) for _ in range(parts)]
    place = d.numbers(axis - len(shape) if d.chance(0.3) else axis)
    d.operator("SPLIT", (place, x), targets, SplitOptions={"num_splits": parts})
    _some(d, targets)


def split_v(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape) - 1)
    cuts = sorted({d.between(1, shape[axis]) for _ in range(d.between(0, 3))} - {shape[axis]})
    sizes = [int(size) for size in np.diff([0, *cuts, shape[axis]])]
    targets = [
        d.tensor(d.dtype(x), (*shape[:axis], size, *shape[axis + 1 :]), **d.quantisation_of(x))
        for size in sizes
    ]
    given = list(sizes)
    if d.chance(0.3):
        given[d.between(0, len(given) - 1)] = -1
    place = d.numbers(axis - len(shape) if d.chance(0.3) else axis)
    d.operator("SPLIT_V", (x, d.numbers(given), place), targets, SplitVOptions={"num_splits": len(sizes)})
    _some(d, targets)


def slice_(d: Draw) -> None:
    x = _any(d, 1, 5)
    begins, sizes, given = [], [], []
    for extent in d.shape_of(x):
        begin = d.between(0, extent - 1)
        size = d.between(1, extent - begin)
        begins.append(begin)
        sizes.append(size)
        given.append(-1 if size == extent - begin and d.chance(0.5) else size)
    dtype = d.pick(("int32", "int32", "int64"))
    _moved(
        d, "SLICE", (x, d.numbers(begins, dtype), d.numbers(given, dtype)), x, tuple(sizes), SliceOptions={}
    )


def strided_slice(d: Draw) -> None:
    x = _any(d, 1, 5)
    shape = d.shape_of(x)
    used = d.between(1, len(shape)) if d.chance(0.3) else len(shape)
    masks = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}
    begins, ends, strides, index = [], [], [], []
    axis = number = 0
    while axis < used:
        if d.chance(0.04):
            masks["new_axis_mask"] |= 1 << number
            begin, end, stride = 0, 1, 1
            index.append(None)
        else:
            extent = shape[axis]
            stride = d.pick((1, 1, 1, 2, 3, -1, -2))
            begin, end = d.between(-extent, extent - 1), d.between(-extent - 1, extent + 1)
            if d.chance(0.2):
                masks["shrink_axis_mask"] |= 1 << number
                stride, end = 1, begin + 1
                index.append(begin)
            else:
                first, last = begin, end
                if d.chance(0.3):
                    masks["begin_mask"] |= 1 << number
                    first = None
                if d.chance(0.3):
                    masks["end_mask"] |= 1 << number
                    last = None
                if not len(range(extent)[first:last:stride]):
                    masks["begin_mask"] |= 1 << number
                    masks["end_mask"] |= 1 << number
                    first = last = None
                index.append(slice(first, last, stride))
            axis += 1
        begins.append(begin)
        ends.append(end)
        strides.append(stride)
        number += 1
    found = np.empty(shape, np.int8)[tuple(index)].shape
    inputs = (x, d.numbers(begins), d.numbers(ends), d.numbers(strides))
    _moved(d, "STRIDED_SLICE", inputs, x, found, StridedSliceOptions=masks)


def pad_of(kind: str) -> Callable[[Draw], None]:
    def pad(d: Draw) -> None:
        x = _any(d)
        shape, dtype = d.shape_of(x), d.dtype(x)
        mode = d.between(0, 1)
        borders = [(d.between(0, 3), d.between(0, 3)) if d.chance(0.6) else (0, 0) for _ in shape]
        if kind == "MIRROR_PAD":
            most = [extent - 1 + mode for extent in shape]
            borders = [(min(a, m), min(b, m)) for (a, b), m in zip(borders, most, strict=True)]
        inputs = [x, d.numbers(borders, d.pick(("int32", "int32", "int64")))]
        if kind == "PADV2":
            inputs.append(d.constant(d.values(dtype, (1,), None), **d.quantisation_of(x)))
        grown = tuple(extent + sum(border) for extent, border in zip(shape, borders, strict=True))
        options = {"PAD": {"PadOptions": {}}, "PADV2": {"PadV2Options": {}}}.get(
            kind, {"MirrorPadOptions": {"mode": mode}}
        )
        d.result(kind, inputs, dtype, grown, options, d.quantisation_of(x))

    return pad


def depth_space_of(kind: str) -> Callable[[Draw], None]:
    def depth_space(d: Draw) -> None:
        block = d.between(1, 3)
        deep = (d.between(1, 2), d.size(4), d.size(4), block * block * d.between(1, 4))
        wide = (deep[0], deep[1] * block, deep[2] * block, deep[3] // (block * block))
        taken, given = (deep, wide) if kind == "DEPTH_TO_SPACE" else (wide, deep)
        x = d.source(TYPES, lambda: taken, lambda shape: shape == taken)
        table = "DepthToSpaceOptions" if kind == "DEPTH_TO_SPACE" else "SpaceToDepthOptions"
        d.result(kind, (x,), d.dtype(x), given, {table: {"block_size": block}}, d.quantisation_of(x))

    return depth_space


def batch_space_of(kind: str) -> Callable[[Draw], None]:
    def batch_space(d: Draw) -> None:
        axes = d.pick((2, 2, 1))
        blocks = [d.between(1, 3) for _ in range(axes)]
        shrunk = [d.between(1, 3) for _ in blocks]
        borders, space = [], []
        for block, size in zip(blocks, shrunk, strict=True):
            before = d.between(0, min(2, block * size - 1))
            after = d.between(0, min(2, block * size - 1 - before))
            borders.append((before, after))
            space.append(block * size - before - after)
        images, rest = d.between(1, 2), d.size(4)
        wide = (images, *space, rest)
        small = (images * int(np.prod(blocks)), *shrunk, rest)
        taken, given = (wide, small) if kind == "SPACE_TO_BATCH_ND" else (small, wide)
        x = d.source(TYPES, lambda: taken, lambda shape: shape == taken)
        table = "SpaceToBatchNDOptions" if kind == "SPACE_TO_BATCH_ND" else "BatchToSpaceNDOptions"
        _moved(d, kind, (x, d.numbers(blocks), d.numbers(borders)), x, given, **{table: {}})

    return batch_space


def broadcast_to(d: Draw) -> None:
    shape = d.shape(d.rank(1, 5))
    small = d.broadcast(shape)
    x = d.source(TYPES, lambda: small, lambda found: found == small)
    place = d.numbers(shape, d.pick(("int32", "int64")))
    own, table = d.quantisation_of(x), {"BroadcastToOptions": {}}
    d.result("BROADCAST_TO", (x, place), d.dtype(x), shape, table, own, version=3)


def tile(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    times = [d.between(1, 3) for _ in shape]
    whole = tuple(extent * n for extent, n in zip(shape, times, strict=True))
    _moved(d, "TILE", (x, d.numbers(times, d.pick(("int32", "int64")))), x, whole, TileOptions={})


def reverse(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    axes = [a for a in range(len(shape)) if d.chance(0.5)] or [0]
    if d.chance(0.4):
        axes = [axes[0] - len(shape)]
    _moved(d, "REVERSE_V2", (x, d.numbers(axes)), x, shape, ReverseV2Options={})


def gather(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape) - 1)
    batches = d.between(0, axis) if d.chance(0.3) else 0
    places = (*shape[:batches], *d.shape(d.between(0 if batches == 0 else 1, 2), 4))
    limits = (0, shape[axis] - 1)
    if d.chance(0.4):
        indices = d.constant(d.values("int32", places, limits))
    else:
        indices = d.input("int32", places)
        d.limits[indices] = limits
    options = {"axis": axis - len(shape) if d.chance(0.3) else axis, "batch_dims": batches}
    found = (*shape[:axis], *places[batches:], *shape[axis + 1 :])
    _moved(d, "GATHER", (x, indices), x, found, GatherOptions=options)


def resize_of(kind: str) -> Callable[[Draw], None]:
    def resize(d: Draw) -> None:
        types = (
            ("int8", "int8", "float32")
            if kind == "RESIZE_BILINEAR"
            else ("int8", "uint8", "int16", "float32")
        )
        x = d.source(types, d.image, lambda shape: len(shape) == 4)
        n, h, w, c = d.shape_of(x)
        rows, columns = (h * 2, w * 2) if d.chance(0.4) else (d.size(14), d.size(14))
        way = d.between(0, 2)
        options = {"align_corners": way == 1, "half_pixel_centers": way == 2}
        table = "ResizeBilinearOptions" if kind == "RESIZE_BILINEAR" else "ResizeNearestNeighborOptions"
        _moved(d, kind, (x, d.numbers([rows, columns])), x, (n, rows, columns, c), **{table: options})

    return resize


def reshape(d: Draw) -> None:
    x = _any(d)
    shape = d.shape_of(x)
    cut = d.between(0, len(shape))
    parts = [int(np.prod(shape[:cut])), int(np.prod(shape[cut:]))]
    found = tuple(d.pick((parts, [parts[0] * parts[1]], [1, *shape], list(shape))))
    _moved(d, "RESHAPE", (x, d.numbers(found)), x, found, ReshapeOptions={"new_shape": list(found)})


def squeeze(d: Draw) -> None:
    x = _any(d, 2, 4)
    shape = d.shape_of(x)
    found = tuple(extent for extent in shape if extent != 1) or (1,)
    if found == (1,):
        return reshape(d)
    return _moved(d, "SQUEEZE", (x,), x, found, SqueezeOptions={})


def expand_dims(d: Draw) -> None:
    x = _any(d, 1, 4)
    shape = d.shape_of(x)
    axis = d.between(0, len(shape))
    given = axis - len(shape) - 1 if d.chance(0.3) else axis
    _moved(
        d, "EXPAND_DIMS", (x, d.numbers(given)), x, (*shape[:axis], 1, *shape[axis:]), ExpandDimsOptions={}
    )


def shape_(d: Draw) -> None:
    x = _any(d)
    d.result("SHAPE", (x,), "int32", (len(d.shape_of(x)),), {"ShapeOptions": {"out_type": 2}}, {})


def scatter_nd(d: Draw) -> None:
    target = d.shape(d.rank(1, 3))
    depth = d.between(1, len(target))
    count = d.between(1, 5)
    dtype = d.pick(("int8", "uint8", "int32", "int64", "float32"))
    quantised: Quantised = {}
    updates = d.source(
        (dtype,),
        lambda: (count, *target[depth:]),
        lambda s: s == (count, *target[depth:]),
        quantised=lambda _: {},
    )
    limits = (0, min(target[:depth]) - 1)
    if d.chance(0.5):
        indices = d.constant(d.values("int32", (count, depth), limits))
    else:
        indices = d.input("int32", (count, depth))
        d.limits[indices] = limits
    d.result(
        "SCATTER_ND",
        (indices, updates, d.numbers(target)),
        dtype,
        target,
        {"ScatterNdOptions": {}},
        quantised,
    )
