"""The command's start must not pay for the optimiser's libraries."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "onnx", "onnxruntime", "onnxslim", "openvino", "cv2")


def test_that_importing_the_optimiser_loads_nothing_heavy() -> None:
    script = (
        "import sys, workbench.optimise.candidate, workbench.optimise.rank, workbench.reference;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
