"""A run with what it measured, read when it is first wanted: for comparing runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.evaluate.intervals import Floats
from workbench.results.run_folder import check_files
from workbench.results.run_record import RunRecord
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import read_parquet
from workbench.verify import kept_tables as kept
from workbench.verify.evidence import Evidence
from workbench.verify.frozen_evidence import labelled_detections, thaw_evidence

if TYPE_CHECKING:
    from workbench.evaluate.accuracy import Accuracy

RESAMPLES = 400
"""Of the images, for differences of accuracy: the ends of an interval lie further out than a verdict's bounds."""


@dataclass(frozen=True, eq=False)
class RunData:
    """One run."""

    record: RunRecord
    folder: Path | None
    """None where only the record is at hand."""
    _accuracy: dict[tuple[int, ...], dict[str, Accuracy]] = field(default_factory=dict)

    @cached_property
    def evidence(self) -> Evidence | None:
        """What it measured; None where that was not kept.

        Raises:
            SlipwayError: a file is not there or is not what it was.
        """
        if self.folder is None:
            return None
        check_files(self.folder, self.record.files)
        try:
            return thaw_evidence(self.folder, self.record, accuracy=False)
        except UsageError:
            return None

    @cached_property
    def samples(self) -> Table | None:
        """The frames of the test set; None where they were not kept."""
        return self._table(kept.SAMPLES)

    @cached_property
    def places(self) -> dict[str, int]:
        """Compared frames by their sha256: the row of each in `equivalence.parquet`; the first of such as repeat."""
        if self.samples is None:
            return {}
        digests = self.samples["sha256"][self._compared]
        return {str(digest): row for row, digest in reversed(list(enumerate(digests)))}

    def sample_of(self, rows: Sequence[int]) -> list[int]:
        """Places in the test set of some rows of `equivalence.parquet`."""
        return [int(self._compared[row]) for row in rows]

    def is_labelled(self, row: int) -> bool:
        """Whether somebody labelled the frame of a row of `equivalence.parquet`."""
        return self.samples is not None and bool(self.samples["labelled"][self.sample_of([row])[0]])

    def accuracy(self, rows: Sequence[int], confidence: float) -> dict[str, Accuracy] | None:
        """`reference` and `device` on some labelled frames, with resamples that pair with another run's."""
        from workbench.evaluate.accuracy import evaluate_accuracy

        classes = self._table(kept.CLASSES)
        if self.folder is None or classes is None or kept.WEAK_DETECTIONS not in self.record.files:
            return None
        key = tuple(rows)
        if key not in self._accuracy:
            names = [str(name) for name in classes["name"]]
            labels, sides = labelled_detections(self.folder, self.sample_of(rows))
            self._accuracy[key] = {
                side: evaluate_accuracy(labels, found, names, confidence, resamples=RESAMPLES)
                for side, found in sides.items()
            }
        return self._accuracy[key]

    @cached_property
    def _compared(self) -> NDArray[np.int32]:
        """Places in the test set of the rows of `equivalence.parquet`."""
        table = self._table("equivalence.parquet")
        return np.empty(0, np.int32) if table is None else table["sample"]

    def _table(self, name: str) -> Table | None:
        return None if self.folder is None or name not in self.record.files else read_parquet(self.folder / name)


def frames_of_both(a: RunData, b: RunData) -> tuple[list[int], list[int]]:
    """Rows of `equivalence.parquet` of the frames that both runs compared, in the order of the first."""
    common = sorted(set(a.places) & set(b.places), key=a.places.__getitem__)
    return [a.places[digest] for digest in common], [b.places[digest] for digest in common]


def values_of(values: Sequence[float | None]) -> Floats:
    """What is known, as an array."""
    return np.array([value for value in values if value is not None], np.float64)
