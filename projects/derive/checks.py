"""Requirements on what must not happen: a crash, a leak, heat, a wrong answer to wrong input.

Parameters by kind (durations in seconds, sizes in bytes):

- continuous_operation: duration_s, growth_per_hour_bytes, expected
- temperature: sensor (None: the GPU die, else the processor), expected
- invalid_size, null_input, detection_format: expected
- confidence_range: low, high
"""

from __future__ import annotations

from collections.abc import Iterator

from projects.acceptance_spec import ContinuousOperation, IntegrationTests, ThermalThrottling
from projects.deployment_settings import value_or
from projects.derive.draft import Documents, Draft, check, compare, default, fixed
from projects.quantity import Quantity

GROWTH_PER_HOUR_BYTES = 1e6
SLOPE_FROM_S = 8 * 3600.0
"""Shorter runs are ruled by warm-up; `workbench.evaluate.continuous` judges by the same figures."""
ALLOWED_SHARE = 0.02
ALLOWED_BYTES = 4e6


def draft_stress(documents: Documents) -> Iterator[Draft]:
    """Continuous operation and temperature."""
    section = documents.tests.stress_tests
    if section is not None and section.continuous_operation is not None:
        yield _continuous_operation(documents, section.continuous_operation)
    if section is not None and section.thermal_throttling is not None:
        yield _temperature(documents, section.thermal_throttling)


def _continuous_operation(documents: Documents, section: ContinuousOperation) -> Draft:
    given = documents.settings.continuous_operation.growth_per_hour_at_most
    growth, said = _growth(given, section.duration.value)
    return check(
        "stress_tests.continuous_operation.duration",
        "continuous_operation",
        "Continuous operation",
        f"runs for {section.duration.words} without a crash, and memory grows by {growth}",
        section.duration.text,
        {
            "duration_s": section.duration.value,
            "growth_per_hour_bytes": value_or(given, GROWTH_PER_HOUR_BYTES),
            "expected": section.expected,
        },
        said,
        unit="s",
    )


def _growth(given: Quantity | None, duration_s: float) -> tuple[str, tuple[str, ...]]:
    """How memory may grow, as it is judged, and the sentences for what the documents leave open."""
    key = "slipway.continuous_operation.growth_per_hour_at_most"
    if duration_s >= SLOPE_FROM_S:
        growth = f"at most {'1 MB' if given is None else given.words} in an hour"
        return growth, () if given else (default(f"Memory may grow by {growth}, at the upper 95 % bound", key),)
    growth = f"at most {100 * ALLOWED_SHARE:g} % and {ALLOWED_BYTES / 1e6:g} MB from the first third to the last"
    why = f"a slope in an hour can be judged from {SLOPE_FROM_S / 3600:g} hours on"
    unused = "" if given is None else f", so `{key}` is not used"
    return f"{growth}; {why}", (fixed(f"Memory may grow by {growth}, at the upper 95 % bound", why + unused),)


def _temperature(documents: Documents, section: ThermalThrottling) -> Draft:
    sensor = documents.settings.thermal_throttling.sensor
    where = f"of the sensor {sensor}" if sensor else "of the GPU die (of the processor where there is none)"
    text = "The sensor of the GPU die counts, or the one nearest to the processor where the board has none"
    return compare(
        "stress_tests.thermal_throttling.max_temperature",
        "temperature",
        "Temperature",
        f"the temperature {where.replace('{', '{{').replace('}', '}}')} is at most " + "{limit} under load",
        "<=",
        section.max_temperature,
        parameters={"sensor": sensor, "expected": section.expected},
        defaults=() if sensor else (default(text, "slipway.thermal_throttling.sensor"),),
    )


def draft_validation(documents: Documents) -> Iterator[Draft]:
    """Wrong input, and what every output must be like."""
    section = documents.tests.integration_tests
    if section is not None:
        yield from _input(section)
        yield from _output(section)


def _input(section: IntegrationTests) -> Iterator[Draft]:
    given = section.input_validation
    if given is None:
        return
    wrong = (
        ("invalid_size", "invalid_size", "Wrong input size", "a frame of the wrong size", given.invalid_size),
        ("null_pointer", "null_input", "No input", "a call without a frame", given.null_pointer),
    )
    for key, kind, title, what, expected in wrong:
        if expected is not None:
            criterion = f"{what} is rejected with an error code, and the next frame still runs"
            path = f"integration_tests.input_validation.{key}"
            yield check(path, kind, title, criterion, expected, {"expected": expected})


def _output(section: IntegrationTests) -> Iterator[Draft]:
    given = section.output_validation
    if given is None:
        return
    path = "integration_tests.output_validation"
    if given.detection_format is not None:
        yield check(
            f"{path}.detection_format",
            "detection_format",
            "Box format",
            "every box of every output is finite, has an area and meets the input",
            given.detection_format,
            {"expected": given.detection_format},
        )
    if given.confidence_range is not None:
        span = given.confidence_range
        criterion = f"every score of every output is a number from {span.low:g} to {span.high:g}"
        parameters = {"low": span.low, "high": span.high}
        yield check(
            f"{path}.confidence_range", "confidence_range", "Confidence range", criterion, span.text, parameters
        )
