"""How the PDF looks: fonts with the letters that reports use, colours, and the pieces that pages are made of."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Flowable

MM = 72 / 25.4
MARGIN_MM, BOTTOM_MM = 16.0, 20.0
WIDTH_MM = 178.0
_ROOM_MM = 34.0
MOST_LETTERS = 1500
"""Of one cell: a cell cannot be higher than a page."""

SANS, BOLD, MONO = "Slipway-Sans", "Slipway-Sans-Bold", "Slipway-Mono"
_FILES = {SANS: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", MONO: "DejaVuSansMono.ttf"}
_FONT = ("FONTNAME", (0, 0), (-1, -1), SANS)
"""For cells of paragraphs too: without it a table names a font that is not embedded."""
COLOURS = {
    "ink": "#1f2933",
    "soft": "#52606d",
    "line": "#d9e0e7",
    "wash": "#f5f7fa",
    "pass": "#1b7f3b",
    "fail": "#c1121f",
    "unsure": "#b26a00",
    "none": "#5b6875",
}
"""As the page has them."""

_STYLES: dict[str, dict[str, Any]] = {
    "title": {"fontName": BOLD, "fontSize": 16, "leading": 20, "spaceAfter": 3},
    "h1": {"fontName": BOLD, "fontSize": 12, "leading": 15, "spaceBefore": 14, "spaceAfter": 5},
    "h2": {"fontName": BOLD, "fontSize": 9.5, "leading": 12, "spaceBefore": 9, "spaceAfter": 3},
    "body": {"fontSize": 8.5, "leading": 11.5, "spaceAfter": 3},
    "soft": {"textColor": "soft", "fontSize": 8, "leading": 11, "spaceAfter": 4},
    "small": {"textColor": "soft", "fontSize": 7, "leading": 9.2},
    "warning": {"textColor": "unsure", "fontSize": 11, "leading": 14, "spaceAfter": 5},
    "unsure": {"fontName": BOLD, "textColor": "unsure", "fontSize": 7, "leading": 9.2},
    "strong": {"fontName": BOLD, "fontSize": 8.5, "leading": 11},
    "cell": {"fontSize": 7.5, "leading": 9.8},
    "number": {"fontSize": 7.5, "leading": 9.8, "alignment": 2},
    "column": {"fontName": BOLD, "textColor": "soft", "fontSize": 7, "leading": 9},
    "columns": {"fontName": BOLD, "textColor": "soft", "fontSize": 7, "leading": 9, "alignment": 2},
    "code": {"fontName": MONO, "fontSize": 6.3, "leading": 8.4},
    "badge": {"fontName": BOLD, "textColor": "white", "fontSize": 6.6, "leading": 8.2, "alignment": 1},
    "tile": {"textColor": "soft", "fontSize": 6.6, "leading": 9},
    "figure": {"fontName": BOLD, "fontSize": 11.5, "leading": 14.5},
}


@cache
def fonts() -> None:
    """Make the fonts known; they lie with matplotlib, and what a document uses of them is embedded in it."""
    import matplotlib as mpl
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


@cache
def _style(name: str, colour: str = "") -> ParagraphStyle:
    from reportlab.lib.colors import HexColor, white
    from reportlab.lib.styles import ParagraphStyle

    fonts()
    wanted = {"fontName": SANS, "textColor": "ink", "splitLongWords": 1, "allowWidows": 0, **_STYLES[name]}
    if colour:
        wanted["textColor"] = colour
    ink = wanted.pop("textColor")
    return ParagraphStyle(name, textColor=white if ink == "white" else HexColor(COLOURS[ink]), **wanted)


def text(words: str, style: str = "body", colour: str = "") -> Flowable:
    """A paragraph; names come from documents and boards, so that nothing in it is markup."""
    from reportlab.platypus import Paragraph

    kept = words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]} … ({len(words)} letters; the page has all)"
    return Paragraph(escape("".join(letter if letter.isprintable() else " " for letter in kept)), _style(style, colour))


def heading(words: str, level: int = 1) -> Flowable:
    """A heading that is in the document's outline too."""
    from reportlab.platypus import Paragraph

    class Heading(Paragraph):
        """Puts itself into the outline when it is drawn."""

        def draw(self) -> None:
            key = f"{self.canv.getPageNumber()}-{words}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(words, key, level - 1, closed=level > 1)
            super().draw()

    return Heading(escape(words), _style(f"h{level}"))


def space(height_mm: float) -> Flowable:
    """Nothing, so high."""
    from reportlab.platypus import Spacer

    return Spacer(1, height_mm * MM)


def together(parts: Sequence[Flowable]) -> Flowable:
    """Parts that no page break comes between."""
    from reportlab.platypus import KeepTogether

    return KeepTogether(list(parts))


def section(words: str, level: int = 1, more: Sequence[Flowable] = ()) -> list[Flowable]:
    """A heading, and what belongs to it; on the next page where little would stand below it."""
    from reportlab.platypus import CondPageBreak

    return [CondPageBreak(_ROOM_MM * MM), heading(words, level), *more]


