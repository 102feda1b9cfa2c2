"""The deployment specification (04-09): what is deployed, on what, how, and what happens when it fails."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from projects.deployment_settings import DeploymentSettings
from projects.fields import (
    Count,
    Duration,
    Flag,
    InnerPath,
    Label,
    NamedFramework,
    Names,
    OnnxPath,
    Section,
    Share,
    Size,
    SizeOrNone,
    Text,
    choice_type,
)

Precision = Annotated[str, *choice_type("FP32", "FP16", "INT8")]
Switch = Annotated[str, *choice_type("enabled", "disabled")]


class TargetHardware(Section):
    """The machine that the model is deployed to."""

    platform: Label = Field(description="Name of the board, as its maker writes it.")
    compute: Text | None = Field(default=None, description="What computes: GPU or CPU, its generation and cores.")
    memory: Text | None = Field(default=None, description="Main memory, in words.")
    storage: Text | None = Field(default=None, description="Storage, in words.")


class ModelFormat(Section):
    """The model's files, inside the project, and the precision that is deployed."""

    source: InnerPath | None = Field(default=None, description="What the model was trained to, such as a .pt file.")
    intermediate: OnnxPath = Field(description="The ONNX file that every candidate is made from.")
    deployed: InnerPath | None = Field(
        default=None, description="Name of the engine, as the software that ships calls it."
    )
    precision: Precision = Field(description="Precision of the engine; INT8 needs calibration frames.")


class RuntimeConfiguration(Section):
    """The runtime on the board, and how it is set up."""

    framework: NamedFramework = Field(description="Runtime and version, such as `TensorRT 8.6` or `OpenVINO`.")
    workspace_size: Size | None = Field(default=None, description="Memory that TensorRT may use while it builds.")
    dla_enabled: Flag = Field(default=False, description="Whether layers may run on a Jetson's DLA cores.")
    streams: Count = Field(default=1, description="Frames in flight at once.")


class ResourceAllocation(Section):
    """What the deployed model may take; judged where `slipway: resources:` of the test specification says so."""

    gpu_memory: SizeOrNone | None = Field(default=None, description="Ceiling of GPU memory; 0MB where there is no GPU.")
    system_memory: SizeOrNone | None = Field(default=None, description="Ceiling of main memory.")
    cpu_threads: Count | None = Field(default=None, description="CPU threads that the runtime is given.")


class Integration(Section):
    """Names in the software that ships."""

    sw_module: Label | None = Field(default=None, description="Software module that the model is integrated in.")
    api_header: InnerPath | None = Field(default=None, description="C header of the module's interface.")
    callback: Label | None = Field(default=None, description="Function that receives the results.")


class Monitoring(Section):
    """Thresholds of the runtime monitor in the software that ships."""

    latency_threshold: Duration | None = Field(default=None, description="A frame that takes longer raises an alarm.")
    error_rate_threshold: Share | None = Field(
        default=None, description="A larger share of failed frames raises an alarm."
    )
    logging: Switch | None = Field(default=None, description="Whether the monitor writes a log.")


class Fallback(Section):
    """What the software that ships does when the model does not answer."""

    on_timeout: Text | None = Field(default=None, description="When a frame takes too long.")
    on_error: Text | None = Field(default=None, description="When a frame fails.")
    on_anomaly: Text | None = Field(default=None, description="When the results look wrong.")


class Traceability(Section):
    """What this deployment answers for."""

    requirements: Names | None = Field(default=None, description="Ids of the requirements that the model fulfils.")
    model: Label | None = Field(default=None, description="Id of the trained model.")
    tests: Names | None = Field(default=None, description="Ids of the tests of the trained model.")


class DeploymentSpec(Section):
    """The client's part of the document."""

    id: Label = Field(description="Id of this deployment; the test specification names the same.")
    model: Label = Field(description="Id of the trained model, with its version.")
    version: Label | None = Field(default=None, description="Version of this specification.")
    target_hardware: TargetHardware
    model_format: ModelFormat
    runtime_configuration: RuntimeConfiguration
    resource_allocation: ResourceAllocation = Field(default_factory=ResourceAllocation)
    integration: Integration = Field(default_factory=Integration)
    monitoring: Monitoring = Field(default_factory=Monitoring)
    fallback: Fallback = Field(default_factory=Fallback)
    traceability: Traceability = Field(default_factory=Traceability)


class DeploymentDocument(Section):
    """`deployment.yaml`: the client's mapping and, beside it, Slipway's own."""

    deployment: DeploymentSpec
    slipway: DeploymentSettings = Field(default_factory=DeploymentSettings)
