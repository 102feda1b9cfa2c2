"""What a problem costs: which requirement or step of the work is left without what."""

from __future__ import annotations

from projects.corrections import UNKNOWN_KEY
from projects.field_use import ACCEPTANCE, DEPLOYMENT, Use
from projects.form_words import LIMITS, label_of
from projects.keys import Keys, keys_of
from projects.problems import Problem, meant_by

_REQUIREMENTS = ("requirements ", "requirement ")


def effect_of(problem: Problem, root: str) -> str:
    """In a few words: `latency without warm-up iterations`; where nothing depends on it, that it is read by nothing.

    Args:
        problem: of one document.
        root: the document's root key.
    """
    path = _path_meant(problem, root)
    if path is None:
        return "nothing of the document is read" if not problem.path else ""
    use = _use_of(path)
    if use is None:
        return "read by nothing" if problem.got == UNKNOWN_KEY else ""
    label = "its limit" if path in LIMITS else _small(label_of(path))
    return f"{_what(use)} without {label}"


def _path_meant(problem: Problem, root: str) -> str | None:
    """The field in the tables that a problem leaves without its value."""
    if not problem.path:
        return None
    keys: Keys = keys_of(problem.path, root)
    meant = meant_by(problem.hint)
    if problem.got == UNKNOWN_KEY and meant is not None:
        keys = (*keys[:-1], meant)
    return ".".join("*" if isinstance(key, int) else key for key in keys)


def _use_of(path: str) -> Use | None:
    tables = (DEPLOYMENT, ACCEPTANCE)
    found = next((table[path] for table in tables if path in table), None)
    if found is not None:
        return found
    return next((use for table in tables for name, use in table.items() if name.startswith(f"{path}.")), None)


def _what(use: Use) -> str:
    """Who uses it: the requirement's kind in words, or the step."""
    if use.recorded_because:
        return "the record"
    kind = _kind_of(use)
    return use.by.split(";")[0].split(":")[0] if kind is None else kind.replace("_", " ")


def _kind_of(use: Use) -> str | None:
    """The first requirement that uses a field; None where a step does."""
    first = use.by.split(";")[0]
    kinds = (first.removeprefix(prefix).split(",")[0] for prefix in _REQUIREMENTS if first.startswith(prefix))
    return next(kinds, None)


def _small(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def requirement_at(path: str) -> str | None:
    """The slug of the requirement that takes its limit from a field: `memory-peak`; None where none does."""
    use = ACCEPTANCE.get(path) if path in LIMITS else None
    kind = None if use is None else _kind_of(use)
    return None if kind is None else kind.replace("_", "-")
