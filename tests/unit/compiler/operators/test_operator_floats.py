from __future__ import annotations

from pathlib import Path

import numpy as np
from float_models import FloatOperators
from networks import tensor
from refusals import refusal

RELU, RELU_N1_TO_1, RELU6 = 1, 2, 3
SAME, VALID = 0, 1


def test_convolutions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 7, 6, 4))

    def conv(weights: tuple[int, ...], shape: tuple[int, ...], **options: int) -> None:
        rows = [x, m.floats(*weights), m.floats(weights[0])]
        table = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, **options}
        m.float_result("CONV_2D", rows, shape, Conv2DOptions=table)

    conv((5, 3, 3, 4), (2, 7, 6, 5), padding=SAME)
    conv((6, 3, 2, 4), (2, 3, 5, 6), padding=VALID, stride_h=2, fused_activation_function=RELU6)
    conv((4, 1, 1, 4), (2, 7, 6, 4), padding=SAME, fused_activation_function=RELU)
    conv((3, 3, 3, 4), (2, 7, 6, 3), padding=SAME, dilation_h_factor=2, dilation_w_factor=3)
    conv((8, 2, 5, 2), (2, 4, 3, 8), padding=SAME, stride_h=2, stride_w=2)
    conv((1, 7, 6, 4), (2, 1, 1, 1), padding=VALID, fused_activation_function=RELU_N1_TO_1)
    m.check_close(tmp_path)


def test_depthwise_convolutions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 7, 6, 3))

    def conv(weights: tuple[int, ...], shape: tuple[int, ...], bias: bool = True, **options: int) -> None:
        rows = [x, m.floats(*weights), *([m.floats(weights[3])] if bias else [])]
        table = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, **options}
        table["depth_multiplier"] = weights[3] // 3
        m.float_result("DEPTHWISE_CONV_2D", rows, shape, DepthwiseConv2DOptions=table)

    conv((1, 3, 3, 3), (2, 7, 6, 3), padding=SAME)
    conv((1, 3, 2, 6), (2, 3, 5, 6), padding=VALID, stride_h=2, fused_activation_function=RELU6)
    conv((1, 3, 3, 3), (2, 7, 6, 3), bias=False, padding=SAME, dilation_h_factor=2, dilation_w_factor=2)
    m.check_close(tmp_path)


def test_transposed_convolutions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 3, 4, 3))

    def conv(weights: tuple[int, ...], shape: tuple[int, ...], bias: bool = True, **options: int) -> None:
        rows = [m.numbers(shape), m.floats(*weights), x, *([m.floats(weights[0])] if bias else [])]
        m.float_result("TRANSPOSE_CONV", rows, shape, TransposeConvOptions=options)

    conv((2, 3, 3, 3), (2, 3, 4, 2), padding=SAME, stride_h=1, stride_w=1)
    conv((2, 3, 3, 3), (2, 6, 8, 2), padding=SAME, stride_h=2, stride_w=2)
    conv((3, 2, 4, 3), (2, 6, 13, 3), bias=False, padding=VALID, stride_h=2, stride_w=3)
    m.check_close(tmp_path)


def test_dense_layers_and_matrices(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (3, 2, 5))
    y = m.input("float32", (4, 5))
    z = m.input("float32", (1, 5, 3))
    for count, activation in ((1, 0), (4, RELU), (7, RELU6)):
        m.float_result(
            "FULLY_CONNECTED",
            [x, m.floats(count, 5), m.floats(count) if count > 1 else -1],
            (6, count),
            FullyConnectedOptions={"fused_activation_function": activation},
        )
    m.float_result("FULLY_CONNECTED", [x, y, -1], (6, 4), FullyConnectedOptions={})
    m.float_result("BATCH_MATMUL", [x, z], (3, 2, 3), BatchMatMulOptions={})
    m.float_result("BATCH_MATMUL", [x, y], (3, 2, 4), BatchMatMulOptions={"adj_y": True})
    m.float_result("BATCH_MATMUL", [z, x], (3, 3, 2), BatchMatMulOptions={"adj_x": True, "adj_y": True})
    m.check_close(tmp_path)


