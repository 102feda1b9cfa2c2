"""What of a model nothing in Slipway can take: the reference cannot run it, or it is not fed one image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.model_facts import ModelFacts, TensorFacts, require_static

if TYPE_CHECKING:
    import onnx

LOWEST_OPSET = 7
"""ONNX Runtime runs nothing older (docs/Versioning.md of its repository)."""
IMAGE_TYPES = ("float32", "float16", "uint8")
_SHOWN = 6
_TEXT = ("input_ids", "token_type_ids", "attention_mask")
"""What inputs of language models are called."""


def find_objections(facts: ModelFacts) -> Iterator[UsageError]:
    """Everything for which a model is refused whatever its head and its documents say."""
    yield from _versions(facts)
    yield from _operators(facts)
    yield from _inputs(facts)
    for tensor in facts.outputs:
        if tensor.dtype in {"sequence", "optional", "map", "sparse_tensor"}:
            yield UsageError(
                f"{facts.path} gives {tensor.name} as a {tensor.dtype} and not as a tensor, which no head decodes",
                "Export the model with plain tensors as its outputs.",
            )


def require_takeable(facts: ModelFacts) -> None:
    """Refuse a model for the first of its objections.

    Raises:
        UsageError: with what to do.
    """
    for objection in find_objections(facts):
        raise objection


def find_openvino_objections(model: onnx.ModelProto) -> list[str]:
    """What OpenVINO cannot run, or runs wrongly, in words; seen in 2026.4.1.

    It reads the scales of a `QLinearConv` along the weights' second axis, while ONNX has one for each output channel:
    it refuses them, and where both axes have one length its results are wrong.
    """
    sizes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type == "QLinearConv" and len(node.input) > 4]
    by_channel = [node for node in nodes if sizes.get(node.input[4], []) not in ([], [1])]
    if not by_channel:
        return []
    some = ", ".join(node.name or "without a name" for node in by_channel[:2])
    wrong = "which OpenVINO reads along the wrong axis: it refuses them or computes wrongly"
    return [f"{len(by_channel)} QLinearConv with one scale a channel ({some}), {wrong}"]


OPENVINO_HINT = "Export the model with pairs of QuantizeLinear and DequantizeLinear (QDQ), or in float32."


def require_openvino(model: onnx.ModelProto, what: str) -> None:
    """Refuse a model that OpenVINO cannot run, or runs wrongly.

    Raises:
        UsageError: with the reason.
    """
    for objection in find_openvino_objections(model):
        raise UsageError(f"OpenVINO cannot run {what}: it has {objection}", OPENVINO_HINT)


def describe_precision(facts: ModelFacts) -> str:
    """What FP32 in the documents means for this model."""
    if facts.quantisation is not None:
        return "run as it is: its own integers, and float32 where it has no scales"
    if facts.weight_dtype == "float16":
        return "run as it is: float16 weights, which a runtime without float16 arithmetic widens"
    return "float32"


def refuse_precision(facts: ModelFacts, precision: str) -> tuple[str, str] | None:
    """Why INT8 or FP16 cannot be made from a model, as what it is or has, and what to do; None where it can."""
    if precision not in {"INT8", "FP16"}:
        return None
    hint = "give the float32 model that it was made from, or choose FP32 to run it as it is"
    if facts.quantisation is not None:
        twice = "INT8 from it would round twice" if precision == "INT8" else "FP16 is made from float32"
        return f"is quantised already ({facts.quantisation.value}); {twice}", hint
    inputs = [tensor.dtype for tensor in facts.inputs if tensor.dtype != "float32"]
    if precision == "INT8" and (facts.weight_dtype != "float32" or inputs):
        what = f"has {facts.weight_dtype} weights" + (f" and a {inputs[0]} input" if inputs else "")
        return f"{what}; INT8 is made from float32", "export the model in float32, or choose FP32 to run it as it is"
    return None


def _versions(facts: ModelFacts) -> Iterator[UsageError]:
    import onnx

    newest_opset, newest_ir = onnx.defs.onnx_opset_version(), onnx.IR_VERSION
    if facts.opset > newest_opset or facts.ir_version > newest_ir:
        yield UsageError(
            f"{facts.path} has opset {facts.opset} and IR {facts.ir_version}; this version of Slipway knows opsets up "
            f"to {newest_opset} and IR up to {newest_ir}",
            "Export it with opset 17 (IR 8), which every runtime takes.",
        )
    elif facts.opset < LOWEST_OPSET:
        what = f"opset {facts.opset}" if facts.opset else "no opset of ONNX's own operators"
        yield UsageError(
            f"{facts.path} has {what}; ONNX Runtime, the reference, runs {LOWEST_OPSET} and later",
            "Export it with opset 17.",
        )


def _operators(facts: ModelFacts) -> Iterator[UsageError]:
    if facts.foreign:
        rest = len(facts.foreign) - _SHOWN
        listed = ", ".join(facts.foreign[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
        yield UsageError(
            f"{facts.path} uses operators that are not ONNX's: {listed}; ONNX Runtime, the reference, cannot run them",
            "Export the model with standard operators only, without a runtime's plugins.",
        )


def _inputs(facts: ModelFacts) -> Iterator[UsageError]:
    images = [tensor for tensor in facts.inputs if len(tensor.shape) in {0, 4}]
    listed = ", ".join(map(str, facts.inputs))
    if any(word in tensor.name.lower() for tensor in facts.inputs for word in _TEXT):
        yield UsageError(
            f"{facts.path} is a model of text: it takes {listed}, and no image",
            "Slipway takes detectors: give a model that finds boxes in an image.",
        )
    elif facts.suppression and not facts.layers:
        yield UsageError(
            f"{facts.path} is no detector: it only suppresses boxes ({', '.join(facts.suppression)}), without a layer "
            "that holds weights",
            "Give the detector itself; Slipway suppresses by itself.",
        )
    elif len(images) > 1:
        listed = ", ".join(map(str, images))
        yield UsageError(
            f"{facts.path} takes {len(images)} images ({listed}); Slipway feeds one",
            "Export a model of one camera's image.",
        )
    elif len(facts.inputs) == 1 and not images:
        yield from _image(facts.path, facts.inputs[0])
    else:
        try:
            require_static(facts)
        except UsageError as error:
            yield error
        else:
            yield from _image(facts.path, facts.inputs[0])


def _image(path: object, image: TensorFacts) -> Iterator[UsageError]:
    shape = tuple(axis if isinstance(axis, int) else 0 for axis in image.shape)
    expected = "Export the model with batch 1 and an input of [1, 3, height, width] or [1, height, width, 3]."
    if not image.name:
        yield UsageError(f"{path} has an input without a name", "Export the model again.")
    elif image.dtype not in IMAGE_TYPES:
        hint = "Export the model in float32."
        yield UsageError(f"{path} takes {image}; numbers in {', '.join(IMAGE_TYPES)} are expected", hint)
    elif len(shape) != 4:
        yield UsageError(f"{path} takes {image}, which is no single RGB image", expected)
    elif shape[0] != 1:
        yield UsageError(f"{path} takes {shape[0]} images at once ({image}); Slipway runs one at a time", expected)
    elif 3 not in {shape[1], shape[3]}:
        grey = 1 in {shape[1], shape[3]}
        what = "a grey image; frames have three channels" if grey else "which is no single RGB image"
        yield UsageError(f"{path} takes {image}, {what}", expected)
