"""A requirement in the making, and what every derivation of one needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.acceptance_settings import AcceptanceSettings
from projects.acceptance_spec import AcceptanceSpec, PerformanceTests
from projects.deployment_settings import CONFIDENCE, Thresholds, value_or
from projects.deployment_spec import DeploymentSpec
from projects.fields import Section
from projects.keys import Keys, dotted
from projects.problems import Problem
from projects.quantity import Quantity
from projects.yaml_file import YamlFile

DETECTIONS_COUNT = "Detections count from a score of {:g} up"
MAP_DETECTIONS_COUNT = "For mAP, detections count from a score of {:g} up"
MAP_SUPPRESSED = "For accuracy, of two boxes of a class that overlap by more than {:g}, the weaker goes"
SIZE_UNITS = "MB is 10^6 bytes and MiB is 2^20 bytes."


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A requirement before it has an id, a line and a person's confirmation."""

    path: str
    kind: str
    slug: str
    title: str
    criterion: str
    relation: str
    limit: float | None
    unit: str
    limit_text: str
    parameters: Mapping[str, object]
    defaults: tuple[str, ...]
    document: str = "deployment_tests"
    """Root key of the document that its limit stands in."""


@dataclass(frozen=True)
class Documents:
    """Both documents, and the problems that show only when they are read together."""

    deployment: DeploymentSpec
    thresholds: Thresholds
    tests: AcceptanceSpec
    settings: AcceptanceSettings
    file: YamlFile
    """The test specification's text."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def performance(self) -> PerformanceTests:
        """The performance tests, empty where the document has none."""
        return self.tests.performance_tests or PerformanceTests()

    def note(self, keys: Keys, got: str, expected: str, hint: str = "") -> None:
        """Note a problem of the test specification."""
        self.problems.append(Problem(self.file.name, self.file.line_of(keys), dotted(keys), got, expected, hint))

    def confidence(self, given: Quantity | None, key: str) -> tuple[float, tuple[str, ...]]:
        """The least score that counts, and the sentence if nobody gave it."""
        value = value_or(given or self.thresholds.confidence, CONFIDENCE)
        if given or self.thresholds.confidence:
            return value, ()
        return value, (default(DETECTIONS_COUNT.format(value), "slipway.thresholds.confidence", key),)


def compare(
    path: str,
    kind: str,
    title: str,
    criterion: str,
    relation: str,
    limit: Quantity,
    *,
    slug: str = "",
    parameters: Mapping[str, object],
    defaults: tuple[str, ...] = (),
    document: str = "deployment_tests",
) -> Draft:
    """A draft whose figure is compared with a limit; `criterion` has `{limit}` where the limit goes."""
    return Draft(
        path=path,
        kind=kind,
        slug=slug or kind.replace("_", "-"),
        title=title,
        criterion=criterion.format(limit=limit.words),
        relation=relation,
        limit=limit.value,
        unit=limit.unit,
        limit_text=limit.text,
        parameters=parameters,
        defaults=defaults,
        document=document,
    )


def check(
    path: str,
    kind: str,
    title: str,
    criterion: str,
    expected: str,
    parameters: Mapping[str, object],
    defaults: tuple[str, ...] = (),
    unit: str = "",
) -> Draft:
    """A draft that holds or does not hold, without a figure."""
    return Draft(
        path=path,
        kind=kind,
        slug=kind.replace("_", "-"),
        title=title,
        criterion=criterion,
        relation="is",
        limit=None,
        unit=unit,
        limit_text=expected,
        parameters=parameters,
        defaults=defaults,
    )


def default(text: str, *keys: str) -> str:
    """A sentence of the report for what the documents leave open, with the keys that choose otherwise."""
    return f"{text}; `{'` or `'.join(keys)}` chooses otherwise." if keys else f"{text}."


def fixed(text: str, why: str) -> str:
    """A sentence of the report for what no key of the documents chooses, and what does."""
    return f"{text}; no key: {why}."


def unless_set(section: Section, name: str, text: str, key: str) -> tuple[str, ...]:
    """The sentence, unless somebody chose."""
    return () if name in section.model_fields_set else (default(text, key),)
