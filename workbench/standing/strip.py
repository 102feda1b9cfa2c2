"""The chain model → candidate → engine → release → run as boxes, and where staleness enters it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.chain import CURRENT, MISSING, STALE, ChainLink, ChainStatus
from workbench.pipeline.raw_document import broken_at
from workbench.results.run_record import RunRecord
from workbench.standing.state import Standing
from workbench.standing.words import STATES, counts_of, joined, short_release, spaced, verdict_in_short, worst_first
from workbench.views.project.overview import Box, Place, Strip, Target
from workbench.words import say_bytes, say_count, say_created, say_hash

_Made = TypeVar("_Made", EngineRecord, ReleaseRecord)
STAGES = ("model", "candidate", "engine", "release", "run")
_PAGES = {"model": "model", "candidate": "optimise", "engine": "boards", "release": "boards", "run": "verify"}
_JOBS = {"candidate": "optimise", "engine": "build", "release": "deploy", "run": "verify"}
_CHIPS = {CURRENT: "Current", STALE: "Stale", MISSING: "Not made"}
_BOX_STATES = {CURRENT: "ok", STALE: "stale", MISSING: "missing"}
_MADE = {"candidate": "not made", "engine": "not built", "release": "not installed", "run": "not verified"}
UNKNOWN = "Not checked"
_SHAPE = re.compile(r"\[\d+, (?:3, )?(\d+), (\d+)(?:, 3)?\]")


def make_strip(standing: Standing) -> Strip:
    """The boxes of a project; where its chain cannot be told, what the records say."""
    chain = standing.chain
    links = {link.stage: link for link in chain.links} if isinstance(chain, ChainStatus) else {}
    makers = (_model_box, _candidate_box, _engine_box, _release_box, _run_box)
    boxes = tuple(maker(standing, links.get(stage)) for stage, maker in zip(STAGES, makers, strict=True))
    stale = [links[stage] for stage in STAGES if stage in links and links[stage].state == STALE]
    if not stale and standing.behind:
        return Strip(boxes, "engine", _sentence_of_boards(standing, links["candidate"].name), "")
    if not stale:
        return Strip(boxes, "", "", "")
    return Strip(boxes, stale[0].stage, _sentence(stale), "Bring up to date")


def _why_unknown(standing: Standing) -> str:
    """Why nobody can say what is current; empty where it can be said."""
    if standing.project is None:
        return "documents have problems"
    return standing.chain.summary if isinstance(standing.chain, SlipwayError) else ""


def _sentence(stale: list[ChainLink]) -> str:
    """`deployment_tests.yaml changed, so the run no longer counts. …`"""
    first = stale[0]
    why, _, rest = first.reason.partition("; ")
    what = joined(f"the {link.stage}" for link in stale)
    verb = "counts" if len(stale) == 1 else "count"
    repair = f"{_capital(rest)}." if rest else "One run makes again what is stale, and nothing else."
    return f"{_capital(why)}, so {what} no longer {verb}. {repair}"


def _sentence_of_boards(standing: Standing, name: str) -> str:
    """`int8-k6 was made since, so engine int8-k5 @ bench-2 no longer counts. …`"""
    engines = joined(f"{item.record.candidate_name} @ {item.record.board_name}" for item in standing.behind)
    boards = joined(item.record.board_name for item in standing.behind)
    many = len(standing.behind) > 1
    verb, what = ("count", "engines") if many else ("counts", "engine")
    why = f"{name} was made since, so {what} {engines} no longer {verb}."
    return f"{why} To renew, choose {boards} as the board and run."


def _capital(text: str) -> str:
    """A sentence's first letter; names of files keep theirs."""
    return text if "." in text.split(" ", maxsplit=1)[0] else text[:1].upper() + text[1:]


