"""What a project holds, by kind, each with its state: the tree at the left of the window."""

from __future__ import annotations

from pathlib import Path

from projects.document import paths_of
from workbench.base.errors import SlipwayError
from workbench.pipeline.report import UnreadableRun
from workbench.results.run_record import RunRecord, RunState
from workbench.standing.state import Standing
from workbench.standing.words import STATES, short_release
from workbench.views.findings import FindingPlace
from workbench.views.project.overview import Place, Strip
from workbench.views.tree import TreeItem
from workbench.words import say_count, say_created

MOST_RUNS = 200
"""The newest; the tab of all runs has every one."""
_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


def make_tree(standing: Standing, strip: Strip) -> tuple[TreeItem, ...]:
    """The groups that hold anything."""
    groups = (
        _heading("documents", "Documents", "file-text", _documents(standing)),
        _heading("model", "Model", "box", _model(strip)),
        _heading("candidates", "Candidates", "layers", _candidates(standing, strip)),
        _heading("engines", "Engines", "zap", _engines(standing, strip)),
        _heading("boards", "Boards", "microchip", _boards(standing)),
        _heading("releases", "Releases", "package", _releases(standing, strip)),
        _heading("runs", "Runs", "history", _runs(standing, strip)),
        _heading("data", "Data", "database", _data(standing)),
        _heading("findings", "Findings", "flag", _findings(standing)),
    )
    return tuple(group for group in groups if group.children)


def _heading(key: str, title: str, icon: str, children: tuple[TreeItem, ...]) -> TreeItem:
    return TreeItem(key, title, icon, children=children)


def _documents(standing: Standing) -> tuple[TreeItem, ...]:
    items = []
    for view in standing.views:
        problems, warnings = len(view.problems), len(view.marks) - len(view.problems)
        state = "err" if problems else "warn" if warnings else "ok"
        text = (
            say_count(problems, "problem") if problems else say_count(warnings, "finding") if warnings else "in order"
        )
        items.append(
            TreeItem(f"document:{view.name}", view.name, "file-code", state, text, "project", Place(view.name))
        )
    return tuple(items)


def _model(strip: Strip) -> tuple[TreeItem, ...]:
    box = strip.boxes[0]
    target = box.target
    text = box.reason if box.state == "unknown" else box.chip
    return (TreeItem("model:file", box.name, "file-box", box.state, text, target.stage, target.subject),)


def _candidates(standing: Standing, strip: Strip) -> tuple[TreeItem, ...]:
    current = strip.boxes[1].sha256 if strip.boxes[1].state == "ok" else None
    newest = {item.record.name: item for item in standing.candidates}
    return tuple(
        TreeItem(
            f"candidate:{stored.record.sha256}",
            name,
            "layers",
            "ok" if stored.record.sha256 == current else "",
            "what the documents ask for" if stored.record.sha256 == current else f"made {say_created(stored.created)}",
            "optimise",
            stored.record.sha256,
        )
        for name, stored in newest.items()
    )


def _engines(standing: Standing, strip: Strip) -> tuple[TreeItem, ...]:
    box = strip.boxes[2]
    newest = {(item.record.candidate_name, item.record.board_name): item for item in standing.engines}
    return tuple(
        TreeItem(
            f"engine:{stored.record.sha256}",
            f"{name} @ {board}",
            "zap",
            box.state if stored.record.sha256 == box.sha256 else "",
            box.chip if stored.record.sha256 == box.sha256 else f"built {say_created(stored.created)}",
            "boards",
            board,
        )
        for (name, board), stored in newest.items()
    )


def _boards(standing: Standing) -> tuple[TreeItem, ...]:
    from targets.inventory import list_boards

    used = [*(item.record.board_name for item in standing.engines), *_named_board(standing)]
    try:
        known = [entry.name for entry in list_boards()]
    except SlipwayError:
        known = []
    names = [name for name in known if name in used] or known[:1]
    return tuple(TreeItem(f"board:{name}", name, "microchip", stage="boards", target=name) for name in names)


def _named_board(standing: Standing) -> tuple[str, ...]:
    value = standing.files[0].find(("slipway", "board"))
    return (value,) if isinstance(value, str) else ()


def _releases(standing: Standing, strip: Strip) -> tuple[TreeItem, ...]:
    box = strip.boxes[3]
    newest = {(item.record.release, item.record.board_name): item for item in standing.releases}
    names = [release for release, _ in newest]
    return tuple(
        TreeItem(
            f"release:{stored.id}",
            f"{short_release(release)} @ {board}" if names.count(release) > 1 else release,
            "package",
            box.state if stored.record.manifest_sha256 == box.sha256 else "",
            f"on {board}, installed {say_created(stored.created)}",
            "boards",
            board,
        )
        for (release, board), stored in newest.items()
    )


def _runs(standing: Standing, strip: Strip) -> tuple[TreeItem, ...]:
    ended = {run.id: run for run in standing.runs}
    items = []
    for folder in reversed(standing.run_folders[-MOST_RUNS:]):
        title, state, text = _run_words(folder.number, ended.get(folder.id), standing, strip)
        items.append(TreeItem(f"run:{folder.id}", title, "history", state, text, "verify", folder.id))
    return tuple(items)


def _run_words(
    number: int, run: RunRecord | UnreadableRun | None, standing: Standing, strip: Strip
) -> tuple[str, str, str]:
    """Title, state and state in words of a run."""
    if run is None:
        return f"Run {number}", "unknown", "it works still, or was interrupted"
    if isinstance(run, UnreadableRun):
        return f"Run {number}", "warn", f"it cannot be read: {run.state}"
    title = f"Run {number}  {say_created(run.created)}"
    if run.state is not RunState.FINISHED:
        return title, "cancelled" if run.state is RunState.CANCELLED else "failed", run.text
    newest = standing.whole_run is not None and run.id == standing.whole_run.id
    if newest and strip.boxes[4].state == "stale":
        return title, "stale", f"{run.outcome_text}; {strip.boxes[4].reason}"
    return title, STATES[run.outcome], run.outcome_text


def _data(standing: Standing) -> tuple[TreeItem, ...]:
    items = []
    marks = {mark.path: mark for view in standing.views for mark in view.marks}
    for path, what in (("slipway.frames.images", "test frames"), ("slipway.calibration.images", "calibration frames")):
        named = standing.files[0].find(paths_of(standing.files[0]).get(path, ("",)))
        if not isinstance(named, str):
            continue
        mark = marks.get(path)
        folder = standing.folder / named
        text = mark.title if mark is not None else _count_words(folder, what)
        state = mark.level if mark is not None else "ok"
        place = Place(standing.files[0].name, standing.files[0].line_of(tuple(path.split("."))), path)
        items.append(TreeItem(f"data:{path}", f"{named}, {what}", "images", state, text, "project", place))
    return tuple(items)


def _count_words(folder: Path, what: str) -> str:
    try:
        count = sum(1 for item in folder.iterdir() if item.suffix.lower() in _IMAGES)
    except OSError:
        return what
    return f"{count:,} {what}" if count else what


def _findings(standing: Standing) -> tuple[TreeItem, ...]:
    return tuple(
        TreeItem(
            f"finding:{stored.id}",
            stored.record.text,
            "flag",
            "warn",
            f"{stored.record.topic}, {say_created(stored.created)}, {stored.by.name}",
            "project",
            FindingPlace(stored.id),
        )
        for stored in reversed(standing.findings)
    )
