"""Models that nobody vouches for are read whole or refused in words."""

from __future__ import annotations

import random
import re
import zipfile
from pathlib import Path

import onnx
import pytest

from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_file
from workbench.optimise import model_file
from workbench.optimise.cleanup import clean
from workbench.optimise.model_file import load_model


def save_external(model: onnx.ModelProto, folder: Path, location: str = "weights.bin") -> Path:
    path = folder / "model.onnx"
    onnx.save_model(model, str(path), save_as_external_data=True, location=location, size_threshold=0)
    return path


def point_elsewhere(path: Path, location: str) -> None:
    model = onnx.load(str(path), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(model.SerializeToString())


def test_that_a_model_is_named_by_the_hash_of_its_file(detector_path: Path) -> None:
    source = load_model(detector_path)
    assert source.sha256 == sha256_file(detector_path)
    assert source.size_bytes == detector_path.stat().st_size


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 a checkpoint", "a zip archive"),
        (b"ftrt an engine", "a TensorRT engine"),
        (b"\x1c\x00\x00\x00TFL3 lite", "a TensorFlow Lite model"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html></html>", "XML or HTML"),
        (b"this is a text, not a model at all", "is not an ONNX model"),
        (bytes(range(7, 256)), "is not an ONNX model"),
        (b"\x08\x08", "is not an ONNX model"),
    ],
)
def test_that_a_file_that_is_no_onnx_is_refused_by_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        load_model(path)
    assert caught.value.hint


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.99])
def test_that_a_cut_off_model_is_called_cut_off(detector_path: Path, share: float) -> None:
    content = detector_path.read_bytes()
    detector_path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UsageError, match="is cut off or damaged"):
        load_model(detector_path)


def test_that_every_length_of_a_cut_off_model_is_refused(detector: onnx.ModelProto, tmp_path: Path) -> None:
    content = detector.SerializeToString()
    path = tmp_path / "model.onnx"
    for length in [*range(1, 60), *range(len(content) - 150, len(content) - 1, 7)]:
        path.write_bytes(content[:length])
        try:
            load_model(path)
        except UsageError:
            continue
        rest = onnx.ModelProto.FromString(content[:length])
        assert rest.graph == detector.graph, f"{length} bytes were taken for a whole model"


def test_that_a_name_that_is_no_text_is_refused(detector_path: Path) -> None:
    content = detector_path.read_bytes().replace(b"BatchNormalization", b"Batch\xff\xfeormalization"[:18])
    detector_path.write_bytes(content)
    with pytest.raises(UsageError, match="a name is not text"):
        load_model(detector_path)


def test_that_flipped_bytes_end_in_words(detector: onnx.ModelProto, tmp_path: Path) -> None:
    content, path, rng = detector.SerializeToString(), tmp_path / "model.onnx", random.Random(11)
    places = [match.start() for match in re.finditer(rb"[A-Za-z_/]{4,}", content)]
    hints = []
    for _ in range(60):
        damaged = bytearray(content)
        damaged[max(0, min(len(damaged) - 1, rng.choice(places) + rng.randrange(-12, 12)))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            clean(load_model(path))
        except SlipwayError as error:
            hints.append(error.hint)
    assert len(hints) > 30
    assert all(hints)


def test_that_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no model file"):
        load_model(tmp_path / "absent.onnx")
    with pytest.raises(UsageError, match="is not a file"):
        load_model(tmp_path)


def test_that_a_file_over_the_bound_is_not_read(detector_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_MODEL_BYTES", 1000)
    with pytest.raises(UsageError, match="at most 1000 are read"):
        load_model(detector_path)


def test_that_external_data_beside_the_model_are_loaded_and_hashed(detector: onnx.ModelProto, tmp_path: Path) -> None:
    expected = {tensor.name: tensor.raw_data for tensor in detector.graph.initializer}
    path = save_external(detector, tmp_path)
    source = load_model(path)
    assert source.external == ("weights.bin",)
    assert {tensor.name: tensor.raw_data for tensor in source.model.graph.initializer} == expected
    weights = tmp_path / "weights.bin"
    content = bytearray(weights.read_bytes())
    content[5] ^= 1
    weights.write_bytes(content)
    assert load_model(path).sha256 != source.sha256


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/etc/passwd", "absolute path"),
        ("C:\\secrets.bin", "absolute path"),
        ("../weights.bin", "leaves the model's folder"),
        ("a/../../weights.bin", "leaves the model's folder"),
        ("..\\weights.bin", "leaves the model's folder"),
        ("", "is not a file name"),
        ("absent.bin", "which is not there"),
    ],
)
def test_that_external_data_from_elsewhere_are_refused(
    detector: onnx.ModelProto, tmp_path: Path, location: str, said: str
) -> None:
    (tmp_path / "inner").mkdir()
    path = save_external(detector, tmp_path / "inner")
    (tmp_path / "inner" / "weights.bin").rename(tmp_path / "weights.bin")
    point_elsewhere(path, location)
    with pytest.raises(UsageError, match=said):
        load_model(path)


def test_that_a_link_out_of_the_folder_is_refused(detector: onnx.ModelProto, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    path = save_external(detector, tmp_path / "inner")
    (tmp_path / "inner" / "weights.bin").rename(tmp_path / "weights.bin")
    (tmp_path / "inner" / "weights.bin").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(UsageError, match="a link that leaves the model's folder"):
        load_model(path)


def test_that_external_data_in_an_attribute_are_seen_too(detector: onnx.ModelProto, tmp_path: Path) -> None:
    tensor = onnx.helper.make_tensor("hidden", onnx.TensorProto.FLOAT, [1], [0.0])
    tensor.ClearField("float_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    node = onnx.helper.make_node("Constant", [], ["hidden_out"])
    node.attribute.append(onnx.helper.make_attribute("value", tensor))
    detector.graph.node.insert(0, node)
    path = tmp_path / "model.onnx"
    path.write_bytes(detector.SerializeToString())
    with pytest.raises(UsageError, match="absolute path"):
        load_model(path)


def test_that_external_data_that_are_too_short_are_refused(detector: onnx.ModelProto, tmp_path: Path) -> None:
    path = save_external(detector, tmp_path)
    weights = tmp_path / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(UsageError, match="which has 100"):
        load_model(path)


def test_that_an_archive_with_a_model_in_it_is_told_from_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/yolo.onnx", b"")
    with pytest.raises(UsageError, match=r"is a zip archive that holds export/yolo\.onnx") as caught:
        load_model(path)
    assert caught.value.hint == "Unpack it and give the ONNX file."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    with pytest.raises(UsageError, match="a zip archive, as PyTorch checkpoints are"):
        load_model(path)


def test_that_weights_with_too_few_bytes_are_refused(detector: onnx.ModelProto, tmp_path: Path) -> None:
    detector.graph.initializer[0].raw_data = detector.graph.initializer[0].raw_data[:-4]
    onnx.save(detector, tmp_path / "model.onnx")
    with pytest.raises(UsageError, match=r"the weights '/stem/Conv\.weight' of shape \[8, 3, 3, 3\] have 860 bytes"):
        load_model(tmp_path / "model.onnx")
