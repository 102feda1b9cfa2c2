"""The two streams of the command: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.base.errors import Fault
from workbench.base.events import ErrorText
from workbench.command.plain import printable, to_plain
from workbench.command.table import Table, print_table

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

FORMAT = "slipway.answer/1"


class Console:
    """Where one call of the command writes; belongs to the main thread.

    With `--json`, stdout gets exactly one JSON object, and nobody is asked anything. With `as_lines`, others come
    before it, and each of them all stands on a line of its own.
    """

    def __init__(self, as_json: bool, as_lines: bool = False) -> None:
        self.as_json = as_json
        self._indent = None if as_lines else 2
        self.answered = False
        """Whether the caller has been told how it went."""

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer questions."""
        return not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def is_screen(self) -> bool:
        """Whether results are read on a screen, which is narrow."""
        return not self.as_json and self.out.is_terminal

    @cached_property
    def out(self) -> RichConsole:
        """Results."""
        from rich.console import Console as RichConsole

        return RichConsole(file=sys.stdout, highlight=False, markup=False, emoji=False)

    @cached_property
    def err(self) -> RichConsole:
        """Progress, questions, errors."""
        from rich.console import Console as RichConsole

        return RichConsole(file=sys.stderr, highlight=False, markup=False, emoji=False)

    def say(self, text: str) -> None:
        """Print a line of the result for people; nothing with `--json`."""
        if not self.as_json:
            self.out.print(printable(text), soft_wrap=True)

    def show(self, table: Table) -> None:
        """Print a table of the result for people; nothing with `--json`."""
        if not self.as_json:
            print_table(table, self.out)

    def note(self, text: str, style: str = "") -> None:
        """Print a line on stderr."""
        self.err.print(printable(text), style=style or None, soft_wrap=True)

    def answer(self, result: object, exit_code: int, error: ErrorText | None = None) -> int:
        """With `--json`, print the result and the error as one object; returns the exit code."""
        self.answered = True
        if self.as_json:
            answer = {
                "format": FORMAT,
                "exit_code": exit_code,
                "result": to_plain(result),
                "error": None if error is None else _error_to_plain(error),
            }
            self.json(answer, indent=self._indent)
        return exit_code

    def json(self, value: object, indent: int | None = None) -> None:
        """Print one JSON value on stdout; in one line without an indent."""
        separators = (",", ":") if indent is None else None
        text = json.dumps(to_plain(value), indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def fail(self, error: ErrorText, exit_code: int | None = None, result: object = None) -> int:
        """Print an error, and with `--json` the answer that carries it; returns the exit code."""
        if error.fault is Fault.CANCELLED and not error.detail:
            self.note(error.summary, "yellow")
        else:
            self.note(f"error: {error.summary}", "bold red")
        for text in (error.hint, error.detail):
            for line in text.splitlines():
                self.note(f"  {line}")
        return self.answer(result, error.fault.value if exit_code is None else exit_code, error)


def _error_to_plain(error: ErrorText) -> dict[str, str]:
    return {
        "summary": error.summary,
        "hint": error.hint,
        "detail": error.detail,
        "fault": error.fault.name.lower(),
    }
