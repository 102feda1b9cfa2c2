"""A report's page in the part of HTML that a desktop's text view knows; its plots and pictures apart.

The page that is shown is the file that a reviewer gets, taken to pieces: nothing is computed anew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

WIDTH = "@width@"
MAX_WIDTH_PX = 1064
"""As wide as the page's own column."""
BAR_WIDTH_PX = 140
NARROW_PX = 900
"""Below this a sha256 may be broken into lines, so that the page needs no scrolling sideways."""

COLUMNS = {
    "<th>Requirement</th>": 22,
    '<th class="number">Limit</th>': 9,
    '<th class="number">Measured</th>': 11,
    "<th>95 % interval against the limit</th>": 22,
    "<th>Verdict</th>": 16,
    "<th>Why</th>": 20,
}
"""Columns that a text view would else divide badly, in percent of the width."""

_SVG = re.compile(r"<svg\b(?P<head>[^>]*)>.*?</svg>", re.S)
_PICTURE = re.compile(r'<img alt="(?P<alt>[^"]*)" src="data:image/jpeg;base64,(?P<data>[A-Za-z0-9+/=\s]*)">')
_VARIABLE = re.compile(r"--(\w+):\s*(#[0-9a-fA-F]{3,8})")
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.S)
_SUM = re.compile(r'<div class="sum">(.*?</div>)\s*</div>', re.S)
_TILE = re.compile(r"<div><span>(.*?)</span><b([^>]*)>(.*?)</b></div>", re.S)
_NOTE = re.compile(r'<div class="note( bad)?">(.*?)</div>', re.S)
_BADGE = re.compile(r'<span class="badge" style="background:([^"]*)">(.*?)</span>', re.S)
_VIEW_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_HIGH = re.compile(r"@high-(\d+)@")
_HASH = re.compile(r"([0-9a-f]{16})(?=[0-9a-f]{16})")
_SIZE = re.compile(r"(font-size:)(\d+)px")
_HEADING = re.compile(r"(?=<h[23]>)")
_CLOSED = re.compile(r"(?:</p>\s*|</table>(?:\s{2,})?)\Z")
"""Where a text view begins a new block by itself; after one lone space a heading takes the block after a table."""
PIECE_LETTERS = 6000
_DROPPED = re.compile(r"</?(?:main|header|figure|thead|tbody)>")

STYLE = """
body, td, th, p, li { color:#1f2933; }
h1 { font-size:24px; font-weight:600; margin-top:8px; margin-bottom:4px; }
h2 { font-size:17px; font-weight:600; margin-top:36px; margin-bottom:8px; }
h3 { font-size:14px; font-weight:600; margin-top:22px; margin-bottom:6px; }
p { margin-top:6px; margin-bottom:10px; }
.soft { color:#52606d; }
.small { font-size:12px; }
code, .hash { font-family:"JetBrains Mono"; font-size:11px; }
.caption { color:#52606d; font-size:12px; margin-bottom:20px; }
table { margin-top:8px; margin-bottom:14px; border-collapse:collapse; }
th { text-align:left; font-weight:600; font-size:12px; color:#52606d; border-bottom:1px solid #d9e0e7; padding:6px; }
td { border-bottom:1px solid #d9e0e7; padding:8px 10px 8px 0px; vertical-align:top; }
.number { text-align:right; }
"""
"""What of the page's style a text view understands."""