def _box(
    stage: str,
    link: ChainLink | None,
    *,
    name: str,
    figures: str = "",
    quality: str = "",
    sha256: str | None = None,
    foot: str = "",
) -> Box:
    """A box by its link; `quality` is the line where nothing is wrong."""
    state = "unknown" if link is None else _BOX_STATES[link.state]
    chip = UNKNOWN if link is None else _CHIPS[link.state]
    if link is not None and link.state == MISSING:
        reason = f"{_MADE[stage]} yet" if stage in _MADE else link.reason
    else:
        reason = quality if link is None else _short_reason(link.reason) or quality
    if link is None and not name:
        state, chip, reason = "missing", "Not made", ""
    wrong = link is not None and bool(link.reason)
    return Box(
        stage=stage,
        title=stage.capitalize(),
        state=state,
        chip=chip,
        name=name or {"model": "No model", "run": "No run"}.get(stage, f"No {stage}"),
        figures=figures,
        reason=reason,
        reason_state=state if wrong and state == "stale" else "ok",
        foot=foot or say_hash(sha256),
        sha256=sha256,
        target=Target(_PAGES[stage], None),
        job=_JOBS.get(stage, ""),
    )


def _short_reason(reason: str) -> str:
    """`tests changed` of `deployment_tests.yaml changed; …`: a box has room for a few words."""
    first = reason.partition("; ")[0]
    return first.replace("deployment_tests.yaml", "tests").replace("deployment.yaml", "deployment")


def _model_box(standing: Standing, link: ChainLink | None) -> Box:
    path = standing.files[0].find(("deployment", "model_format", "intermediate"))
    name = str(path).rpartition("/")[2] if isinstance(path, str) else ""
    marks = [mark for mark in standing.views[0].marks if mark.path.startswith("model_format")]
    file = standing.folder / str(path)
    there = isinstance(path, str) and file.is_file()
    problems = [mark for mark in marks if mark.level == "err"]
    size = say_bytes(file.stat().st_size) if there else ""
    source = Box(
        stage="model",
        title="Model",
        state="missing" if not there else "err" if problems else "ok" if link is not None else "unknown",
        chip="No model" if not there else say_count(len(problems), "problem") if problems else "Current",
        name=name or "No model",
        figures=", ".join(part for part in (size, _input_of(standing)) if part),
        reason="add a model" if not there else problems[0].text if problems else _decoded(standing),
        reason_state="fail" if problems and there else "ok",
        foot=say_hash(link.sha256) if link is not None else "",
        sha256=link.sha256 if link is not None else None,
        target=Target("model", None),
    )
    if at := broken_at(standing.files[0]):
        place = Place(standing.files[0].name, standing.files[0].problems[0].line)
        reason = f"not known until {at} is mended"
        return replace(
            source, state="unknown", chip=UNKNOWN, name="Model", reason=reason, target=Target("project", place)
        )
    if source.state == "unknown":
        return replace(source, chip=UNKNOWN, reason=_why_unknown(standing))
    findings = [mark for mark in marks if mark.level == "warn"]
    return _with_findings(source, findings[0].text, len(findings)) if findings and source.state == "ok" else source


def _decoded(standing: Standing) -> str:
    """`yolov8, 6 classes`; empty where nothing decodes it."""
    model = standing.check.model
    if model is None or model.head is None:
        return ""
    return f"{model.head}, {say_count(len(model.class_names), 'class')}" if model.class_names else model.head


def _with_findings(box: Box, text: str, count: int) -> Box:
    return replace(box, state="warn", chip=say_count(count, "finding"), reason=text.rstrip("."), reason_state="warn")


def _input_of(standing: Standing) -> str:
    """`input 384 \u00d7 640`, height and width; empty where nobody can tell."""
    model = standing.check.model
    match = _SHAPE.search(model.inputs[0]) if model is not None and model.inputs else None
    return f"input {match[1]} \u00d7 {match[2]}" if match is not None else ""


def _newest_candidate(standing: Standing, link: ChainLink | None) -> Stored[CandidateRecord] | None:
    if link is not None and link.state == CURRENT:
        found = [item for item in standing.candidates if item.record.sha256 == link.sha256]
        return found[-1] if found else None
    named = [item for item in standing.candidates if link is not None and item.record.name == link.name]
    chosen = named or list(standing.candidates)
    return chosen[-1] if chosen else None


def _candidate_box(standing: Standing, link: ChainLink | None) -> Box:
    stored = _newest_candidate(standing, link)
    if stored is None:
        return _box("candidate", link, name=link.name if link is not None else "")
    record, run = stored.record, standing.whole_run
    measured = run if run is not None and run.chain.get("candidate", {}).get("sha256") == record.sha256 else None
    accuracy = (measured.figures.get("accuracy") or {}).get("device", {}) if measured is not None else {}
    map50 = accuracy.get("map50")
    figures = [say_bytes(record.size_bytes), *([f"mAP50 {map50:.3f}"] if isinstance(map50, float) else [])]
    return _box(
        "candidate",
        link,
        name=record.name,
        figures=", ".join(figures),
        quality=_overlap(measured) or _deviation(record),
        sha256=record.sha256,
    )


