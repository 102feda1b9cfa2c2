"""Trains the example detector on rendered scenes and writes `model.onnx`.

Run in the repository's root: `.venv-train/bin/python -m resources.example.train`. The seeds are fixed; a run that
was interrupted goes on after its last whole epoch. The network computes in bfloat16, which a processor with AVX512-BF16
or AMX does two to three times as fast as float32; the weights and the loss stay in float32.
"""

from __future__ import annotations

import argparse
import logging
import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from resources.example.evaluate import HELD_OUT_SEEDS, evaluate, report
from resources.example.export import export_onnx
from resources.example.loss import detection_loss
from resources.example.network import Detector, anchor_points
from workbench.scenes.road import FRAME_HEIGHT, FRAME_WIDTH
from workbench.scenes.scene import CLASS_NAMES, Scene, render_scene

HERE = Path(__file__).resolve().parent
ABOUT = "Slipway's example: road users on synthetic scenes, trained from nothing on scenes that Slipway renders."
SEED = 20261124
TRAINING_SEEDS = range(5000)
FRAMES_AN_EPOCH = 2500
BATCH = 16
WEIGHT_DECAY = 5e-4
GRADIENT_LIMIT = 10.0
AVERAGE_DECAY = 0.998
WARM_UP_STEPS = 100
LAST_RATE_SHARE = 0.03
MODEL = "model.onnx"
CHECKPOINT = "checkpoint.pt"

log = logging.getLogger("train")


@dataclass(frozen=True)
class Phase:
    """A stretch of training at one input scale, with its own cosine of the learning rate."""

    scale: float
    epochs: int
    rate: float


PHASES = (Phase(0.5, 16, 2e-3), Phase(1.0, 12, 1e-3))


@dataclass
class Training:
    """All that changes while training; `epoch` counts whole epochs over all phases."""

    net: Detector
    average: AveragedModel
    optimizer: torch.optim.Optimizer
    epoch: int = 0

    def save(self, path: Path) -> None:
        parts = {name: getattr(self, name).state_dict() for name in ("net", "average", "optimizer")}
        torch.save({**parts, "epoch": self.epoch}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        saved = torch.load(path, weights_only=True)
        for name in ("net", "average", "optimizer"):
            getattr(self, name).load_state_dict(saved[name])
        self.epoch = saved["epoch"]


def _averaged(average: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
    decay = min(AVERAGE_DECAY, (1 + int(steps)) / (10 + int(steps)))
    return average * decay + current * (1 - decay)


def start() -> Training:
    torch.manual_seed(SEED)
    net = Detector(len(CLASS_NAMES)).to(memory_format=torch.channels_last)
    average = AveragedModel(net, avg_fn=_averaged, use_buffers=True)
    optimizer = torch.optim.AdamW(net.parameters(), PHASES[0].rate, weight_decay=WEIGHT_DECAY)
    return Training(net, average, optimizer)


def load_batch(
    scenes: list[Scene], scale: float, rng: np.random.Generator
) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Shrinks, mirrors (half of the frames) and tints (half) a batch: [n, 3, h, w] in RGB 0 to 1, boxes and classes."""
    width, height = round(FRAME_WIDTH * scale), round(FRAME_HEIGHT * scale)
    images = np.empty((len(scenes), height, width, 3), np.uint8)
    truths = []
    for place, scene in zip(images, scenes, strict=True):
        image, boxes = scene.image, scene.boxes * np.float32(scale)
        if scale != 1:
            image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        if rng.random() < 0.5:
            image, boxes = image[:, ::-1], boxes[:, [2, 1, 0, 3]] * (-1, 1, -1, 1) + (width, 0, width, 0)
        if rng.random() < 0.5:
            image = np.clip(image * rng.uniform(0.7, 1.3, 3).astype(np.float32), 0, 255).astype(np.uint8)
        place[:] = image[:, :, ::-1]
        truths.append((torch.tensor(boxes, dtype=torch.float32), torch.tensor(scene.classes)))
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return batch.contiguous(memory_format=torch.channels_last), truths


def train_epoch(training: Training, scenes: list[Scene], phase: Phase, done: int) -> float:
    """One epoch of a phase of which `done` are over; returns the mean loss."""
    rng = np.random.default_rng((SEED, training.epoch))
    points = anchor_points(round(FRAME_HEIGHT * phase.scale), round(FRAME_WIDTH * phase.scale))
    order = rng.permutation(len(scenes))[:FRAMES_AN_EPOCH]
    steps = len(order) // BATCH
    training.net.train()
    losses = []
    for step in range(steps):
        at = done * steps + step + 1
        share = 0.5 * (1 + math.cos(math.pi * at / (phase.epochs * steps)))
        for group in training.optimizer.param_groups:
            group["lr"] = phase.rate * min(1, at / WARM_UP_STEPS) * (share * (1 - LAST_RATE_SHARE) + LAST_RATE_SHARE)
        chosen = [scenes[i] for i in order[step * BATCH : (step + 1) * BATCH]]
        batch, truths = load_batch(chosen, phase.scale, rng)
        with torch.autocast("cpu", torch.bfloat16):
            sides, logits = training.net(batch)
        loss = detection_loss(sides.float(), logits.float(), points, truths)
        training.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(training.net.parameters(), GRADIENT_LIMIT)
        training.optimizer.step()
        training.average.update_parameters(training.net)
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def train(training: Training, scenes: list[Scene], folder: Path) -> None:
    """Goes through the phases; after every epoch the checkpoint and the model so far are written into the folder."""
    first = 0
    for phase in PHASES:
        for done in range(phase.epochs):
            if first + done < training.epoch:
                continue
            began_s = time.monotonic()
            loss = train_epoch(training, scenes, phase, done)
            training.epoch += 1
            training.save(folder / CHECKPOINT)
            write_model(training, folder / MODEL)
            took_s = time.monotonic() - began_s
            log.info("epoch %d scale %.1f loss %.3f %.0f s", training.epoch, phase.scale, loss, took_s)
        first += phase.epochs


def write_model(training: Training, path: Path) -> None:
    """Exports the averaged weights."""
    export_onnx(training.average.module, path, (FRAME_HEIGHT, FRAME_WIDTH), CLASS_NAMES, ABOUT)


def main() -> None:
    """Trains, measures, and only then replaces the model that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=HERE / MODEL, help="the file to write in the end")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="folder of what is not finished")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    training = start()
    if (options.work / CHECKPOINT).exists():
        training.load(options.work / CHECKPOINT)
    log.info("rendering %d scenes; epoch %d of %d", len(TRAINING_SEEDS), training.epoch, sum(p.epochs for p in PHASES))
    train(training, [render_scene(seed) for seed in TRAINING_SEEDS], options.work)
    write_model(training, options.work / MODEL)
    log.info("held out: %s", report(evaluate(options.work / MODEL, HELD_OUT_SEEDS)))
    shutil.move(options.work / MODEL, options.model)
    (options.work / CHECKPOINT).unlink()


if __name__ == "__main__":
    main()