def test_arithmetic_with_broadcasting(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 3, 4))
    y = m.input("float32", (3, 1))
    z = m.floats(4, low=0.5, high=2.0)
    for kind, options in (
        ("ADD", "AddOptions"),
        ("SUB", "SubOptions"),
        ("MUL", "MulOptions"),
        ("DIV", "DivOptions"),
    ):
        m.float_result(kind, [x, y], (2, 3, 4), **{options: {"fused_activation_function": RELU6}})
        m.float_result(kind, [z, x], (2, 3, 4), **{options: {}})
    for kind in ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"):
        m.float_result(kind, [x, y], (2, 3, 4))
    m.float_result("POW", [z, x], (2, 3, 4))
    for kind in ("FLOOR_DIV", "FLOOR_MOD"):
        m.float_result(kind, [x, z], (2, 3, 4))
    m.float_result("PRELU", [x, m.floats(1, 1, 4)], (2, 3, 4))
    m.check_close(tmp_path)


def test_whole_numbers(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("int32", (2, 3))
    y = m.numbers([3, -7, 1000])
    for kind, options in (
        ("ADD", "AddOptions"),
        ("SUB", "SubOptions"),
        ("MUL", "MulOptions"),
        ("DIV", "DivOptions"),
    ):
        m.result(kind, [x, y], "int32", (2, 3), {options: {}})
    m.result("ADD", [x, y], "int32", (2, 3), {"AddOptions": {"fused_activation_function": RELU}})
    for kind in ("MAXIMUM", "MINIMUM", "FLOOR_DIV", "FLOOR_MOD"):
        m.result(kind, [x, y], "int32", (2, 3))
    values = [
        [np.array([[5, -5, 2047], [-1, 0, -2001]], np.int32)],
        [np.array([[2**31 - 1, 7, -8]] * 2, np.int32)],
    ]
    m.check(tmp_path, "litert", values)


def test_elementwise_functions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (5, 8))
    positive = m.input("float32", (5, 8))
    for kind in (
        "ABS",
        "COS",
        "EXP",
        "FLOOR",
        "HARD_SWISH",
        "LOGISTIC",
        "NEG",
        "RELU",
        "RELU6",
    ):
        m.float_result(kind, [x], (5, 8))
    for kind in ("RELU_N1_TO_1", "RELU_0_TO_1", "SIGN", "SIN", "SQUARE", "TANH"):
        m.float_result(kind, [x], (5, 8))
    for kind in ("LOG", "RSQRT", "SQRT"):
        m.float_result(kind, [positive], (5, 8))
    m.float_result("LEAKY_RELU", [x], (5, 8), LeakyReluOptions={"alpha": 0.1})
    m.float_result("GELU", [x], (5, 8), GeluOptions={"approximate": False})
    m.float_result("GELU", [x], (5, 8), GeluOptions={"approximate": True})
    micro = FloatOperators()
    x = micro.input("float32", (5, 8))
    for kind in ("CEIL", "ELU", "ROUND"):
        micro.float_result(kind, [x], (5, 8))
    sets = [[a, np.abs(b) + np.float32(0.01)] for a, b in m.random_inputs(4)]
    sets[0][0][0] = [0.5, 1.5, 2.5, -0.5, -1.5, 0.0, -0.0, 30.0]
    m.check_close(tmp_path, sets)
    micro.check_close(tmp_path / "micro", [row[:1] for row in sets], "tflm")


def test_pools(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 7, 6, 3))
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        table = {"filter_height": 3, "filter_width": 2, "stride_h": 2, "stride_w": 1}
        m.float_result(kind, [x], (2, 4, 6, 3), Pool2DOptions={**table, "padding": SAME})
        m.float_result(
            kind,
            [x],
            (2, 3, 5, 3),
            Pool2DOptions={**table, "padding": VALID, "fused_activation_function": RELU},
        )
    m.check_close(tmp_path)


