"""Guards of every look, whatever the colours it was learnt from: it must not turn skin, crush the ends of the scale, band or invert tones."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn

from clipzy.networks.look_grid import AXES, LEVELS, SIZE, Places, identity_grid

STEEPEST: Final = 3.0
"""No channel changes by more than this times the change of any one input channel: one step of 8 bits shows as three at most."""

# Skin of every tone, dark to light, lies along one line of hue: the ten of the Monk scale at 44..85 degrees in OKLab; lips and flushed cheeks from 24 on
SKIN_HUE: Final = math.radians(50)
# to either side: wholly guarded within the first, not at all beyond the second
SKIN_HUE_REACH: Final = (math.radians(26), math.radians(44))
SKIN_CHROMA: Final = (0.02, 0.05, 0.16, 0.22)  # guarded from the second to the third, fading to the outer ones
SKIN_LIGHTNESS: Final = (0.2, 0.35, 0.9, 0.98)
MOST_TURN: Final = math.tan(math.radians(12))  # the most that guarded hues may turn
# Chroma of guarded colours may come near so many times what it was, or near that of a face in the evening sun where footage is pale, as of flat profiles. Less
# leaves faces paler than the light that walls and the whites of their eyes stand in, more makes them of brick
MOST_SKIN_GAIN: Final = 2.5
MOST_SKIN_CHROMA: Final = 0.14
SKIN_KNEE: Final = 0.7  # share of that up to which chroma is not touched

LUMA: Final = (0.2126, 0.7152, 0.0722)  # of R', G', B' (ITU-R BT.709)

KNEES: Final = (0.1, 0.9)  # of lightness, beyond which it is bent to stay between black and white
NARROWEST_KNEE: Final = 0.03

CODES: Final = 255
MOST_CLIPPED: Final = 0.01
"""Of channel values at black or white, above the share in footage or template: half of what a whole picture may gain, since samples are few."""
# shares of a channel's own values near its ends, tried from the least on
DRAWING: Final = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 1.0)
NEAR_END: Final = 0.1  # of the scale: what lies nearer to an end is drawn, at least


def skin(lab: Tensor) -> Tensor:
    """How surely colours (..., 3) of OKLab may be skin, by hue, chroma and lightness: (..., 1), 0..1."""
    lightness, a, b = lab.unbind(-1)
    away = torch.atan2(b, a) - SKIN_HUE
    away = torch.atan2(away.sin(), away.cos()).abs()
    near, far = SKIN_HUE_REACH
    mask = 1 - _rise(away, near, far)
    for value, (low, from_, to, high) in ((torch.hypot(a, b), SKIN_CHROMA), (lightness, SKIN_LIGHTNESS)):
        mask = mask * _rise(value, low, from_) * (1 - _rise(value, to, high))
    return mask[..., None]


def _rise(value: Tensor, low: float, high: float) -> Tensor:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((value - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


class SkinGuard(nn.Module):
    """Limits how far the hue of skin turns, in OKLab, and how vivid it gets: skin may pale to grey, never become green, blue or brick red.

    The new chroma is split into a part along the old hue and a part across; the first is kept above 0 and bent under its bound, the second within
    a wedge about the first. Without a jump anywhere, unlike a limit on angles.
    """

    along: Tensor
    across: Tensor
    most: Tensor
    skin: Tensor

    def __init__(self, before: Tensor) -> None:
        """`before`: the colours that may be skin, (..., 3)."""
        super().__init__()
        chroma = before[..., 1:]
        size = chroma.norm(dim=-1, keepdim=True)
        along = chroma / size.clamp(min=1e-9)
        self.register_buffer("along", along, persistent=False)
        self.register_buffer("across", torch.stack([-along[..., 1], along[..., 0]], -1), persistent=False)
        self.register_buffer("most", (MOST_SKIN_GAIN * size).clamp(min=MOST_SKIN_CHROMA), persistent=False)
        self.register_buffer("skin", skin(before), persistent=False)

    def forward(self, after: Tensor) -> Tensor:
        """What the same colours become, (batch, ..., 3)."""
        same = (after[..., 1:] * self.along).sum(-1, keepdim=True).clamp(min=0)
        over = (same - SKIN_KNEE * self.most).clamp(min=0)
        same = same - over + over / (1 + over / ((1 - SKIN_KNEE) * self.most))
        turned = (after[..., 1:] * self.across).sum(-1, keepdim=True)
        kept = same * self.along + turned.clamp(-MOST_TURN * same, MOST_TURN * same) * self.across
        return torch.cat([after[..., :1], after[..., 1:].lerp(kept, self.skin)], -1)


def bend_ends(lightness: Tensor, black: Tensor, white: Tensor, used: tuple[Tensor, Tensor]) -> Tensor:
    """Bring lightness that runs over black or white back between them without flattening it.

    Args:
        lightness: (batch, ...) as mapped.
        black: (batch,) lightness that black is mapped to; what lies below 0 is brought to 0.
        white: (batch,) lightness that white is mapped to; what lies above 1 is brought to 1.
        used: (batch,) each, the darkest and lightest that the picture itself is mapped to. Between them nothing is bent, as far as the knees
            allow: what the picture does not hold gives way.
    """
    shape = (-1, *[1] * (lightness.dim() - 1))
    low = used[0].clamp(NARROWEST_KNEE, KNEES[0]).reshape(shape)
    high = used[1].clamp(KNEES[1], 1 - NARROWEST_KNEE).reshape(shape)
    bent = 1 - _bend(1 - lightness, 1 - high, (white.reshape(shape) - high).clamp(min=0))
    return _bend(bent, low, (low - black.reshape(shape)).clamp(min=0))


def _bend(value: Tensor, knee: Tensor, depth: Tensor) -> Tensor:
    """Squeeze what lies up to `depth` below the knee into 0..knee, by a curve that leaves the knee at slope 1."""
    under = (knee - value).clamp(min=0)
    # x / (1 + c x) takes depth to knee; where depth is less than the knee nothing has to give way
    curve = (1 / knee - 1 / depth.clamp(min=1e-9)).clamp(min=0)
    return torch.where(value < knee, knee - under / (1 + curve * under), value)


def rising(look: Tensor) -> Tensor:
    """The look with every channel rising, or level, along its own axis: the mean of the least and the greatest such bounds."""
    channels = [rising_along(look[..., channel], axis) for channel, axis in enumerate(AXES)]
    return torch.stack(channels, -1)


def rising_along(values: Tensor, axis: int) -> Tensor:
    """Values rising, or level, along an axis: the mean of the least such above them and the greatest below."""
    above = -_least_until(-values, axis)
    below = _least_until(values, axis, from_end=True)
    return (above + below) / 2


def _least_until(values: Tensor, axis: int, *, from_end: bool = False) -> Tensor:
    """The least of the values until each along an axis, counted from its beginning or its end."""
    if values.device.type != "cpu":
        found = values.flip(axis) if from_end else values
        found = found.cummin(axis).values
        return found.flip(axis) if from_end else found
    # plane by plane: on a CPU torch's own, which finds out where the least lies as well, takes five times as long
    found = torch.empty_like(values)
    planes, least = (tensor.unbind(axis)[:: -1 if from_end else 1] for tensor in (values, found))
    least[0].copy_(planes[0])
    for before, plane, here in zip(least, planes[1:], least[1:], strict=False):
        torch.minimum(before, plane, out=here)
    return found


def no_steeper(look: Tensor) -> Tensor:
    """The look with no channel steeper than `STEEPEST` along any axis, per channel of the input.

    The mean of the greatest such function below the look and the least above it (McShane's extensions): where the look is gentle, both are
    the look itself. Rising axes stay rising.
    """
    below, above = look, look
    for axis in AXES:
        ramp = torch.arange(SIZE, dtype=look.dtype, device=look.device) * (STEEPEST / LEVELS)
        ramp = ramp.reshape([-1 if dim == axis else 1 for dim in range(look.dim())])
        below = _lowered(below, ramp, axis)
        above = -_lowered(-above, ramp, axis)
    return (below + above) / 2


def _lowered(values: Tensor, ramp: Tensor, axis: int) -> Tensor:
    """The greatest function under `values` that rises or falls no faster than the ramp along an axis."""
    forward = _least_until(values - ramp, axis) + ramp
    down = ramp.flip(axis)
    return _least_until(forward - down, axis, from_end=True) + down


def rising_greys(look: Tensor) -> Tensor:
    """The look with luma (BT.709) rising, or level, from black to white along the greys; colours move with the grey of their mean.

    Where luma must rise, colours are drawn toward white, where it must fall, toward black: none leaves 0..1.
    """
    index = torch.arange(SIZE, device=look.device)
    luma = look[:, index, index, index] @ look.new_tensor(LUMA)
    wanted = rising_along(luma, 1)
    to_white = ((wanted - luma) / (1 - luma).clamp(min=1e-9)).clamp(0, 1)
    to_black = ((luma - wanted) / luma.clamp(min=1e-9)).clamp(0, 1)
    return torch.lerp(look, look.new_ones(()), _by_mean(to_white)) * (1 - _by_mean(to_black))


def _by_mean(along_greys: Tensor) -> Tensor:
    """Values (batch, 33) along the greys, at every node by the mean of its channels: (batch, 33, 33, 33, 1)."""
    index = torch.arange(SIZE, device=along_greys.device)
    total = index[:, None, None] + index[:, None] + index
    below = (total // 3).clamp(max=LEVELS - 1)
    share = total / 3 - below
    return (along_greys[:, below] * (1 - share) + along_greys[:, below + 1] * share)[..., None]


def clipped(srgb: Tensor) -> Tensor:
    """The share of channel values of (batch, n, 3) that are black or white in 8 bits: (batch,)."""
    codes = srgb * CODES
    return ((codes <= 0.5) | (codes >= CODES - 0.5)).double().mean((1, 2))


def keep_drawing(look: Tensor, places: Places, colours: Tensor, template: Tensor) -> Tensor:
    """The look, where it would clip too much of the footage with as little of each channel kept near its ends as keeps it from that.

    What is kept is the channel's own drawing: a flat black or white would have none. Were all of it kept, the look would change
    nothing, so that a share that serves is always found.

    Args:
        look: the nodes, sRGB.
        places: of the footage's colours in the grid.
        colours: of the footage, (batch, n, 3) sRGB.
        template: its colours, (batch, m, 3) sRGB.
    """
    allowed = torch.maximum(clipped(colours), clipped(template)) + MOST_CLIPPED
    kept = look
    for share in DRAWING:
        too_much = clipped(places.read(kept)) > allowed
        if not too_much.any():
            break
        drawn = rising_greys(_drawn(look, share))
        kept = torch.where(too_much.reshape(-1, 1, 1, 1, 1), drawn, kept)
    return kept


def _drawn(look: Tensor, share: float) -> Tensor:
    """Near black and near white, a share of the nodes' own channels: rising where the look rises, steeper by that share at most; all of it is the identity."""
    nodes = identity_grid().to(look)
    reach = min(1.0, max(NEAR_END, 2 * share))
    low, high = ((1 - distance / reach).clamp(min=0) for distance in (look, 1 - look))
    return look + share * (low * nodes - high * (1 - nodes))
