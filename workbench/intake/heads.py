"""Which head decodes a model: the one that a person names, else what names, shapes and values of its outputs tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from targets.agent.heads.base import Head, OutputSpec, in_words, make_head
from targets.agent.plan import PLUGIN, HeadChoice
from targets.agent.protocol import CommandError
from workbench.base.errors import UsageError
from workbench.intake.foreign import what_by_outputs, what_by_task
from workbench.intake.recognise import OWN_HEAD, Recognised, recognise_heads
from workbench.optimise.model_facts import ModelFacts, TensorFacts

if TYPE_CHECKING:
    import onnx

    from workbench.intake.own_head import OwnHead
    from workbench.intake.values import Seen, Settled

OPTIONS, CLASSES = "slipway.head_options", "slipway.head_options.classes"
_NOT_GIVEN = object()


class SeveralHeads(UsageError):
    """Several heads may decode a model; a person has to say which."""

    names: tuple[str, ...] = ()
    """Theirs; empty where it is not the head that is open but what it is told."""


class ClassesNeeded(UsageError):
    """The names of a model's classes have to be given by a person."""

    count: int = 0
    """How many there are; 0 where nothing tells."""


@dataclass(frozen=True)
class ChosenHead:
    """A head, how the board is told of it, and why it is this one."""

    choice: HeadChoice
    head: Head
    why: str
    """In words."""
    plugin: bytes = b""
    """The source of the project's own head; empty for Slipway's own."""
    settled: Mapping[str, Any] = field(default_factory=dict)
    """Options that values told and that nobody gave: `slipway: head_options:` should hold them, so that no later job
    has to look at values again."""
    doubts: tuple[str, ...] = ()
    """What speaks against it although nothing else fits."""
    own: OwnHead | None = None
    """The project's own head; None for Slipway's own."""

    @property
    def document_name(self) -> str:
        """What `slipway: head:` says of it in a project's documents."""
        return f"heads/{self.own.path.name}" if self.own is not None else self.choice.name


def choose_head(
    facts: ModelFacts,
    size: tuple[int, int],
    classes: int = 0,
    asked: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    model: onnx.ModelProto | None = None,
    seen: Seen | None = None,
    own: OwnHead | None = None,
) -> ChosenHead:
    """The head that decodes a model's outputs.

    Args:
        facts: of the model as it is worked with.
        size: (width, height) of its input.
        classes: how many are named; 0: as many as the outputs have.
        asked: the head that a person names.
        options: what a person says beyond; the rest is recognised.
        model: its graph, which may tell the number of classes where nobody names them.
        seen: raw outputs of a few frames (`look.py`), which settle what shapes leave open.
        own: the project's own head, read and trusted, where `asked` is its path.

    Raises:
        UsageError: no head knows the outputs, or several may fit; with what they look like and what to do.
    """
    told = _told(facts, options)
    classes = classes or _whole(told.get("classes"))
    told.pop("classes", None)
    outputs = output_specs(facts)
    if asked is not None and asked.lower().endswith(".py"):
        return _own_head(facts, size, classes, own, outputs)
    if asked is None:
        foreign = what_by_task(dict(facts.metadata))
        if foreign is not None:
            raise foreign.refusal(facts.path)
    choosing = _Choosing(facts, size, classes, asked, told, outputs, model)
    return choosing.by_values(seen) if seen is not None and seen.frames else choosing.by_shapes()


def output_specs(facts: ModelFacts) -> list[OutputSpec]:
    """A model's outputs as heads take them."""
    return [OutputSpec(tensor.name, axes_of(tensor), tensor.dtype) for tensor in facts.outputs]


def axes_of(tensor: TensorFacts) -> tuple[int, ...]:
    """The lengths of a tensor's axes; 0 where one is not fixed."""
    return tuple(axis if isinstance(axis, int) else 0 for axis in tensor.shape)


