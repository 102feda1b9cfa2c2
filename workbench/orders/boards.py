"""Orders of the Boards page: read, add, prepare, install one thing that is missing, watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

HEALTH = "health"
"""The part of a watch that says how it stands with one board."""
READ = "read"
"""The part of a reading of several boards that says that one is done."""


@dataclass(frozen=True)
class BoardRead:
    """A board that was asked what it is."""

    name: str
    ready: bool
    """Whether an engine can run there."""
    text: str
    """What it is, or why it could not be asked."""
    reached: bool = True


@dataclass(frozen=True)
class ReadBoard:
    """Ask a board what it is, has and lacks."""

    name: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Read {self.name}"

    @property
    def board(self) -> str | None:
        """Nobody else has to wait."""
        return None

    def run(self, context: JobContext) -> BoardRead:
        """What it is, in words; all of it is kept for `workbench.views.boards`."""
        from workbench.pipeline.board_orders import read_board

        return read_board(self.name, context)


@dataclass(frozen=True)
class ReadBoards:
    """Ask several boards at once; one that cannot be reached stops none of the others."""

    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Read {len(self.names)} boards"

    @property
    def board(self) -> str | None:
        """Nobody else has to wait."""
        return None

    def run(self, context: JobContext) -> tuple[BoardRead, ...]:
        """What each is; told as `ResultPart` READ as they come."""
        from workbench.pipeline.board_orders import read_boards

        return read_boards(self.names, context)


@dataclass(frozen=True)
class AddBoard:
    """Reach a new board over SSH, asking what only a person can answer, and keep it where that can be done."""

    name: str
    host: str
    port: int | None = None
    user: str | None = None
    key: str | None = None
    root: str | None = None
    python: str | None = None
    id: str | None = None
    lock: str | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Add board {self.name}"

    @property
    def board(self) -> str | None:
        """Nobody else has to wait."""
        return None

    def run(self, context: JobContext) -> BoardRead:
        """What it is; it is known from now on."""
        from workbench.pipeline.board_orders import add_board

        return add_board(self, context)


@dataclass(frozen=True)
class BoardPlan:
    """What preparing a board would do, or did."""

    name: str
    missing: tuple[str, ...]
    installs: tuple[str, ...]
    """Names and versions; empty: nothing is to be done."""
    place: str
    """Where on the board."""
    need_text: str
    """The space that it takes there."""
    done: bool
    carried: bool = False
    """Whether what was installed was carried from here, because the board reaches no package index."""


@dataclass(frozen=True)
class PrepareBoard:
    """Bring a board numpy and a runtime, in an environment of its own; its system stays as it is."""

    board: str
    runtime: str | None = None
    dry_run: bool = False
    """Only say what would be done."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"See what {self.board} needs" if self.dry_run else f"Prepare {self.board}"

    def run(self, context: JobContext) -> BoardPlan:
        """What was done."""
        from workbench.pipeline.board_orders import prepare_board

        return prepare_board(self.board, self.runtime, context, dry_run=self.dry_run)


@dataclass(frozen=True)
class InstallOnBoard:
    """Run the one command that brings a thing that a board lacks, as it was shown to a person who then said so.

    It is looked up anew on the board's own word, so that nothing but what `targets.lacks` proposes is ever run.
    """

    board: str
    lack: str
    """What it lacks, by its name."""
    command: str
    """The command that the person read; another one is not run."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Install {self.lack} on {self.board}"

    def run(self, context: JobContext) -> BoardRead:
        """The board, read again."""
        from workbench.pipeline.board_orders import install_on_board

        return install_on_board(self.board, self.lack, self.command, context)


@dataclass(frozen=True)
class BoardHealth:
    """How a watch stands with one board."""

    board: str
    live: bool
    text: str
    """`live`, `connecting`, or why not and when it is tried again."""


@dataclass(frozen=True)
class WatchHealth:
    """Watch some boards until it is cancelled: live values once a second as stream `health NAME`, and a kept history.

    The values are those of the agent's telemetry, and `memory_used_gb` where the board's memory is known.

    Nobody is asked anything; a board that would have to be asked about is left alone.
    """

    names: tuple[str, ...]
    rate_hz: float = 1.0
    seconds: float | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        return "Watch " + (self.names[0] if len(self.names) == 1 else f"{len(self.names)} boards")

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> None:
        """Publish until it is stopped."""
        from workbench.pipeline.board_health import watch_boards

        watch_boards(self.names, self.rate_hz, self.seconds, context)
