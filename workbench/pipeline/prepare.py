"""The step before all others on a new board: bring it numpy and a runtime, in an environment of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from targets.facts import BoardFacts
from targets.inventory import find_board
from targets.lacks import Lack, find_lacks, lacking, suitable_runtime
from targets.prepare import Preparation, Prepared, plan_preparation, prepare_board
from workbench.base.errors import BoardError
from workbench.base.events import Level
from workbench.pipeline.boards import agent_of, reach

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

WHEELS = "wheels"
"""Where downloaded wheels are kept, in the user's folder of Slipway."""


@dataclass(frozen=True)
class PreparedBoard:
    """A board after `prepare`, or as it is before it where nothing was to be done."""

    name: str
    plan: Preparation
    done: Prepared | None
    """None: nothing was changed."""
    facts: BoardFacts
    lacks: tuple[Lack, ...]


@dataclass(frozen=True)
class PrepareJob:
    """Bring a board what it lacks; what suits it where no runtime is named."""

    board: str
    runtime: str | None = None
    dry_run: bool = False
    """Only say what would be done."""
    again: bool = False
    """Make the environment anew, although nothing is missing."""
    carry: bool = False
    """Carry the wheels, although the board may reach a package index."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Prepare {self.board}"

    def run(self, context: JobContext) -> PreparedBoard:
        """The board, with what it has now."""
        made_from = find_board(self.board).python
        board = reach(self.board, context)
        with agent_of(board, context) as client:
            context.step("look", f"Look at {self.board}")
            before = client.probe(context.cancel)
            plan = plan_preparation(self.board, before, self._runtime(before), again=self.again)
            context.end_step(_missing_text(plan))
            if self.dry_run or not plan.wheels:
                return self._result(plan, None, before)
            with client.locked(f"prepare {self.board}"):
                context.step("prepare", f"Make {plan.venv} on {self.board}")
                done = prepare_board(
                    client,
                    plan,
                    context.home / WHEELS,
                    context.progress,
                    lambda text: context.log(Level.INFO, text),
                    made_from=made_from,
                    carry=self.carry,
                    cancel=context.cancel,
                )
                context.end_step(_done_text(done))
        context.step("probe", "Look again, from the new environment")
        with agent_of(board, context) as client:
            after = client.probe(context.cancel)
        self._check(plan, after)
        context.end_step(f"Python {after.python} at {after.python_path}")
        return self._result(plan, done, after)

    def _runtime(self, facts: BoardFacts) -> str:
        """The runtime that was asked for, or that suits the board.

        Raises:
            BoardError: the agent does not know it.
        """
        runtime = self.runtime or suitable_runtime(facts)
        if runtime not in facts.runtimes:
            known = ", ".join(facts.runtimes)
            raise BoardError(f"the agent knows no runtime {runtime!r}", f"It knows {known}.")
        return runtime

    def _check(self, plan: Preparation, facts: BoardFacts) -> None:
        """Refuse to call a board prepared whose agent does not see it."""
        missing = lacking(facts, plan.runtime)
        if missing:
            text = f"{self.board} was prepared, but its agent still lacks {' and '.join(missing)}"
            raise BoardError(text, f"It runs in {facts.python_path}: check the board's `python` key.")

    def _result(self, plan: Preparation, done: Prepared | None, facts: BoardFacts) -> PreparedBoard:
        return PreparedBoard(self.board, plan, done, facts, tuple(find_lacks(self.board, facts, plan.runtime)))


def _missing_text(plan: Preparation) -> str:
    if not plan.wheels:
        return f"nothing is missing for {plan.runtime}"
    what = ", ".join(f"{wheel.name} {wheel.version}" for wheel in plan.wheels)
    return f"missing: {', '.join(plan.missing) or 'nothing, but it is made anew'}; to install: {what}"


def _done_text(done: Prepared) -> str:
    how = "carried from here" if done.carried else "fetched by the board's pip"
    return f"installed {', '.join(done.installed)}, {how}"
