"""What the Model page shows: a project's model, how it is understood, what it costs, and one frame tried on it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.facts import FactGroup
from workbench.views.project.overview import Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.session import Session

Changes = tuple[tuple[str, str], ...]
"""Fields of the form that a person changed and has not saved: key and value, as `Field` has them."""

OK, WARN, ERR, IDLE = "ok", "warn", "err", "idle"
"""Levels of checks and chips; IDLE is neither good nor bad: not asked for, or not known yet."""


@dataclass(frozen=True)
class Choice:
    """One value that a field may have."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One line of the form."""

    key: str
    """Its path in the deployment specification, such as `slipway.preprocessing.color`."""
    section: str
    """`head` or `preprocessing`."""
    label: str
    value: str
    """What is edited: a value of `choices`, or a text."""
    text: str
    """The same for reading, with its unit or sign."""
    choices: tuple[Choice, ...]
    """Empty for a typed or a fixed value."""
    editable: bool
    source: str
    """`file`, `graph`, `author`, `assumed` or `default`."""
    amber: bool
    """Whether it is assumed and nothing from outside confirms it."""
    changed: bool
    """Whether it was changed and not saved."""
    problem: str
    """What is wrong with it, in words; empty where nothing is."""
    help: str
    """What it is, and why it has this value."""


@dataclass(frozen=True)
class Chip:
    """A word of state beside a title."""

    text: str
    level: str


@dataclass(frozen=True)
class ModelForm:
    """Head and preprocessing as they would be used."""

    head: Chip
    preprocessing: Chip
    fields: tuple[Field, ...]
    note: str
    """Why this head, or why none."""

    def of(self, section: str) -> tuple[Field, ...]:
        """The fields of a section, in their order."""
        return tuple(field for field in self.fields if field.section == section)

    @property
    def changed(self) -> bool:
        """Whether anything is not saved."""
        return any(field.changed for field in self.fields)


@dataclass(frozen=True)
class CheckRow:
    """One check as it ended."""

    name: str
    title: str
    text: str
    """What came out, in words."""
    level: str
    elapsed_ms: float | None
    """None where it was not run."""
    node: str = ""
    """The node that it concerns, for the filter of the layers; empty for the whole model."""
    hint: str = ""
    """What to do about it."""

    @property
    def elapsed_text(self) -> str:
        """Milliseconds without their unit; empty where it was not run."""
        return "" if self.elapsed_ms is None else f"{self.elapsed_ms:.0f}" if self.elapsed_ms >= 1 else "< 1"


@dataclass(frozen=True)
class ModelChecks:
    """The checks of a model, problems first."""

    rows: tuple[CheckRow, ...]
    when: str
    """`today 13:08`; empty where they never ran."""
    elapsed_text: str
    """How long all took: `1.1 s`."""
    stale: str
    """Why they no longer speak of what is there; empty where they do."""

    @property
    def chip(self) -> Chip:
        """How many hold."""
        judged = [row for row in self.rows if row.level != IDLE]
        holding = sum(row.level == OK for row in judged)
        if not self.rows:
            return Chip("Not checked", IDLE)
        worst = ERR if any(row.level == ERR for row in judged) else WARN if holding < len(judged) else OK
        return Chip(f"{holding} of {len(judged)} hold" if holding < len(judged) else f"All {holding} hold", worst)


@dataclass(frozen=True)
class ModelFinding:
    """Something about the model that a person should look at."""

    title: str
    text: str
    hint: str
    level: str


@dataclass(frozen=True)
class FrameChoice:
    """A frame that can be tried."""

    id: str
    label: str


@dataclass(frozen=True)
class ModelPage:
    """The page; without a model only `problem` and `hint` say why."""

    project: Path
    title: str
    """The model's name: its id in the documents, else its file."""
    file: str
    """Inside the project; empty where the documents name none."""
    added: str
    """`added 12 May 2026`; empty where there is no file."""
    problem: str
    hint: str
    detail: str
    form: ModelForm | None
    checks: ModelChecks
    facts: tuple[FactGroup, ...]
    findings: tuple[ModelFinding, ...]
    frames: tuple[FrameChoice, ...]
    """Of the test set, at most some hundred spread over it, then rendered scenes."""
    labelled: bool
    """Whether labels or exported detections can confirm the preprocessing."""
    unconfirmed: tuple[str, ...]
    """Paths of the form that were proposed and wait for a person."""
    identity: str
    """Changes whenever the file on disk or the document does."""
    draft: Changes = ()
    """Changes of the form that were neither saved nor taken back when the window went."""
    mend: Place | None = None
    """Where the document has to be mended before anybody can say which model it names; None where it can be read."""


@dataclass(frozen=True)
class LayerRow:
    """One layer that holds or multiplies weights."""

    name: str
    label: str
    """The end of its name, as long as tells it from all others."""
    operator: str
    """With its kernel and stride: `Conv 3x3 /2`."""
    output: str
    parameters: int | None
    parameters_text: str
    macs: int | None
    macs_text: str
    share: float | None
    """Of the model's MACs, 0 to 1."""
    share_text: str
    bar: float | None
    """The same as a part of the largest share."""
    precisions: tuple[str, ...]
    """In each candidate of the table: `int8`, `float`, `fp16`, or empty where it has no such layer."""


@dataclass(frozen=True)
class LayerTable:
    """All layers, most MACs first."""

    rows: tuple[LayerRow, ...]
    candidates: tuple[str, ...]
    missing: tuple[str, ...]
    """Candidates whose bytes are not in this copy of the project."""
    weighted: int
    """How many layers hold weights."""
    problem: str = ""


