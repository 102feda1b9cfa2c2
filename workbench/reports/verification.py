"""The deployment verification report (13-67): one self-contained HTML page from a run's folder.

The same folder gives the same bytes: nothing here asks for the time, the machine or anything outside the folder.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.reports.figures import draw_figures
from workbench.reports.rules import RULES
from workbench.reports.wording import WITHOUT_LIMIT, interval_text, limit_text, quantity_text, samples_text
from workbench.results.run_record import RequirementResult, RunRecord

_COLOURS = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "unsure",
    Outcome.NOT_MEASURED: "none",
}
_BAR_PIXELS = 140
_STAGES = ("model", "candidate", "engine", "release")


def render_report(folder: Path, run: RunRecord) -> str:
    """The report of a run as HTML.

    Args:
        folder: the run's folder with `run.json`, the Parquet tables and the overlays that the record names.
        run: the record in that folder.

    Raises:
        SlipwayError: a file that the record names is not there or is not what it was.
    """
    import jinja2

    _check_files(folder, run.files)
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_templates()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    from markupsafe import Markup

    return environment.get_template("verification.html.j2").render(
        run=run,
        about=_about(run),
        colour=_tile_colour(run),
        counts=_counts(run),
        rows=[dict(_row(item), bar=Markup(_bar(item))) for item in run.requirements],  # noqa: S704 - our own SVG
        figures=[dict(figure, svg=Markup(figure["svg"])) for figure in draw_figures(folder, run)],  # noqa: S704 - likewise
        tables=list(_tables(run)),
        overlays=[_overlay(folder, item) for item in run.worst if item["overlay"] in run.files],
        rules=RULES,
        defaults=_defaults(run),
        recorded_only=sorted(run.project.get("recorded_only", {}).items()),
        chain=[_stage(name, run.chain[name]) for name in _STAGES if name in run.chain],
        blocks=list(_blocks(run)),
        record_sha256=sha256_file(folder / "run.json"),
    )


def _tile_colour(run: RunRecord) -> str:
    """Amber where only a part was asked for, or quickly: nothing but a whole PASS is green; a FAIL stays red."""
    return "unsure" if run.outcome is not Outcome.FAIL and (run.only or run.quick) else _COLOURS[run.outcome]


def _templates() -> Path:
    return Path(__file__).parents[2] / "resources" / "report"


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, sha256 in sorted(files.items()):
        path = _inside(folder, name)
        if not path.is_file() or sha256_file(path) != sha256:
            state = "has other bytes than when the run was recorded" if path.is_file() else "is not there"
            raise SlipwayError(
                f"{path} {state}",
                "The report is made only from the bytes that the record names; restore the run's folder.",
            )


def _about(run: RunRecord) -> dict[str, str]:
    """What the page's head says of the run; a run that was closed before it was judged may lack some of it."""
    known = {name: run.project.get(name) for name in ("id", "model", "precision")} | {"board": run.board.get("name")}
    return {name: "—" if value is None else str(value) for name, value in known.items()}


