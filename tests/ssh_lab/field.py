"""Many cuts side by side, each of its own project, board and link."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from projects.record_file import Author
from targets.inventory import settings_folder
from tests.ssh_lab.cuts import CUTS, STAGES, Ground, Struck, strike
from tests.ssh_lab.link import far_board
from tests.ssh_lab.server import Keys
from workbench.session import Session

BY: Final = Author("Ada")
IMPOSSIBLE: Final = frozenset({("connect", "agent killed")})
"""There is nothing yet that could be killed."""
PAIRS: Final = tuple((stage, cut) for stage in STAGES for cut in CUTS if (stage, cut) not in IMPOSSIBLE)
_SAVING: Final = threading.Lock()


@dataclass(frozen=True)
class CutField:
    """A project that is whole, and installed on a board of the id that all boards made here have."""

    folder: Path
    keys: Keys
    emulator: Path
    project: Path
    root: Path
    home: Path
    """The user's, for SSH."""
    id: str

    def strike_all(self, pairs: Sequence[tuple[str, str]], at_once: int) -> Iterator[Struck]:
        """Make cuts, so many side by side; what they came to, in the order asked for."""
        with ThreadPoolExecutor(at_once) as pool:
            yield from pool.map(lambda pair: self.strike(*pair), pairs)

    def strike(self, stage: str, cut: str, *, again: bool = False) -> Struck:
        """Make one cut on ground of its own, which is gone afterwards."""
        with self.ground(f"{stage}-{cut}".replace(" ", "-")) as ground, Session(settings_folder(), by=BY) as session:
            return strike(ground, session, stage, cut, again=again)

    @contextmanager
    def ground(self, name: str) -> Iterator[Ground]:
        """A copy of the project and of the board, behind a link of its own."""
        folder = self.folder / name
        project, root = folder / "project", folder / "board"
        shutil.copytree(self.project, project)
        shutil.copytree(self.root, root)
        try:
            with far_board(folder / "far", self.keys, self.emulator, self.home) as far:
                ground = Ground(far, project, root, name, self.id)
                with _SAVING:
                    ground.enter_board()
                yield ground
        finally:
            shutil.rmtree(folder)