def points(lines: Iterable[str]) -> Iterator[Flowable]:
    """A list with bullets."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    indents: dict[str, Any] = {"leftIndent": 10, "bulletIndent": 1, "bulletFontName": SANS}
    hanging = ParagraphStyle("point", parent=_style("body"), fontSize=8, leading=11, **indents)
    for line in lines:
        yield Paragraph(escape(line), hanging, bulletText="•")


def picture(data: bytes) -> Flowable:
    """A picture over the whole width; JPEG stays as it is. One that is too high is made smaller."""
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image

    width_px, height_px = ImageReader(io.BytesIO(data)).getSize()
    width, highest = WIDTH_MM * MM, 200 * MM
    scale = min(width / width_px, highest / height_px)
    return Image(io.BytesIO(data), width_px * scale, height_px * scale)


def table(
    cells: Sequence[Sequence[Any]],
    widths_mm: Sequence[float],
    rules: Sequence[tuple[Any, ...]] = (),
    *,
    numbers: Iterable[int] = (),
    ruled: bool = True,
    head: bool = True,
) -> Flowable:
    """A table whose head is on every page that it reaches.

    Args:
        cells: lines of cells; texts become paragraphs in the head's style.
        widths_mm: of the columns.
        rules: further rules of its style.
        numbers: columns whose heads stand on the right.
        ruled: whether a line stands below every line.
        head: whether the first line is a head.
    """
    from reportlab.platypus import LongTable

    right = frozenset(numbers)
    made = [[_cell(cell, "columns" if n in right else "column") for n, cell in enumerate(line)] for line in cells]
    return LongTable(
        made,
        [width * MM for width in widths_mm],
        repeatRows=int(head),
        style=_table_rules(ruled, head) + list(rules),
        spaceAfter=5,
        hAlign="LEFT",
    )


def _cell(cell: Any, style: str) -> Any:
    return text(cell, style) if isinstance(cell, str) and cell else cell


def _table_rules(ruled: bool, head: bool) -> list[tuple[Any, ...]]:
    rules: list[tuple[Any, ...]] = [
        _FONT,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("LEFTPADDING", (1, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]
    if head:
        rules.append(("LINEBELOW", (0, 0), (-1, 0), 0.8, COLOURS["line"]))
    if ruled:
        rules.append(("LINEBELOW", (0, 0), (-1, -1), 0.5, COLOURS["line"]))
    return rules


def facts(lines: Iterable[tuple[str, str]], first_mm: float, code: int | None = None) -> Flowable:
    """Names and values; column `code` is in the letters of a terminal."""
    cells = [[text(cell, "code" if n == code else "cell") for n, cell in enumerate(line)] for line in lines]
    if not cells:
        return text("none", "small")
    return table(cells, (first_mm, WIDTH_MM - first_mm), head=False)


def badge(words: str, colour: str) -> Flowable:
    """A verdict in white on its colour."""
    from reportlab.platypus import Table

    rules: list[tuple[Any, ...]] = [
        _FONT,
        ("BACKGROUND", (0, 0), (-1, -1), COLOURS[colour]),
        ("ROUNDEDCORNERS", [4, 4, 4, 4]),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LEFTPADDING", (0, 0), (-1, -1), 1),
        ("RIGHTPADDING", (0, 0), (-1, -1), 1),
    ]
    return Table([[text(words, "badge")]], [22.5 * MM], style=rules, hAlign="LEFT")


def tiles(shown: Sequence[tuple[str, str, str]]) -> Flowable:
    """Figures under their names, side by side: (name, figure, colour); the first is as wide as two."""
    from reportlab.platypus import Table

    share = WIDTH_MM / (len(shown) + 1)
    cells = [[[text(name, "tile"), text(value, "figure", colour)] for name, value, colour in shown]]
    rules: list[tuple[Any, ...]] = [
        _FONT,
        ("BOX", (0, 0), (-1, -1), 0.6, COLOURS["line"]),
        ("INNERGRID", (0, 0), (-1, -1), 0.6, COLOURS["line"]),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
    widths = [2 * share * MM, *[share * MM] * (len(shown) - 1)]
    return Table(cells, widths, style=rules, spaceBefore=4, spaceAfter=6, hAlign="LEFT")


def note(title: str, lines: Iterable[str], colour: str) -> Flowable:
    """Something that must be seen, with a bar of its colour at its left."""
    from reportlab.platypus import Table

    rules: list[tuple[Any, ...]] = [
        _FONT,
        ("BACKGROUND", (0, 0), (-1, -1), "#fdecec" if colour == "fail" else "#fff7e6"),
        ("LINEBEFORE", (0, 0), (0, -1), 3, COLOURS[colour]),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    cells = [[text(title, "strong")], *[[text(f"• {line}", "cell")] for line in lines]]
    return Table(cells, [WIDTH_MM * MM], style=rules, spaceBefore=4, spaceAfter=6, hAlign="LEFT")
