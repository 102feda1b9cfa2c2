"""Freezing a run's samples: Parquet files that never change, and a small roll-up that plots without pyarrow."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_bytes
from workbench.telemetry.blocks import Column, Table
from workbench.telemetry.recording import Recording

ROLLUP_FILE = "rollup.npy"
BOXES_FILE = "boxes.parquet"
"""What a live run found: one row a box, in pixels of the model's input."""
FROZEN = ("frames.parquet", "telemetry.parquet", ROLLUP_FILE, BOXES_FILE)
"""What `freeze` writes; boxes only where there were any."""

_NS_PER_S = 10**9
_ROW_GROUP = 1 << 17
"""Of a day's run, one frame is looked for in one group, not in all."""
_LABELS = frozenset({"mono_ns", "phase", "start", "pass", "frame", "frame_id"})


def freeze(recording: Recording, folder: Path) -> dict[str, str]:
    """Write `frames.parquet`, `telemetry.parquet`, `rollup.npy`, and the boxes of a live run.

    Equal recordings give equal bytes.

    Returns:
        The sha256 of each file, by its name.

    Raises:
        SlipwayError: the folder cannot be written.
    """
    tables = {"frames": recording.frames_table(), "telemetry": recording.telemetry_table()}
    files = {f"{stream}.parquet": encode_parquet(table) for stream, table in tables.items()}
    files[ROLLUP_FILE] = encode_rollup(tables)
    if "boxes" in recording.tables:
        files[BOXES_FILE] = encode_parquet(recording.tables["boxes"])
    for name, data in files.items():
        write_atomic(folder / name, data)
    return {name: sha256_bytes(data) for name, data in files.items()}


def encode_parquet(table: Table) -> bytes:
    """A table as a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    stream = pa.BufferOutputStream()
    with_nulls = {name: pa.array(column, from_pandas=False) for name, column in table.items()}
    parquet.write_table(
        pa.table(with_nulls), stream, compression="zstd", use_dictionary=False, row_group_size=_ROW_GROUP
    )
    return bytes(stream.getvalue().to_pybytes())


def read_parquet(path: Path) -> Table:
    """The table of a frozen stream.

    Raises:
        SlipwayError: the file is not there or no Parquet.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise SlipwayError(f"cannot read {path}", "Fetch or freeze the run again.", str(error)) from error
    return {name: table.column(name).to_numpy() for name in table.column_names}


def roll_up(column: Column, seconds: Column) -> NDArray[np.float32]:
    """Least, greatest and mean of each second, float32 [3, seconds]; NaN where nothing was measured.

    Args:
        column: one value a row.
        seconds: the row's place among the seconds, from 0, in ascending order.
    """
    count = int(seconds[-1]) + 1 if len(seconds) else 0
    result = np.full((3, count), np.nan, dtype=np.float32)
    measured = np.isfinite(column)
    values, places = column[measured].astype(np.float64), seconds[measured]
    if not len(values):
        return result
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    here = places[starts]
    result[0, here] = np.minimum.reduceat(values, starts)
    result[1, here] = np.maximum.reduceat(values, starts)
    result[2, here] = np.add.reduceat(values, starts) / np.diff(np.append(starts, len(values)))
    return result


def encode_rollup(tables: dict[str, Table]) -> bytes:
    """All measured columns of all streams by the second, as `read_rollup` reads them."""
    fields: list[tuple[str, NDArray[Any]]] = []
    for stream, table in tables.items():
        order = np.argsort(table["mono_ns"], kind="stable")
        whole = table["mono_ns"][order] // _NS_PER_S
        first = int(whole[0]) if len(whole) else 0
        fields.append((f"{stream}.second", first + np.arange(int(whole[-1]) - first + 1 if len(whole) else 0)))
        for name, column in table.items():
            if name not in _LABELS:
                rolled = roll_up(column[order], whole - first)
                fields += [
                    (f"{stream}.{name}.{kind}", row) for kind, row in zip(("min", "max", "mean"), rolled, strict=True)
                ]
    layout = np.dtype([(name, row.dtype.str, row.shape) for name, row in fields])
    record = np.zeros((), dtype=layout)
    for name, row in fields:
        record[name] = row
    buffer = BytesIO()
    np.save(buffer, record, allow_pickle=False)
    return buffer.getvalue()


def read_rollup(path: Path) -> dict[str, NDArray[Any]]:
    """The roll-up, mapped into memory: `<stream>.second` (of the board's monotonic clock), `<stream>.<column>.mean` ...

    Raises:
        SlipwayError: the file is not there or no roll-up.
    """
    try:
        record = np.lib.format.open_memmap(path, mode="r")  # which knows neither archives nor pickles
    except (OSError, ValueError, EOFError, SyntaxError, TokenError) as error:
        raise SlipwayError(f"cannot read {path}", "Freeze the run again.", str(error)) from error
    if record.dtype.names is None:
        raise SlipwayError(f"{path} is no roll-up")
    return {name: record[name] for name in record.dtype.names}
