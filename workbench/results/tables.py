"""Columns of a run as Parquet: equal columns give equal bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError

Column = NDArray[Any]


def write_table(path: Path, columns: Mapping[str, Column]) -> None:
    """Write columns of equal length; text columns are arrays of `str`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {name: pa.array(values.tolist() if values.dtype.kind == "U" else values) for name, values in columns.items()}
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", store_schema=False)
    write_atomic(path, sink.getvalue())


def read_table(path: Path) -> dict[str, Column]:
    """Read all columns; what is not measured is NaN.

    Raises:
        SlipwayError: the file is not there or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise SlipwayError(f"cannot read {path}: {error}", "The run's folder is incomplete or damaged.") from error
    return {name: np.asarray(table.column(name).to_numpy(zero_copy_only=False)) for name in table.column_names}
