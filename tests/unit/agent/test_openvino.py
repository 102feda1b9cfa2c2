"""OpenVINO as the board's runtime: precision, identity, and its refusals in words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.protocol import CommandError
from targets.agent.runtimes import openvino
from targets.agent.runtimes.base import LoadOptions, find_runtime

OPTIONS = LoadOptions("f32", 1, 1)


@pytest.fixture
def blob(tiny_engine: tuple[bytes, dict[str, Any]]) -> bytearray:
    """The tiny engine's bytes, to be changed."""
    return bytearray(tiny_engine[0])


def test_that_a_build_tells_precisions_version_and_options(tiny_engine: tuple[bytes, dict[str, Any]]) -> None:
    facts = tiny_engine[1]
    assert set(facts["precisions"]) <= {"f32", "i32"}
    assert facts["precisions"]["f32"] > 0
    assert facts["runtime_version"] == openvino.version()
    assert facts["device_key"] == openvino.device_key()
    assert len(facts["device_key"]) == 64
    assert facts["build_options"] == {"precision": "f32", "threads": 1, "streams": 1}


def test_that_a_build_in_a_fresh_process_gives_the_same_bytes(
    tiny_onnx: Path, tiny_engine: tuple[bytes, dict[str, Any]], repository: Path
) -> None:
    code = (
        "import sys; from targets.agent.runtimes import base, openvino;"
        "sys.stdout.buffer.write(openvino.build(sys.argv[1], base.LoadOptions('f32', 1, 1))[0])"
    )
    command = [sys.executable, "-c", code, str(tiny_onnx)]
    assert subprocess.run(command, check=True, capture_output=True, cwd=repository).stdout == tiny_engine[0]


def test_that_a_loaded_engine_keeps_the_precision_that_it_is_told(blob: bytearray) -> None:
    engine = openvino.load(blob, OPTIONS)
    assert set(engine.precisions) == {"f32", "i32"}
    ((spec,), (result,)) = engine.inputs, engine.outputs
    assert (spec.name, spec.shape, spec.dtype) == ("images", (1, 3, 64, 96), "float32")
    assert (result.shape, result.dtype) == ((1, 6, 96), "float32")
    engine.close()


def test_that_a_signal_is_handled_after_engines_that_overlapped(
    tiny_engine: tuple[bytes, dict[str, Any]], tmp_path: Path, repository: Path
) -> None:
    """Each Core of OpenVINO changes the signal stack; a dangling one kills the process at the next signal."""
    (tmp_path / "engine").write_bytes(tiny_engine[0])
    code = (
        "import faulthandler, os, pathlib, signal, sys; faulthandler.enable();"
        "from targets.agent.runtimes import base, openvino;"
        "data = bytearray(pathlib.Path(sys.argv[1]).read_bytes()); options = base.LoadOptions('f32', 1, 1);"
        "first, second = openvino.load(data, options), openvino.load(data, options);"
        "first.close(); second.close();"
        "signal.signal(signal.SIGINT, lambda *_: print('handled')); os.kill(os.getpid(), signal.SIGINT)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "engine")], capture_output=True, cwd=repository, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"handled\n"), done.stderr


def test_that_an_engine_reads_the_array_that_it_was_given_without_a_copy(blob: bytearray) -> None:
    engine = openvino.load(blob, OPTIONS)
    array = np.zeros((1, 3, 64, 96), np.float32)
    engine.copy_in(array)
    engine.execute()
    before = engine.copy_out()[0].copy()
    array[:] = 1.0
    engine.copy_in(array)
    engine.execute()
    assert engine.copy_out()[0] is engine.copy_out()[0]
    assert not np.array_equal(engine.copy_out()[0], before)
    engine.close()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((1, 3, 64, 96)),
        np.zeros((1, 3, 96, 64), np.float32),
        np.zeros((1, 64, 96, 3), np.float32).transpose(0, 3, 1, 2),
    ],
)
def test_that_an_input_that_openvino_would_take_silently_is_refused(blob: bytearray, array: Any) -> None:
    engine = openvino.load(blob, OPTIONS)
    with pytest.raises(CommandError) as caught:
        engine.copy_in(array)
    assert caught.value.code == "E_INVALID_SIZE"
    engine.close()


def test_that_an_engine_of_another_version_or_cpu_is_refused_with_what_to_do(blob: bytearray) -> None:
    version = openvino.version()[:8].encode()
    assert version in blob[:200]
    foreign = bytearray(blob.replace(version, version[:-1] + b"~", 1))
    with pytest.raises(CommandError) as caught:
        openvino.load(foreign, OPTIONS)
    assert caught.value.code == "E_RUNTIME"
    assert "build it again on this board" in caught.value.hint


def test_that_bytes_that_are_no_engine_are_refused() -> None:
    with pytest.raises(CommandError) as caught:
        openvino.load(bytearray(b"not an engine at all"), OPTIONS)
    assert caught.value.code == "E_RUNTIME"
    assert caught.value.detail


def test_that_a_model_that_cannot_be_compiled_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"\x08\x07nothing")
    with pytest.raises(CommandError, match=r"cannot compile .*broken\.onnx"):
        openvino.build(str(tmp_path / "broken.onnx"), OPTIONS)


def test_that_a_precision_that_the_cpu_lacks_is_refused_by_name(tiny_onnx: Path) -> None:
    with pytest.raises(CommandError, match="no precision is called 'f8'"):
        openvino.build(str(tiny_onnx), LoadOptions("f8", 1, 1))
    missing = {"f16", "bf16"} - set(openvino.precisions())
    for precision in missing:
        with pytest.raises(CommandError, match=f"does not run {precision}"):
            openvino.build(str(tiny_onnx), LoadOptions(precision, 1, 1))
    assert "f32" in openvino.precisions()


def test_that_a_runtime_that_nobody_knows_is_refused() -> None:
    with pytest.raises(CommandError, match="no runtime is called 'openvin'"):
        find_runtime("openvin")


def test_that_the_runtime_sends_no_usage_statistics(repository: Path) -> None:
    code = (
        "import json, sys, threading; from targets.agent.runtimes import openvino; openvino.version();"
        "print(json.dumps([len(threading.enumerate()), 'openvino_telemetry.main' in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=repository)
    assert json.loads(found.stdout) == [1, False]
