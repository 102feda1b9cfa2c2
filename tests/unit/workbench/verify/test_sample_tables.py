"""Per sample and per reference detection: columns for Parquet."""

from __future__ import annotations

import numpy as np

from workbench.telemetry.freeze import encode_parquet
from workbench.verify.sample_tables import match_columns, sample_columns

from .comparisons import CAR, FAINT, OTHER, compare


def test_that_each_sample_has_a_row_and_each_reference_detection_one() -> None:
    compared = compare([([CAR, OTHER], [CAR]), ([], []), ([CAR], [CAR, OTHER]), ([OTHER], [FAINT])])
    samples, matches = sample_columns(compared), match_columns(compared)
    assert samples["sample"].tolist() == [0, 1, 2, 3]
    assert samples["reference"].tolist() == [2, 0, 1, 1]
    assert samples["missed"].tolist() == [1, 0, 0, 0]
    assert samples["extra"].tolist() == [0, 0, 1, 0]
    np.testing.assert_allclose(samples["min_iou"], [0.0, np.nan, 1.0, 1.0], atol=1e-6)
    assert matches["sample"].tolist() == [0, 0, 2, 3]
    np.testing.assert_allclose(matches["iou"], [1.0, 0.0, 1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(matches["score_device"], [0.8, np.nan, 0.8, 0.2], atol=1e-6)


def test_that_damaged_outputs_have_no_difference_of_0() -> None:
    columns = sample_columns(compare([([CAR], [(np.nan, 16, 16, 16, 0.8)]), ([CAR], [CAR])]))
    for name in ("rms", "boxes_rms", "scores_rms", "all_rms", "l2", "relative_l2"):
        assert np.isnan(columns[name][0]), name
        assert columns[name][1] == 0.0, name


def test_that_nothing_compared_gives_tables_with_all_columns() -> None:
    for columns in (sample_columns(compare([])), match_columns(compare([]))):
        assert {len(column) for column in columns.values()} == {0}
        assert encode_parquet(columns)


def test_that_equal_comparisons_give_equal_bytes() -> None:
    pairs = [([CAR, OTHER], [CAR]), ([CAR], [CAR])]
    first, second = (encode_parquet(sample_columns(compare(pairs))) for _ in range(2))
    assert first == second
