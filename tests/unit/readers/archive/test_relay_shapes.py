"""Types of outputs that Relay text leaves to be inferred."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.readers.archive.c_packed import TensorType
from generator.readers.archive.mlf import load_archive
from generator.readers.archive.relay_shapes import UNKNOWN, Inferred, infer_outputs

X = TensorType("int8", (1, 8, 8, 4))
Y = TensorType("int8", (1, 8, 8, 2))
Z = TensorType("int8", (4,))
SPAN = "/* span=x:0:0 */"


def infer(*lines: str) -> Inferred:
    text = (
        "def @main(%x: Tensor[(1, 8, 8, 4), int8]) {\n" + "\n".join(f"  {line}" for line in lines) + "\n}\n"
    )
    ((_, found),) = infer_outputs(text, {"x": X, "y": Y, "z": Z})
    return found


@pytest.mark.parametrize(
    ("call", "dtype", "shape"),
    [
        ("qnn.add(%x, %z, 0.5f, 0, 0.5f, 0, 0.5f, -1)", "int8", (1, 8, 8, 4)),
        ("qnn.mul(%z, %x, 0.5f, 0, 0.5f, 0, 0.5f, -1)", "int8", (1, 8, 8, 4)),
        ("subtract(%x, %x)", "int8", (1, 8, 8, 4)),
        ("qnn.requantize(%x, 0.5f, 0, 0.25f, 3)", "int8", (1, 8, 8, 4)),
        ('qnn.requantize(%x, 0.5f, 0, 0.25f, 3, axis=3, out_dtype="uint8")', "uint8", (1, 8, 8, 4)),
        ("qnn.quantize(%x, 0.5f, 0)", "int8", (1, 8, 8, 4)),
        ("qnn.dequantize(%x, 0.5f, 0)", "float32", (1, 8, 8, 4)),
        ('cast(%x, dtype="int32")', "int32", (1, 8, 8, 4)),
        ("clip(%x, a_min=-128f, a_max=127f)", "int8", (1, 8, 8, 4)),
        ("reshape(%x, newshape=[0, -1])", "int8", (1, 256)),
        ("reshape(%x, newshape=[-1, 64])", "int8", (4, 64)),
        ("nn.batch_flatten(%x)", "int8", (1, 256)),
        ('qnn.dense(%z, %z, 0, 0, 0.5f, 0.5f, units=12, out_dtype="int32")', "int32", (12,)),
        ("nn.dense(%x, %z, units=3)", "int8", (1, 8, 8, 3)),
        ("nn.pad(%x, -128f, pad_width=[[0, 0], [1, 2], [3, 0], [0, 0]])", "int8", (1, 11, 11, 4)),
        ('nn.max_pool2d(%x, pool_size=[2, 3], strides=[2, 2], layout="NHWC")', "int8", (1, 4, 3, 4)),
        (
            "qnn.conv2d(%x, %w, 0, 0, 0.5f, 0.5f, strides=[2, 1], padding=[0, 1, 1, 1], dilation=[1, 2], "
            'channels=6, kernel_size=[3, 3], data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32")',
            "int32",
            (1, 4, 6, 6),
        ),
        ("qnn.concatenate((%x, %y), (0.5f, 0.5f), (0, 0), 0.5f, 0, axis=3)", "int8", (1, 8, 8, 6)),
        ("concatenate((%x, %y), axis=-1)", "int8", (1, 8, 8, 6)),
    ],
)
def test_what_operators_do(call: str, dtype: str, shape: tuple[int, ...]) -> None:
    assert infer(f"{call} {SPAN}") == Inferred(dtype, shape)
    assert infer(f"%1 = {call} {SPAN};", f"nn.relu(%1) {SPAN}") == Inferred(dtype, shape)
    assert infer(call).whole == TensorType(dtype, shape)


def test_a_tuple_of_its_own_line() -> None:
    assert infer("%1 = (%x, %y);", "%2 = (0.5f, 0.5f);", "qnn.concatenate(%1, %2, axis=3)") == Inferred(
        "int8", (1, 8, 8, 6)
    )


@pytest.mark.parametrize(
    "call",
    [
        "image.resize2d(%x)",
        "reshape(%x, newshape=[-2])",
        "reshape(%x, newshape=[-1, -1])",
        "reshape(%x, newshape=[99999999999])",
        "reshape(%x)",
        "nn.dense(%x, %z, units=None)",
        "nn.dense(%x, %z, units=-3)",
        "nn.conv2d(%x, %z, channels=3, kernel_size=[3, 3])",
        'nn.conv2d(%x, %z, kernel_size=[3, 3], data_layout="NHWC")',
        'nn.conv2d(%x, %z, channels=3, kernel_size=[9, 9], data_layout="NHWC")',
        'nn.max_pool2d(%x, pool_size=[2, 2], strides=[0, 0], layout="NHWC")',
        'nn.max_pool2d(%x, pool_size=[2, 2], layout="NHWC", ceil_mode=True)',
        "nn.pad(%x, 0f, pad_width=[[0, 0]])",
        "concatenate((%x, %z), axis=0)",
        "concatenate((%x, %y), axis=9)",
        "concatenate(%x, axis=9)",
        "qnn.add(%x, meta[relay.Constant][0], 0.5f, 0, 0.5f, 0, 0.5f, -1)",
        "add(%x)",
        "tanh(%none)",
    ],
)
def test_what_is_not_known_stays_so(call: str) -> None:
    assert infer(call).shape is None


def test_dimensions_may_be_open() -> None:
    assert infer("%1 = image.resize2d(%x);", "reshape(%1, newshape=[-1, 12])").shape == (None, 12)
    assert infer("%1 = image.resize2d(%x);", "reshape(%1, newshape=[-1, 12])").whole is None


def test_text_without_a_function() -> None:
    assert infer_outputs("", {}) == () and infer_outputs("def @main(%x) {\n  %y\n}\n", {}) == (
        (None, UNKNOWN),
    )


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("ad-aot-c-pool", [(1, 640)]),
        ("branchy-aot-c", [(1, 3), (1, 5)]),
        ("resnet-aot-c-pool", [(1, 10)]),
        ("vgg-aot-packed", [(1, 10)]),
        ("sine-float-aot-c-pool", [(1, 1)]),
        ("kws-aot-c-io", [(1, 12)]),
    ],
)
def test_outputs_of_real_archives_have_shapes(name: str, shapes: list[tuple[int, ...]]) -> None:
    path = Path(__file__).parents[5] / "shared" / "archives" / f"{name}.tar"
    if not path.is_file():
        pytest.skip("the shared archives are not here")
    (model,) = load_archive(path).models
    assert [output.shape for output in model.outputs] == shapes
