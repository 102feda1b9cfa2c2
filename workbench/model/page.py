"""A project's model as one page: what it is, how it is understood, what was found, and what uses it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.base.errors import SlipwayError, UsageError
from workbench.intake.heads import output_specs
from workbench.intake.recognise import Recognised, recognise_heads
from workbench.model.draft import read_draft
from workbench.model.edits import edit
from workbench.model.facts import fact_groups
from workbench.model.form import make_form
from workbench.model.kept_checks import KeptChecks, meaning_of, read_kept, shown_checks
from workbench.model.opened import OpenedDocument, open_document, open_model
from workbench.model.tried_frames import FRAMES, list_frames
from workbench.model.understood import Understood, understand
from workbench.pipeline.model_check import MODEL
from workbench.views.model import ERR, WARN, Changes, ModelChecks, ModelFinding, ModelForm, ModelPage
from workbench.views.project.overview import Place
from workbench.words import moment_at, say_day

LABELS, DETECTIONS = "slipway.frames.labels", "slipway.frames.detections"
OF_FORM = ("slipway.head", "slipway.preprocessing", "slipway.model", "slipway.frames.classes", "slipway.thresholds")


@dataclass(frozen=True)
class Sight:
    """A model as a document, with changes that are not saved, has it."""

    document: OpenedDocument
    understood: Understood
    changes: Changes
    kept: KeptChecks | None

    @property
    def meaning(self) -> str:
        """What the checks were made on, or would be."""
        return meaning_of(self.understood, outside_of(self.document))

    @property
    def confirmed(self) -> str:
        """What confirms the preprocessing as it is here; empty where nothing does."""
        kept = self.kept
        if kept is None or kept.meaning != self.meaning or kept.model_sha256 != self.understood.model.facts.sha256:
            return ""
        return kept.confirmed

    def form(self) -> ModelForm:
        """The form of it."""
        return make_form(self.document, self.understood, self.changes, self.confirmed, _nearest(self.understood))


def see(project: Path, changes: Changes, home: Path) -> Sight:
    """A project's model with changes of the form.

    Raises:
        UsageError: document or model cannot be read, or a change cannot be set.
    """
    before = open_document(project)
    document = edit(before, changes)
    model = open_model(before)
    return Sight(document, understand(document, model, home), changes, read_kept(before.raw.layout))


def form_of(project: Path, changes: Changes, home: Path) -> ModelForm:
    """The form with changes that are not saved."""
    return see(project, changes, home).form()


def outside_of(document: OpenedDocument) -> str:
    """Which data from outside there are, by path and time of change."""
    found = []
    for path in (FRAMES, LABELS, DETECTIONS):
        if document.raw.text(path) is None:
            continue
        try:
            file = document.raw.inner(path)
            found.append(f"{path} {document.raw.text(path)} {file.stat().st_mtime_ns}")
        except (UsageError, OSError):
            continue
    return "\n".join(found)


def model_page(project: Path, home: Path) -> ModelPage:
    """The page.

    Raises:
        UsageError: the folder is no project.
    """
    document = open_document(project)
    raw = document.raw
    frames = list_frames(document)
    labelled = any(raw.text(path) is not None for path in (LABELS, DETECTIONS))
    try:
        sight = see(project, (), home)
    except SlipwayError as error:
        file = raw.text(MODEL) or ""
        checks = ModelChecks((), "", "", "")
        return ModelPage(
            project=project,
            title=_title(document),
            file=file,
            added="",
            problem=error.summary,
            hint=error.hint,
            detail=error.detail,
            form=None,
            checks=checks,
            facts=(),
            findings=(),
            frames=frames,
            labelled=labelled,
            unconfirmed=_unconfirmed(document),
            identity=raw.file.stored_sha256 or "",
            mend=Place(raw.file.name, raw.file.problems[0].line) if raw.broken_at else None,
        )
    model = sight.understood.model
    form = sight.form()
    checks = shown_checks(sight.kept, model.facts.sha256, sight.meaning)
    return ModelPage(
        project=project,
        title=_title(document),
        file=raw.text(MODEL) or "",
        added=f"changed {say_day(moment_at(model.identity.modified_ns / 1e9))}",
        problem="",
        hint="",
        detail="",
        form=form,
        checks=checks,
        facts=fact_groups(document, sight.understood, form),
        findings=_findings(checks, labelled),
        frames=frames,
        labelled=labelled,
        unconfirmed=_unconfirmed(document),
        identity=f"{raw.file.stored_sha256}\n{model.identity}\n{'' if sight.kept is None else sight.kept.at}",
        draft=read_draft(project),
    )


def _title(document: OpenedDocument) -> str:
    file = document.raw.text(MODEL) or ""
    return Path(file).stem or document.raw.layout.folder.resolve().name


def _findings(checks: ModelChecks, labelled: bool) -> tuple[ModelFinding, ...]:
    """What the checks that do not hold say, the worst first."""
    rows = [row for row in checks.rows if row.level in {ERR, WARN}]
    found = [ModelFinding(row.title, row.text, row.hint, row.level) for row in rows]
    if not checks.rows and not labelled:
        hint = "Add labelled frames, or detections that the training framework exported."
        text = (
            "No frame with labels came from outside, so a wrong preprocessing would be in both sides of a comparison."
        )
        found.append(ModelFinding("Preprocessing not confirmed", text, hint, WARN))
    return tuple(found)


def _unconfirmed(document: OpenedDocument) -> tuple[str, ...]:
    listed = document.raw.texts("slipway.unconfirmed")
    return tuple(path for path in listed if path.startswith(OF_FORM))


def _nearest(understood: Understood) -> tuple[Recognised, ...]:
    """Heads that names and shapes come near to, where nothing decodes the model."""
    if not isinstance(understood.head, UsageError):
        return ()
    facts = understood.model.facts
    try:
        width, height, _ = understood.model.size
        return recognise_heads(output_specs(facts), (width, height), 0, None)
    except UsageError:
        return ()
