from __future__ import annotations

import ast

import pytest

FUNCTION_MAX, FUNCTION_P90 = 60, 25
FILE_MAX, FILE_P90 = 600, 300
BOUNDARIES_MAX = 8


def p90(values: list[int]) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.9))]


def blind_excepts(tree: ast.AST) -> list[ast.ExceptHandler]:
    """Handlers of everything: bare, or of Exception or BaseException, also within a tuple."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and catches_all(node.type)]


def catches_all(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(catches_all(element) for element in caught.elts)
    return caught is None or getattr(caught, "id", "") in {"Exception", "BaseException"}


def test_that_functions_are_short(house):
    sizes = {
        f"{source.path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for source in house.sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {name: size for name, size in sizes.items() if size > FUNCTION_MAX}
    assert not long, f"functions of more than {FUNCTION_MAX} lines: {long}"
    assert p90(list(sizes.values())) <= FUNCTION_P90, sorted(sizes.items(), key=lambda item: -item[1])[:20]


def test_that_files_are_short(house):
    sizes = {source.path: len(source.lines) for source in house.sources if source.lines}
    long = {name: size for name, size in sizes.items() if size > FILE_MAX}
    assert not long, f"files of more than {FILE_MAX} lines: {long}"
    assert p90(list(sizes.values())) <= FILE_P90, sorted(sizes.items(), key=lambda item: -item[1])[:20]


def test_that_everything_is_caught_only_at_marked_boundaries(house):
    places = [
        (f"{source.path}:{node.lineno}", "# boundary: " in source.lines[node.lineno - 1])
        for source in house.sources
        for node in blind_excepts(source.tree)
    ]
    unmarked = [place for place, marked in places if not marked]
    assert not unmarked, f"blind excepts that do not say which thread or process ends there: {unmarked}"
    assert len(places) <= BOUNDARIES_MAX, f"more than {BOUNDARIES_MAX} boundaries: {places}"


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException as error", " (OSError, Exception)"])
def test_that_a_blind_except_is_found(caught):
    assert blind_excepts(ast.parse(f"try:\n    f()\nexcept{caught}:\n    pass"))


def test_that_package_files_are_empty(house):
    filled = [source.path for source in house.sources if source.path.endswith("__init__.py") and source.text]
    assert not filled, f"these must stay empty: {filled}"


def test_that_every_folder_with_code_is_a_package(house, repository):
    sources = [source for source in house.sources if not source.path.startswith("resources/")]
    folders = {(repository / source.path).parent for source in sources}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_that_only_the_command_prints(house):
    printing = [
        f"{source.path}:{node.lineno}"
        for source in house.sources
        if not source.path.startswith("workbench/cli")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert not printing, printing
