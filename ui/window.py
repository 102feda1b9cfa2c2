"""Opens the window, once something can show it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ui.start import QUIT
from workbench.base.errors import SlipwayError, UsageError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ui.main_window import MainWindow

HEAVY = (
    "numpy",
    "pyqtgraph",
    "cv2",
    "onnx",
    "onnxruntime",
    "openvino",
    "paramiko",
    "pydantic",
    "matplotlib",
    "scipy",
    "pyarrow",
    "ruamel.yaml",
)
"""Modules that must not be loaded before the first paint."""
USAGE = """Usage: slipway open [PROJECT]

  Open the window, and in it a project.
"""


def open_window(arguments: Sequence[str], began_s: float) -> int:
    """Show the window and stay until it is closed; the process's exit code.

    Args:
        arguments: of the command: none, `open [PROJECT]` or `--quit-after-paint`.
        began_s: when the process began, by `time.perf_counter`.
    """
    if {"-h", "--help"} & set(arguments):
        sys.stdout.write(USAGE)
        return 0
    try:
        project = _project(arguments)
        _check_display()
        return _show(project, began_s, quit_after_paint=QUIT in arguments)
    except SlipwayError as error:
        sys.stderr.write(f"error: {error.summary}\n{error.hint}\n")
        return error.fault.value


def has_display() -> bool:
    """Whether something can show a window: always, but on Linux without a desktop."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _check_display() -> None:
    if not has_display():
        raise UsageError(
            "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)",
            "Everything works in the terminal too: slipway --help, slipway demo.",
        )


def _project(arguments: Sequence[str]) -> Path | None:
    names = [argument for argument in arguments[1:] if argument != QUIT]
    if len(names) > 1 or any(name.startswith("-") for name in names):
        raise UsageError(f"slipway open takes one folder, not: {' '.join(names)}", "slipway open --help")
    if not names:
        return None
    folder = Path(names[0]).absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", "Name the folder of a project, or open one in the window.")
    return folder


def _show(project: Path | None, began_s: float, *, quit_after_paint: bool) -> int:
    from PySide6.QtCore import Qt

    from ui.app import make_app
    from ui.frame.pulse import Pulse
    from ui.main_window import MainWindow
    from ui.warm_up import WarmUp
    from workbench.session import Session

    with Session.for_window() as session:
        settings = session.settings
        scale = settings.font_percent / 100
        app = make_app(sys.argv, settings.theme, scale, high_contrast=settings.high_contrast)
        window = MainWindow(session)
        warm_up = WarmUp(session, window)
        if project is not None:
            window.open_project(project)
        else:
            window.show_page("welcome")
        if quit_after_paint:
            warm_up.painted.connect(lambda: _report_paint(began_s))
            warm_up.ready.connect(lambda: _report_plots(app, window, began_s), Qt.ConnectionType.QueuedConnection)
        window.show()
        pulse = Pulse(window.status, window)
        code = app.exec()
        pulse.stop()
        warm_up.wait()
        window.desk.jobs.close()
        return code


def _report_paint(began_s: float) -> None:
    """Say how long the first paint took, and which heavy modules were loaded by then (it must be none)."""
    loaded = [name for name in HEAVY if name in sys.modules]
    elapsed_ms = (time.perf_counter() - began_s) * 1000
    sys.stdout.write(f"first paint after {elapsed_ms:.0f} ms; heavy modules loaded: {', '.join(loaded) or 'none'}\n")
    sys.stdout.flush()


def _report_plots(app: QApplication, window: MainWindow, began_s: float) -> None:
    """Say when plots could be made, and end."""
    sys.stdout.write(f"plots ready after {(time.perf_counter() - began_s) * 1000:.0f} ms\n")
    window.close()
    app.quit()
