"""The lines in which benchmarks report, and the table of all of them (`make bench`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Relation = Literal["<=", ">="]

LINE = re.compile(r"^FIGURE (\S+) (\S+) (\S+) goal (<=|>=) (\S+) (met|short)$", re.MULTILINE)
FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Figure:
    """One measured number and the goal that it is held against."""

    name: str
    value: float
    unit: str
    relation: Relation
    goal: float

    @property
    def met(self) -> bool:
        """Whether the value, as measured and not as printed, reaches the goal."""
        return self.value <= self.goal if self.relation == "<=" else self.value >= self.goal

    def __str__(self) -> str:
        verdict = "met" if self.met else "short"
        return f"FIGURE {self.name} {self.value:.4g} {self.unit} goal {self.relation} {self.goal:g} {verdict}"


def report(name: str, value: float, unit: str, relation: Relation, goal: float) -> None:
    """Print one figure; name and unit are single words."""
    if not name or not unit or re.search(r"\s", name + unit):
        raise ValueError(f"name and unit of a figure are single words, got {name!r} and {unit!r}")
    print(Figure(name, value, unit, relation, goal), flush=True)


def scripts() -> list[str]:
    """Names of the modules in this folder that measure something when they are run."""
    others = [path for path in sorted(FOLDER.glob("*.py")) if path.name != Path(__file__).name]
    return [path.stem for path in others if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]


def run(script: str) -> str:
    """Run one benchmark in a process of its own, show its output as it comes and return it.

    A benchmark that fails, or ends without a figure, returns no figures; what went wrong is in its output.
    """
    lines: list[str] = []
    argv = [sys.executable, "-m", f"benchmarks.{script}"]
    with subprocess.Popen(argv, cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines) if process.returncode == 0 else ""


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> int:
    """Run every benchmark and print the table; 1 where a figure is short or a benchmark gave none."""
    rows: list[tuple[str, ...]] = [("figure", "value", "unit", "goal", "verdict")]
    for script in scripts():
        print(f"== {script}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        found = LINE.findall(run(script))
        rows += [
            (name, value, unit, f"{relation} {goal}", verdict) for name, value, unit, relation, goal, verdict in found
        ]
        if not found:
            rows.append((script, "-", "-", "-", "failed"))
    print("\n" + table(rows))
    return 0 if all(row[-1] == "met" for row in rows[1:]) else 1


if __name__ == "__main__":
    sys.exit(main())
