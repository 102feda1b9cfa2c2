"""The deployment verification report as one self-contained HTML page: the same values give the same bytes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.reports import view as shown
from workbench.reports.view import Bar, ReportView

if TYPE_CHECKING:
    from markupsafe import Markup

_BAR_PIXELS = 140


def render_page(view: ReportView) -> str:
    """The report as HTML."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_templates()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("verification.html.j2").render(
        view=view,
        run=view.run,
        words=shown,
        bar=_bar,
        picture=lambda overlay: base64.b64encode(overlay.jpeg).decode("ascii"),
        plot=lambda figure: _markup(figure.chart.svg()),
    )


def _templates() -> Path:
    return Path(__file__).parents[2] / "resources" / "report"


def _markup(svg: str) -> Markup:
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 - our own SVG


def _bar(bar: Bar, colour: str) -> Markup:
    """The interval as a bar against the limit."""
    low, high, value, limit = (part * (_BAR_PIXELS - 8) + 2 for part in (bar.low, bar.high, bar.value, bar.limit))
    fill = f"var(--{colour})"
    return _markup(
        f'<svg class="bar" viewBox="0 0 {_BAR_PIXELS} 22" role="img" aria-label="value against limit">'
        f'<line x1="0" y1="11" x2="{_BAR_PIXELS}" y2="11" stroke="#d9e0e7"/>'
        f'<rect x="{low:.1f}" y="7" width="{max(2.0, high - low):.1f}" height="8" fill="{fill}" opacity=".45"/>'
        f'<circle cx="{value:.1f}" cy="11" r="3.5" fill="{fill}"/>'
        f'<line x1="{limit:.1f}" y1="2" x2="{limit:.1f}" y2="20" stroke="#c1121f" stroke-width="1.5"/></svg>'
    )
