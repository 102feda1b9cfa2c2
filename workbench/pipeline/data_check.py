"""Whether a project's frames and labels are there and can be read, without decoding more than a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from projects.problems import Finding, Problem, suggest
from workbench.base.errors import UsageError
from workbench.frames.health import find_unreadable
from workbench.frames.labels import LabelSurvey, survey_labels
from workbench.frames.shared import Limits, find_shared
from workbench.frames.source import Source, open_source
from workbench.pipeline.model_check import PRECISION
from workbench.pipeline.raw_document import RawDocument

FRAMES, LABELS, CALIBRATION = "slipway.frames.images", "slipway.frames.labels", "slipway.calibration.images"
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
    if source is not None and requested is not None and len(source.names()) < requested:
        text = f"there are {len(source.names())} frames, and the test specification asks for {requested}"
        findings.append(deployment.finding(FRAMES, text, "with fewer, equivalence stays inconclusive"))
    if classes is not None:
        problems += _unknown_classes(tests, classes)
        if source is not None and deployment.text(LABELS) is not None:
            worse, notes = _check_labels(deployment, source, classes)
            problems += worse
            findings += notes
    return DataCheck(tuple(problems), tuple(findings))


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


def _check_labels(document: RawDocument, source: Source, classes: Sequence[str]) -> tuple[list[Problem], list[Finding]]:
    try:
        survey = survey_labels(document.inner(LABELS), source, classes)
    except UsageError as error:
        return [document.refusal(LABELS, error, _LABELS)], []
    if not survey.frames:
        return [document.problem(LABELS, "labels of no frame at all", _LABELS)], []
    if survey.unmapped and not survey.classes:
        got = f"labels of {_some(survey.unmapped)}, none of which the model knows"
        return [
            document.problem(
                LABELS, got, f"the model's classes: {_some(classes)}", suggest(survey.unmapped[0], classes)
            )
        ], []
    return [], list(_label_findings(document, survey, len(source.names())))


def _label_findings(document: RawDocument, survey: LabelSurvey, frames: int) -> Iterator[Finding]:
    if survey.unmapped:
        hint = "objects of these classes are left out"
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
