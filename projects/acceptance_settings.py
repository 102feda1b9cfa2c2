"""Slipway's own keys in the test specification: choices that the client's keys leave open, and further requirements."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from projects.deployment_settings import UNCONFIRMED
from projects.fields import (
    CountOrNone,
    Duration,
    Flag,
    JudgedStatistic,
    Label,
    Names,
    Paths,
    Power,
    Section,
    Share,
    Size,
    choice_type,
    count_type,
)
from projects.quantity import Quantity, QuantityError

STAGES = ("preprocess", "copy_in", "execute", "copy_out", "decode")
METRICS = ("mAP50", "mAP50-95", "recall", "precision")


class RequirementLabel(Section):
    """Id of one requirement, and what it verifies."""

    id: Label | None = Field(default=None, description="Id of the requirement; else one is derived from its path.")
    verifies: Names | None = Field(
        default=None, description="Ids of the requirements above it, such as [MLE-ADAS-001]."
    )


class SampleChoice(Section):
    """Which frames of the test set are taken."""

    seed: CountOrNone = Field(default=0, description="Seed of the choice of frames.")


_CONFIDENCE = "Least score that counts; else `thresholds: confidence:` of the deployment specification."


class OutputDifferenceSettings(Section):
    """How the difference of the outputs is judged."""

    statistic: Annotated[str, *choice_type("max", "mean")] = Field(
        default="max", description="Over the samples: the largest difference, or the mean."
    )
    scope: Annotated[str, *choice_type("above_threshold", "all_anchors")] = Field(
        default="above_threshold", description="Anchors at or above the confidence threshold, or all of them."
    )
    confidence: Share | None = Field(default=None, description=_CONFIDENCE)


class DetectionIouSettings(Section):
    """How the overlap of the detections is judged."""

    statistic: Annotated[str, *choice_type("mean", "p1", "min")] = Field(
        default="mean", description="Over the reference's detections: mean, first percentile or minimum."
    )
    confidence: Share | None = Field(default=None, description=_CONFIDENCE)


class LatencySettings(Section):
    """How latency is measured."""

    starts: Annotated[int, *count_type(1, 1000)] = Field(
        default=10, description="Cold starts of the engine's process, each with its own warm-up and iterations."
    )
    pacing: Annotated[str, *choice_type("worse", "back_to_back", "paced")] = Field(
        default="worse", description="Back to back, at the required rate, or the worse of both."
    )
    span: Annotated[str, *choice_type("frame", "engine")] = Field(
        default="frame", description="From the frame in memory to its detections, or the engine's execution alone."
    )


class MemorySettings(Section):
    """How memory is counted."""

    counts: Annotated[str, *choice_type("process", "above_floor")] = Field(
        default="process", description="The whole process, or what it has above the runtime without an engine."
    )


class ContinuousOperationSettings(Section):
    """What counts as a leak."""

    growth_per_hour_at_most: Size | None = Field(default=None, description="Growth of memory in an hour; else 1 MB.")


class ThermalSettings(Section):
    """Which temperature is judged."""

    sensor: Label | None = Field(default=None, description="Name of the sensor; else the GPU die, else the processor.")


class AccuracyRequirement(Section):
    """One requirement on the engine's accuracy on labelled frames; give exactly one limit."""

    metric: Annotated[str, *choice_type(*METRICS)] = Field(description="What is measured.")
    class_name: Label | None = Field(default=None, alias="class", description="One class; else the mean over all.")
    at_least: Share | None = Field(default=None, description="The engine must reach this.")
    drop_at_most: Share | None = Field(default=None, description="The engine may be this much below the trained model.")

    @model_validator(mode="after")
    def _has_one_limit(self) -> AccuracyRequirement:
        if (self.at_least is None) == (self.drop_at_most is None):
            raise QuantityError("exactly one of at_least, drop_at_most")
        return self

    @property
    def limit(self) -> Quantity:
        """Whichever of the two limits is given."""
        given = self.at_least or self.drop_at_most
        if given is None:
            raise QuantityError("exactly one of at_least, drop_at_most")
        return given


class PowerRequirement(Section):
    """Power of the board while frames run."""

    mean_at_most: Power | None = Field(default=None, description="Mean over the throughput test, such as 15 W.")
    peak_at_most: Power | None = Field(default=None, description="Largest sample of the throughput test.")

    @model_validator(mode="after")
    def _has_a_limit(self) -> PowerRequirement:
        if self.mean_at_most is None and self.peak_at_most is None:
            raise QuantityError("mean_at_most, peak_at_most or both")
        return self


class LoadTimeRequirement(Section):
    """Time from the start of the engine's process until its engine is loaded."""

    at_most: Duration = Field(description="Every cold start, such as 2 s.")


class StageRequirement(Section):
    """Time of one stage of a frame."""

    at_most: Duration = Field(description="At most this, such as 2ms.")
    measurement: JudgedStatistic | None = Field(
        default=None, description="What is judged; else as for latency, else p99."
    )


class StageRequirements(Section):
    """Limits of the stages of a frame."""

    preprocess: StageRequirement | None = None
    copy_in: StageRequirement | None = None
    execute: StageRequirement | None = None
    copy_out: StageRequirement | None = None
    decode: StageRequirement | None = None


class ResourceRequirements(Section):
    """Which ceilings of the deployment specification's `resource_allocation` are judged."""

    gpu_memory: Flag = Field(default=False, description="Judge `resource_allocation.gpu_memory`.")
    system_memory: Flag = Field(default=False, description="Judge `resource_allocation.system_memory`.")
    cpu_threads: Flag = Field(default=False, description="Judge `resource_allocation.cpu_threads`.")


class AcceptanceSettings(Section):
    """`slipway:` in `deployment_tests.yaml`."""

    unconfirmed: Paths | None = Field(default=None, description=UNCONFIRMED)
    requirements: dict[str, RequirementLabel] = Field(
        default_factory=dict, description="Id and verified requirements by the path of an entry."
    )
    test_set: SampleChoice = Field(default_factory=SampleChoice)
    output_difference: OutputDifferenceSettings = Field(default_factory=OutputDifferenceSettings)
    detection_iou: DetectionIouSettings = Field(default_factory=DetectionIouSettings)
    latency: LatencySettings = Field(default_factory=LatencySettings)
    memory: MemorySettings = Field(default_factory=MemorySettings)
    continuous_operation: ContinuousOperationSettings = Field(default_factory=ContinuousOperationSettings)
    thermal_throttling: ThermalSettings = Field(default_factory=ThermalSettings)
    accuracy: list[AccuracyRequirement] = Field(
        default_factory=list, description="Further requirements on labelled frames."
    )
    power: PowerRequirement | None = None
    load_time: LoadTimeRequirement | None = None
    stages: StageRequirements | None = None
    resources: ResourceRequirements = Field(default_factory=ResourceRequirements)
