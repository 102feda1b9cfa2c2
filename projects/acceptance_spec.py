"""The deployment test specification: what must hold on the board before a person may approve."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from projects.acceptance_settings import AcceptanceSettings
from projects.fields import (
    Count,
    CountOrNone,
    Duration,
    FrameRate,
    JudgedStatistic,
    Label,
    Number,
    NumberRange,
    Section,
    Share,
    Size,
    Temperature,
    Text,
    phrase_type,
)

RejectedWithCode = Annotated[str, *phrase_type("Reject with error code")]
ValidBoxes = Annotated[str, *phrase_type("Valid bounding boxes")]


class Tolerance(Section):
    """How far the engine may be from the trained model."""

    output_difference: Number | None = Field(default=None, description="Max L2 difference of the outputs.")
    detection_iou: Share | None = Field(default=None, description="Min IoU overlap of the detections.")


class FunctionalEquivalence(Section):
    """The engine against the trained model, on the same frames."""

    description: Text | None = Field(default=None, description="What this shows, in words.")
    test_samples: Count = Field(description="How many frames are compared.")
    tolerance: Tolerance


class Latency(Section):
    """Time from a frame in memory to its detections."""

    requirement: Duration = Field(description="At most this, such as 50ms.")
    measurement: JudgedStatistic = Field(description="What is judged: p99, p99.9, median, mean, max.")
    warm_up_iterations: CountOrNone = Field(description="Frames before measuring, after each start.")
    test_iterations: Count = Field(description="Frames measured after each start.")


class Throughput(Section):
    """Frames a second, over a time."""

    requirement: FrameRate = Field(description="At least this, such as 30 fps.")
    duration: Duration = Field(description="For how long, such as 60 seconds.")


class Memory(Section):
    """Main memory of the process that runs the engine."""

    peak_requirement: Size | None = Field(default=None, description="At most this at any moment.")
    steady_state_requirement: Size | None = Field(default=None, description="At most this once it runs evenly.")


class PerformanceTests(Section):
    """How fast, how large."""

    latency: Latency | None = None
    throughput: Throughput | None = None
    memory: Memory | None = None


class ContinuousOperation(Section):
    """Running without a break."""

    duration: Duration = Field(description="For how long, such as 24 hours.")
    expected: Text | None = Field(
        default=None, description="What is expected, in words; crashes and growth are judged."
    )


class ThermalThrottling(Section):
    """Temperature under load."""

    max_temperature: Temperature = Field(description="Degrees Celsius, at most.")
    expected: Text | None = Field(default=None, description="What is expected, in words.")


class StressTests(Section):
    """How long, how hot."""

    continuous_operation: ContinuousOperation | None = None
    thermal_throttling: ThermalThrottling | None = None


class InputValidation(Section):
    """What happens to wrong input."""

    invalid_size: RejectedWithCode | None = Field(default=None, description="A frame of the wrong size.")
    null_pointer: RejectedWithCode | None = Field(default=None, description="No frame at all.")


class OutputValidation(Section):
    """What every output must be like."""

    detection_format: ValidBoxes | None = Field(
        default=None, description="Finite boxes with an area, inside the input."
    )
    confidence_range: NumberRange | None = Field(default=None, description="Every score lies in it, such as [0, 1].")


class IntegrationTests(Section):
    """Wrong input and right output."""

    input_validation: InputValidation | None = None
    output_validation: OutputValidation | None = None


class AcceptanceSpec(Section):
    """The client's part of the document; a section that is left out asks for nothing."""

    id: Label = Field(description="Id of the deployment that is tested.")
    model: Label = Field(description="Id of the trained model, with its version.")
    target: Label = Field(description="Name of the board.")
    functional_equivalence: FunctionalEquivalence | None = None
    performance_tests: PerformanceTests | None = None
    stress_tests: StressTests | None = None
    integration_tests: IntegrationTests | None = None


class AcceptanceDocument(Section):
    """`deployment_tests.yaml`: the client's mapping and, beside it, Slipway's own."""

    deployment_tests: AcceptanceSpec
    slipway: AcceptanceSettings = Field(default_factory=AcceptanceSettings)
