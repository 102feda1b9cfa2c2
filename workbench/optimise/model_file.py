"""Reading an ONNX file that nobody vouches for: bounded, whole, and nothing from outside its folder."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.optimise.model_limits import breach_of, endless_range, large_input

if TYPE_CHECKING:
    import onnx

MAX_MODEL_BYTES = 2**30
"""With its external data. Far above any detector for an edge board; it bounds what a hostile file can make us read."""

_SIGNATURES = (
    (0, b"\x80\x02", "a Python pickle, as old PyTorch checkpoints are", "Export the model to ONNX first."),
    (0, b"ftrt", "a TensorRT engine", "Give the ONNX file that the engine was built from."),
    (0, b"vtrt", "an engine of TensorRT for RTX", "Give the ONNX file that the engine was built from."),
    (4, b"TFL3", "a TensorFlow Lite model", "Convert it to ONNX first, for example with tf2onnx."),
    (0, b"\x89HDF", "an HDF5 file, as Keras models are", "Convert it to ONNX first, for example with tf2onnx."),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the model itself", "Run `git lfs pull` in its repository."),
    (0, b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (
        0,
        b"<",
        "a text in XML or HTML",
        "Give the ONNX file; a web page was saved in its place, or this is OpenVINO's IR.",
    ),
)
_MAX_LOCATION_CHARS = 255
_BITS = {
    **dict.fromkeys(("DOUBLE", "INT64", "UINT64"), 64),
    **dict.fromkeys(("FLOAT", "INT32", "UINT32"), 32),
    **dict.fromkeys(("FLOAT16", "BFLOAT16", "INT16", "UINT16"), 16),
    **dict.fromkeys(("INT8", "UINT8", "BOOL"), 8),
}
"""Of one element, by the name of its type; what is not here is packed in ways of its own."""
_FIELD_WIRES = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
"""Field numbers of ONNX's `ModelProto` and their wire types (onnx.proto)."""


@dataclass(frozen=True)
class ModelFile:
    """A model in memory with all its data, and what it was read from.

    `sha256` is that of the file; where data lie in files beside it, of the file's hash followed by theirs.
    """

    path: Path
    model: onnx.ModelProto
    sha256: str
    size_bytes: int
    external: tuple[str, ...]
    """Data files beside the model, by the names that it calls them."""
    external_bytes: tuple[int, ...] = ()
    """Their sizes."""
    changes: tuple[str, ...] = ()
    """What was changed in memory after reading (`adapt.py`), in words; `sha256` covers it."""
    head_options: Mapping[str, Any] = field(default_factory=dict)
    """What a part that was cut off told of boxes and scores, as a head's options."""


def load_model(path: Path) -> ModelFile:
    """Read an ONNX model whole.

    Raises:
        UsageError: no such file, too large, not ONNX, cut off, or data that lie outside the model's folder.
    """
    content = _read(path)
    model = _parse(path, content)
    external = _external_files(path, model)
    sizes = [file.stat().st_size for file in external.values()]
    size_bytes = len(content) + sum(sizes)
    if size_bytes > MAX_MODEL_BYTES:
        raise _too_large(path, size_bytes)
    digest = sha256_bytes(content)
    del content
    if external:
        _load_external(path, model)
        digest = sha256_bytes("\n".join([digest, *map(sha256_file, external.values())]).encode())
    _require_whole_tensors(path, model)
    endless = endless_range(model)
    if endless is not None:
        raise UsageError(f"{path} is damaged or hostile: {endless}", "Export or copy the model again.")
    return ModelFile(path, model, digest, size_bytes, tuple(external), tuple(sizes))


