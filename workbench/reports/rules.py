"""The rules by which verdicts were reached, in the words that every report prints."""

from __future__ import annotations

_TEXT = """
PASS only if the whole interval is inside the limit, FAIL only if it is outside, else INCONCLUSIVE with how many
samples would decide. What was not measured is NOT MEASURED with its reason; it is never 0 and never PASS.

An interval lies between the two one-sided 95 % bounds.

A percentile is judged by the share of frames over its limit: with k late frames of n and variance inflation v
(latencies follow each other: Geyer's initial positive sequence on the indicator at the limit and on the one at p95,
the larger counts) the upper bound is Beta(0.95; k/v + 1, n/v - k/v), the lower Beta(0.05; k/v, n/v - k/v + 1).
PASS where the upper bound is at most the allowed share, FAIL where the lower one exceeds it.

Latency is measured over cold starts of the engine's process, each with its own full warm-up; the worse of the pooled
bound and a t bound over the starts counts.

Functional equivalence compares the device with ONNX Runtime, fp32, on the source model: never with the runtime under
test. The mean IoU counts a missed detection as 0; its bound comes from a bootstrap over samples.

Memory is read from /proc of the engine's own process: the peak is VmHWM, the steady level the median of VmRSS over
the last half of the measured frames; interpreter and runtime are included. MB is 10^6 bytes, MiB 2^20.
"""

RULES = tuple(" ".join(part.split()) for part in _TEXT.strip().split("\n\n"))
