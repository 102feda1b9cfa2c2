"""The one thing to do now, and what comes after it, in the order in which one blocks the other."""

from __future__ import annotations

from collections.abc import Iterator

from projects.document import paths_of
from workbench.base.errors import SlipwayError
from workbench.pipeline.chain import CURRENT, MISSING, ChainStatus
from workbench.standing.state import Standing
from workbench.standing.words import STATES, joined, short_id, verdict_in_words, way_out, worst_first
from workbench.views.project.documents import DocumentView
from workbench.views.project.overview import (
    CONFIRM,
    CORRECT,
    GO,
    NOTHING,
    RUN,
    NextAction,
    Place,
    Target,
    Waiting,
)
from workbench.words import say_count

AFTER = 4
"""So many lines come after the action; the pages have all."""


def choose_action(standing: Standing) -> tuple[NextAction, tuple[Waiting, ...]]:
    """The action and what comes after it."""
    steps = list(_steps(standing))
    if not steps:
        return _nothing(standing), ()
    return steps[0][0], tuple(waiting for _, waiting in steps[1 : AFTER + 1])


def _steps(standing: Standing) -> Iterator[tuple[NextAction, Waiting]]:
    """Everything that stands open, what blocks most first: each as an action and as a line."""
    broken = [view for view in standing.views if view.problems]
    if not _has_model(standing):
        yield _add_model()
        broken = [view for view in broken if any(mark.path != "model_format.intermediate" for mark in view.problems)]
    if broken:
        yield _mend(broken)
    yield from _of_chain(standing)
    yield from _of_values(standing)
    run = standing.whole_run
    for item in worst_first(run) if run is not None else ():
        name = short_id(item)
        target = Target("verify", item.id)
        title = verdict_in_words(item)
        yield (
            NextAction(GO, _capital(title), f"{_capital(way_out(item)).rstrip('.')}.", f"Open {name}", target),
            Waiting(STATES[item.verdict.outcome], name, way_out(item), target),
        )
    yield from _of_boards(standing)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _has_model(standing: Standing) -> bool:
    path = standing.files[0].find(("deployment", "model_format", "intermediate"))
    return not isinstance(path, str) or (standing.folder / path).is_file()


def _add_model() -> tuple[NextAction, Waiting]:
    target = Target("model", None)
    text = "The documents name an ONNX file that is not there. Everything is made from it."
    return (
        NextAction(GO, "Add a model", text, "Add a model", target),
        Waiting("missing", "model", "the ONNX file is not there", target),
    )


def _mend(broken: list[DocumentView]) -> tuple[NextAction, Waiting]:
    marks = [mark for view in broken for mark in view.problems]
    fixes = sum(len(view.fixes) for view in broken)
    where = joined(view.name for view in broken)
    first = marks[0]
    place = Target("project", Place(first.file, first.line, first.path))
    title = f"Fix {say_count(len(marks), 'problem')} in {where}"
    line = Waiting("err", where, say_count(len(marks), "problem"), place)
    if fixes == 0:
        text = f"Nothing runs until then. The first: {first.title}."
        return NextAction(GO, title, text, "Show the problem", place), line
    each = ("It has" if len(marks) == 1 else "Each has") if fixes == len(marks) else f"{fixes} of them have"
    text = f"Nothing runs until then. {each} one likely correction."
    return NextAction(CORRECT, title, text, f"Apply {say_count(fixes, 'correction')}", place), line


def _of_chain(standing: Standing) -> Iterator[tuple[NextAction, Waiting]]:
    chain = standing.chain
    if isinstance(chain, SlipwayError):
        if _has_model(standing):
            target = Target("model", None)
            text = f"{chain.summary}. {chain.hint}".strip()
            yield (
                NextAction(GO, "The chain cannot be read", text, "Open Model", target),
                Waiting("err", "chain", chain.summary, target),
            )
        return
    if not isinstance(chain, ChainStatus) or chain.is_current:
        return
    todo = [link for link in chain.links if link.state != CURRENT]
    names = joined(link.stage for link in todo)
    again = any(link.state != MISSING for link in todo)
    verb = ("are" if len(todo) > 1 else "is") + (" stale" if again else " not made yet")
    title = "Run the verification" + (" again" if again else "")
    reason = todo[0].reason.partition("; ")[0]
    text = f"{_capital(names)} {verb}: {reason}. One run does it all."
    target = Target("verify", None)
    yield (
        NextAction(RUN, title, text, "Run verification", target),
        Waiting("stale" if again else "missing", todo[0].stage, f"{names} {verb}", target),
    )


def _of_values(standing: Standing) -> Iterator[tuple[NextAction, Waiting]]:
    project = standing.project
    if project is None or not project.unconfirmed:
        return
    first = project.unconfirmed[0]
    keys = paths_of(project.deployment_file).get(first.path) or paths_of(project.acceptance_file).get(first.path)
    target = Target("project", Place(first.file, first.line, first.path if keys is not None else ""))
    amount = say_count(len(project.unconfirmed), "proposed value")
    text = "They were proposed by Slipway, and a verdict on a limit that nobody set convinces nobody."
    yield (
        NextAction(CONFIRM, f"Confirm {amount}", text, "Show the values", target),
        Waiting("warn", "values", f"{amount} not confirmed", target),
    )


def _of_boards(standing: Standing) -> Iterator[tuple[NextAction, Waiting]]:
    """Boards with an engine of a candidate that was replaced."""
    for item in standing.behind:
        record = item.record
        target = Target("boards", record.board_name)
        text = f"Its engine is of {record.candidate_name}, made before the present candidate. Choose the board and run."
        yield (
            NextAction(GO, f"Renew {record.board_name}", text, f"Open {record.board_name}", target),
            Waiting("stale", record.board_name, "its engine is of a candidate that was replaced", target),
        )


def _nothing(standing: Standing) -> NextAction:
    run = standing.whole_run
    if run is None:
        return NextAction(NOTHING, "Nothing to do", "The documents ask for nothing that could be verified.", "")
    text = f"Run {run.number} passes every requirement on {run.board.get('name', 'its board')}, and nothing is stale."
    return NextAction(NOTHING, "Nothing to do", text, "")
