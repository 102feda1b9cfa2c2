"""The example detector: a small anchor-free network with three scales and ReLU, which fuses and quantises well."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
WIDTHS = (12, 24, 48, 80, 112)
HEAD_WIDTH = 48
RARE_LOGIT = -4.6


class Conv(nn.Sequential):
    """Convolution, batch norm, ReLU; the size stays unless `stride` is 2."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.ReLU(),
        )


class SplitBlock(nn.Module):
    """Cross-stage partial block: half of the channels pass through residual pairs, every stage is joined at the end."""

    def __init__(self, channels: int, depth: int = 1) -> None:
        super().__init__()
        self.half = half = channels // 2
        self.first = Conv(channels, channels, 1)
        self.pairs = nn.ModuleList(nn.Sequential(Conv(half, half), Conv(half, half)) for _ in range(depth))
        self.last = Conv(half * (2 + depth), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.first(x).split(self.half, 1))
        for pair in self.pairs:
            parts.append(parts[-1] + pair(parts[-1]))
        return self.last(torch.cat(parts, 1))


class PoolPyramid(nn.Module):
    """Three chained 5x5 maxima beside the input: a wide view for little work."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Conv(channels, channels // 2, 1)
        self.last = Conv(channels * 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(functional.max_pool2d(parts[-1], 5, 1, 2))
        return self.last(torch.cat(parts, 1))


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0)


def _in_a_row(x: Tensor) -> Tensor:
    """[n, c, h, w] as [n, c, h * w]; sizes as plain numbers, so that the export needs no arithmetic of shapes."""
    return x.reshape(-1, int(x.shape[1]), int(x.shape[2]) * int(x.shape[3]))


class Detector(nn.Module):
    """Backbone, two-way neck and separate heads for boxes and classes.

    Takes [n, 3, h, w] in RGB, 0 to 1, sides multiples of 32; gives the distances from every anchor to the four sides in
    input pixels [n, 4, a] and the class logits [n, classes, a], anchors ordered by stride, row, column.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        w1, w2, w3, w4, w5 = WIDTHS
        self.stem = nn.Sequential(Conv(3, w1, 3, 2), Conv(w1, w2, 3, 2))
        self.stage3 = nn.Sequential(Conv(w2, w3, 3, 2), SplitBlock(w3, 2))
        self.stage4 = nn.Sequential(Conv(w3, w4, 3, 2), SplitBlock(w4, 2))
        self.stage5 = nn.Sequential(Conv(w4, w5, 3, 2), SplitBlock(w5), PoolPyramid(w5))
        self.up4 = nn.Sequential(Conv(w4 + w5, w4, 1), SplitBlock(w4))
        self.up3 = nn.Sequential(Conv(w3 + w4, w3, 1), SplitBlock(w3))
        self.down3 = Conv(w3, w3, 3, 2)
        self.neck4 = nn.Sequential(Conv(w3 + w4, w4, 1), SplitBlock(w4))
        self.down4 = Conv(w4, w4, 3, 2)
        self.neck5 = nn.Sequential(Conv(w4 + w5, w5, 1), SplitBlock(w5))
        self.boxes = nn.ModuleList(_head(width, 4, 1.0) for width in (w3, w4, w5))
        self.classes = nn.ModuleList(_head(width, classes, RARE_LOGIT) for width in (w3, w4, w5))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        p3 = self.stage3(self.stem(x))
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        q4 = self.up4(torch.cat([p4, _double(p5)], 1))
        q3 = self.up3(torch.cat([p3, _double(q4)], 1))
        r4 = self.neck4(torch.cat([q4, self.down3(q3)], 1))
        r5 = self.neck5(torch.cat([p5, self.down4(r4)], 1))
        sides, logits = [], []
        for stride, level, box, kind in zip(STRIDES, (q3, r4, r5), self.boxes, self.classes, strict=True):
            sides.append(_in_a_row(functional.softplus(box(level))) * stride)
            logits.append(_in_a_row(kind(level)))
        return torch.cat(sides, 2), torch.cat(logits, 2)


def _head(width: int, outputs: int, bias: float) -> nn.Sequential:
    last = nn.Conv2d(HEAD_WIDTH, outputs, 1)
    nn.init.constant_(last.bias, bias)
    return nn.Sequential(Conv(width, HEAD_WIDTH), last)


def anchor_points(height: int, width: int) -> Tensor:
    """The anchors' x and y in input pixels, [a, 2], in the order of the network's outputs."""
    points = []
    for stride in STRIDES:
        rows = (torch.arange(height // stride) + 0.5) * stride
        columns = (torch.arange(width // stride) + 0.5) * stride
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        points.append(torch.stack([x, y], -1).view(-1, 2))
    return torch.cat(points)


class ExportedDetector(nn.Module):
    """The detector with the YOLOv8 output layout [n, 4 + classes, a]: centre x, centre y, width, height, scores."""

    def __init__(self, detector: Detector, height: int, width: int) -> None:
        super().__init__()
        self.detector = detector
        self.points: Tensor
        self.register_buffer("points", anchor_points(height, width).T[None].contiguous())

    def forward(self, images: Tensor) -> Tensor:
        sides, logits = self.detector(images)
        before, after = sides.split(2, 1)
        center = self.points + (after - before) * 0.5
        return torch.cat([center, before + after, logits.sigmoid()], 1)
