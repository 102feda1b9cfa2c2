"""Whether a project's frames and labels are there and can be read, without decoding more than a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from projects.problems import Finding, Problem, suggest
from workbench.base.errors import UsageError
from workbench.frames.health import find_unreadable
from workbench.frames.label_map import ALIKE, MappedName
from workbench.frames.labels import LabelSurvey, survey_labels
from workbench.frames.shared import Limits, find_shared
from workbench.frames.source import Source, open_source
from workbench.pipeline.model_check import PRECISION
from workbench.pipeline.raw_document import RawDocument

FRAMES, LABELS, CALIBRATION = "slipway.frames.images", "slipway.frames.labels", "slipway.calibration.images"
DETECTIONS, LABEL_MAP = "slipway.frames.detections", "slipway.frames.label_map"
_DETECTIONS = "a COCO results JSON file of the training framework on these frames"
_FRAMES = "a folder of images or a video file, inside the project"
_LABELS = "labels of these frames: a COCO JSON file or a folder of YOLO text files"
LIMITS = Limits(names=20_000, files=2_000, size_bytes=1_000_000_000)
"""Of looking for frames that two sets share: about a second at most."""
_SHOWN = 6


@dataclass(frozen=True)
class DataCheck:
    """What came out about a project's data."""

    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    label_map: tuple[MappedName, ...] = ()
    """Each class that labels name, and what it is to the model; empty where there are no labels, or no model."""


def check_data(
    deployment: RawDocument, tests: RawDocument, classes: Sequence[str] | None, requested: int | None
) -> DataCheck:
    """Look at the frames and labels that the documents name.

    Args:
        deployment: names them.
        tests: names classes.
        classes: of the model; None where they are not known, so that nothing can be said of labels' classes.
        requested: how many samples the test specification asks for.
    """
    source, problems = _open(deployment, FRAMES)
    calibration, more = _open(deployment, CALIBRATION)
    findings = list(_shared(deployment, source, calibration))
    problems += more
    if deployment.text(PRECISION) == "INT8" and deployment.text(CALIBRATION) is None:
        hint = f"name a folder of typical frames in `{CALIBRATION}`, none of them in the test set"
        problems.append(
            deployment.problem(PRECISION, "'INT8' without calibration frames", "frames to measure on", hint)
        )
    problems += _exported(deployment)
    mapped: tuple[MappedName, ...] = ()
    if source is not None and requested is not None and len(source.names()) < requested:
        text = f"there are {len(source.names())} frames, and the test specification asks for {requested}"
        findings.append(deployment.finding(FRAMES, text, "with fewer, equivalence stays inconclusive"))
    if classes is not None:
        problems += _unknown_classes(tests, classes)
        if source is not None and deployment.text(LABELS) is not None:
            worse, notes, mapped = _check_labels(deployment, source, classes)
            problems += worse
            findings += notes
    return DataCheck(tuple(problems), tuple(findings), mapped)


def _open(document: RawDocument, path: str) -> tuple[Source | None, list[Problem]]:
    """The frames that a key names, and what is wrong with them; None where they cannot be opened."""
    if document.text(path) is None:
        return None, []
    try:
        source = open_source(document.inner(path))
    except UsageError as error:
        return None, [document.refusal(path, error, _FRAMES)]
    bad = find_unreadable(source)
    if not bad:
        return source, []
    got = f"{_counted(len(bad))} that cannot be read: {_some(bad)}"
    return source, [document.problem(path, got, "frames that OpenCV reads", "replace or remove these files")]


def _shared(document: RawDocument, test: Source | None, calibration: Source | None) -> Iterator[Finding]:
    """Frames that are in both sets; where the documents name the same frames twice, that was said already."""
    if test is None or calibration is None or test.path == calibration.path:
        return
    shared = find_shared(test, calibration, LIMITS)
    if shared is None:
        text = "whether frames of the test set are here too was not looked at: there are too many"
        yield document.finding(CALIBRATION, text, "a run looks at all of them")
    elif shared:
        text = f"{_counted(len(shared))} of the test set {'is' if len(shared) == 1 else 'are'} here too"
        hint = "the engine would be tuned on what it is tested with: take other frames"
        yield document.finding(CALIBRATION, f"{text}: {_some(shared)}", hint)


def _exported(document: RawDocument) -> list[Problem]:
    """Detections that the training framework exported: whether the file is there; a run reads it."""
    if document.text(DETECTIONS) is None:
        return []
    try:
        path = document.inner(DETECTIONS)
    except UsageError as error:
        return [document.refusal(DETECTIONS, error, _DETECTIONS)]
    return [] if path.is_file() else [document.problem(DETECTIONS, "a file that is not there", _DETECTIONS)]


def _check_labels(
    document: RawDocument, source: Source, classes: Sequence[str]
) -> tuple[list[Problem], list[Finding], tuple[MappedName, ...]]:
    asked = {str(name): str(meant) for name, meant in document.mapping(LABEL_MAP).items()}
    try:
        survey = survey_labels(document.inner(LABELS), source, classes, asked)
    except UsageError as error:
        return [document.refusal(LABELS, error, _LABELS)], [], ()
    if not survey.frames:
        return [document.problem(LABELS, "labels of no frame at all", _LABELS)], [], survey.mapping
    if survey.unmapped and not survey.classes:
        got = f"labels of {_some(survey.unmapped)}, none of which the model knows"
        hint = suggest(survey.unmapped[0], classes) or f"say which is which in `{LABEL_MAP}`"
        return [document.problem(LABELS, got, f"the model's classes: {_some(classes)}", hint)], [], survey.mapping
    findings = [*_map_findings(document, survey), *_label_findings(document, survey, len(source.names()))]
    return [], findings, survey.mapping


def _map_findings(document: RawDocument, survey: LabelSurvey) -> Iterator[Finding]:
    """Classes that are matched in another way than by the same name."""
    if survey.by_number:
        text = "the labels number their classes and nothing says their names, so the model's order was taken"
        yield document.finding(LABELS, text, "put a classes.txt or data.yaml beside them")
    alike = [f"{item.label} is {item.model}" for item in survey.mapping if item.model and item.how == ALIKE]
    if alike:
        yield document.finding(LABELS, f"matched by names alike: {_some(alike)}", f"`{LABEL_MAP}` says otherwise")


def _label_findings(document: RawDocument, survey: LabelSurvey, frames: int) -> Iterator[Finding]:
    if survey.unmapped:
        hint = f"objects of these classes are left out, unless `{LABEL_MAP}` says what they are"
        yield document.finding(LABELS, f"the model has no class {_some(survey.unmapped)}", hint)
    if survey.missing:
        hint = "nothing is known of these classes"
        yield document.finding(LABELS, f"no label names {_some(survey.missing)}", hint)
    if len(survey.frames) < frames:
        hint = "accuracy is measured on the others"
        yield document.finding(LABELS, f"{_counted(frames - len(survey.frames))} have no labels", hint)


def _unknown_classes(tests: RawDocument, classes: Sequence[str]) -> Iterator[Problem]:
    """Accuracy requirements on a class that the model does not have."""
    for index, item in enumerate(tests.items("slipway.accuracy")):
        name = item.get("class") if isinstance(item, dict) else None
        if isinstance(name, str) and name not in classes:
            path = f"slipway.accuracy[{index}].class"
            yield tests.problem(path, f"'{name}'", f"a class of the model: {_some(classes)}", suggest(name, classes))


def _counted(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
