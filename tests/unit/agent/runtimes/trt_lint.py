"""Which names of TensorRT our source uses, and behind which capabilities; read from its syntax, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

TOP = ""
"""The package itself, as `names.json` has it."""
OBJECTS = {
    "trt": TOP,
    "builder": "Builder",
    "network": "INetworkDefinition",
    "parser": "OnnxParser",
    "parser_error": "ParserError",
    "config": "IBuilderConfig",
    "layer": "ILayer",
    "runtime": "Runtime",
    "engine": "ICudaEngine",
    "context": "IExecutionContext",
    "inspector": "EngineInspector",
}
"""What our variables and attributes are called, and of which class of TensorRT they are."""
GIVES = {"get_timing_cache": "ITimingCache", "get_input": "ITensor", "get_output": "ITensor"}
"""Methods whose result is used at once."""

Guard = tuple[str, bool]


@dataclass(frozen=True)
class Use:
    """One use of a name."""

    owner: str
    name: str
    line: int
    guards: frozenset[Guard]

    def __str__(self) -> str:
        return f"line {self.line}: {self.owner or 'tensorrt'}.{self.name}"


def uses(source: str) -> list[Use]:
    """Every use of a name of TensorRT in a file of ours."""
    return list(_statements(ast.parse(source).body, frozenset()))


def _statements(body: Sequence[ast.stmt], guards: frozenset[Guard]) -> Iterator[Use]:
    """Statements one after another: what follows a refusal is guarded by what it refuses."""
    for statement in body:
        yield from _walk(statement, guards)
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return | ast.Raise):
            guards |= _holds(statement.test, False)


def _walk(node: ast.AST, guards: frozenset[Guard]) -> Iterator[Use]:
    if isinstance(node, ast.If):
        yield from _walk(node.test, guards)
        yield from _statements(node.body, guards | _holds(node.test, True))
        yield from _statements(node.orelse, guards | _holds(node.test, False))
    elif isinstance(node, ast.IfExp):
        yield from _walk(node.test, guards)
        yield from _walk(node.body, guards | _holds(node.test, True))
        yield from _walk(node.orelse, guards | _holds(node.test, False))
    elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _walk(value, guards)
            guards |= _holds(value, True)
    else:
        yield from _own(node, guards)
        for field in ast.iter_fields(node):
            yield from _field(field[1], guards)


def _field(value: object, guards: frozenset[Guard]) -> Iterator[Use]:
    if isinstance(value, ast.AST):
        yield from _walk(value, guards)
    elif isinstance(value, list):
        if value and all(isinstance(item, ast.stmt) for item in value):
            yield from _statements(value, guards)
        else:
            for item in value:
                yield from _field(item, guards)


def _own(node: ast.AST, guards: frozenset[Guard]) -> Iterator[Use]:
    if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
        owner = _class_of(node.value)
        if owner is not None:
            yield Use(owner, node.attr, node.lineno, guards)


def _class_of(node: ast.expr) -> str | None:
    """The class of TensorRT that an expression is, by its name; None for anything else."""
    if isinstance(node, ast.Call):
        return GIVES.get(node.func.attr) if isinstance(node.func, ast.Attribute) else None
    if isinstance(node, ast.Attribute) and _class_of(node.value) == TOP:
        return node.attr
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return OBJECTS.get(name.lstrip("_"))


def _holds(test: ast.expr, outcome: bool) -> frozenset[Guard]:
    """Which capabilities are known where a test came out so."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _holds(test.operand, not outcome)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == outcome:
        return frozenset().union(*(_holds(value, outcome) for value in test.values))
    if isinstance(test, ast.Attribute) and _is_caps(test.value):
        return frozenset({(test.attr, outcome)})
    return frozenset()


def _is_caps(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "caps") or (
        isinstance(node, ast.Attribute) and node.attr == "caps"
    )


def missing(found: Iterable[Use], names: dict[str, list[str]], caps: object, known: frozenset[str]) -> list[str]:
    """Uses that a version with these names and capabilities would fail at.

    Args:
        found: from `uses`.
        names: of a version: class to its names.
        caps: what our own probe says of it.
        known: names that the list is known to lack.
    """
    wrong = []
    for use in found:
        reached = all(bool(getattr(caps, name)) == outcome for name, outcome in use.guards)
        if reached and use.name not in names.get(use.owner, ()) and f"{use.owner}.{use.name}" not in known:
            wrong.append(str(use))
    return wrong
