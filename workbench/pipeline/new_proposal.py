"""What a new project's documents propose, from what was recognised; all of it waits for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from projects.create import Proposal
from projects.problems import near_miss
from workbench.base.errors import UsageError
from workbench.optimise.model_facts import ModelFacts
from workbench.optimise.objections import refuse_precision
from workbench.pipeline.examine import document_values
from workbench.pipeline.inspection import Inspected
from workbench.pipeline.new_data import NewData, place
from workbench.pipeline.new_trial import Trialled

PRECISIONS = ("FP32", "FP16", "INT8")
_SAMPLES, _CALIBRATION_FRAMES = 1000, 128
_TEST_SAMPLES = "functional_equivalence.test_samples"
_HEAD, _OPTIONS, _SIZE, _FEEDING = "slipway.head", "slipway.head_options", "slipway.model", "slipway.preprocessing"


@dataclass(frozen=True)
class Wanted:
    """What a person wants of the project itself."""

    project: Path
    model: Path
    target: str
    precision: str
    own_head: Path | None = None
    """The Python file of the project's own head."""

    @property
    def head_place(self) -> tuple[str, dict[str, Path]]:
        """The own head as the documents name it, and what has to be copied for it; empty where there is none."""
        if self.own_head is None:
            return "", {}
        return place(self.project, self.own_head, f"heads/{_file_name(self.own_head)}", {"": self.own_head})

    @property
    def model_place(self) -> str:
        """The model as the documents name it."""
        return place(self.project, self.model, f"models/{_file_name(self.model)}", {"": self.model})[0]

    def require_precision(self, facts: ModelFacts) -> str:
        """The precision by its name.

        Raises:
            UsageError: there is no such precision, or it cannot be made from the model.
        """
        name = self.precision.upper()
        if name not in PRECISIONS:
            meant = near_miss(self.precision, PRECISIONS)
            hint = f"Did you mean {meant}?" if meant else f"Use one of {', '.join(PRECISIONS)}."
            raise UsageError(f"there is no precision {self.precision!r}", hint)
        refused = refuse_precision(facts, name)
        if refused is not None:
            reason, hint = refused
            raise UsageError(f"{facts.path} {reason}", f"{hint[:1].upper()}{hint[1:]}.")
        return name


def propose(wanted: Wanted, detector: Inspected, data: NewData, trialled: Trialled) -> Proposal:
    """Both documents as a proposal."""
    values = {**_of_model(detector), **_of_feeding(trialled)}
    if wanted.own_head is not None:
        values[_HEAD] = wanted.head_place[0]
    comments = {
        _HEAD: detector.chosen.why,
        _FEEDING: trialled.confirmed or "usual for such a model; nothing confirms it",
    }
    guessed = [path for path in values if not (path.startswith(_FEEDING) and trialled.confirmed)]
    if not detector.guessed_size:
        guessed = [path for path in guessed if not path.startswith(_SIZE)]
    if wanted.own_head is not None:
        guessed.remove(_HEAD)
    data_values, more = _of_data(detector, data)
    name = wanted.project.resolve().name
    tests = _tests(data)
    return Proposal(
        deployment_id=f"MLE-DEPLOY-{_id_part(name)}",
        model_id=f"MLE-MODEL-{_id_part(name if wanted.model.stem.lower() == 'model' else wanted.model.stem)}",
        platform=wanted.target,
        onnx=wanted.model_place,
        precision=wanted.require_precision(detector.facts),
        deployment={**_nested(values), **data_values},
        tests=tests,
        unconfirmed=[*guessed, *more],
        unconfirmed_tests=[_TEST_SAMPLES] if _TEST_SAMPLES in tests else [],
        comments=comments,
    )


def model_files(wanted: Wanted, detector: Inspected) -> dict[str, Path]:
    """The model, the data files beside it, which keep their names (the model knows them by those), and its head."""
    name, files = place(wanted.project, wanted.model, f"models/{_file_name(wanted.model)}", {"": wanted.model})
    beside = {f"models/{item}": wanted.model.resolve().parent / item for item in detector.source.external}
    return {**({name: wanted.model, **beside} if files else {}), **wanted.head_place[1]}


def _of_model(detector: Inspected) -> dict[str, object]:
    """Values by path: the head with its options, and the input size where the file leaves it open."""
    choice = detector.chosen.choice
    values: dict[str, object] = {_HEAD: detector.chosen.document_name}
    for name, value in sorted(choice.options.items()):
        values[f"{_OPTIONS}.{name}"] = list(value) if isinstance(value, tuple) else value
    if detector.changes.width and detector.changes.height:
        values[f"{_SIZE}.width"], values[f"{_SIZE}.height"] = detector.changes.width, detector.changes.height
    return values


def _of_feeding(trialled: Trialled) -> dict[str, object]:
    return {f"{_FEEDING}.{name}": value for name, value in document_values(trialled.feeding).items()}


def _of_data(detector: Inspected, data: NewData) -> tuple[dict[str, object], list[str]]:
    """Frames and calibration, and which paths of them were guessed."""
    values: dict[str, object] = {}
    guessed: list[str] = []
    classes = detector.given_classes or data.classes
    if "frames" in data.names:
        named = {kind: data.names[kind] for kind in ("labels", "detections") if kind in data.names}
        values["slipway.frames"] = {
            "images": data.names["frames"],
            **named,
            **({"classes": list(classes)} if classes else {}),
        }
        guessed += ["slipway.frames.classes"] if data.classes else []
    elif classes:
        raise UsageError(
            "class names are kept with the frames, and there are no frames",
            "Give the frames too: --frames; or name the classes later in `slipway: frames: classes`.",
        )
    if "calibration" in data.names:
        count = min(_CALIBRATION_FRAMES, data.count("calibration"))
        values["slipway.calibration"] = {"images": data.names["calibration"], "count": count}
    return values, guessed


def _tests(data: NewData) -> dict[str, object]:
    if "frames" not in data.names:
        return {}
    tests: dict[str, object] = {_TEST_SAMPLES: min(_SAMPLES, data.count("frames"))}
    if "labels" in data.names:
        tests["slipway.accuracy"] = [{"metric": "mAP50", "drop_at_most": 0.02}]
    return tests


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    """`slipway.a.b` gathered under `slipway.a`, so that each mapping is written at once."""
    found: dict[str, object] = {}
    for path, value in values.items():
        head, _, name = path.rpartition(".")
        if head == "slipway":
            found[path] = value
        else:
            inner = found.setdefault(head, {})
            if isinstance(inner, dict):
                inner[name] = value
    return found


def _file_name(model: Path) -> str:
    """A file name without its ending that every system takes."""
    return re.sub(r"[^\w.-]+", "_", model.stem).strip("._")[:100] or "model"


def _id_part(name: str) -> str:
    return re.sub(r"[^\w.]+", "-", name).strip("-._").upper()[:60] or "1"
