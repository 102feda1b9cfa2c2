"""Requirements: every entry of the documents that asks for a verdict, with its criterion in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from projects.acceptance_settings import AcceptanceSettings, RequirementLabel
from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_spec import DeploymentDocument
from projects.derive.checks import draft_stress, draft_validation
from projects.derive.draft import Documents, Draft
from projects.derive.equivalence import draft_accuracy, draft_equivalence
from projects.derive.performance import (
    draft_latency,
    draft_load_time,
    draft_memory,
    draft_power,
    draft_resources,
    draft_stages,
    draft_throughput,
)
from projects.document import paths_of
from projects.fields import in_words
from projects.keys import dotted
from projects.problems import Problem, near_miss, one_of, suggest
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError

_DERIVATIONS = (
    draft_equivalence,
    draft_accuracy,
    draft_latency,
    draft_stages,
    draft_throughput,
    draft_load_time,
    draft_memory,
    draft_power,
    draft_stress,
    draft_validation,
    draft_resources,
)
"""In the order of the report."""

KINDS = (
    "output_difference",
    "detection_iou",
    "latency",
    "throughput",
    "memory_peak",
    "memory_steady",
    "continuous_operation",
    "temperature",
    "invalid_size",
    "null_input",
    "detection_format",
    "confidence_range",
    "accuracy",
    "power",
    "load_time",
    "stage_time",
    "resource_gpu_memory",
    "resource_system_memory",
    "resource_cpu_threads",
)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "equivalence": ("output_difference", "detection_iou"),
    "memory": ("memory_peak", "memory_steady"),
    "validation": ("invalid_size", "null_input", "detection_format", "confidence_range"),
    "stages": ("stage_time",),
    "resources": ("resource_gpu_memory", "resource_system_memory", "resource_cpu_threads"),
}
"""Names that stand for several kinds, for a person who selects."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One entry that gets a verdict."""

    id: str
    """Given in the documents, else derived from the specification's id and the kind; unique and stable."""
    file: str
    """Name of the document that its limit stands in."""
    line: int
    """Line of its limit."""
    path: str
    """Path of its limit: `performance_tests.latency.requirement`."""
    kind: str
    """One of `KINDS`."""
    title: str
    criterion: str
    """What must hold, as a sentence without a full stop, with limit and unit."""
    relation: str
    """How value and limit must stand: `<=`, `>=`; `is` where there is no number to compare."""
    limit: float | None
    """In the canonical `unit`; None for `is`."""
    unit: str
    """`s`, `B`, `fps`, `°C`, `W`, `CPUs`, or empty for ratios and counts."""
    limit_text: str
    """The limit as the document has it."""
    parameters: Mapping[str, object] = field(hash=False)
    """How it is measured, by name; what each kind has is listed in the modules of `derive`."""
    verifies: tuple[str, ...]
    """Ids of the requirements above it."""
    confirmed: bool
    """False for a limit that was proposed and that no person has confirmed."""
    defaults: tuple[str, ...]
    """One sentence for each thing that the documents leave open, with the key that chooses otherwise."""


