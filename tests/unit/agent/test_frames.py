"""Frame packs, and the way from a frame to the engine's input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.frames import FramePack, Preprocessor
from targets.agent.frames_file import read_first_frame
from targets.agent.plan import FrameSet, Preprocess
from targets.agent.protocol import CommandError

FRAMES = np.random.default_rng(2).integers(0, 256, (3, 6, 10, 3), dtype=np.uint8)


def save(path: Path, array: Any = FRAMES) -> Path:
    np.save(path, array)
    return path


def test_that_a_pack_gives_each_frame_as_it_was_packed(tmp_path: Path) -> None:
    pack = FramePack(str(save(tmp_path / "pack.npy")))
    frame = np.zeros((6, 10, 3), np.uint8)
    for index in (2, 0, 1):
        pack.read_into(index, frame)
        np.testing.assert_array_equal(frame, FRAMES[index])
    with pytest.raises(CommandError, match="no frame 3"):
        pack.read_into(3, frame)
    pack.close()


def test_that_the_run_reads_the_first_frame_without_numpy(tmp_path: Path) -> None:
    path = str(save(tmp_path / "pack.npy"))
    assert read_first_frame(path, FrameSet("", 3, 6, 10)) == FRAMES[0].tobytes()
    with pytest.raises(CommandError, match="smaller than the plan says"):
        read_first_frame(path, FrameSet("", 300, 6, 10))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (FRAMES.astype(np.float32), "expected uint8"),
        (FRAMES[0], "expected uint8"),
        (FRAMES[..., :1], "expected uint8"),
        (np.asfortranarray(FRAMES), "expected uint8"),
        (FRAMES[:0], "expected uint8"),
    ],
)
def test_that_a_file_of_something_else_is_refused(tmp_path: Path, array: Any, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        FramePack(str(save(tmp_path / "pack.npy", array)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no .npy file"),
        (b"\x93NUMPY\x02\x00" + b"\0" * 200, "no .npy file"),
        (b"\x93NUMPY\x01\x00\x20\x00" + b"__import__('os').abort()".ljust(32), "cannot be read"),
        (b"\x93NUMPY\x01\x00\xff\xff{", "cannot be read"),
    ],
)
def test_that_a_broken_header_is_refused_and_never_run(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "pack.npy").write_bytes(data)
    with pytest.raises(CommandError, match=words):
        FramePack(str(tmp_path / "pack.npy"))


def test_that_a_pack_cut_short_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "pack.npy")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CommandError, match="its header says otherwise"):
        FramePack(str(path))
    with pytest.raises(CommandError, match="cannot be read"):
        FramePack(str(tmp_path / "missing.npy"))


@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_that_preprocessing_is_scale_mean_and_deviation_by_channel(color: str) -> None:
    mean, std, scale = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 1 / 255
    result = Preprocessor(Preprocess(color, scale, mean, std), 6, 10)(FRAMES[0])
    channels = FRAMES[0][..., ::-1] if color == "rgb" else FRAMES[0]
    expected = (channels.astype(np.float64) * scale - np.array(mean)) / np.array(std)
    assert result.dtype == np.float32
    assert result.shape == (1, 3, 6, 10)
    np.testing.assert_allclose(result[0].transpose(1, 2, 0), expected, atol=1e-6)


def test_that_preprocessing_uses_one_buffer_for_all_frames() -> None:
    preprocess = Preprocessor(Preprocess("rgb", 1.0, (0, 0, 0), (1, 1, 1)), 6, 10)
    assert preprocess(FRAMES[0]) is preprocess(FRAMES[1]) is preprocess.buffer
    np.testing.assert_array_equal(preprocess.buffer[0, 0], FRAMES[1][..., 2])


@pytest.mark.parametrize(
    ("scale", "mean", "std", "names"),
    [
        (1 / 255, (0.0,) * 3, (1.0,) * 3, "scale"),
        (1.0, (0.0, 1.0, 0.0), (1.0,) * 3, "mean"),
        (1 / 255, (0.5,) * 3, (0.2,) * 3, "scale, mean, std"),
    ],
)
def test_that_bytes_take_no_preprocessing_that_changes_them(
    scale: float, mean: tuple[float, ...], std: tuple[float, ...], names: str
) -> None:
    settings = Preprocess("rgb", scale, mean, std)
    with pytest.raises(CommandError, match=f"in uint8; {names} would change them"):
        Preprocessor(settings, 2, 4, "uint8")
    assert Preprocessor(settings, 2, 4, "float16").buffer.dtype == np.float16


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_that_a_frame_is_laid_out_as_the_input_wants_it(layout: str, dtype: str) -> None:
    frame = np.arange(2 * 4 * 3, dtype=np.uint8).reshape(2, 4, 3)
    prepare = Preprocessor(Preprocess("rgb", 1.0, (0.0,) * 3, (1.0,) * 3, layout), 2, 4, dtype)
    for given in (prepare, prepare.fork()):
        made = given(frame)
        assert made.dtype == dtype
        expected = frame[..., ::-1] if layout == "NHWC" else frame[..., ::-1].transpose(2, 0, 1)
        assert np.array_equal(made[0], expected)
