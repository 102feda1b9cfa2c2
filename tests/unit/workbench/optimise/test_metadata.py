"""Class names out of a model's metadata."""

from __future__ import annotations

import ast

import pytest

from workbench.optimise.metadata import class_names_in


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_that_names_are_read_though_another_thread_disturbs_the_parser(
    monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    real, left = ast.literal_eval, [failures]

    def disturbed(text: str) -> object:
        if left[0]:
            left[0] -= 1
            raise SystemError("AST constructor recursion depth mismatch (before=57, after=54)")
        return real(text)

    monkeypatch.setattr("workbench.optimise.metadata.ast.literal_eval", disturbed)
    assert class_names_in({"names": "{0: 'car', 1: 'lorry'}"}) == ("car", "lorry")
