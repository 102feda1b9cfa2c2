"""Calibration sees every frame once, agrees with ONNX Runtime's own, and is the same on each run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, UsageError
from workbench.optimise import calibration
from workbench.optimise.calibration import Method, activation_names, calibrate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel

    Frames = list[NDArray[np.float32]]


def test_that_minmax_agrees_with_onnx_runtime(cleaned: CleanModel, frames: Frames, tmp_path: Path) -> None:
    from onnxruntime.quantization.calibrate import CalibrationDataReader, create_calibrator

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.frames = iter(frames)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(({"images": frame} for frame in self.frames), None)

    path = tmp_path / "clean.onnx"
    path.write_bytes(cleaned.content)
    theirs = create_calibrator(path, ["Conv", "ConvTranspose"], augmented_model_path=str(tmp_path / "augmented.onnx"))
    theirs.collect_data(Reader())
    ranges = theirs.compute_data()
    ours = calibrate(cleaned, frames, method=Method.MINMAX)
    assert len(ours.limits) == 7
    for name, limit in ours.limits:
        expected = max(float(np.abs(value).max()) for value in ranges[name].range_value)
        assert expected <= limit <= expected * (1 + 2**-9)


@pytest.mark.parametrize("method", Method)
def test_that_calibration_repeats_and_names_its_frames(cleaned: CleanModel, frames: Frames, method: Method) -> None:
    first, second = (calibrate(cleaned, iter(frames), method=method) for _ in range(2))
    assert first == second
    assert first.frame_count == len(frames)
    assert first.model_sha256 == cleaned.sha256
    assert (first.percentile is None) == (method is not Method.PERCENTILE)
    assert calibrate(cleaned, frames[1:], method=method).frames_sha256 != first.frames_sha256
    assert all(0 < limit < math.inf for _, limit in first.limits)


def test_that_limits_have_ten_bits(cleaned: CleanModel, frames: Frames) -> None:
    for _, limit in calibrate(cleaned, frames, method=Method.MINMAX).limits:
        assert math.frexp(limit)[0] * 1024 == round(math.frexp(limit)[0] * 1024)


def test_that_the_input_itself_is_calibrated(cleaned: CleanModel) -> None:
    assert activation_names(cleaned.model())[0] == "images"


def test_that_many_frames_do_not_gather_in_memory(cleaned: CleanModel, frames: Frames) -> None:
    import tracemalloc

    def endless(count: int) -> Iterator[NDArray[np.float32]]:
        for index in range(count):
            yield frames[index % len(frames)].copy()

    def peak_bytes(count: int) -> int:
        tracemalloc.start()
        calibrate(cleaned, endless(count))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_bytes(2)
    assert peak_bytes(60) < 1.2 * peak_bytes(6) + 100_000


def test_that_large_models_are_observed_in_several_goes(
    cleaned: CleanModel, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = calibrate(cleaned, frames)
    monkeypatch.setattr(calibration, "_MAX_FETCH_BYTES", 5000)
    assert calibrate(cleaned, frames) == whole


def test_that_frames_and_percentiles_that_cannot_serve_are_refused(cleaned: CleanModel, frames: Frames) -> None:
    with pytest.raises(UsageError, match="no calibration frame"):
        calibrate(cleaned, [])
    with pytest.raises(UsageError, match=r"A frame is float32\[1, 3, 48, 32\]"):
        calibrate(cleaned, [frames[0].transpose(0, 1, 3, 2)])
    with pytest.raises(UsageError, match="A frame is uint8"):
        calibrate(cleaned, [frames[0].astype(np.uint8)])
    with pytest.raises(UsageError, match="is zero everywhere"):
        calibrate(cleaned, [np.zeros_like(frames[0])])
    with pytest.raises(UsageError, match="percentile is 101"):
        calibrate(cleaned, frames, percentile=101.0)


def test_that_frames_that_are_not_finite_are_refused(cleaned: CleanModel, frames: Frames) -> None:
    frames[1][0, 0, 0, 0] = np.nan
    with pytest.raises(UsageError, match="'images' is not finite"):
        calibrate(cleaned, frames)


def test_that_calibration_can_be_stopped_and_tells_its_progress(cleaned: CleanModel, frames: Frames) -> None:
    token, shares = CancelToken(), []

    def progress(share: float, _text: str) -> None:
        shares.append(share)
        if len(shares) == 3:
            token.request()

    with pytest.raises(Cancelled):
        calibrate(cleaned, frames, expected_frames=len(frames), progress=progress, check=token.check)
    assert shares == [1 / 8, 2 / 8, 3 / 8]
