"""The operators, one file each. A file's ``lower(context)`` says what one operator of a model becomes.

Inputs and outputs come in the order of the TensorFlow Lite schema (v3). Shapes are outermost dimension first:
images are [N, H, W, C]. What ``lower`` can't compile exactly as the reference kernels would compute it, it refuses
with Unsupported.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from generator.compiler.context import Context
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkOperator

#: kind -> module of this package; only those that a model uses are imported
MODULES: dict[str, str] = {
    "ADD": "arithmetic",
    "SUB": "arithmetic",
    "MUL": "arithmetic",
    "AVERAGE_POOL_2D": "pool_2d",
    "MAX_POOL_2D": "pool_2d",
    "SOFTMAX": "softmax",
    "CONV_2D": "conv_2d",
    "DEPTHWISE_CONV_2D": "depthwise_conv_2d",
    "FULLY_CONNECTED": "fully_connected",
    "QUANTIZE": "quantize",
    "DEQUANTIZE": "dequantize",
    "LOGISTIC": "logistic",
    "TANH": "tanh",
    "HARD_SWISH": "hard_swish",
    "LEAKY_RELU": "leaky_relu",
    "RELU": "rectify",
    "RELU6": "rectify",
    "RELU_N1_TO_1": "rectify",
    "RELU_0_TO_1": "rectify",
    "ABS": "abs",
    "ELU": "elu",
    "TRANSPOSE": "transpose",
    "CONCATENATION": "concatenation",
    "PACK": "pack",
    "UNPACK": "pack",
    "SPLIT": "split",
    "SPLIT_V": "split",
    "SLICE": "slice",
    "STRIDED_SLICE": "strided_slice",
    "PAD": "pad",
    "PADV2": "pad",
    "MIRROR_PAD": "pad",
    "DEPTH_TO_SPACE": "depth_space",
    "SPACE_TO_DEPTH": "depth_space",
    "BATCH_TO_SPACE_ND": "batch_space",
    "SPACE_TO_BATCH_ND": "batch_space",
    "BROADCAST_TO": "broadcast_to",
    "TILE": "broadcast_to",
    "REVERSE_V2": "reverse",
    "GATHER": "gather",
    "EQUAL": "comparison",
    "NOT_EQUAL": "comparison",
    "LESS": "comparison",
    "LESS_EQUAL": "comparison",
    "GREATER": "comparison",
    "GREATER_EQUAL": "comparison",
    "LOGICAL_AND": "logical",
    "LOGICAL_OR": "logical",
    "LOGICAL_NOT": "logical",
    "SELECT": "select",
    "SELECT_V2": "select",
    "FILL": "fill",
    "ZEROS_LIKE": "fill",
    "RANGE": "fill",
    "ONE_HOT": "fill",
    "ADD_N": "add_n",
    "CUMSUM": "cumsum",
    "GATHER_ND": "gather_nd",
    "EMBEDDING_LOOKUP": "gather_nd",
    "DYNAMIC_UPDATE_SLICE": "dynamic_update_slice",
    "BROADCAST_ARGS": "shape",
    "SHAPE": "shape",
    "RANK": "shape",
    "DIV": "binary",
    "MAXIMUM": "binary",
    "MINIMUM": "binary",
    "SQUARED_DIFFERENCE": "binary",
    "POW": "binary",
    "FLOOR_DIV": "binary",
    "FLOOR_MOD": "binary",
    "PRELU": "binary",
    "CEIL": "unary",
    "COS": "unary",
    "EXP": "unary",
    "FLOOR": "unary",
    "LOG": "unary",
    "NEG": "unary",
    "ROUND": "unary",
    "RSQRT": "unary",
    "SIGN": "unary",
    "SIN": "unary",
    "SQRT": "unary",
    "SQUARE": "unary",
    "GELU": "unary",
    "LOG_SOFTMAX": "softmax",
    "L2_NORMALIZATION": "l2_normalization",
    "MEAN": "reduce",
    "SUM": "reduce",
    "REDUCE_PROD": "reduce",
    "REDUCE_MAX": "reduce",
    "REDUCE_ALL": "reduce",
    "REDUCE_ANY": "reduce",
    "REDUCE_MIN": "reduce",
    "L2_POOL_2D": "pool_2d",
    "BATCH_MATMUL": "batch_matmul",
    "TRANSPOSE_CONV": "transpose_conv",
    "RESIZE_BILINEAR": "resize_bilinear",
    "RESIZE_NEAREST_NEIGHBOR": "resize_nearest",
    "ARG_MAX": "arg_min_max",
    "ARG_MIN": "arg_min_max",
    "CAST": "cast",
    "TOPK_V2": "topk",
    "SCATTER_ND": "scatter_nd",
    "SVDF": "svdf",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "lstm",
    "RESHAPE": "reshape",
    "SQUEEZE": "reshape",
    "EXPAND_DIMS": "reshape",
    "VAR_HANDLE": "variables",
    "READ_VARIABLE": "variables",
    "ASSIGN_VARIABLE": "variables",
    "CALL_ONCE": "variables",
    "REVERSE_SEQUENCE": "reverse_sequence",
    "LOCAL_RESPONSE_NORMALIZATION": "local_response",
    "CONV_3D": "conv_3d",
    "IF": "control_flow",
    "WHILE": "control_flow",
}
#: name of a custom operator -> module
CUSTOM_MODULES: dict[str, str] = {
    "SignalWindow": "signal_spectrum",
    "SignalFftAutoScale": "signal_spectrum",
    "SignalRfft": "signal_spectrum",
    "SignalIrfft": "signal_spectrum",
    "SignalEnergy": "signal_spectrum",
    "SignalFilterBank": "signal_filters",
    "SignalFilterBankSquareRoot": "signal_filters",
    "SignalFilterBankSpectralSubtraction": "signal_filters",
    "SignalPCAN": "signal_filters",
    "SignalFilterBankLog": "signal_filters",
    "SignalFramer": "signal_frames",
    "SignalDelay": "signal_frames",
    "SignalStacker": "signal_frames",
    "SignalOverlapAdd": "signal_frames",
    "TFLite_Detection_PostProcess": "detection_post_process",
    "TFLM_DECODE": "decode",
    "CIRCULAR_BUFFER": "circular_buffer",
}


#: custom operators whose output the interpreter keeps in a variable tensor; here it is state of the step
_KEEPING = frozenset({"CIRCULAR_BUFFER"})


def keeps_its_output(operator: NetworkOperator) -> bool:
    """Whether the operator's output tensor, though it is variable, is no state of the model's own."""
    return operator.custom and operator.kind in _KEEPING


def find_operator(operator: NetworkOperator) -> Callable[[Context], Lowered]:
    """The function that lowers an operator. Raises Unsupported where there is none."""
    table = CUSTOM_MODULES if operator.custom else MODULES
    if operator.kind not in table:
        raise Unsupported("is not supported")
    found: Callable[[Context], Lowered] = import_module(f"{__name__}.{table[operator.kind]}").lower
    return found
