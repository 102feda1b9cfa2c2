from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SLIPWAY = Path(sys.executable).parent / "slipway"
HEAVY = ("PySide6", "cv2", "matplotlib", "numpy", "onnx", "onnxruntime", "openvino", "pyarrow", "pydantic", "scipy")
REPORT_IMPORTS = f"""
import sys
sys.argv = ["slipway", "--help"]
from ui.start import main
code = main()
sys.stderr.write(" ".join(name for name in {HEAVY!r} if name in sys.modules))
sys.exit(code)
"""


def slipway(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SLIPWAY, *arguments], capture_output=True, text=True, check=False)


def test_that_a_bare_call_prints_the_help_of_the_command():
    bare, asked = slipway(), slipway("--help")
    assert (bare.returncode, bare.stdout) == (0, asked.stdout)
    assert "Usage: slipway" in bare.stdout


def test_that_any_other_call_goes_to_the_command():
    assert slipway("--version").stdout.strip().endswith("0.1.0")


def test_that_its_exit_code_is_that_of_the_command():
    assert slipway("--no-such-option").returncode == 2


def test_that_the_help_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", REPORT_IMPORTS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
