"""What a board's Python has, looked at in a process of its own that may break."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from targets.agent import look
from targets.agent.look import look as look_at


def make_python(folder: Path, name: str, code: str) -> str:
    """An environment of this Python with one package."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(os.path.realpath(sys.executable))
    package = folder / "lib" / version / "site-packages" / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(base)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    return str(folder / "bin" / "python")


def test_that_a_library_that_is_there_is_told_with_its_version(tmp_path: Path) -> None:
    found = look_at(lambda _child: None, make_python(tmp_path, "tensorrt", "__version__ = '8.5.2.2'"))
    assert (found["tensorrt"], found["numpy"], found["cv2"], found["problems"]) == ("8.5.2.2", None, None, {})
    assert "OpenVINO is not installed" in found["runtimes"]["openvino"]["problem"]


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('numpy.dtype size changed\\nbuilt for another numpy')",
        "raise ImportError('libGL.so.1: cannot open\\nbuilt for another numpy')",
        "import a_module_that_is_not_there_either",
    ],
)
def test_that_a_library_that_cannot_be_imported_is_told_with_the_reason(tmp_path: Path, code: str) -> None:
    found = look_at(lambda _child: None, make_python(tmp_path, "cv2", code))
    assert found["cv2"] is None
    assert found["problems"]["cv2"].endswith(("built for another numpy", "'a_module_that_is_not_there_either'"))


def test_that_a_library_that_kills_the_look_does_not_take_the_agent_with_it(tmp_path: Path) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    found = look_at(lambda _child: None, make_python(tmp_path, "numpy", code))
    assert found["numpy"] is None
    assert "it cannot be looked at: SIGSEGV" in found["problems"]["numpy"]
    assert "SIGSEGV" in found["runtimes"]["openvino"]["problem"]


def test_that_cuda_is_told_as_its_folder_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "_CUDA", tmp_path)
    monkeypatch.setattr(look, "_CUDART", ("libcudart-that-is-not-there.so",))
    assert look._cuda() is None
    (tmp_path / "version.txt").write_text("CUDA Version 10.2.300\n")
    assert look._cuda() == "10.2.300"
    (tmp_path / "version.json").write_text(json.dumps({"cuda": {"name": "CUDA SDK", "version": "12.6.68"}}))
    assert look._cuda() == "12.6.68"
    (tmp_path / "version.json").write_text("[]")
    assert look._cuda() == "10.2.300"