def derive_requirements(
    deployment: DeploymentDocument,
    acceptance: AcceptanceDocument,
    deployment_file: YamlFile,
    acceptance_file: YamlFile,
) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Every requirement of both documents, in the order of the report, and what is wrong with what they say together.

    Args:
        deployment: the typed deployment specification.
        acceptance: the typed test specification.
        deployment_file: its text, for lines and for what is not confirmed.
        acceptance_file: likewise.
    """
    documents = Documents(
        deployment.deployment,
        deployment.slipway.thresholds,
        acceptance.deployment_tests,
        acceptance.slipway,
        acceptance_file,
    )
    drafts = [draft for derivation in _DERIVATIONS for draft in derivation(documents)]
    labels, problems = _labels(acceptance.slipway, acceptance_file, drafts)
    files = {"deployment": deployment_file, "deployment_tests": acceptance_file}
    unconfirmed = {
        "deployment": frozenset(deployment.slipway.unconfirmed or ()),
        "deployment_tests": frozenset(acceptance.slipway.unconfirmed or ()),
    }
    requirements = [
        _requirement(
            draft,
            acceptance.deployment_tests.id,
            files[draft.document],
            labels.get(draft.path, RequirementLabel()),
            confirmed=not is_open(draft.path, unconfirmed[draft.document]),
        )
        for draft in drafts
    ]
    problems = [*documents.problems, *problems, *_repeated_ids(requirements, acceptance.slipway, acceptance_file)]
    return tuple(requirements), tuple(problems)


def _requirement(
    draft: Draft, specification: str, file: YamlFile, label: RequirementLabel, *, confirmed: bool
) -> Requirement:
    return Requirement(
        id=label.id or f"{specification}/{draft.slug}",
        file=file.name,
        line=file.line_of(paths_of(file).get(draft.path, ())) or 1,
        path=draft.path,
        kind=draft.kind,
        title=draft.title,
        criterion=draft.criterion,
        relation=draft.relation,
        limit=draft.limit,
        unit=draft.unit,
        limit_text=draft.limit_text,
        parameters=draft.parameters,
        verifies=label.verifies or (),
        confirmed=confirmed,
        defaults=draft.defaults,
    )


def is_open(path: str, unconfirmed: frozenset[str]) -> bool:
    """Whether a value, or what it lies in, is listed as not confirmed."""
    return any(path == entry or path.startswith((f"{entry}.", f"{entry}[")) for entry in unconfirmed)


def _labels(
    settings: AcceptanceSettings, file: YamlFile, drafts: Sequence[Draft]
) -> tuple[Mapping[str, RequirementLabel], list[Problem]]:
    """Given ids and verified ids by path; a label of no requirement is a problem."""
    paths, problems = [draft.path for draft in drafts], []
    for path in settings.requirements:
        if path not in paths:
            keys = ("slipway", "requirements", path)
            expected = "the path of an entry that gets a verdict"
            hint = suggest(path, paths) or _hint_for_entry(path, paths)
            problems.append(Problem(file.name, file.line_of(keys), dotted(keys), in_words(path), expected, hint))
    return settings.requirements, problems


def _hint_for_entry(path: str, paths: Sequence[str]) -> str:
    inside = [known for known in paths if known.startswith(f"{path}.")]
    quoted = [f"'{known}'" for known in inside]
    return f"did you mean {one_of(quoted)}?" if inside else "`slipway check` lists them"


def _repeated_ids(requirements: Sequence[Requirement], settings: AcceptanceSettings, file: YamlFile) -> list[Problem]:
    problems, seen = [], dict[str, str]()
    for requirement in requirements:
        first = seen.setdefault(requirement.id, requirement.path)
        if first != requirement.path:
            labelled, other = requirement.path, first
            if labelled not in settings.requirements:
                labelled, other = other, labelled
            keys = ("slipway", "requirements", labelled, "id")
            got = f"the id '{requirement.id}' a second time"
            hint = f"{other} has it too"
            problems.append(Problem(file.name, file.line_of(keys), dotted(keys), got, "an id of its own", hint))
    return problems


def select_requirements(requirements: Sequence[Requirement], names: Sequence[str]) -> tuple[Requirement, ...]:
    """Those that a person names by kind, group, id or path; all of them where nothing is named.

    Raises:
        UsageError: a name fits none, with the near miss.
    """
    wanted: set[str] = set()
    for name in names:
        kinds = GROUPS.get(name, (name,))
        found = {item.id for item in requirements if item.kind in kinds or name in (item.id, item.path)}
        if not found:
            raise _unknown_name(requirements, name)
        wanted |= found
    return tuple(item for item in requirements if item.id in wanted or not names)


def _unknown_name(requirements: Sequence[Requirement], name: str) -> UsageError:
    here = list(dict.fromkeys(item.kind for item in requirements))
    known = here + [group for group, kinds in GROUPS.items() if set(kinds) & set(here) and group not in here]
    meant = near_miss(name, [*known, *(item.id for item in requirements), *(item.path for item in requirements)])
    if meant is None and (name in KINDS or name in GROUPS):
        return UsageError(f"the test specification asks for no {name}", f"It asks for {', '.join(here)}.")
    hint = f"Did you mean {meant}?" if meant else f"Name an id, or one of {', '.join(known)}."
    return UsageError(f"no requirement is called {in_words(name)}", hint)
