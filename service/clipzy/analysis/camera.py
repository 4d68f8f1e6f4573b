"""The kind of camera move in a short stretch of video, from the similarity transforms between its frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.style.measurements import CameraMoveKind

Array = NDArray[np.float64]

STILL = 0.006
"""Speed in frame diagonals per second under which a camera counts as still: a pan that would need nearly three minutes to cross the frame."""
_SHAKE = 0.012  # root mean square of unsteady motion from which a shot looks handheld
_STEADY = 0.6  # share of the motion that must keep its direction for a move to count as meant
_SLOWEST_UNSTEADY = 0.5  # a meant move is at least this much faster than the shake upon it
_EXPLAINED = 0.35  # share of the flow the camera must explain to have moved
_KINDS = (CameraMoveKind.PAN, CameraMoveKind.TILT, CameraMoveKind.ZOOM, CameraMoveKind.ROLL)


def classify(
    rates: Array, intervals: Array, confidence: Array, flow: Array, residual: Array
) -> tuple[CameraMoveKind, float]:
    """Name the move that a stretch of pairs shows, with a confidence 0..1.

    A steady component that outweighs the unsteady part is a pan, tilt, zoom or roll, whichever is fastest; without one the shot is handheld or static by
    how much it shakes. Where the camera's motion explains little of the flow, things move before a camera that stands still: a passing car
    drags the consensus along, but leaves as much motion unexplained. A similarity cannot tell a dolly from a zoom, so a dolly is reported as a zoom,
    less surely the more the depth of the scene leaves behind as residual motion.

    Args:
        rates: (n, 4) speed of pan, tilt, zoom and roll at the point they move fastest, signed, frame diagonals per second; n >= 1.
        intervals: (n,) seconds each pair spans.
        confidence: (n,) 0..1 from the network.
        flow: (n,) mean flow, frame diagonals per second.
        residual: (n,) mean flow the camera does not explain, the same unit.
    """
    weights = intervals / intervals.sum()
    trusted = min(1.0, float(weights @ confidence) / 0.5)
    drift = weights @ rates
    shake = float(np.sqrt(weights @ np.square(rates - drift).sum(1)))
    main = int(np.abs(drift).argmax())
    speed = float(np.abs(drift[main]))
    still = max(speed / STILL, shake / _SHAKE)
    if still <= 1:
        return CameraMoveKind.STATIC, float(trusted * (1 - 0.5 * still))
    explained = float(np.clip(1 - (weights @ residual) / max(float(weights @ flow), 1e-9), 0, 1))
    if explained < _EXPLAINED:
        return CameraMoveKind.STATIC, float(trusted * 0.5 * (1 - explained))
    trusted *= min(1.0, explained / 0.6)
    steady = speed / max(float(weights @ np.abs(rates[:, main])), 1e-9)
    if speed > STILL and steady > _STEADY and speed > _SLOWEST_UNSTEADY * shake:
        second = float(np.sort(np.abs(drift))[-2])
        return _KINDS[main], float(trusted * steady * (1 - 0.5 * second / speed))
    if shake > _SHAKE:
        return CameraMoveKind.HANDHELD, float(trusted * min(1.0, 0.5 * shake / _SHAKE))
    return CameraMoveKind.UNKNOWN, 0.0
