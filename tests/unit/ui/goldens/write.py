"""Writes the golden pictures anew: `python -m tests.unit.ui.goldens.write`; look at those that it names."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> int:
    """Take all pictures; those that are the same stay as they are."""
    from tests.unit.ui.goldens.comparison import read_picture, write_picture
    from tests.unit.ui.goldens.taking import KEPT, NAMES, take_all
    from ui.app import make_app
    from ui.pages.register import preload

    app = make_app(["slipway"], "dark")
    preload()
    KEPT.mkdir(exist_ok=True)
    changed = 0
    with tempfile.TemporaryDirectory() as base:
        for name, picture in take_all(app, Path(base)):
            path = KEPT / f"{name}.webp"
            kept = read_picture(path)
            if kept is None or kept.shape != picture.shape or (kept != picture).any():
                write_picture(path, picture)
                changed += 1
                sys.stdout.write(f"{path}\n")
    for path in KEPT.glob("*.webp"):
        if path.stem not in NAMES:
            path.unlink()
    sys.stdout.write(f"{changed} of {len(NAMES)} pictures changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
