"""Colours as eyes see them: contrast (WCAG 2), difference (CIE 1976), and colour-blindness (Machado 2009)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Of linear sRGB."""
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
"""D65, as sRGB has it."""
BLINDNESS: Mapping[str, Vector] = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Severity 1.0, on linear sRGB: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color
Vision Deficiency", IEEE TVCG 15 (2009), table of matrices."""


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio of two colours `#RRGGBB`, from 1 to 21."""
    lights = sorted(float(LUMINANCE @ linear(color)) for color in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def seen_difference(one: str, other: str, blindness: str | None = None) -> float:
    """How far two colours lie apart in CIE L*a*b* for somebody with this colour-blindness; None sees all."""
    return float(np.linalg.norm(lab(as_seen(one, blindness)) - lab(as_seen(other, blindness))))


def linear(color: str) -> Vector:
    """`#RRGGBB` as linear sRGB, 0 to 1."""
    share = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


def as_seen(color: str, blindness: str | None) -> Vector:
    """A colour as linear sRGB, as it looks to somebody."""
    light = linear(color)
    return light if blindness is None else np.clip(BLINDNESS[blindness] @ light, 0.0, 1.0)


def lab(light: Vector) -> Vector:
    """Linear sRGB as CIE L*a*b* (D65)."""
    share = (TO_XYZ @ light) / WHITE
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
