"""The deployment verification report as PDF on A4: the same values as the page, and the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.reports import pdf_style as style
from workbench.reports import view as shown
from workbench.reports.view import Bar, Block, Overlay, ReportView, Row, Table

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import BaseDocTemplate, Flowable

REPORT_PDF = "report.pdf"
_ROW_WIDTHS_MM = (64.0, 24.0, 24.0, 42.0, 24.0)
_BAR_MM, _BAR_HEIGHT_MM = 36.0, 4.2


def render_pdf(view: ReportView) -> bytes:
    """The report as PDF bytes; every page carries its number, the run and what was tested."""
    plots = [figure.chart.png() for figure in view.figures]
    _, pages = _build(view, plots, 0)
    data, _ = _build(view, plots, pages)
    return data


def _build(view: ReportView, plots: Sequence[bytes], pages: int) -> tuple[bytes, int]:
    """(the bytes, how many pages they have); the footer says of how many once they were counted."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    style.fonts()
    stream = io.BytesIO()
    document = BaseDocTemplate(
        stream,
        pagesize=A4,
        title=f"{view.about['id']} · {shown.TITLE} · {view.run.id}",
        author=view.run.by.name,
        subject=f"{shown.DOCUMENT}: {view.run.outcome_text}",
        creator="Slipway",
        lang="en",
        initialFontName=style.SANS,
        invariant=1,
    )
    left, bottom = style.MARGIN_MM * style.MM, style.BOTTOM_MM * style.MM
    frame = Frame(left, bottom, A4[0] - 2 * left, A4[1] - left - bottom, 0, 0, 0, 0)

    def footer(canvas: Canvas, _document: BaseDocTemplate) -> None:
        _footer(canvas, view, pages)

    document.addPageTemplates(PageTemplate("page", [frame], onPage=footer))
    document.build(list(_story(view, plots)))
    return stream.getvalue(), document.page


def _footer(canvas: Canvas, view: ReportView, pages: int) -> None:
    """Run and page on the first line, below it what was tested: a page that was torn out still says of what it is."""
    from reportlab.lib.pagesizes import A4

    left, right, low = style.MARGIN_MM * style.MM, A4[0] - style.MARGIN_MM * style.MM, 9 * style.MM
    number = canvas.getPageNumber()
    tested = next((stage for stage in reversed(view.chain) if stage.sha256), None)
    canvas.saveState()
    canvas.setStrokeColor(style.COLOURS["line"])
    canvas.line(left, low + 9, right, low + 9)
    canvas.setFillColor(style.COLOURS["soft"])
    canvas.setFont(style.SANS, 7)
    canvas.drawString(left, low, f"{view.about['id']}  ·  run {view.run.id}  ·  {view.run.outcome_text}"[:110])
    canvas.drawRightString(right, low, f"page {number} of {pages}" if pages else f"page {number}")
    canvas.setFont(style.MONO, 6)
    said = f"{tested.stage} sha256 {tested.sha256}" if tested else "nothing that was tested is recorded"
    canvas.drawString(left, low - 8, said[:140])
    canvas.restoreState()


def _story(view: ReportView, plots: Sequence[bytes]) -> Iterator[Flowable]:
    yield from _head(view)
    yield from style.section("Requirements")
    yield _requirements(view.rows)
    if plots:
        yield from style.section("Measurements")
    for figure, png in zip(view.figures, plots, strict=True):
        words = style.text(figure.caption, "small")
        yield style.together([style.heading(figure.title, 2), style.picture(png), words])
    for table in view.tables:
        yield from _table(table)
    if view.overlays:
        yield from _overlays(view.overlays)
    yield from _reasoning(view)
    yield from _tested(view)


def _head(view: ReportView) -> Iterator[Flowable]:
    run, about = view.run, view.about
    yield style.text(f"{shown.TITLE} {shown.DOCUMENT}", "title")
    parts = (about["id"], f"model {about['model']}", f"{about['precision']} on {about['board']}", run.id, run.created)
    yield style.text(" · ".join((*parts, f"by {run.by.name}")), "soft")
    yield style.tiles([("Outcome", run.outcome_text, view.colour), *((n, str(c), "ink") for n, c in view.counts)])
    for what, why in view.warnings:
        yield style.text(f"{what} {why}", "warning")
    if view.unfinished:
        yield style.note(f"{view.unfinished} {run.text}", (), "fail")
    if run.findings:
        yield style.note("What a reviewer must know", run.findings, "unsure")


def _requirements(rows: Sequence[Row]) -> Flowable:
    """Two lines a requirement: its figures, and below them why the verdict is what it is."""
    cells: list[list[Any]] = [["Requirement", "Limit", "Measured", "95 % interval against the limit", "Verdict"]]
    rules: list[tuple[Any, ...]] = []
    for row in rows:
        first = len(cells)
        cells.append(_figures_of(row))
        cells.append([style.text(row.result.verdict.reason, "small"), "", "", "", ""])
        rules += [("SPAN", (0, first + 1), (-1, first + 1)), ("NOSPLIT", (0, first), (-1, first + 1))]
        rules += [("LINEBELOW", (0, first + 1), (-1, first + 1), 0.5, style.COLOURS["line"])]
        rules += [("TOPPADDING", (0, first + 1), (-1, first + 1), 0), ("BOTTOMPADDING", (0, first), (-1, first), 2)]
    return style.table(cells, _ROW_WIDTHS_MM, rules, numbers=(1, 2), ruled=False)