@dataclass(frozen=True)
class LayerMatch:
    """What a filter leaves."""

    rows: tuple[int, ...]
    """Indices into the table's rows."""
    text: str
    """`12 of 63 weighted`."""
    problem: str
    """What of the filter is not understood; it is left out then."""


@dataclass(frozen=True)
class TryAsked:
    """One frame, and how it shall be fed and decoded."""

    project: Path
    frame: str
    """A `FrameChoice.id`, or `file:` and the path of a picture."""
    changes: Changes = ()


@dataclass(frozen=True)
class OutputStatistics:
    """One raw output, for a model whose head is not understood."""

    name: str
    shape: str
    range: str
    """Least and largest value."""
    mean: str
    bad: str
    """How many values are no numbers."""


@dataclass(frozen=True, eq=False)
class TriedFrame:
    """A frame as the network gets it, and what the model finds on it from a low threshold up, best first."""

    frame: str
    label: str
    fitted: NDArray[np.uint8]
    """What the network gets before scale and mean, [height, width, 3] BGR, bands of a letterbox included."""
    camera: NDArray[np.uint8]
    """The frame itself, made smaller where it is large, [h, w, 3] BGR."""
    boxes_fitted: NDArray[np.float32]
    """[k, 4] x0, y0, x1, y1 in pixels of `fitted`."""
    boxes_camera: NDArray[np.float32]
    """[k, 4] in pixels of `camera`."""
    scores: tuple[float, ...]
    classes: tuple[str, ...]
    least: float
    """The threshold that they reach."""
    confidence: float
    """The threshold of the documents or the form, where the slider starts."""
    rising: tuple[float, ...]
    """Best scores of the rows before suppression from `least` up, rising; of the last 20,000."""
    suppressed_inside: bool
    best: str
    """`highest score 0.03, sign`; empty where there is no head."""
    fitted_text: str
    runtime_text: str
    elapsed_ms: float
    """Of the inference."""
    outputs: tuple[OutputStatistics, ...]
    form: ModelForm
    problem: str = ""
    """Why nothing is decoded; empty where it is."""
    hint: str = ""

    def count(self, confidence: float) -> int:
        """How many boxes reach a confidence; they are the first ones."""
        return bisect.bisect_right([-score for score in self.scores], -confidence)

    def summary(self, confidence: float) -> str:
        """What is on the picture, in one line."""
        shown = self.count(confidence)
        if self.problem:
            return self.problem
        if not shown:
            return f"0 boxes at confidence ≥ {confidence:.2f}; {self.best}"
        boxes = "1 box" if shown == 1 else f"{shown} boxes"
        before = len(self.rising) - bisect.bisect_left(self.rising, confidence)
        rest = "suppressed in the model" if self.suppressed_inside else f"{before} before suppression"
        return f"{boxes} at confidence ≥ {confidence:.2f}, {rest}"


@dataclass(frozen=True)
class OtherWay:
    """Another preprocessing tried on the same frame."""

    label: str
    boxes: int
    mean_score: float | None
    """None where there are no boxes."""
    current: bool
    changes: Changes
    """What the form would have to be changed to."""


@dataclass(frozen=True)
class SavedChoice:
    """What was written into the deployment specification."""

    paths: tuple[str, ...]


def read_model(session: Session, project: Path) -> ModelPage:
    """The page of a project's model; documents with problems are no hindrance, as far as they name it."""
    from workbench.model.page import model_page

    return model_page(project, session.home)


def read_layers(_session: Session, project: Path) -> LayerTable:
    """The layers with what they are in every candidate."""
    from workbench.model.layer_table import layer_table

    return layer_table(project)


def filter_layers(_session: Session, project: Path, text: str) -> LayerMatch:
    """The layers that a filter leaves; see `workbench.model.layer_filter`."""
    from workbench.model.layer_filter import match_layers
    from workbench.model.layer_table import layer_table

    return match_layers(layer_table(project), text)


def export_layers(_session: Session, project: Path, text: str, target: Path) -> str:
    """Write the layers that a filter leaves as CSV; gives what was written, in words."""
    from workbench.model.layer_table import write_layers

    return write_layers(project, text, target)


def try_frame(session: Session, asked: TryAsked) -> TriedFrame:
    """One frame through the model, as the form would have it.

    Raises:
        UsageError: the model or the frame cannot be read.
        SlipwayError: ONNX Runtime failed.
    """
    from workbench.model.trial import try_one

    return try_one(asked, session.home)


def try_others(session: Session, asked: TryAsked) -> tuple[OtherWay, ...]:
    """Other usual preprocessings on the same frame; empty where nothing decodes the model."""
    from workbench.model.trial import try_other_ways

    return try_other_ways(asked, session.home)


def read_form(session: Session, project: Path, changes: Changes) -> ModelForm:
    """The form with changes that are not saved, their problems in place; nothing is run."""
    from workbench.model.page import form_of

    return form_of(project, changes, session.home)


def save_choice(_session: Session, project: Path, changes: Changes) -> SavedChoice:
    """Write changes of the form into the deployment specification as the author's; comments and order stay.

    Raises:
        DocumentProblems: the document would have a problem with them that it does not have now; nothing is written.
        UsageError: the document was changed meanwhile, or a value cannot be set there.
    """
    from workbench.model.saving import save_changes

    return save_changes(project, changes)


def keep_draft(_session: Session, project: Path, changes: Changes) -> None:
    """Remember changes of the form that are not saved, so that nothing is lost by a crash; none forgets them."""
    from workbench.model.draft import write_draft

    write_draft(project, changes)


def confirm_choice(_session: Session, project: Path) -> SavedChoice:
    """Take the proposed values of the form as this person's own."""
    from workbench.model.saving import confirm_values

    return confirm_values(project)
