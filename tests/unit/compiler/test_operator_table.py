from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from generator.compiler.operators import CUSTOM_MODULES, MODULES

PAGE = Path(__file__).parents[3] / "docs" / "tflite.md"

#: what TensorFlow Lite Micro's ``MicroMutableOpResolver`` can register, but for Ethos-U's code
MICRO = """
    ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND
    BROADCAST_ARGS BROADCAST_TO CALL_ONCE CAST CEIL CONCATENATION CONV_2D COS CUMSUM DEPTHWISE_CONV_2D
    DEPTH_TO_SPACE DEQUANTIZE DIV DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP EQUAL EXP EXPAND_DIMS FILL FLOOR
    FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF L2_NORMALIZATION
    L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM
    MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU QUANTIZE READ_VARIABLE
    REDUCE_ALL REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2
    ROUND RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE
    SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV
    UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK VAR_HANDLE WHILE ZEROS_LIKE
"""
MICRO_CUSTOM = """
    CIRCULAR_BUFFER SignalDelay SignalEnergy SignalFftAutoScale SignalFilterBank SignalFilterBankLog
    SignalFilterBankSpectralSubtraction SignalFilterBankSquareRoot SignalFramer SignalIrfft SignalOverlapAdd
    SignalPCAN SignalRfft SignalStacker SignalWindow TFLM_DECODE TFLite_Detection_PostProcess
"""


def test_every_operator_of_micro_can_be_compiled() -> None:
    assert set(MICRO.split()) <= MODULES.keys()
    assert set(MICRO_CUSTOM.split()) <= CUSTOM_MODULES.keys()


def test_the_page_lists_just_the_operators_that_can_be_compiled() -> None:
    section = PAGE.read_text("utf-8").partition("## Operators")[2]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    listed = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert listed == MODULES.keys() | CUSTOM_MODULES.keys()


def test_every_operator_has_a_file_that_lowers_it() -> None:
    for module in {*MODULES.values(), *CUSTOM_MODULES.values()}:
        assert callable(import_module(f"generator.compiler.operators.{module}").lower)