def every_tensor(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Every stored tensor: initialisers and attributes, in the graph, its subgraphs and the model's functions."""
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        yield from _node_tensors(function.node)


def _graph_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _node_tensors(graph.node)


def _node_tensors(nodes: object) -> Iterator[onnx.TensorProto]:
    for node in nodes:  # type: ignore[attr-defined]
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for sparse in (
                *([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []),
                *attribute.sparse_tensors,
            ):
                yield from (sparse.values, sparse.indices)
            for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _graph_tensors(graph)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError(
            f"There is no model file {path}" if not path.exists() else f"{path} is not a file",
            "Give the path of an ONNX file.",
        )
    size_bytes = path.stat().st_size
    if size_bytes > MAX_MODEL_BYTES:
        raise _too_large(path, size_bytes)
    try:
        with path.open("rb") as file:
            return file.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Check its permissions.") from error


def _too_large(path: Path, size_bytes: int) -> UsageError:
    return UsageError(
        f"{path} has {size_bytes} bytes with its data; at most {MAX_MODEL_BYTES} are read",
        "A detector for an edge board is far smaller: check that this is the right file.",
    )


def _parse(path: Path, content: bytes) -> onnx.ModelProto:
    import onnx
    from google.protobuf.message import DecodeError

    if not content:
        raise UsageError(f"{path} is empty", "Export or copy the model again.")
    if content.startswith(b"PK\x03\x04"):
        raise _archive(path)
    for offset, signature, what, hint in _SIGNATURES:
        if content[offset : offset + len(signature)] == signature:
            raise UsageError(f"{path} is not an ONNX model but {what}", hint)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise _undecodable(path, content) from error
    if not model.ir_version or not (model.graph.node or model.graph.input or model.opset_import):
        raise UsageError(f"{path} is not an ONNX model", "Give a file that was exported as ONNX.")
    if not model.graph.node or not model.graph.output or not model.opset_import:
        lacks = "nodes" if not model.graph.node else "outputs" if not model.graph.output else "an operator-set version"
        raise UsageError(f"{path} is cut off or damaged: the model lacks {lacks}", "Export or copy the model again.")
    large = large_input(model)
    if large is not None:
        raise UsageError(f"{path} is too large: {large}", "Export it for a picture of at most 4096 x 4096 pixels.")
    breach = breach_of(model)
    if breach is not None:
        raise UsageError(f"{path} is cut off or damaged: {breach}", "Export or copy the model again.")
    return model


def _archive(path: Path) -> UsageError:
    """A zip archive: one that holds an ONNX file, else most likely a checkpoint of PyTorch."""
    try:
        with zipfile.ZipFile(path) as archive:
            inner = [name for name in archive.namelist() if name.lower().endswith(".onnx")]
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError, NotImplementedError, ValueError):
        inner = []
    if inner:
        return UsageError(
            f"{path} is a zip archive that holds {', '.join(inner[:4])[:200]}", "Unpack it and give the ONNX file."
        )
    return UsageError(
        f"{path} is not an ONNX model but a zip archive, as PyTorch checkpoints are", "Export the model to ONNX first."
    )


def _require_whole_tensors(path: Path, model: onnx.ModelProto) -> None:
    """Refuse weights with fewer or more bytes than their type and shape need."""
    import onnx

    bits_of = {onnx.TensorProto.DataType.Value(name): bits for name, bits in _BITS.items()}
    for tensor in model.graph.initializer:
        if not tensor.HasField("raw_data"):
            continue
        bits = bits_of.get(tensor.data_type)
        if bits is not None and len(tensor.raw_data) != (math.prod(tensor.dims) * bits + 7) // 8:
            raise UsageError(
                f"{path} is cut off or damaged: the weights {tensor.name!r} of shape {list(tensor.dims)} "
                f"have {len(tensor.raw_data)} bytes",
                "Export or copy the model again.",
            )


def _undecodable(path: Path, content: bytes) -> UsageError:
    missing_bytes = _missing_bytes(content)
    if missing_bytes is None:
        return UsageError(f"{path} is not an ONNX model", "Give a file that was exported as ONNX.")
    what = f"at least {missing_bytes} bytes are missing after {len(content)}" if missing_bytes else "a part is damaged"
    return UsageError(f"{path} is cut off or damaged: {what}", "Export or copy the model again.")


def _missing_bytes(content: bytes) -> int | None:
    """How many bytes the last part of a cut-off ONNX file lacks; None where the file is no `ModelProto` at all."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        if _FIELD_WIRES.get(key >> 3) != key & 7:
            return None
        value, position = _varint(content, position)
        if key & 7 == 2:
            position += value
    return position - len(content)


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(content) and shift < 64:
        byte = content[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    return value, position + 1


def _external_files(path: Path, model: onnx.ModelProto) -> dict[str, Path]:
    """The data files that the model names, by location, sorted; each is inside the model's folder and large enough."""
    found: dict[str, Path] = {}
    size_bytes = 0
    for tensor in every_tensor(model):
        if tensor.data_location == tensor.EXTERNAL:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            location = entries.get("location", "")
            if location not in found:
                found[location] = _inside(path, location)
            size_bytes += _extent_bytes(path, tensor.name, found[location], entries)
            if size_bytes > MAX_MODEL_BYTES:  # tensors may name the same bytes, and each has them in memory
                raise _too_large(path, size_bytes)
    return dict(sorted(found.items()))


def _inside(path: Path, location: str) -> Path:
    """The data file at a location, refused unless it lies in the model's folder, also after following links."""
    folder = path.resolve().parent
    posix, windows = PurePosixPath(location), PureWindowsPath(location)
    reason = ""
    if not location or "\0" in location or len(location) > _MAX_LOCATION_CHARS:
        reason = "is not a file name"
    elif posix.is_absolute() or windows.drive or windows.root:
        reason = "is an absolute path"
    elif ".." in posix.parts or ".." in windows.parts:
        reason = "leaves the model's folder"
    elif not _leads_inside(folder, location):
        reason = "is a link that leaves the model's folder"
    if reason:
        raise UsageError(
            f"{path} names external data at {location[:80]!r}, which {reason}; nothing was loaded",
            "External data must lie beside the model. Save the model again as one file, or with relative names.",
        )
    if not (folder / location).is_file():
        raise UsageError(
            f"{path} keeps its data in {location!r}, which is not there", f"Copy that file into {folder} as well."
        )
    return folder / location


def _leads_inside(folder: Path, location: str) -> bool:
    try:
        return (folder / location).resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # links in a circle
        return False


def _extent_bytes(path: Path, tensor: str, file: Path, entries: dict[str, str]) -> int:
    """How many bytes a tensor takes of its file; refused unless they are there."""
    size_bytes = file.stat().st_size
    offset, length = entries.get("offset", "0"), entries.get("length", "0")
    plain = all(text.isascii() and text.isdecimal() and len(text) < 19 for text in (offset, length))
    if not plain or int(offset) + int(length) > size_bytes:
        raise UsageError(
            f"{path}: tensor {tensor!r} asks for {length[:80]} bytes at {offset[:80]} of {file.name}, "
            f"which has {size_bytes}",
            "The data file is cut off or of another model: export or copy both again.",
        )
    return int(length) or size_bytes - int(offset)


def _load_external(path: Path, model: onnx.ModelProto) -> None:
    import onnx
    from onnx import external_data_helper

    try:
        external_data_helper.load_external_data_for_model(model, str(path.resolve().parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise UsageError(
            f"The external data of {path} cannot be read", "Export or copy the model again.", str(error)
        ) from error
