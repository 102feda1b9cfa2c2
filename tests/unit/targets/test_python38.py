"""The whole way of an engine on a board whose Python is 3.8: prepared by Slipway, then the tests of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from targets.agent_client import AgentClient
from targets.board_values import BuiltEngine
from targets.local import LocalBoard
from targets.prepare import plan_preparation, prepare_board
from targets.push import push_blobs
from tests.package_index import skip_without_index
from tests.pythons import need_python_3_8
from tests.unit.targets.test_agent_work import (
    test_that_a_built_engine_is_a_blob_with_what_it_is_bound_to,
    test_that_a_flipped_byte_in_an_installed_engine_is_found,
    test_that_a_model_that_the_runtime_refuses_is_an_error_of_the_work,
    test_that_a_release_in_use_is_not_removed,
    test_that_a_run_goes_on_when_following_is_cancelled_and_ends_when_told,
    test_that_an_engine_is_installed_tried_run_and_its_run_fetched,
    test_that_an_int8_engine_with_an_upsampling_is_loaded_again,
    test_that_an_unknown_runtime_is_refused_with_those_that_are_known,
    test_that_pruning_keeps_what_releases_use,
    test_that_telemetry_comes_until_it_is_cancelled,
)
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file

__all__ = [
    "test_that_a_built_engine_is_a_blob_with_what_it_is_bound_to",
    "test_that_a_flipped_byte_in_an_installed_engine_is_found",
    "test_that_a_model_that_the_runtime_refuses_is_an_error_of_the_work",
    "test_that_a_release_in_use_is_not_removed",
    "test_that_a_run_goes_on_when_following_is_cancelled_and_ends_when_told",
    "test_that_an_engine_is_installed_tried_run_and_its_run_fetched",
    "test_that_an_int8_engine_with_an_upsampling_is_loaded_again",
    "test_that_an_unknown_runtime_is_refused_with_those_that_are_known",
    "test_that_pruning_keeps_what_releases_use",
    "test_that_telemetry_comes_until_it_is_cancelled",
]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> LocalBoard:
    """A board of Python 3.8 with what `prepare` brings it."""
    folder = tmp_path_factory.mktemp("python38")
    board = LocalBoard("old", folder / "root", need_python_3_8(), lock=folder / "lock")
    with AgentClient(board) as client, client.locked("prepare"):
        plan = plan_preparation("old", client.probe(), "openvino")
        key = board.python
        try:
            prepare_board(client, plan, folder, lambda _fraction, _text: None, lambda _text: None, made_from=key)
        except SlipwayError as error:
            if "could not download" in error.summary:
                skip_without_index(error.summary)
            raise
    return board


@pytest.fixture
def board(prepared: LocalBoard, tmp_path: Path) -> LocalBoard:
    """A board of its own for each test, in the Python of the prepared one."""
    return LocalBoard("bench", tmp_path / "root", prepared.python, lock=tmp_path / "lock")


@pytest.fixture(scope="module")
def tiny_engine(prepared: LocalBoard, tiny_onnx: Path) -> tuple[BuiltEngine, Path]:
    """The tiny model's engine, built by that board's OpenVINO, and its bytes."""
    path = prepared.root / "engine.blob"
    with AgentClient(prepared) as client, client.locked("build"):
        push_blobs(client, {sha256_file(tiny_onnx): tiny_onnx}, CancelToken())
        built = client.build(sha256_file(tiny_onnx), "openvino", {"precision": "f32", "threads": 1, "streams": 1})
    prepared.get_file(built.sha256, path, Deadline(60), CancelToken())
    return built, path


def test_that_it_is_the_prepared_python(prepared: LocalBoard) -> None:
    with AgentClient(prepared) as client:
        facts = client.probe()
    assert facts.python is not None
    assert facts.python.startswith("3.8.")
    assert facts.python_path == str(prepared.root / "venv" / "bin" / "python")
    assert facts.numpy == "1.24.4"
    assert str(facts.runtimes["openvino"].version).startswith("2023.3.0")
