"""Inputs that are refused before the runtime sees them."""

from __future__ import annotations

import pytest

from targets.agent.protocol import E_INVALID_SIZE, E_NULL_INPUT, CommandError
from targets.agent.validation import Case, check_input, wrong_inputs

GOOD = {"shape": [4, 6, 3], "dtype": "uint8"}
DATA = bytes(4 * 6 * 3)


def test_that_a_good_frame_is_taken() -> None:
    assert check_input(GOOD, (DATA,), 4, 6) == DATA


@pytest.mark.parametrize("case", wrong_inputs(4, 6), ids=lambda case: case.name)
def test_that_each_wrong_input_has_its_code(case: Case) -> None:
    attachments = () if case.data is None else (case.data,)
    with pytest.raises(CommandError) as caught:
        check_input({"shape": case.shape, "dtype": case.dtype}, attachments, 4, 6)
    assert caught.value.code == case.code
    assert "expected" in caught.value.summary or case.code == E_NULL_INPUT


@pytest.mark.parametrize("shape", [None, "4x6x3", [4, 6, "3"], [4.5, 6, 3], {}, [-4, -6, 3]])
def test_that_a_shape_that_is_none_is_refused(shape: object) -> None:
    with pytest.raises(CommandError) as caught:
        check_input({"shape": shape, "dtype": "uint8"}, (DATA,), 4, 6)
    assert caught.value.code == E_INVALID_SIZE


def test_that_two_parts_are_no_frame() -> None:
    with pytest.raises(CommandError, match="expected one part"):
        check_input(GOOD, (DATA, DATA), 4, 6)
