"""A histogram of magnitudes whose range grows by doubling, and the limits that are read from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 4096
_LEVELS = 128
"""Of a signed 8-bit number's magnitude."""


class Histogram:
    """Counts of |x| in `BINS` bins from 0 up to `top`, a power of two above them all, so that frames merge exactly.

    The result does not depend on the order of the frames. `largest` is not finite once any value was not.
    """

    def __init__(self) -> None:
        import numpy as np

        self.largest = 0.0
        self.top = 0.0
        self.counts: NDArray[np.int64] = np.zeros(BINS, dtype=np.int64)

    def add(self, tensor: NDArray[np.generic], *, magnitudes_only: bool = False) -> None:
        """Take a tensor in; with `magnitudes_only` just its largest magnitude."""
        import numpy as np

        magnitudes = np.abs(tensor.ravel().astype(np.float32, copy=False))
        largest = float(magnitudes.max(initial=0.0))
        self.largest = max(self.largest, largest) if math.isfinite(largest) else math.inf
        if magnitudes_only or not math.isfinite(largest):
            return
        self._grow(largest)
        index = (magnitudes * np.float32(BINS / self.top)).astype(np.int64)
        self.counts += np.bincount(index, minlength=BINS)

    def _grow(self, largest: float) -> None:
        import numpy as np

        if not self.top:
            self.top = 2.0 ** max(math.frexp(largest)[1], -20)
        while largest >= self.top:
            merged = self.counts.reshape(-1, 2).sum(axis=1)
            self.counts = np.concatenate([merged, np.zeros(BINS // 2, dtype=np.int64)])
            self.top *= 2.0


def percentile_limit(histogram: Histogram, percentile: float) -> float:
    """The smallest limit that at least `percentile` of the magnitudes do not exceed."""
    import numpy as np

    if not histogram.largest:
        return histogram.largest
    shares = np.cumsum(histogram.counts) / histogram.counts.sum()
    bin_count = int(np.searchsorted(shares, percentile / 100.0)) + 1
    return min(bin_count * histogram.top / BINS, histogram.largest)


def entropy_limit(histogram: Histogram) -> float:
    """The limit that loses least information (Kullback-Leibler) when magnitudes are put in 128 levels.

    After Migacz, "8-bit inference with TensorRT" (GTC 2017). Zeros are left out: they cost nothing at any limit.
    """
    import numpy as np

    if not histogram.largest:
        return histogram.largest
    counts = histogram.counts.astype(np.float64)
    counts[0] = 0.0
    used = int(np.flatnonzero(histogram.counts)[-1]) + 1
    if used <= _LEVELS:
        return histogram.largest
    ends = [*range(_LEVELS, used, 8), used]
    best = min(ends, key=lambda end: _divergence(counts, end))
    return float(min(best * histogram.top / BINS, histogram.largest))


def _divergence(counts: NDArray[np.float64], end: int) -> float:
    """Divergence of the levels that stand for the first `end` bins from those bins with all beyond in the last."""
    import numpy as np

    wanted = counts[:end].copy()
    wanted[-1] += counts[end:].sum()
    level = np.arange(end) * _LEVELS // end
    filled = counts[:end] > 0
    sums = np.bincount(level, counts[:end], minlength=_LEVELS)
    sizes = np.bincount(level, filled, minlength=_LEVELS)
    levels = np.where(filled, (sums / np.maximum(sizes, 1))[level], 0.0)
    if not wanted.sum() or not levels.sum():
        return math.inf
    p, q = wanted / wanted.sum(), levels / levels.sum()
    here = p > 0
    return float((p[here] * np.log(p[here] / np.maximum(q[here], 1e-9))).sum())