def test_normalisations(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 3, 5))
    m.float_result("SOFTMAX", [x], (2, 3, 5), SoftmaxOptions={"beta": 1.0})
    m.float_result("SOFTMAX", [x], (2, 3, 5), SoftmaxOptions={"beta": 0.3})
    m.float_result("LOG_SOFTMAX", [x], (2, 3, 5))
    m.float_result("L2_NORMALIZATION", [x], (2, 3, 5), L2NormOptions={})
    m.check_close(tmp_path)


def test_reductions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 3, 4, 5))
    for axes, shape in (([1, 2], (2, 5)), ([-1], (2, 3, 4)), ([0, 2], (3, 5)), ([0, 1, 2, 3], ())):
        for kind in ("MEAN", "SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN"):
            m.float_result(kind, [x, m.numbers(axes)], shape, ReducerOptions={})
    m.float_result("MEAN", [x, m.numbers([1, 2])], (2, 1, 1, 5), ReducerOptions={"keep_dims": True})
    m.check_close(tmp_path)


def test_resizing(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 4, 5, 2))
    for shape in ((8, 10), (7, 3), (1, 1), (4, 5)):
        for options in ({}, {"align_corners": True}, {"half_pixel_centers": True}):
            m.float_result(
                "RESIZE_BILINEAR", [x, m.numbers(shape)], (2, *shape, 2), ResizeBilinearOptions=options
            )
    m.check_close(tmp_path)


def test_the_greatest_values(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (3, 6))
    for kept in (1, 4, 6):
        values, places = m.tensor("float32", (3, kept)), m.tensor("int32", (3, kept))
        m.operator("TOPK_V2", [x, m.numbers(kept)], (values, places), TopKV2Options={})
        m.outputs += [values, places]
    sets = m.random_inputs()
    sets[1][0][1] = [2, 1, 2, 0, 2, 1]
    m.check_close(tmp_path, sets)


def test_slices_scattered_over_zeros(tmp_path: Path) -> None:
    m = FloatOperators()
    places = m.input("int32", (2, 3, 2))
    updates = m.input("float32", (2, 3, 5))
    m.float_result("SCATTER_ND", [places, updates, m.numbers([4, 3, 5])], (4, 3, 5), ScatterNdOptions={})
    single = m.input("int32", (4, 1))
    whole = m.numbers([1, -2, 300, 2**31 - 1])
    m.result("SCATTER_ND", [single, whole, m.numbers([6])], "int32", (6,), {"ScatterNdOptions": {}})
    random = np.random.default_rng(3)
    sets = []
    for _ in range(3):
        pairs = np.stack([random.integers(0, 4, (2, 3)), random.integers(0, 3, (2, 3))], axis=-1)
        floats = random.uniform(-1, 1, (2, 3, 5)).astype(np.float32)
        sets.append(
            [pairs.astype(np.int32), floats, random.permutation(6)[:4].reshape(4, 1).astype(np.int32)]
        )
    m.check_close(tmp_path, sets)


def test_whole_numbers_one_by_one(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("int32", (5,))
    for kind in ("ABS", "NEG", "SIGN"):
        m.result(kind, [x], "int32", (5,))
    m.check(tmp_path, "litert", [[np.array([0, 5, -7, 2**31 - 1, -(2**31) + 1], np.int32)]])


def test_layers_of_floats_give_floats() -> None:
    rows = [tensor(0, (2, 3), "float32"), tensor(1, (3, 4), "float32"), tensor(2, (2, 4))]
    assert "is not supported on int8 ('t2')" in refusal("BATCH_MATMUL", rows, [0, 1], [2])
    image, weights = tensor(0, (1, 2, 2, 1), "float32"), tensor(1, (1, 1, 1, 1), "float32", constant=bytes(4))
    for kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        rows = [image, weights, tensor(2, (1, 2, 2, 1))]
        assert "is not supported on int8 ('t2')" in refusal(kind, rows, [0, 1], [2])
    size = np.array([1, 2, 2, 1], "<i4").tobytes()
    rows = [image, weights, tensor(2, (1, 2, 2, 1)), tensor(3, (4,), "int32", constant=size)]
    assert "is not supported on int8 ('t2')" in refusal("TRANSPOSE_CONV", rows, [3, 1, 0], [2])
