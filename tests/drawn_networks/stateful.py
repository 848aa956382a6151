"""Operators that remember: SVDF and LSTM, on floats, int8 and floats with int8 weights."""

from __future__ import annotations

import numpy as np

from drawn_networks.draw import Draw

_TANH = 4


def svdf(d: Draw) -> None:
    dtype = d.pick(("int8", "int8", "float32", "hybrid"))
    batches, inputs, units, rank, memory = (
        d.between(1, 2),
        d.between(1, 12),
        d.between(1, 7),
        d.between(1, 3),
        d.between(1, 6),
    )
    filters = units * rank
    options = {"rank": rank, "fused_activation_function": d.pick((0, 1))}
    if dtype == "int8":
        options["fused_activation_function"] = 1 if d.chance(0.7) else 0
        x = d.source(("int8",), lambda: (batches, inputs), lambda s: s == (batches, inputs))
        own = d.quantisation_of(x)["scale"]
        wide = d.chance(0.6)
        kind = "int16" if wide else "int8"
        weights, times, state = (
            2.0 ** d.random.uniform(-9, -6),
            2.0 ** d.random.uniform(-14 if wide else -8, -5),
            0.0,
        )
        state = d.near(own * weights * inputs**0.5 * (0.5 if wide else 60))
        target = d.near(state * times * (memory * rank) ** 0.5 * (2.0**23 if wide else 2.0**7) / 128)
        features = d.constant(
            d.values("int8", (filters, inputs), (-127, 127)), scale=float(np.float32(weights))
        )
        last = d.constant(d.values(kind, (filters, memory)), scale=float(np.float32(times)))
        bias = d.constant(d.values("int32", (units,), (-2000, 2000)), scale=float(np.float32(state * times)))
        zero = 0 if wide else d.between(-20, 20)
        kept = d.tensor(kind, (batches, filters * memory), scale=state, zero_point=zero, variable=True)
        d.result(
            "SVDF",
            (x, features, last, bias, kept),
            "int8",
            (batches, units),
            {"SVDFOptions": options},
            d.quantised("int8", target),
        )
        return
    x = d.source(("float32",), lambda: (batches, inputs), lambda s: s == (batches, inputs))
    kept = d.tensor("float32", (batches, filters * memory), variable=True)
    bias = [d.constant(d.values("float32", (units,)))] if d.chance(0.7) else [-1]
    if dtype == "hybrid":
        options["asymmetric_quantize_inputs"] = d.chance(0.5)
        features = d.constant(d.values("int8", (filters, inputs), (-127, 127)), scale=d.near(0.01))
        last = d.constant(d.values("int8", (filters, memory), (-127, 127)), scale=d.near(0.01))
    else:
        features = d.constant(d.values("float32", (filters, inputs), (-1, 1)))
        last = d.constant(d.values("float32", (filters, memory), (-1, 1)))
    d.result(
        "SVDF", (x, features, last, *bias, kept), "float32", (batches, units), {"SVDFOptions": options}, {}
    )


def lstm(d: Draw) -> None:
    dtype = d.pick(("int8", "float32"))
    batches, steps, inputs, cells = d.between(1, 3), d.between(1, 5), d.between(1, 9), d.between(1, 9)
    major = d.chance(0.3)
    shape = (steps, batches) if major else (batches, steps)
    clip = float(d.pick((0.0, 0.0, 1.5, 10.0)))
    options = {"fused_activation_function": _TANH, "cell_clip": clip, "time_major": major}
    x = d.source((dtype,), lambda: (*shape, inputs), lambda s: s == (*shape, inputs))

    def weights(*extents: int) -> int:
        if dtype == "float32":
            return d.constant(d.values("float32", extents, (-1, 1)))
        return d.constant(d.values("int8", extents, (-127, 127)), scale=d.near(0.008))

    def bias() -> int:
        if dtype == "float32":
            return d.constant(d.values("float32", (cells,)))
        return d.constant(d.values("int32", (cells,), (-3000, 3000)), scale=2e-4)

    rows = [weights(cells, inputs) for _ in range(4)] + [weights(cells, cells) for _ in range(4)] + [-1] * 3
    rows += [bias() for _ in range(4)]
    if d.chance(0.3):
        rows[0] = rows[4] = rows[11] = -1
    target = {"scale": d.near(0.0075), "zero_point": d.between(-10, 10)} if dtype == "int8" else {}
    exponent = d.between(-15, -9)
    hidden = d.tensor(dtype, (batches, cells), variable=True, **target)
    state = {"scale": 2.0**exponent} if dtype == "int8" else {}
    cell = d.tensor("int16" if dtype == "int8" else dtype, (batches, cells), variable=True, **state)
    between = []
    if dtype == "int8":
        between = [*(d.tensor("float32", (0,)) for _ in range(4)), d.tensor("int8", (0,), **target)]
    d.result(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (x, *rows, -1, -1, hidden, cell, -1, -1, -1, -1),
        dtype,
        (*shape, cells),
        {"UnidirectionalSequenceLSTMOptions": options},
        target,
        intermediates=between,
    )