def _overlap(run: RunRecord | None) -> str:
    """`IoU 0.982, limit ≥ 0.95`; empty where it was not measured."""
    from workbench.reports.wording import limit_text

    listed = () if run is None else run.requirements
    item = next((item for item in listed if item.kind == "detection_iou"), None)
    if item is None or item.verdict.value is None:
        return ""
    return spaced(f"IoU {item.verdict.value:.3f}, limit {limit_text(item)}")


def _deviation(record: CandidateRecord) -> str:
    found = record.error.get("scores_snr_db")
    return "" if found is None else f"scores {found:.1f} dB against the model"


def _engine_box(standing: Standing, link: ChainLink | None) -> Box:
    stored = _shown(standing.engines, link)
    if stored is None:
        return _box("engine", link, name="")
    record = stored.record
    version = record.runtime_version.split("-")[0]
    took = f", built in {record.build_seconds:.1f} s" if record.build_seconds is not None else ""
    box = _box(
        "engine",
        link,
        name=f"{record.candidate_name} @ {record.board_name}",
        figures=f"{_runtime(record.runtime)} {version}",
        quality=f"{say_bytes(record.size_bytes)}{took}",
        sha256=record.sha256,
    )
    if box.state != "ok" or not standing.behind:
        return box
    first = standing.behind[0].record
    reason = f"{first.board_name} has {first.candidate_name}"
    if first.candidate_name == record.candidate_name:
        reason = f"{first.board_name} has an older one"
    return replace(box, state="stale", chip=f"{len(standing.behind)} stale", reason=reason, reason_state="stale")


def _runtime(name: str) -> str:
    return {"openvino": "OpenVINO", "tensorrt": "TensorRT", "tensorrt_rtx": "TensorRT for RTX"}.get(name, name)


def _shown(records: tuple[Stored[_Made], ...], link: ChainLink | None) -> Stored[_Made] | None:
    """The record that the link is about, else the newest; None where there is none."""
    found = [item for item in records if link is not None and item.record.sha256 == link.sha256]
    chosen = found or list(records)
    return chosen[-1] if chosen else None


def _release_box(standing: Standing, link: ChainLink | None) -> Box:
    stored = _shown(standing.releases, link)
    if stored is None:
        return _box("release", link, name="")
    record = stored.record
    smoke_us = record.smoke.get("latency_us")
    return _box(
        "release",
        link,
        name=short_release(record.release),
        figures=f"on {record.board_name}, {say_created(stored.created)}",
        quality=f"a frame took {smoke_us / 1e3:.1f} ms" if isinstance(smoke_us, float) else "",
        sha256=record.manifest_sha256,
    )


def _run_box(standing: Standing, link: ChainLink | None) -> Box:
    run = standing.whole_run
    if run is None:
        return _box("run", link, name="")
    worst = worst_first(run)
    reason = verdict_in_short(worst[0]) if worst else "every requirement passes"
    box = _box(
        "run",
        link,
        name=f"Run {run.number}{', quick' if run.quick else ''}",
        figures=counts_of(run),
        quality=reason,
        sha256=link.sha256 if link is not None else None,
        foot=f"since {say_created(run.created)}",
    )
    return box if link is None or link.state != CURRENT else _judged(box, run)


def _judged(box: Box, run: RunRecord) -> Box:
    """A current run shows its verdict instead of `Current`."""
    worst = run.outcome
    if worst is Outcome.PASS:
        return replace(box, state="pass", chip="All pass")
    amount = sum(item.verdict.outcome is worst for item in run.requirements)
    words = {Outcome.FAIL: "fails" if amount == 1 else "fail", Outcome.INCONCLUSIVE: "inconclusive"}
    state = STATES[worst]
    reason = next(verdict_in_short(item) for item in run.requirements if item.verdict.outcome is worst)
    chip = f"{amount} {words.get(worst, 'not measured')}"
    return replace(box, state=state, chip=chip, reason=reason, reason_state=state)
