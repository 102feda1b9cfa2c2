"""The example project: the detector that ships with Slipway, its documents, and freshly rendered frames."""

from __future__ import annotations

from pathlib import Path

from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.base.reporter import Reporter

TEST_SEEDS = range(3_000_000, 3_000_300)
CALIBRATION_SEEDS = range(2_000_000, 2_000_096)
"""Both lie outside of what the detector was trained and judged on."""

_DOCUMENTS = ("deployment.yaml", "deployment_tests.yaml")
_MODEL = "models/road_users.onnx"
_SETS = (("data/test", TEST_SEEDS), ("data/calibration", CALIBRATION_SEEDS))


def make_example(folder: Path, reporter: Reporter) -> None:
    """Make what is missing of the example project; documents that a person changed stay as they are.

    Raises:
        UsageError: the folder holds something else.
        SlipwayError: it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MODEL).is_file():
        raise UsageError(
            f"{folder} holds something else than the example project", "Name a folder that is empty or not there yet."
        )
    for name in _DOCUMENTS:
        _copy(_resources() / name, folder / name)
    _copy(_resources() / "model.onnx", folder / _MODEL)
    total = sum(len(seeds) for _, seeds in _SETS)
    done = 0
    for name, seeds in _SETS:
        if not (folder / name / "labels.json").is_file():
            _render(folder / name, seeds, done, total, reporter)
        done += len(seeds)


def _resources() -> Path:
    return Path(__file__).parents[2] / "resources" / "example"


def _copy(source: Path, target: Path) -> None:
    if not target.is_file():
        write_atomic(target, source.read_bytes())


def _render(folder: Path, seeds: range, before: int, total: int, reporter: Reporter) -> None:
    from workbench.scenes.dataset import write_dataset

    def on_frame(done: int, _: int) -> None:
        reporter.check()
        reporter.progress((before + done) / total, f"rendering {folder.name}, frame {done}")

    write_dataset(folder, seeds, on_frame=on_frame)
