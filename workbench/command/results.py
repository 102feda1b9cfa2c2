"""What commands say of a result, for people; each returns the exit code that it stands for."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from workbench.command import exit_codes
from workbench.command.console import Console
from workbench.command.tables import (
    facts_table,
    feeding_table,
    label_map_table,
    lacks_table,
    layers_table,
    model_table,
    ranking_table,
    recorded_table,
    unconfirmed_table,
    verdict_table,
)
from workbench.evaluate.verdict import Outcome
from workbench.evaluate.wording import count
from workbench.intake.words import NOT_CONFIRMED

if TYPE_CHECKING:
    from pathlib import Path

    from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
    from workbench.optimise.rank import Ranking
    from workbench.pipeline.boards import AddedBoard
    from workbench.pipeline.check import CheckResult
    from workbench.pipeline.examine import Examination
    from workbench.pipeline.prepare import PreparedBoard
    from workbench.pipeline.probe import ProbedBoard
    from workbench.pipeline.run import RunOutcome
    from workbench.results.run_record import RunRecord


def show_check(console: Console, result: CheckResult, *, verbose: bool = False, layers: bool = False) -> int:
    """Everything that is wrong with a project, and what a person should know of it; wrong documents are exit 2."""
    for problem in result.problems:
        console.say(str(problem))
    for finding in result.findings:
        console.say(f"note: {finding}")
    if result.model is not None:
        console.show(model_table(result.model))
        if layers:
            console.show(layers_table(result.model))
    if any(item.label != item.model for item in result.label_map):
        console.show(label_map_table(result.label_map))
    if result.unconfirmed:
        console.show(unconfirmed_table(result.unconfirmed))
    _show_recorded_only(console, result, verbose=verbose)
    if result.problems:
        mended = "it is mended" if len(result.problems) == 1 else "they are mended"
        number = count(len(result.problems), "problem")
        console.say(f"{result.folder} has {number}; until {mended}, no other command works on it")
        return exit_codes.WRONG_USE
    console.say(f"{result.folder} has no problems")
    return exit_codes.PASSED


def _show_recorded_only(console: Console, result: CheckResult, *, verbose: bool) -> None:
    given = [field for field in result.recorded_only if field.given]
    if verbose:
        console.show(recorded_table(given))
    elif given:
        are = "is" if len(given) == 1 else "are"
        command = f"slipway check {shlex.quote(str(result.folder))} --verbose"
        console.say(f"{count(len(given), 'field')} {are} recorded only ({command} lists them)")


def show_examination(console: Console, found: Examination) -> int:
    """What is wrong with a model, which is exit 1, and the ways to feed it."""
    for ailment in found.ailments:
        console.say(f"wrong: {ailment.text}\n       {ailment.hint}")
    if not found.ailments:
        console.say(f"nothing is wrong with the outputs on {count(found.frames, 'frame')}")
    ranking = found.ranking
    code = exit_codes.REQUIREMENT_FAILED if found.ailments else exit_codes.PASSED
    if any(item.dead for item in found.ailments):
        console.say("the ways to feed it were not tried: a dead model finds nothing, however it is fed")
        return code
    if ranking is None:
        console.say(f"{NOT_CONFIRMED}: name labels, or detections that the training framework exported")
        return code
    console.show(feeding_table(ranking))
    for text in ranking.undecided:
        console.say(f"these frames do not tell {text}")
    if found.applied:
        console.say(f"written: {', '.join(found.applied)}")
    elif found.differs:
        console.say("another way than that of the documents is better; --apply writes it")
    elif ranking.confirmed:
        console.say(f"the preprocessing of the documents is confirmed by {ranking.truth}")
    if not ranking.confirmed:
        console.say(f"{NOT_CONFIRMED}: the model finds hardly anything of {ranking.truth}, however it is fed")
    return code


def show_candidate(console: Console, stored: Stored[CandidateRecord]) -> int:
    """A candidate that was made or found."""
    record = stored.record
    console.say(f"candidate {record.name}  {record.sha256[:12]}  {record.size_bytes / 1e6:.2f} MB")
    for note in record.notes:
        console.say(f"  {note}")
    return exit_codes.PASSED


def show_ranking(console: Console, ranking: Ranking) -> int:
    """What each group of layers costs, and the proposed list."""
    console.show(ranking_table(ranking))
    if ranking.keep is None:
        console.say(f"no keep-list reaches an IoU of {ranking.limit:g}: take fp16")
    elif not ranking.keep:
        console.say(f"plain int8 reaches an IoU of {ranking.limit:g} on {ranking.frame_count} frames: nothing to keep")
    else:
        score = "" if ranking.score is None else f" (IoU {ranking.score:.4f})"
        console.say(f"proposed{score}:")
        console.say(f"  --keep {','.join(ranking.keep)}")
    return exit_codes.PASSED


def show_engine(console: Console, stored: Stored[EngineRecord]) -> int:
    """An engine that was built or found."""
    record = stored.record
    took = "" if record.build_seconds is None else f", built in {record.build_seconds:.1f} s"
    size = f"{record.size_bytes / 1e6:.2f} MB"
    console.say(f"engine {record.sha256[:12]}  {size} of {record.candidate_name} for {record.board_name}{took}")
    return exit_codes.PASSED


def show_release(console: Console, stored: Stored[ReleaseRecord]) -> int:
    """A release that was installed or found whole."""
    console.say(f"release {stored.record.release} is installed on {stored.record.board_name}")
    return exit_codes.PASSED


def show_run(console: Console, run: RunRecord, project: Path) -> int:
    """The verdicts of a run and what can be done next; the worst of them decides the code."""
    quick = ", quick: durations were shortened," if run.quick else ""
    console.show(verdict_table(run.requirements, f"Run {run.id}{quick}", reasons=not console.is_screen))
    for item in run.requirements:
        if console.is_screen and item.verdict.outcome is not Outcome.PASS:
            console.say(f"{item.verdict.outcome.value}  {item.title}: {item.verdict.reason}")
    for finding in run.findings:
        console.say(f"note: {finding}")
    if run.text:
        console.say(run.text)
    if any(item.kind == "latency" and item.verdict.outcome is Outcome.INCONCLUSIVE for item in run.requirements):
        board = shlex.quote(str(run.board.get("name", "")))
        further = "--only latency --until-decided --at-most 30min"
        console.say(f"undecided: slipway verify {shlex.quote(str(project))} --board {board} {further}")
    console.say(f"run {run.number}: {run.outcome_text}")
    return exit_codes.of_outcomes(item.verdict.outcome.value for item in run.requirements)


def show_verified(console: Console, run: RunRecord, project: Path) -> int:
    """The verdicts of a run, and how to get its report."""
    code = show_run(console, run, project)
    console.say(f"report: slipway report {shlex.quote(str(project))} --run {run.number}")
    return code


def show_outcome(console: Console, outcome: RunOutcome, project: Path) -> int:
    """The verdicts of all the steps together, and where the report is."""
    code = show_run(console, outcome.record, project)
    console.say(f"report: {outcome.report}")
    return code


def show_demo(console: Console, outcome: RunOutcome, project: Path) -> int:
    """Like `show_outcome`; a demonstration succeeds once every requirement has its verdict, whichever it is."""
    show_outcome(console, outcome, project)
    return exit_codes.PASSED


def show_path(console: Console, path: Path) -> int:
    """A file that was written."""
    console.say(str(path))
    return exit_codes.PASSED


def show_nothing(_console: Console, _result: None) -> int:
    """Everything was shown while it came."""
    return exit_codes.PASSED


def show_added(console: Console, added: AddedBoard) -> int:
    """What a new board is; what it lacks is no failure here, but it is shown."""
    if added.probed is not None:
        show_probed(console, added.probed)
    console.say(f"{added.entry.name} is known from now on: slipway run PROJECT --board {added.entry.name}")
    return exit_codes.PASSED


def show_probed(console: Console, probed: ProbedBoard) -> int:
    """What a board is, has and lacks."""
    console.show(facts_table(probed.name, probed.facts))
    if probed.lacks:
        console.show(lacks_table(probed.name, probed.lacks))
    return exit_codes.PASSED if probed.ready else exit_codes.REQUIREMENT_FAILED


def show_prepared(console: Console, board: PreparedBoard) -> int:
    """What was done to a board, or would be."""
    plan, wheels = board.plan, ", ".join(f"{wheel.name} {wheel.version}" for wheel in board.plan.wheels)
    if board.done is not None:
        console.say(f"{board.name}: {', '.join(board.done.installed)} in {board.done.venv}")
    elif plan.wheels:
        console.say(f"{board.name} lacks {', '.join(plan.missing) or 'nothing'}; {wheels} would go into {plan.venv}")
    else:
        console.say(f"{board.name} has all that {plan.runtime} needs; nothing was changed")
    if board.lacks and (board.done is not None or not plan.wheels):
        console.show(lacks_table(board.name, board.lacks))
    return exit_codes.PASSED
