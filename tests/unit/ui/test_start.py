from __future__ import annotations

import os
import re
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


NO_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def slipway(*arguments: str, display: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if display or name not in NO_DISPLAY}
    return subprocess.run([SLIPWAY, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_that_the_window_paints_before_anything_heavy_is_loaded():
    done = slipway("--quit-after-paint")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"first paint after \d+ ms; heavy modules loaded: none\nplots ready after \d+ ms\n", done.stdout
    )


def test_that_without_a_display_a_bare_call_says_so_and_what_works():
    done = slipway(display=False)
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert "slipway demo" in done.stderr


def test_that_a_folder_that_is_none_is_named_before_the_window_opens(tmp_path):
    done = slipway("open", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "nowhere is no folder" in done.stderr


def test_that_any_other_call_goes_to_the_command():
    assert slipway("--version").stdout.strip().endswith("0.1.0")


def test_that_its_exit_code_is_that_of_the_command():
    assert slipway("--no-such-option").returncode == 2


def test_that_the_help_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", REPORT_IMPORTS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
