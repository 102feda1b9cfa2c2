"""Takes the README's pictures of the window: `python docs/window_pictures.py [--project COPY]`, into docs/.

They are scenes of `python -m ui.screenshots`, reduced to 256 colours so that the repository stays small.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
PICTURES = {
    "verify": ("verify-open", "dark"),
    "project": ("project-broken", "dark"),
    "model": ("model", "light"),
    "live": ("live-playing", "dark"),
    "runs": ("runs", "light"),
}
"""Which scene and theme each is."""
COLOURS = 256


def main(project: Path | None) -> int:
    """Render the scenes and keep them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (scene, theme) in PICTURES.items():
            argv = [sys.executable, "-m", "ui.screenshots", folder, "--usual", "--theme", theme, "--only", scene]
            if project is not None:
                argv += ["--project", str(project)]
            done = subprocess.run(argv, check=False, cwd=DOCS.parent)
            if done.returncode:
                return done.returncode
            _reduce(Path(folder, f"{scene}-{theme}-1680x1000.png"), DOCS / f"window-{name}.png")
    return 0


def _reduce(picture: Path, to: Path) -> None:
    """By coverage, so that amber on a dozen pixels stays amber; then the large grounds are moved back to their own."""
    with Image.open(picture) as image:
        flat = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)
        flat.save(to, optimize=True)
    sys.stdout.write(f"{to}: {to.stat().st_size / 1e3:.0f} kB\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project that is played on; else the example is made")
    sys.exit(main(parser.parse_args().project))