def _figures_of(row: Row) -> list[Any]:
    item = row.result
    named: list[Flowable] = [style.text(item.title, "strong"), style.text(item.criterion, "small")]
    named.append(style.text(item.id, "code"))
    if item.verifies:
        named.append(style.text(f"verifies {', '.join(item.verifies)}", "small"))
    if not item.confirmed:
        named.append(style.text("limit not confirmed", "unsure"))
    against: list[Flowable] = [_bar(row.bar, row.colour)] if row.bar else []
    against += [style.text(words, "small") for words in (row.interval_text, row.samples_text) if words]
    limit, value = (style.text(words, "number") for words in (row.limit_text, row.value_text))
    return [named, limit, value, against, style.badge(row.outcome, row.colour)]


def _bar(bar: Bar, colour: str) -> Flowable:
    from reportlab.platypus import Flowable

    class Drawn(Flowable):
        """Draws itself where it is put."""

        def __init__(self) -> None:
            super().__init__()
            self.width, self.height = _BAR_MM * style.MM, _BAR_HEIGHT_MM * style.MM

        def draw(self) -> None:
            _draw_bar(self.canv, bar, colour, self.width, self.height)

    return Drawn()


def _draw_bar(canvas: Canvas, bar: Bar, colour: str, width: float, height: float) -> None:
    low, high, value, limit = (part * (width - 6) + 2 for part in (bar.low, bar.high, bar.value, bar.limit))
    canvas.setStrokeColor(style.COLOURS["line"])
    canvas.setLineWidth(0.8)
    canvas.line(0, height / 2, width, height / 2)
    canvas.setFillColor(style.COLOURS[colour], alpha=0.45)
    canvas.rect(low, height / 2 - 3, max(1.5, high - low), 6, stroke=0, fill=1)
    canvas.setFillColor(style.COLOURS[colour], alpha=1.0)
    canvas.circle(value, height / 2, 2.4, stroke=0, fill=1)
    canvas.setStrokeColor(style.COLOURS["fail"])
    canvas.setLineWidth(1.1)
    canvas.line(limit, 0, limit, height)


def _table(table: Table) -> Iterator[Flowable]:
    words = [style.text(table.text, "small")] if table.text else []
    columns = len(table.columns)
    first = min(60.0, style.WIDTH_MM / columns * 1.6) if columns > 1 else style.WIDTH_MM
    rest = (style.WIDTH_MM - first) / max(1, columns - 1)
    heads = [style.text(name, "columns" if n else "column") for n, name in enumerate(table.columns)]
    lines = [[style.text(cell, "number" if n else "cell") for n, cell in enumerate(line)] for line in table.lines]
    widths = (first, *[rest] * (columns - 1))
    yield from style.section(table.title, 2, words)
    yield style.table([heads, *lines], widths, numbers=range(1, columns))


def _overlays(overlays: Sequence[Overlay]) -> Iterator[Flowable]:
    yield from style.section("Worst samples")
    yield style.text(shown.OVERLAYS_TEXT, "soft")
    for item in overlays:
        yield style.together([style.picture(item.jpeg), style.text(item.text, "small"), style.space(3)])


def _reasoning(view: ReportView) -> Iterator[Flowable]:
    yield from style.section("How the verdicts were reached")
    yield from style.points(view.rules)
    if view.defaults:
        yield from style.section("What the documents leave open, and what was taken", 2)
        yield from style.points(view.defaults)
    if view.recorded_only:
        yield from style.section("Recorded only", 2, [style.text(shown.RECORDED_ONLY_TEXT, "small")])
        yield style.facts(view.recorded_only, 62.0, code=0)


def _tested(view: ReportView) -> Iterator[Flowable]:
    yield from style.section("What was tested")
    yield from style.section("From the model to the release", 2)
    cells: list[list[Any]] = [["Stage", "Name", "sha256", "Made with"]]
    for stage in view.chain:
        words = ((stage.stage, "cell"), (stage.name, "cell"), (stage.sha256, "code"), (stage.text, "small"))
        cells.append([style.text(text, kind) for text, kind in words])
    yield style.table(cells, (20.0, 38.0, 48.0, 72.0))
    for block in view.blocks:
        yield from _block(block)
    yield from style.section("Files of this run", 2)
    yield style.facts(shown.shown_files(view.run), 50.0, code=1)
    yield style.space(2)
    yield style.text(
        f"Made from the record {view.run.id}/run.json (sha256 {view.record_sha256}) and the files above; it is the "
        "same, byte for byte, when it is made again from them.",
        "small",
    )


def _block(block: Block) -> Iterator[Flowable]:
    if block.lines:
        yield from style.section(block.title, 2)
        yield style.facts(block.lines, 62.0)