def _told(facts: ModelFacts, options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options by the model's own attributes (of a suppression that was cut off), then by a person, in heads' words."""
    told: dict[str, Any] = {**facts.head_options, **(options or {})}
    logits = told.pop("logits", None)
    if logits is not None:
        told.setdefault("activation", "sigmoid" if logits else "none")
    if isinstance(told.get("background"), bool):
        told["background"] = "first" if told["background"] else "none"
    roles = told.get("outputs")
    if isinstance(roles, str):
        told["outputs"] = [role.strip() for role in roles.split(",")]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _whole(value: object) -> int:
    """A number of classes as a document has it; 0 where it is none, which is objected to elsewhere."""
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) < 6 else 0


@dataclass(frozen=True)
class _Choosing:
    """One choice on its way."""

    facts: ModelFacts
    size: tuple[int, int]
    classes: int
    asked: str | None
    told: Mapping[str, Any]
    outputs: Sequence[OutputSpec]
    model: onnx.ModelProto | None

    def by_shapes(self) -> ChosenHead:
        """By names and shapes alone: only where they leave nothing open."""
        found = self._candidates(self.outputs)
        usual = [one for one in found if one.usual]
        closed = [one for one in usual if not set(one.open) - set(self.told)]
        if len(usual) == 1 and closed:
            return self._chosen(closed[0], closed[0].why)
        raise self._ambiguous(usual or found, "names and shapes leave open")

    def by_values(self, seen: Seen) -> ChosenHead:
        """By values too: what fits them, with the evidence."""
        outputs = seen.shapes(self.outputs)
        found = self._candidates(outputs)
        judged = [self._judge(one, seen, outputs) for one in found]
        fitting = _likeliest([one for one in judged if not one.settled.against and not one.settled.left_open])
        if len(fitting) == 1:
            return self._confirmed(fitting[0], judged, seen)
        if fitting:
            raise self._ambiguous([one.settled.found for one in fitting], f"{seen.about} leave open", judged)
        certain = [one for one in judged if one.settled.found.certain and not one.fatal and not one.settled.left_open]
        if len(certain) == 1:
            return self._doubted(certain[0], seen)
        untold = [one for one in judged if not one.settled.against]
        if untold:
            raise self._ambiguous([one.settled.found for one in untold], f"{seen.about} leave open", judged)
        raise self._implausible(judged, seen, outputs)

    def _candidates(self, outputs: Sequence[OutputSpec]) -> tuple[Recognised, ...]:
        try:
            return recognise_heads(outputs, self.size, self.classes, self.asked)
        except UsageError as error:
            foreign = what_by_outputs(outputs, self.size, self.classes) if self.asked is None else None
            if foreign is not None:
                raise foreign.refusal(self.facts.path) from error
            raise UsageError(f"{self.facts.path}: {error.summary}", error.hint) from error

    def _judge(self, usual: Recognised, seen: Seen, outputs: Sequence[OutputSpec]) -> _Judgement:
        from workbench.intake.plausible import judge_head
        from workbench.intake.values import settle

        settled = settle(usual, seen, self.size, self.classes, self.told)
        found = settled.found
        count = found.classes or self._count(found) or _labels_seen(found, seen)
        try:
            head = make_head(HeadChoice(found.name, count, *self.size, {**found.options, **self.told}), outputs)
            judged = judge_head(head, seen, self.size)
            told, fits = ("", True) if self.classes else _by_objectness(found, seen)
        except (CommandError, ValueError) as error:
            return _Judgement(usual, replace(settled, against=(*settled.against, str(error))), True)
        whole = replace(
            settled,
            evidence=(*settled.evidence, *judged.evidence, *([told] if told and fits else ())),
            against=(*settled.against, *judged.against, *([told] if told and not fits else ())),
        )
        return _Judgement(usual, whole, judged.fatal)

    def _confirmed(self, one: _Judgement, judged: Sequence[_Judgement], seen: Seen) -> ChosenHead:
        found = one.settled.found
        evidence = list(one.settled.evidence)
        for other in judged:
            name = other.settled.found.name
            if name != found.name and other.settled.against:
                evidence.append(f"not {name}: {other.settled.against[0]}")
        said = "; ".join(evidence)
        return self._chosen(found, f"{found.why}; {seen.about}: {said}" if said else found.why, one.usual)

    def _doubted(self, one: _Judgement, seen: Seen) -> ChosenHead:
        found, against = one.settled.found, "; ".join(one.settled.against)
        chosen = self._chosen(found, found.why, one.usual)
        return replace(chosen, doubts=(f"{seen.about}: {against}",))

    def _chosen(self, found: Recognised, why: str, usual: Recognised | None = None) -> ChosenHead:
        options = {**found.options, **self.told}
        classes = replace(found, options=options).classes or self._count(found)
        if not classes:
            raise ClassesNeeded(
                f"{self.facts.path}: {why}; but nothing tells how many classes there are",
                f"Name the classes in `slipway.frames.classes`, or give their number: `{CLASSES}`.",
            )
        choice = HeadChoice(found.name, classes, *self.size, options)
        try:
            head = make_head(choice, self.outputs)
        except CommandError as error:
            raise UsageError(f"{self.facts.path}: {error.summary}", error.hint) from error
        known = {**found.options, **self.told} if usual is None else {**usual.options, **self.told}
        new = {name: value for name, value in options.items() if known.get(name, _NOT_GIVEN) != value}
        return ChosenHead(choice, head, why, settled=new)

    def _count(self, found: Recognised) -> int:
        """How many classes a model of labels has: as many as are named, else as its graph tells."""
        if found.values or self.classes or self.model is None:
            return found.classes or self.classes
        from workbench.intake.graph_classes import classes_in_graph

        roles = list(found.options.get("outputs", ()))
        place = roles.index("labels") if "labels" in roles else 0
        return classes_in_graph(self.model, self.facts.outputs[place].name)

    def _ambiguous(self, found: Sequence[Recognised], what: str, judged: Sequence[_Judgement] = ()) -> UsageError:
        names = list(dict.fromkeys(one.name for one in found))
        listed = " or ".join(names)
        keys = sorted({f"{OPTIONS}.{name}" for one in found for name in one.open if name not in self.told})
        keys += sorted({f"{OPTIONS}.{name}" for one in judged for name in one.settled.left_open})
        hint = f"Set `slipway: head:` to {listed}" if len(names) > 1 else ""
        if keys:
            hint = f"{hint}, and " if hint else "Set "
            hint += ", ".join(f"`{key}`" for key in dict.fromkeys(keys))
        detail = "\n".join(f"{one.name}: {one.why}" for one in found)
        summary = f"{self.facts.path}: {what} how the outputs {in_words(self.outputs)} are decoded: {listed}"
        error = SeveralHeads(summary, f"{hint or 'Set `slipway: head:`'}; real frames may tell: give some.", detail)
        error.names = tuple(names) if len(names) > 1 else ()
        return error

    def _implausible(self, judged: Sequence[_Judgement], seen: Seen, outputs: Sequence[OutputSpec]) -> UsageError:
        foreign = what_by_outputs(outputs, self.size, self.classes) if self.asked is None else None
        if foreign is not None:
            return foreign.refusal(self.facts.path)
        detail = "\n".join(f"{one.settled.found.name}: {'; '.join(one.settled.against)}" for one in judged)
        return UsageError(
            f"{self.facts.path}: no head makes detections of the outputs {in_words(self.outputs)} on {seen.about}",
            f"{OWN_HEAD} Or the model needs another preprocessing, or is damaged.",
            detail,
        )


@dataclass(frozen=True)
class _Judgement:
    """What became of a candidate."""

    usual: Recognised
    """As names and shapes tell it."""
    settled: Settled
    fatal: bool
    """Whether the outputs cannot be what this head decodes, however broken the model may be."""


def _likeliest(fitting: list[_Judgement]) -> list[_Judgement]:
    """Those that exporters write usually, where any fits; alike ones (same head and options) once."""
    usual = [one for one in fitting if one.settled.found.usual] or fitting
    kept: dict[object, _Judgement] = {}
    for one in usual:
        key = (one.settled.found.name, repr(sorted(one.settled.found.options.items())))
        kept.setdefault(key, one)
    return list(kept.values())


def _labels_seen(found: Recognised, seen: Seen) -> int:
    """As many classes as labels reach; only to look at boxes and scores."""
    import numpy as np

    most = 0.0
    roles = list(found.options.get("outputs", ()))
    for outputs in seen.frames:
        part = outputs[roles.index("labels")] if "labels" in roles else outputs[0]
        values = np.nan_to_num(np.asarray(part, np.float64)) if part.size else np.zeros(1)
        most = max(most, float(values.max()) if "labels" in roles else 255.0)
    return int(min(max(most, 0.0) + 1, 10_000))


def _by_objectness(found: Recognised, seen: Seen) -> tuple[str, bool]:
    """What the fifth value says, and whether a head reads it so; empty where that tells nothing."""
    from workbench.intake.plausible import tell_objectness

    if found.name not in {"yolov8", "yolov5", "yolox"}:
        return "", True
    roles = list(found.options.get("outputs", ()))
    ahead = 4 if found.name == "yolov8" else 5
    has, words = tell_objectness(seen, roles.index("rows") if "rows" in roles else 0, ahead + found.values)
    return ("", True) if has is None else (words, has == (found.name != "yolov8"))


def _own_head(
    facts: ModelFacts, size: tuple[int, int], classes: int, own: OwnHead | None, outputs: Sequence[OutputSpec]
) -> ChosenHead:
    """The project's own head; it runs here, so whoever calls has seen to it that its bytes are trusted."""
    if own is None:
        raise UsageError(
            f"{facts.path} is decoded by a head of the project, which was not read",
            "Give a file that is there: it is read first, and only run where a person trusts it.",
        )
    own.require_trust()
    if not classes:
        raise UsageError(
            f"{own.path} decodes {facts.path}; nothing tells how many classes there are",
            f"Name the classes in `slipway.frames.classes`, or give their number: `{CLASSES}`.",
        )
    choice = HeadChoice(PLUGIN, classes, *size, {}, own.sha256)
    try:
        head = make_head(choice, outputs, own.source)
    except CommandError as error:
        raise UsageError(f"{own.path}: {error.summary}", error.hint, error.detail) from error
    return ChosenHead(choice, head, f"the project's own head {own.path}, for {classes} classes", own.source, own=own)
