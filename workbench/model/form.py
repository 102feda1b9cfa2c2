"""The form of head and preprocessing: each value with what it may be, where it comes from and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from projects.deployment_settings import HEADS
from projects.keys import keys_of
from projects.problems import Problem
from workbench.base.errors import UsageError
from workbench.intake.heads import ChosenHead
from workbench.intake.recognise import Recognised
from workbench.intake.trial import Feeding
from workbench.model.edits import BOXES, CLASSES, MEAN, RESIZE, STD, paths_of_field
from workbench.model.opened import OpenedDocument
from workbench.model.understood import Understood
from workbench.pipeline.model_check import HEAD
from workbench.views.model import ERR, IDLE, OK, WARN, Changes, Chip, Choice, Field, ModelForm

ACTIVATION, CONFIDENCE, OVERLAP = (
    "slipway.head_options.activation",
    "slipway.thresholds.confidence",
    "slipway.thresholds.nms_iou",
)
COLOR, SCALE, PAD, LAYOUT, SUPPRESSION = (
    "slipway.preprocessing.color",
    "slipway.preprocessing.scale",
    "slipway.preprocessing.pad",
    "layout",
    "suppression",
)
KINDS: Mapping[str, str] = {
    "yolov8": "YOLOv8, 11",
    "yolov5": "YOLOv5",
    "yolox": "YOLOX",
    "end2end": "End to end, v10",
    "suppressed": "Suppressed",
    "detections": "Boxes, labels",
    "detr": "DETR",
    "boxes_scores": "Boxes and scores",
    "ssd": "SSD",
    "nanodet": "NanoDet",
    "fastestdet": "FastestDet",
}
_CODINGS = {"cxcywh": "cx cy w h", "xyxy": "x0 y0 x1 y1", "xywh": "x0 y0 w h", "yxyx": "y0 x0 y1 x1"}
_UNITS = {"pixels": "px", "parts": "0 … 1"}
_ACTIVATIONS = {"none": "scores as given", "sigmoid": "sigmoid of logits", "softmax": "softmax of logits"}
_RESIZES = {
    "letterbox": "letterbox",
    "letterbox,top_left": "letterbox, top left",
    "stretch": "stretch",
}
_SCALES = (("1/255", "× 1/255, 0 … 1"), ("1", "× 1, 0 … 255"))
_CODED = frozenset({"yolov8", "yolov5", "end2end", "suppressed", "detections", "boxes_scores"})
"""Heads that take another coding of boxes, and a scale of it."""
_ACTIVATED: Mapping[str, tuple[str, ...]] = {
    "yolov8": ("none", "sigmoid"),
    "suppressed": ("none", "sigmoid", "softmax"),
    "boxes_scores": ("none", "sigmoid", "softmax"),
    "ssd": ("none", "sigmoid", "softmax"),
    "detr": ("none", "sigmoid", "softmax"),
}
"""Heads that are told what class values need to be scores."""


@dataclass(frozen=True)
class _Form:
    """One form on its way."""

    document: OpenedDocument
    understood: Understood
    changes: Mapping[str, str]
    problems: tuple[Problem, ...]
    confirmed: str

    def make(
        self,
        key: str,
        section: str,
        label: str,
        value: str,
        *,
        text: str = "",
        choices: tuple[Choice, ...] = (),
        source: str = "",
        editable: bool = True,
        help_text: str = "",
    ) -> Field:
        """A field; its source is found where none is given."""
        found = source or self.source_of(key, section)
        shown = self.changes.get(key, value)
        known = {choice.value: choice.label for choice in choices}
        if choices and shown not in known:
            choices = (*choices, Choice(shown, shown))
        return Field(
            key=key,
            section=section,
            label=label,
            value=shown,
            text=known.get(shown, text or shown),
            choices=choices,
            editable=editable,
            source=found,
            amber=found == "assumed" and not self.confirmed,
            changed=key in self.changes,
            problem=self.problem_of(key),
            help=help_text,
        )

    def source_of(self, key: str, section: str) -> str:
        """Where the value of a field comes from."""
        raw = self.document.raw
        given = [path for path in paths_of_field(key) if raw.file.find(keys_of(path, raw.root)) is not None]
        if key in self.changes:
            return "author"
        unconfirmed = set(raw.texts("slipway.unconfirmed"))
        if any(path not in unconfirmed for path in given):
            return "author"
        if section == "preprocessing":
            return "assumed"
        return "default" if key in {CONFIDENCE, OVERLAP} else "graph"

    def problem_of(self, key: str) -> str:
        """What is wrong with the value of a field."""
        paths = paths_of_field(key)
        found = (item for item in self.problems if any(item.path.split("[")[0] == path for path in paths))
        first = next(found, None)
        if first is None:
            return ""
        return f"got {first.got}, expected {first.expected}" + (f"; {first.hint}" if first.hint else "")


def make_form(
    document: OpenedDocument,
    understood: Understood,
    changes: Changes = (),
    confirmed: str = "",
    nearest: tuple[Recognised, ...] = (),
) -> ModelForm:
    """The form of a document, which has the changes in it already.

    Args:
        document: with the changes.
        understood: what it says of the model.
        changes: what is not saved.
        confirmed: what confirms the preprocessing, in words; empty where nothing does.
        nearest: heads that come next to decoding the model, best first, where none does.
    """
    form = _Form(document, understood, dict(changes), document.problems, confirmed)
    head = understood.head
    fields = (*_head_fields(form, nearest), *_preprocessing_fields(form))
    if isinstance(head, UsageError):
        untrusted = "not trusted" in head.summary
        chip = Chip("Not trusted" if untrusted else "Not recognised", ERR)
        said = _without_path(head.summary, understood)
        note = " ".join(part for part in (f"{said[:1].upper()}{said[1:]}.", head.hint) if part)
    else:
        chip, note = Chip("Recognised", OK) if not head.doubts else Chip("Doubtful", WARN), head.why
    return ModelForm(chip, _preprocessing_chip(form, fields), fields, note)


def _preprocessing_chip(form: _Form, fields: tuple[Field, ...]) -> Chip:
    if any(field.changed for field in fields if field.section == "preprocessing"):
        return Chip("Not saved", IDLE)
    return Chip(f"Confirmed, {form.confirmed}", OK) if form.confirmed else Chip("Not confirmed", WARN)


def _without_path(text: str, understood: Understood) -> str:
    return text.replace(f"{understood.model.identity.path}: ", "").replace(str(understood.model.identity.path), "it")


def _head_fields(form: _Form, nearest: tuple[Recognised, ...]) -> Iterator[Field]:
    head = form.understood.head
    yield _kind(form, nearest)
    if isinstance(head, ChosenHead):
        yield from _head_options(form, head)
    understood = form.understood
    yield form.make(
        CONFIDENCE,
        "head",
        "Confidence ≥",
        f"{understood.confidence:g}",
        text=f"≥ {understood.confidence:g}",
        help_text="Least score of a detection, 0 to 1.",
    )
    yield form.make(
        OVERLAP,
        "head",
        "Overlap ≤",
        f"{understood.nms_iou:g}",
        text=f"≤ {understood.nms_iou:g}, per class",
        help_text="Of two boxes of a class that overlap by more than this, the weaker goes.",
    )
    yield _classes(form)


def _kind(form: _Form, nearest: tuple[Recognised, ...]) -> Field:
    head = form.understood.head
    asked = form.document.raw.text(HEAD) or ""
    chosen = head.choice.name if isinstance(head, ChosenHead) else ""
    value = asked if asked.lower().endswith(".py") else chosen or asked
    near = list(dict.fromkeys(one.name for one in nearest))
    names = [*near, *(name for name in HEADS if name not in near)]
    choices = [Choice(name, KINDS[name]) for name in names]
    if value and value not in names:
        choices.insert(0, Choice(value, value))
    if not value:
        choices.insert(0, Choice("", "choose …"))
    return form.make(HEAD, "head", "Kind", value, choices=tuple(choices), help_text="What decodes the outputs.")


def _head_options(form: _Form, head: ChosenHead) -> Iterator[Field]:
    options, name = head.choice.options, head.choice.name
    if name in _CODED:
        usual = "cxcywh" if name in {"yolov8", "yolov5", "suppressed"} else "xyxy"
        unit = "parts" if options.get("normalised") else "pixels"
        choices = tuple(
            Choice(f"{coding},{kind}", f"{words}, {unit_words}")
            for coding, words in _CODINGS.items()
            for kind, unit_words in _UNITS.items()
        )
        value = f"{options.get('boxes', usual)},{unit}"
        yield form.make(BOXES, "head", "Boxes", value, choices=choices, help_text="What the four numbers of a box are.")
    if name in _ACTIVATED:
        value = str(options.get("activation", "none"))
        known = tuple(Choice(each, _ACTIVATIONS[each]) for each in _ACTIVATED[name])
        yield form.make(
            ACTIVATION, "head", "Scores", value, choices=known, help_text="What class values need to be scores."
        )
    where = "in the model" if head.head.ranked else "after the model"
    yield form.make(SUPPRESSION, "head", "Suppression", where, source="graph", editable=False)


def _classes(form: _Form) -> Field:
    understood = form.understood
    own = understood.model.facts.class_names
    given = form.document.raw.texts(CLASSES)
    source = "" if CLASSES in form.changes else "author" if given else "file" if own else "assumed"
    names = ", ".join(given or own or understood.names)
    can_be_set = form.document.raw.text("slipway.frames.images") is not None
    reason = "Names in the model's order, with commas."
    if not can_be_set:
        reason = "Class names are kept with the frames, and the project has none yet."
    return form.make(CLASSES, "head", "Classes", names, source=source, editable=can_be_set, help_text=reason)


def _preprocessing_fields(form: _Form) -> Iterator[Field]:
    feeding, part = form.understood.feeding, "preprocessing"
    bytes_only = form.understood.model.facts.inputs[0].dtype == "uint8" if form.understood.model.facts.inputs else False
    fixed = "The model takes bytes, so pixels stay as they are." if bytes_only else ""
    yield form.make(
        RESIZE, part, "Resize", resize_value(feeding), choices=_choices(_RESIZES), help_text="How a frame is fitted."
    )
    if feeding.resize == "letterbox":
        yield form.make(PAD, part, "Pad", f"{feeding.pad}", help_text="Grey of a letterbox's bands, 0 to 255.")
    colors = _choices({"rgb": "RGB", "bgr": "BGR"})
    yield form.make(COLOR, part, "Colour", feeding.color, choices=colors, help_text="Order of the channels.")
    scales = tuple(Choice(*pair) for pair in _SCALES)
    scale = scale_value(feeding.scale)
    if scale not in dict(_SCALES):
        scales = (*scales, Choice(scale, f"× {scale}"))
    text = fixed or "Factor to pixels of 0 to 255."
    yield form.make(SCALE, part, "Scale", scale, choices=scales, editable=not bytes_only, help_text=text)
    for key, label, values, what in (
        (MEAN, "Mean", feeding.mean, "Subtracted after scaling: one number, or one a channel."),
        (STD, "Spread", feeding.std, "Divided by after that: one number, or one a channel."),
    ):
        text = fixed or what
        yield form.make(key, part, label, channels_value(values), editable=not bytes_only, help_text=text)
    yield _layout(form)


def _layout(form: _Form) -> Field:
    facts = form.understood.model.facts
    first = facts.inputs[0] if facts.inputs else None
    order = "NHWC" if first is not None and len(first.shape) == 4 and first.shape[-1] == 3 else "NCHW"
    text = f"{order}, {first.dtype}" if first is not None else "no input"
    return form.make(LAYOUT, "preprocessing", "Layout", text, source="graph", editable=False)


def resize_value(feeding: Feeding) -> str:
    """The resize of a feeding as the form has it."""
    if feeding.resize == "stretch":
        return "stretch"
    return "letterbox,top_left" if feeding.anchor == "top_left" else "letterbox"


def scale_value(scale: float) -> str:
    """A factor to pixels as the form has it: `1/255` rather than its digits."""
    return "1/255" if scale == 1 / 255 else f"{scale:g}"


def channels_value(values: tuple[float, ...]) -> str:
    """Three numbers, or one."""
    return " ".join(f"{value:g}" for value in (values[:1] if len(set(values)) == 1 else values))


def _choices(labels: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, label) for value, label in labels.items())
