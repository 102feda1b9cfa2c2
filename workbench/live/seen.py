"""What a page saw of a run that still works, as CSV; of a run that has ended its record is exported instead."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.evaluate.wording import count
from workbench.telemetry.live_feed import SeenTable
from workbench.views.live import Exported


def write_seen(path: Path, run: str, kind: str, tables: Sequence[SeenTable]) -> Exported:
    """Write a table a stream, rows in the order of their moments; not measured is an empty cell.

    Raises:
        UsageError: the file cannot be of that name.
        SlipwayError: it cannot be written.
    """
    if path.suffix.lower() != ".csv":
        raise UsageError(f"a range cannot be written as {path.name}", "Name a file that ends in .csv.")
    names = [f"{table.name}.{channel}" for table in tables for channel in table.channels]
    rows: list[tuple[float, list[object]]] = []
    before = 0
    for table in tables:
        after = len(names) - before - len(table.channels)
        for at, moment_s in enumerate(table.t_s.tolist()):
            cells = [float(f"{value:.6g}") if math.isfinite(value) else "" for value in table.values[:, at].tolist()]
            head = [run, kind, table.name, f"{moment_s:.6f}"]
            rows.append((moment_s, [*head, *[""] * before, *cells, *[""] * after]))
        before += len(table.channels)
    rows.sort(key=lambda row: row[0])
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["run", "kind", "stream", "t [s]", *names])
    writer.writerows(row for _, row in rows)
    write_atomic(path, stream.getvalue().encode("utf-8"))
    return Exported(path, len(rows), f"wrote {path} ({count(len(rows), 'row')}), as seen while it works ({kind})")
