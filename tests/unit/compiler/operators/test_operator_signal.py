"""TensorFlow Lite Micro's audio front end: every byte equal to its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flatbuffers import flexbuffers
from networks import network, tensor
from operator_models import Operators

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import NetworkOperator, NetworkTensor


class Signals(Operators):
    def signal(
        self, kind: str, inputs: list[int], outputs: list[tuple[str, tuple[int, ...]]], **options: int | bool
    ) -> list[int]:
        made = [self.tensor(dtype, shape) for dtype, shape in outputs]
        custom = bytes(flexbuffers.Dumps(options)) if options else b"\0"
        self.operator(kind, inputs, made, custom=custom)
        self.outputs += made
        return made


def samples(seed: int, *shape: int, bits: int = 15) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(2**bits), 2**bits, shape).astype(np.int16)


def test_windows_and_scales(tmp_path: Path) -> None:
    m = Signals()
    x = m.input("int16", (3, 40))
    weights = m.constant(samples(1, 40))
    m.signal("SignalWindow", [x, weights], [("int16", (3, 40))], shift=12)
    y = m.input("int16", (50,))
    m.signal("SignalFftAutoScale", [y], [("int16", (50,)), ("int32", ())])
    sets = [[samples(bits, 3, 40), samples(bits, 50, bits=bits)] for bits in (0, 1, 7, 11, 14, 15)]
    sets.append([np.zeros((3, 40), np.int16), np.zeros(50, np.int16)])
    m.check(tmp_path, "tflm", sets)


@pytest.mark.parametrize(
    ("length", "count"), [(8, 8), (16, 9), (64, 64), (128, 100), (512, 480), (1024, 1024)]
)
def test_real_transforms(tmp_path: Path, length: int, count: int) -> None:
    m = Signals()
    x = m.input("int16", (count,))
    m.signal("SignalRfft", [x], [("int16", (length + 2,))], T=7, fft_length=length)
    extremes = [[np.full(count, value, np.int16)] for value in (-32768, 32767)]
    m.check(tmp_path, "tflm", [[samples(seed, count)] for seed in range(4)] + extremes)


@pytest.mark.parametrize("length", [8, 16, 128, 512])
def test_real_transforms_back(tmp_path: Path, length: int) -> None:
    m = Signals()
    x = m.input("int16", (2, length + 2))
    m.signal("SignalIrfft", [x], [("int16", (2, length))], T=7, fft_length=length)
    extremes = [[np.full((2, length + 2), value, np.int16)] for value in (-32768, 32767)]
    m.check(tmp_path, "tflm", [[samples(seed, 2, length + 2)] for seed in range(4)] + extremes)


def test_energies_and_filters(tmp_path: Path) -> None:
    m = Signals()
    x = m.input("int16", (66,))
    m.signal("SignalEnergy", [x], [("uint32", (33,))], start_index=0, end_index=33)
    energy = m.input("uint32", (33,))
    starts = np.array([0, 4, 9, 15, 22], np.int16)
    widths = np.array([4, 5, 6, 7, 11], np.int16)
    weights = samples(3, 33) & 0x1FFF
    tables = [m.constant(t) for t in (weights, (4096 - weights).astype(np.int16), starts, starts, widths)]
    m.signal("SignalFilterBank", [energy, *tables], [("uint64", (4,))], num_channels=4)
    m.check(tmp_path, "tflm")


def test_square_roots(tmp_path: Path) -> None:
    m = Signals()
    x = m.input("uint64", (9,))
    bits = m.input("int32", ())
    m.signal("SignalFilterBankSquareRoot", [x, bits], [("uint32", (9,))])
    rows = [
        [0, 1, 2, 3, 4, 6, 7, 12, 13],
        [2**32 - 1, 2**32, 2**64 - 1, 65535**2, 65535 * 65536, 65535 * 65536 + 1, 2**62, 2**63, 3 * 2**61],
    ]
    rows += np.random.default_rng(5).integers(0, 2**64, (6, 9), np.uint64, endpoint=False).tolist()
    sets = [[np.array(row, np.uint64), np.array(i, np.int32)] for i, row in enumerate(rows)]
    m.check(tmp_path, "tflm", sets)


@pytest.mark.parametrize("clamping", [False, True])
def test_noise_is_estimated_from_run_to_run(tmp_path: Path, clamping: bool) -> None:
    m = Signals()
    x = m.input("uint32", (7,))
    m.signal(
        "SignalFilterBankSpectralSubtraction",
        [x],
        [("uint32", (7,)), ("uint32", (7,))],
        alternate_one_minus_smoothing=15401,
        alternate_smoothing=983,
        clamping=clamping,
        min_signal_remaining=819,
        num_channels=7,
        one_minus_smoothing=15975,
        smoothing=409,
        smoothing_bits=10,
        spectral_subtraction_bits=14,
    )
    random = np.random.default_rng(6)
    m.check(tmp_path, "tflm", [[random.integers(0, 2**21, 7).astype(np.uint32)] for _ in range(8)])


def test_gains_and_logarithms(tmp_path: Path) -> None:
    m = Signals()
    x, noise = m.input("uint32", (40,)), m.input("uint32", (40,))
    gains = m.constant(samples(7, 125))
    m.signal("SignalPCAN", [x, noise, gains], [("uint32", (40,))], snr_shift=6)
    m.signal("SignalFilterBankLog", [x], [("int16", (40,))], input_correction_bits=3, output_scale=64)
    m.signal("SignalFilterBankLog", [x], [("int16", (40,))], input_correction_bits=0, output_scale=1600)
    random = np.random.default_rng(8)
    sets = [[np.arange(40, dtype=np.uint32)] * 2]
    sets += [
        [random.integers(0, 2**bits, 40).astype(np.uint32) for _ in "xn"] for bits in (8, 16, 24, 28, 32)
    ]
    m.check(tmp_path, "tflm", sets)


@pytest.mark.parametrize(("frame", "step", "prefill"), [(6, 4, True), (8, 4, True), (4, 4, True)])
def test_frames(tmp_path: Path, frame: int, step: int, prefill: bool) -> None:
    m = Signals()
    x = m.input("int16", (2, 8))
    outputs = [("int16", (2, 8 // step, frame)), ("bool", ())]
    m.signal("SignalFramer", [x], outputs, frame_size=frame, frame_step=step, prefill=prefill)
    m.check(tmp_path, "tflm", [[samples(seed, 2, 8)] for seed in range(5)])


@pytest.mark.parametrize("delay", [3, 8, 20])
def test_delays(tmp_path: Path, delay: int) -> None:
    m = Signals()
    x = m.input("int16", (2, 8))
    m.signal("SignalDelay", [x], [("int16", (2, 8))], delay_length=delay)
    m.check(tmp_path, "tflm", [[samples(seed, 2, 8)] for seed in range(6)])


def test_overlapping_sums(tmp_path: Path) -> None:
    m = Signals()
    x = m.input("int16", (2, 3, 8))
    m.signal("SignalOverlapAdd", [x], [("int16", (2, 9))], T=7, frame_step=3)
    m.check(tmp_path, "tflm", [[samples(seed, 2, 3, 8)] for seed in range(5)])


def test_last_rows(tmp_path: Path) -> None:
    m = Signals()
    for slots, options in [(4, {"cycles_max": 1}), (5, {}), (1, {"cycles_max": 1})]:
        x = m.input("int8", (1, 1, 2, 3), scale=0.5, zero_point=7)
        rows = m.tensor("int8", (1, slots, 2, 3), scale=0.5, zero_point=7, variable=True)
        m.operator(
            "CIRCULAR_BUFFER", [x], [rows], custom=bytes(flexbuffers.Dumps(options)) if options else b""
        )
        m.result("ABS", [rows], "int8", (1, slots, 2, 3), scale=0.5, zero_point=7)
    m.check(tmp_path, "tflm", m.random_inputs(7))


def test_rows_that_hold_the_model_up_are_refused() -> None:
    tensors = [tensor(0, (1, 1, 2, 3)), tensor(1, (1, 4, 2, 3), variable=True)]
    said = said_of("CIRCULAR_BUFFER", tensors, bytes(flexbuffers.Dumps({"cycles_max": 2})))
    assert "runs what follows it only once in 2 runs | split the model there" in said
    tensors = [tensor(0, (1, 2, 2, 3)), tensor(1, (1, 4, 2, 3), variable=True)]
    assert "has an input of shape (1, 2, 2, 3)" in said_of("CIRCULAR_BUFFER", tensors, b"")


@pytest.mark.parametrize(("left", "right", "step"), [(1, 0, 1), (2, 0, 3)])
def test_neighbours_side_by_side(tmp_path: Path, left: int, right: int, step: int) -> None:
    m = Signals()
    x = m.input("int16", (5,))
    m.signal(
        "SignalStacker",
        [x],
        [("int16", (5 * (left + right + 1),)), ("bool", ())],
        num_channels=5,
        stacker_left_context=left,
        stacker_right_context=right,
        stacker_step=step,
    )
    # Where a frame isn't complete, the interpreter leaves the output as it was.
    m.check(tmp_path, "tflm", [[samples(seed, 5)] for seed in range(1 if step > 1 else 5)])


def said_of(kind: str, tensors: list[NetworkTensor], options: bytes) -> str:
    rows = [t.index for t in tensors]
    operator = NetworkOperator(0, kind, tuple(rows[:-1]), (rows[-1],), custom=True, custom_options=options)
    given = [t.index for t in tensors[:-1] if t.constant is None]
    with pytest.raises(ArchiveError) as caught:
        legalise(network(tensors, [operator], given, rows[-1:]))
    return f"{caught.value.what} | {caught.value.hint}"


def test_options_are_not_trusted() -> None:
    tensors = [tensor(0, (12,), "int16"), tensor(1, (18,), "int16")]
    for options in (b"", b"\xff", b"\x00" * 9, bytes(range(200)), bytes(flexbuffers.Dumps([1, 2]))):
        said = said_of("SignalRfft", tensors, options)
        assert "custom operator SignalRfft" in said
        assert "has no option 'fft_length' that can be read | convert the model again" in said
    for length, complaint in (
        (12, "transforms 12 samples; a power of two is needed"),
        (1 << 20, "has the option fft_length = 1048576, which is not in 4 .. 32768"),
        (8, "transforms 12 samples in a length of 8"),
    ):
        said = said_of("SignalRfft", tensors, bytes(flexbuffers.Dumps({"T": 7, "fft_length": length})))
        assert complaint in said


def test_transforms_back_need_every_frequency() -> None:
    tensors = [tensor(0, (16,), "int16"), tensor(1, (16,), "int16")]
    said = said_of("SignalIrfft", tensors, bytes(flexbuffers.Dumps({"T": 7, "fft_length": 16})))
    assert "transforms 16 parts to 16 samples; 18 parts are needed" in said
    tensors = [tensor(0, (18,), "int32"), tensor(1, (16,), "int32")]
    said = said_of("SignalIrfft", tensors, bytes(flexbuffers.Dumps({"T": 2, "fft_length": 16})))
    assert "is not supported on int32 ('t0'); supported: int16" in said


def test_filters_beyond_their_tables_are_refused() -> None:
    table = [tensor(i, (3,), "int16", constant=np.array([0, 1, 2], np.int16).tobytes()) for i in range(1, 6)]
    tensors = [tensor(0, (3,), "uint32"), *table, tensor(6, (2,), "uint64")]
    said = said_of("SignalFilterBank", tensors, bytes(flexbuffers.Dumps({"num_channels": 2})))
    assert "has channels that reach beyond its input or its weights" in said
