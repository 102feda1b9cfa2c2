"""Turns a function over a Console into a command: examples in its help, and `--json`, which every command has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from workbench.command.console import Console

JSON_HELP = "Print the result, or the error, as one JSON object on stdout."
LINES_HELP = "Print JSON lines on stdout: an object a sample, last the answer with the exit code and any error."
PRINT_LINES = frozenset({"watch"})
"""Commands that print more than their answer as JSON."""


def make_app(help_text: str) -> typer.Typer:
    """An app, or a group of commands, that leaves errors to its caller."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # help by rich imports a Markdown parser: half of the time that --help may take
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def command(app: typer.Typer, name: str, *examples: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Register a function as the command `name`; its first parameter is the Console, it returns the exit code."""

    def register(function: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(function)
        def call(context: typer.Context, **given: Any) -> int:
            del given["json"]  # the Console knows it already: errors of usage, too, are told as JSON
            return function(context.obj, **given)

        _, *own = inspect.signature(function, eval_str=True).parameters.values()
        shown = [
            inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
            inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_json_option(name)),
        ]
        call.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
        app.command(name, epilog="\b\n" + "\n".join(("Examples:", *(f"  {example}" for example in examples))))(call)
        return function

    return register


def _json_option(name: str) -> object:
    return Annotated[bool, typer.Option("--json", help=LINES_HELP if name in PRINT_LINES else JSON_HELP)]


def console_for(arguments: list[str]) -> Console:
    """The streams for a call with these arguments."""
    return Console(as_json="--json" in arguments, as_lines=not PRINT_LINES.isdisjoint(arguments[:1]))
