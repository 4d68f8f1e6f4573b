"""OKLab in torch, the space in which colours are carried over (B. Ottosson, 2020, "A perceptual color space for image processing").

L is the lightness, 0 black to 1 white; a runs from green to red, b from blue to yellow, each about -0.3..0.3 for sRGB.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

LMS: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB: Final = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
FITTING_STEPS: Final = 12  # halvings: the chroma that just fits is found to 1/4096
SHOWN: Final = 1e-6  # of linear light beyond 0..1 that counts as rounding


class Oklab(nn.Module):
    """Both ways between sRGB code values and OKLab, float64; keeps the matrices on the module's device."""

    lms: Tensor
    lab: Tensor
    lms_inverse: Tensor
    lab_inverse: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, rows in (("lms", LMS), ("lab", LAB)):
            matrix = torch.tensor(rows, dtype=torch.float64)
            self.register_buffer(name, matrix, persistent=False)
            self.register_buffer(f"{name}_inverse", torch.linalg.inv(matrix), persistent=False)

    def from_srgb(self, srgb: Tensor) -> Tensor:
        """SRGB code values 0..1 (..., 3) to OKLab (..., 3)."""
        light = torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
        # no cone responds less than 0 to what sRGB can show
        return (light @ self.lms.T).clamp(min=0) ** (1 / 3) @ self.lab.T

    def light(self, lab: Tensor) -> Tensor:
        """OKLab (..., 3) to linear sRGB (..., 3), beyond 0..1 where no display can show the colour."""
        return (lab @ self.lab_inverse.T) ** 3 @ self.lms_inverse.T

    def into_srgb(self, lab: Tensor) -> Tensor:
        """OKLab (..., 3) to the nearest sRGB code values 0..1 (..., 3) of the same lightness and hue.

        What a display cannot show loses chroma until it can: clipping the channels instead would turn its hue and flatten
        whatever lies beyond the same edge. Lightness is clipped to 0..1.
        """
        lab = torch.cat([lab[..., :1].clamp(0, 1), lab[..., 1:]], -1)
        shown = self._is_shown(lab)
        light = self.light(lab.masked_scatter(~shown, self._faded(lab[~shown[..., 0]]))).clamp(0, 1)
        return torch.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)

    def _faded(self, lab: Tensor) -> Tensor:
        """Colours (n, 3) that no display can show, with the most chroma that one can."""
        keep, most = torch.zeros_like(lab[:, :1]), torch.ones_like(lab[:, :1])
        for _ in range(FITTING_STEPS):
            tried = (keep + most) / 2
            fits = self._is_shown(_with_chroma(lab, tried))
            keep, most = torch.where(fits, tried, keep), torch.where(fits, most, tried)
        return _with_chroma(lab, keep)

    def _is_shown(self, lab: Tensor) -> Tensor:
        light = self.light(lab)
        return ((light >= -SHOWN) & (light <= 1 + SHOWN)).all(-1, keepdim=True)


def _with_chroma(lab: Tensor, share: Tensor) -> Tensor:
    return torch.cat([lab[..., :1], share * lab[..., 1:]], -1)
