"""Renders every page, tab, dialog and state from a real project: `python -m ui.screenshots OUT`.

Without a project the example is made and run first, in OUT; a project that is named is completed (a second candidate,
its run, the ranking) and played on, so hand a copy. Dark and light, at 1366x768, 1680x1000 and 1920x1080; with
`--ratio 2` the second at twice the resolution. It says what it made and what it left out and why; what should be there
and could not be made ends it with 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SIZES = ((1366, 768), (1680, 1000), (1920, 1080))
USUAL = (1680, 1000)
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    out: Path
    project: Path | None
    only: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    themes: tuple[str, ...]
    ratio: int
    host: str
    model: Path | None
    as_it_is: bool
    """Whether nothing is made or measured first."""

    def file(self, scene: str, theme: str, size: tuple[int, int]) -> Path:
        """Where a picture goes."""
        ratio = "" if self.ratio == 1 else f"@{self.ratio}x"
        return self.out / f"{scene}-{theme}-{size[0]}x{size[1]}{ratio}.png"


def main(arguments: Sequence[str] | None = None) -> int:
    """Render; 0 once all pictures are there."""
    asked = _parse(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(asked.ratio)
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.project is None:
        os.environ.setdefault("SLIPWAY_HOME", str((asked.out / "home").absolute()))
    from ui.app import make_app
    from ui.photographer import Photographer
    from ui.showcase import complete
    from workbench.session import Session

    app = make_app(["slipway"], "dark")
    with Session.for_window() as session, tempfile.TemporaryDirectory() as folder:
        project = asked.project or (asked.out / "example").absolute()
        if not asked.as_it_is:
            complete(session, project)
        photographer = Photographer(app, asked, Path(folder))
        photographer.work(session, project)
    sys.stdout.write(f"{photographer.made} pictures in {asked.out}\n")
    return 1 if photographer.failed else 0


def _parse(arguments: Sequence[str] | None) -> Asked:
    parser = argparse.ArgumentParser(prog="python -m ui.screenshots", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--project", type=Path, help="a project with a finished run, which is played on: hand a copy")
    parser.add_argument("--only", action="append", default=[], help="scenes by name or pattern (live*), repeatable")
    parser.add_argument("--usual", action="store_true", help="1680x1000 alone")
    parser.add_argument("--theme", choices=THEMES, help="one theme alone")
    parser.add_argument("--ratio", type=int, default=1, help="pixels for each pixel: 2 for screens of high resolution")
    parser.add_argument("--host", default="", help="NAME:PORT of an SSH host nobody knows yet, for its question")
    parser.add_argument("--model", type=Path, help="an ONNX model whose input has an open size, for its question")
    parser.add_argument("--as-it-is", action="store_true", help="complete nothing; leave out what is not there")
    read = parser.parse_args(arguments)
    return Asked(
        read.out,
        None if read.project is None else read.project.absolute(),
        tuple(read.only),
        (USUAL,) if read.usual or read.ratio != 1 else SIZES,
        THEMES if read.theme is None else (read.theme,),
        read.ratio,
        read.host,
        None if read.model is None else read.model.absolute(),
        read.as_it_is,
    )


if __name__ == "__main__":
    sys.exit(main())
