"""The training loss: task-aligned assignment of anchors, soft class targets and complete IoU of boxes."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

TOP_ANCHORS = 10
SCORE_POWER = 0.5
IOU_POWER = 6.0
CLASS_WEIGHT = 0.5
BOX_WEIGHT = 3.75
EPSILON = 1e-7


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes [..., 4] (left, top, right, bottom), broadcast against each other."""
    upper = torch.maximum(one[..., :2], other[..., :2])
    lower = torch.minimum(one[..., 2:], other[..., 2:])
    common = (lower - upper).clamp(0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).clamp(0).prod(-1) for box in (one, other)]
    return common / (areas[0] + areas[1] - common + EPSILON)


def complete_iou(guess: Tensor, truth: Tensor) -> Tensor:
    """IoU less a penalty for distant centres and for another shape (https://arxiv.org/abs/1911.08287)."""
    overlap = iou(guess, truth)
    hull = torch.maximum(guess[..., 2:], truth[..., 2:]) - torch.minimum(guess[..., :2], truth[..., :2])
    shift = (guess[..., :2] + guess[..., 2:] - truth[..., :2] - truth[..., 2:]) / 2
    guess_size = (guess[..., 2:] - guess[..., :2]).clamp(1e-3)
    truth_size = (truth[..., 2:] - truth[..., :2]).clamp(1e-3)
    turn = torch.atan(truth_size[..., 0] / truth_size[..., 1]) - torch.atan(guess_size[..., 0] / guess_size[..., 1])
    shape = 4 / math.pi**2 * turn**2
    weight = (shape / (1 - overlap + shape + EPSILON)).detach()
    return overlap - (shift**2).sum(-1) / ((hull**2).sum(-1) + EPSILON) - weight * shape


@torch.no_grad()
def assign(
    guess: Tensor, scores: Tensor, points: Tensor, truth: Tensor, classes: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Chooses anchors for the objects of one image (https://arxiv.org/abs/2108.07755).

    Args:
        guess: boxes [a, 4]; scores: [a, classes], 0 to 1; points: [a, 2]; truth: boxes [k, 4]; classes: [k].

    Returns:
        The chosen anchors, the object of each, and the weight of each (0 to 1).
    """
    upper, lower = points[None] - truth[:, None, :2], truth[:, None, 2:] - points[None]
    inside = torch.cat([upper, lower], -1).amin(-1) > 0
    overlap = iou(guess[None], truth[:, None])
    alignment = scores[:, classes].T.clamp(1e-9) ** SCORE_POWER * overlap**IOU_POWER * inside
    best = torch.zeros_like(alignment).scatter_(1, alignment.topk(TOP_ANCHORS, 1).indices, 1.0)
    wanted = (best > 0) & inside & (alignment > 0)
    owner = torch.where(wanted, overlap, torch.full_like(overlap, -1.0)).max(0)
    anchors = (owner.values >= 0).nonzero()[:, 0]
    objects = owner.indices[anchors]
    kept = torch.zeros_like(alignment)
    kept[objects, anchors] = 1
    alignment, overlap = alignment * kept, overlap * kept
    weights = alignment / (alignment.amax(1, keepdim=True) + 1e-9) * overlap.amax(1, keepdim=True)
    return anchors, objects, weights.amax(0)[anchors]


def detection_loss(sides: Tensor, logits: Tensor, points: Tensor, truths: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The loss of a batch from the network's two outputs and each image's boxes [k, 4] and classes [k]."""
    boxes = torch.cat([points.T - sides[:, :2], points.T + sides[:, 2:]], 1).transpose(1, 2)
    logits = logits.transpose(1, 2)
    targets = torch.zeros_like(logits)
    box_loss, total = logits.new_zeros(()), logits.new_zeros(())
    for image, (truth, classes) in enumerate(truths):
        if not len(truth):
            continue
        scores = logits[image].detach().sigmoid()
        anchors, objects, weights = assign(boxes[image].detach(), scores, points, truth, classes)
        targets[image, anchors, classes[objects]] = weights
        box_loss = box_loss + ((1 - complete_iou(boxes[image, anchors], truth[objects])) * weights).sum()
        total = total + weights.sum()
    class_loss = functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    return (CLASS_WEIGHT * class_loss + BOX_WEIGHT * box_loss) / total.clamp(1.0)
