"""A board's Python that finds our own `tensorrt`, and a folder where the loader finds our own libcudart."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = """
import ctypes, importlib.util, sys
spec = importlib.util.spec_from_file_location("fake_trt", {trt!r})
fake = importlib.util.module_from_spec(spec)
sys.modules["fake_trt"] = fake
spec.loader.exec_module(fake)
library = ctypes.CDLL({library!r})
library.fake_pass_time.argtypes = (ctypes.c_double,)
sys.modules[__name__] = fake.make_tensorrt({version!r}, library)
"""


def compile_cudart(path: Path) -> None:
    """Make the CUDA runtime library; skips the test where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make the fake CUDA runtime library with")
    command = [compiler, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread", "-o", str(path)]
    subprocess.run([*command, str(HERE / "cudart.c")], check=True, timeout=60)


def make_python(folder: Path, library: Path, version: str) -> Path:
    """A Python with this one's packages and TensorRT; `library` is the CUDA runtime library."""
    package = folder / "site" / "tensorrt" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text(PACKAGE.format(trt=str(HERE / "trt.py"), library=str(library), version=version))
    venv.create(folder / "venv", symlinks=True)
    (packages,) = (folder / "venv").glob("lib/python3*/site-packages")
    (packages / "board.pth").write_text(f"{package.parents[1]}\n{sysconfig.get_path('purelib')}\n")
    return folder / "venv" / "bin" / "python"