@dataclass(frozen=True)
class RichText:
    """A page for a text view."""

    html: str
    images: Mapping[str, bytes]
    """By the name in `src`: SVG text for `svg-…`, JPEG for `jpeg-…`."""

    def at_width(self, pixels: int, zoom: float = 1.0) -> str:
        """The page for a column of that width: plots and pictures fill it; `zoom` scales its type."""
        width = max(BAR_WIDTH_PX, min(pixels, round(MAX_WIDTH_PX * zoom)))
        page = self.html.replace(WIDTH, str(width))
        if width < NARROW_PX * zoom:
            page = _HASH.sub(r"\1&#8203;", page)
        page = _HIGH.sub(lambda match: str(max(1, round(width * int(match[1]) / 10_000))), page)
        for percent in COLUMNS.values():
            page = page.replace(f"@{percent}@", str(width * percent // 100))
        return page if zoom == 1.0 else _SIZE.sub(lambda match: f"{match[1]}{round(int(match[2]) * zoom)}px", page)

    def pieces_at_width(self, pixels: int, zoom: float = 1.0) -> tuple[str, ...]:
        """The same in pieces of a few headings each, so that no one of them takes long to be laid out."""
        head, begins, rest = self.at_width(pixels, zoom).partition("<body>")
        body, ends, _ = rest.rpartition("</body>")
        pieces, piece = [], ""
        for part in _HEADING.split(body):
            if len(piece) + len(part) > PIECE_LETTERS and _CLOSED.search(piece):
                pieces.append(piece)
                piece = ""
            piece += part
        return tuple(f"{head}{begins}{text}{ends}</html>" for text in (*pieces, piece))


def to_rich_text(page: str) -> RichText:
    """Take a page of `render_page` to pieces."""
    images: dict[str, bytes] = {}
    colours = dict(_VARIABLE.findall(page))
    page = re.sub(r"var\(--(\w+)\)", lambda match: colours.get(match[1], "#1f2933"), page)
    found = _BODY.search(page)
    body = page if found is None else found[1]
    body = _SVG.sub(lambda match: _take_svg(match, images), body)
    body = _PICTURE.sub(lambda match: _take_picture(match, images), body)
    body = _SUM.sub(_tiles, body)
    body = _NOTE.sub(_note, body)
    body = _BADGE.sub(_badge, body)
    body = body.replace("<figcaption>", '<p class="caption">').replace("</figcaption>", "</p>")
    body = body.replace("<table>", '<table width="100%" cellspacing="0">')
    body = body.replace('<table class="facts">', '<table class="facts" width="100%" cellspacing="0">')
    for head, percent in COLUMNS.items():
        body = body.replace(head, head.replace("<th", f'<th width="@{percent}@"', 1))
    return RichText(f"<html><head><style>{STYLE}</style></head><body>{_DROPPED.sub('', body)}</body></html>", images)


def _take_svg(match: re.Match[str], images: dict[str, bytes]) -> str:
    name = f"svg-{len(images)}"
    svg = match[0]
    if "xmlns=" not in match["head"]:
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    images[name] = svg.encode("utf-8")
    box = _VIEW_BOX.search(match["head"])
    shape = int(float(box[2]) / max(1e-6, float(box[1])) * 10_000) if box is not None else 0
    if "class=" in match["head"]:
        return f'<img src="{name}" width="{BAR_WIDTH_PX}" height="{BAR_WIDTH_PX * shape // 10_000}"><br>'
    return _image(name, shape)


def _take_picture(match: re.Match[str], images: dict[str, bytes]) -> str:
    name = f"jpeg-{len(images)}"
    try:
        images[name] = base64.b64decode(match["data"], validate=False)
    except (binascii.Error, ValueError):
        return ""
    return _image(name, _shape_of_jpeg(images[name]))


def _image(name: str, shape: int) -> str:
    """A picture over the whole width; `shape` is its height for a width of 10,000, 0 where that is not known."""
    height = f' height="@high-{shape}@"' if shape else ""
    return f'<img src="{name}" width="{WIDTH}"{height}>'


def _shape_of_jpeg(data: bytes) -> int:
    """The height for a width of 10,000, from the first frame header; 0 where there is none."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return height * 10_000 // max(1, width)
        at += 2 + length
    return 0


def _tiles(match: re.Match[str]) -> str:
    cells = "".join(
        f'<td style="border:1px solid #d9e0e7; padding:10px 18px"><span class="small soft">{name}</span><br>'
        f'<span style="font-size:22px; font-weight:600;{_style_of(attributes)}">{value}</span></td>'
        for name, attributes, value in _TILE.findall(match[1])
    )
    return f'<table cellspacing="10"><tr>{cells}</tr></table>'


def _style_of(attributes: str) -> str:
    found = re.search(r'style="([^"]*)"', attributes)
    return "" if found is None else found[1]


def _badge(match: re.Match[str]) -> str:
    words = match[2].replace(" ", "&nbsp;")
    return f'<span style="background-color:{match[1]}; color:#ffffff; font-weight:600">&nbsp;{words}&nbsp;</span>'


def _note(match: re.Match[str]) -> str:
    ground, edge = ("#fdecec", "#c1121f") if match[1] else ("#fff7e6", "#b26a00")
    return (
        '<table width="100%" cellspacing="0"><tr>'
        f'<td style="background-color:{ground}; border-left:4px solid {edge}; padding:10px 14px">{match[2]}</td>'
        "</tr></table>"
    )
