"""Problems and findings as sentences at their place in the text."""

from __future__ import annotations

import re

from projects.corrections import UNKNOWN_KEY, Correction, correction_of, keys_at, spot_of
from projects.effects import effect_of
from projects.problems import Finding, Problem, meant_by
from projects.yaml_file import YamlFile
from workbench.documents.names import Document
from workbench.views.project.documents import ERR, WARN, Edit, Fix, Mark

_NAMED = re.compile(r"'([^']*)': (.+)")
"""A value and what is wrong with what it names, as a look at model and data says it."""
_NOTHING, _NO_YAML = "nothing", "text that is not YAML ("


def mark_of_problem(document: Document, file: YamlFile, problem: Problem) -> Mark:
    """A problem of a document at its place, with its correction where there is one."""
    spot = spot_of(file, problem)
    return Mark(
        file=document.name,
        level=ERR,
        path=problem.path,
        meant=_meant_path(problem),
        line=spot.line if spot is not None else problem.line,
        column=spot.column if spot is not None else 1,
        start=spot.start if spot is not None else 0,
        end=spot.end if spot is not None else 0,
        title=_title(file, problem),
        text=_text(file, problem),
        hint=_sentence(problem.hint),
        effect=effect_of(problem, document.root),
        fix=fix_of(correction_of(file, problem)),
    )


def mark_of_finding(document: Document, file: YamlFile, finding: Finding) -> Mark:
    """A finding of a document at its place."""
    spot = spot_of(file, Problem(finding.file, finding.line, finding.path, "", ""))
    return Mark(
        file=document.name,
        level=WARN,
        path=finding.path,
        meant=finding.path,
        line=spot.line if spot is not None else finding.line,
        column=spot.column if spot is not None else 1,
        start=spot.start if spot is not None else 0,
        end=spot.end if spot is not None else 0,
        title=_upper(finding.text),
        text=_sentence(finding.text),
        hint=_sentence(finding.hint),
        effect="",
        fix=None,
    )


def fix_of(correction: Correction | None) -> Fix | None:
    """A correction as views carry it."""
    if correction is None:
        return None
    edit = correction.edit
    return Fix(correction.label, correction.replacement, Edit(edit.start, edit.end, edit.text))


def _meant_path(problem: Problem) -> str:
    meant = meant_by(problem.hint)
    if problem.got != UNKNOWN_KEY or meant is None:
        return problem.path
    head, dot, _ = problem.path.rpartition(".")
    return f"{head}{dot}{meant}"


def _title(file: YamlFile, problem: Problem) -> str:
    around, _, key = problem.path.rpartition(".")
    if problem.got == UNKNOWN_KEY:
        return f"{key} is no key of {around or problem.file}"
    if problem.got == _NOTHING:
        there = _stands_there(file, problem)
        return f"{problem.path} has no value" if there else f"{problem.path} is missing"
    if (named := _NAMED.fullmatch(problem.got)) is not None:
        return f"{named[1]}: {named[2]}"
    if problem.got.startswith("'"):
        return f"{problem.got.strip(chr(39))} is not {problem.expected}"
    if problem.got.startswith(_NO_YAML):
        where = problem.file if problem.line is None else f"Line {problem.line}"
        return f"{where} is no YAML: {problem.got.removeprefix(_NO_YAML).rstrip(')')}"
    return f"{_upper(problem.got)}; expected {problem.expected}"


def _text(file: YamlFile, problem: Problem) -> str:
    meant = meant_by(problem.hint)
    asked = f" Did you mean {meant}?" if meant is not None else ""
    hint = asked or (f" {_sentence(problem.hint)}" if problem.hint else "")
    if problem.got == UNKNOWN_KEY:
        return f"Unknown key.{hint}"
    if problem.got == _NOTHING:
        if _stands_there(file, problem):
            return f"A value is missing.{hint}"
        key = problem.path.rpartition(".")[2]
        said = problem.expected.removeprefix(f"'{key}:', ")
        return f"Missing: {said}.{hint}"
    return f"{_title(file, problem)}.{hint}"


def _stands_there(file: YamlFile, problem: Problem) -> bool:
    return keys_at(file, problem) is not None


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return f"{_upper(text)}{'' if text.endswith(('.', '?')) else '.'}" if text else ""