def _inside(folder: Path, name: str) -> Path:
    """A file of the run's folder; a record that came from elsewhere must not show other files of this machine."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SlipwayError(f"the record in {folder} names {name}, which is outside", "The record was edited.")
    return path


def _counts(run: RunRecord) -> list[tuple[str, int]]:
    found = Counter(item.verdict.outcome for item in run.requirements)
    return [(outcome.value, found[outcome]) for outcome in _COLOURS]


def _row(item: RequirementResult) -> dict[str, Any]:
    verdict = item.verdict
    return {
        "id": item.id,
        "title": item.title,
        "criterion": item.criterion,
        "limit_text": limit_text(item),
        "confirmed": item.confirmed,
        "verifies": item.verifies,
        "value_text": quantity_text(verdict.value, verdict.unit),
        "interval_text": interval_text(verdict),
        "samples_text": samples_text(verdict),
        "outcome": verdict.outcome.value,
        "badge": verdict.outcome.value.split(maxsplit=1)[0],
        "reason": verdict.reason,
    }


def _bar(item: RequirementResult) -> str:
    """The interval as a bar against the limit, from 0 or, where all lies close together, from just below; no axis."""
    verdict = item.verdict
    if item.kind in WITHOUT_LIMIT or verdict.value is None or verdict.limit is None or verdict.limit <= 0:
        return ""
    ends = [end for end in (verdict.lower, verdict.upper) if end is not None]
    known = [verdict.value, verdict.limit, *ends]
    start = 0.0 if min(known) < 0.7 * max(known) else min(known) - 0.15 * (max(known) - min(known) or max(known))
    scale = (_BAR_PIXELS - 8) / (max(known) - start or 1.0)
    low, high = ((end - start) * scale + 2 for end in (min([verdict.value, *ends]), max([verdict.value, *ends])))
    colour = f"var(--{_COLOURS[verdict.outcome]})"
    limit, value = ((at - start) * scale + 2 for at in (verdict.limit, verdict.value))
    return (
        f'<svg class="bar" viewBox="0 0 {_BAR_PIXELS} 22" role="img" aria-label="value against limit">'
        f'<line x1="0" y1="11" x2="{_BAR_PIXELS}" y2="11" stroke="#d9e0e7"/>'
        f'<rect x="{low:.1f}" y="7" width="{max(2.0, high - low):.1f}" height="8" fill="{colour}" opacity=".45"/>'
        f'<circle cx="{value:.1f}" cy="11" r="3.5" fill="{colour}"/>'
        f'<line x1="{limit:.1f}" y1="2" x2="{limit:.1f}" y2="20" stroke="#c1121f" stroke-width="1.5"/></svg>'
    )


def _tables(run: RunRecord) -> Iterator[dict[str, Any]]:
    """Tables that the run's figures hold: {title, text, columns, lines}, as `workbench.pipeline` wrote them."""
    for table in run.figures.get("tables", ()):
        lines = [["—" if cell is None else cell for cell in line] for line in table["lines"]]
        yield {"title": table["title"], "text": table.get("text", ""), "columns": table["columns"], "lines": lines}


def _overlay(folder: Path, item: Mapping[str, Any]) -> dict[str, str]:
    data = _inside(folder, str(item["overlay"])).read_bytes()
    return {"text": str(item["text"]), "data": base64.b64encode(data).decode("ascii")}


def _defaults(run: RunRecord) -> Sequence[str]:
    """Of the requirements and of the settings, each once."""
    said = [text for item in run.requirements for text in item.defaults]
    return list(dict.fromkeys([*said, *run.settings.get("defaults", ())]))


def _stage(name: str, value: Mapping[str, Any]) -> dict[str, str]:
    shown = {
        key: part for key, part in value.items() if key not in {"name", "sha256", "record"} and part not in (None, "")
    }
    text = "; ".join(f"{key.replace('_', ' ')} {_plain(part)}" for key, part in sorted(shown.items()))
    return {"stage": name, "name": str(value.get("name", "")), "sha256": str(value.get("sha256", "")), "text": text}


def _blocks(run: RunRecord) -> Iterator[dict[str, Any]]:
    groups = (
        ("The board", run.board),
        ("The machine's state", run.machine),
        ("Frames", run.frames),
        ("Settings", {name: value for name, value in run.settings.items() if name != "defaults"}),
        ("Tools", run.tools),
        ("The project", {name: value for name, value in run.project.items() if name != "recorded_only"}),
    )
    for title, values in groups:
        missing = "not measured" if values is run.machine else "—"
        lines = [(name.replace("_", " "), missing if value is None else _plain(value)) for name, value in _flat(values)]
        yield {"title": title, "lines": lines}


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name} / ")
        else:
            yield prefix + name, value


def _plain(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(item)}" for name, item in sorted(value.items()))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
