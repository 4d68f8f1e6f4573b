"""Conversion of the colour spaces that cameras record to standard video: BT.709 on a display of gamma 2.4.

Code values → display light → tone mapping → BT.709's primaries with gamut mapping → code values. Input and output are arrays of colours (..., 3), R'G'B'
0..1; light is in cd/m².

- PQ and HLG: ITU-R BT.2100-2, tables 4 and 5; HLG on its nominal display of 1000 cd/m².
- Tone mapping: the EETF of ITU-R BT.2390-8, 5.4, to a display whose white is BT.2408's reference white, 203 cd/m². It leaves tones below its knee unchanged
  (88 cd/m² if the source's peak is 1000), so that skin, greys and shadows of a scene measure the same however it was recorded, and it adapts to the file's
  peak. Method A of BT.2446 is one fixed curve, which makes a grey card a fifth darker than in standard video; its method C maps highlights to codes above
  white, which players clip.
- Gamut mapping: BT.2407 leaves the method open; here colours outside move straight towards the grey of their luminance, which keeps the dominant
  wavelength, and those just inside are compressed to make room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["sdr", "hlg", "pq"]
Primaries = Literal["bt709", "bt2020", "p3"]
Array = NDArray[np.float64]

REFERENCE_WHITE = 203.0  # cd/m² of diffuse white, ITU-R BT.2408
USUAL_PEAK = 1000.0  # cd/m² of most mastering displays, and of HLG's nominal one
PQ_PEAK = 10_000.0  # cd/m² of PQ's highest code
DISPLAY_GAMMA = 2.4  # ITU-R BT.1886

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2  # of a display of 1000 cd/m²

# Red, green, blue and white as CIE x, y: ITU-R BT.709-6, BT.2020-2, SMPTE RP 431-2 with the white D65 of all three.
_WHITE = (0.3127, 0.3290)
_CHROMATICITIES: dict[Primaries, tuple[tuple[float, float], ...]] = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593])

# saturations up to KEPT of BT.709's limit stay as they are; from there to REACH, that of BT.2020's blue, they are compressed into the rest
_KEPT, _REACH = 0.9, 2.25


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """What R'G'B' codes stand for. `peak`: highest luminance in cd/m², without meaning for SDR."""

    transfer: Transfer = "sdr"
    primaries: Primaries = "bt709"
    peak: float = USUAL_PEAK

    @property
    def is_hdr(self) -> bool:
        """Whether it is of high dynamic range."""
        return self.transfer != "sdr"


STANDARD = ColourSpace()


def to_standard(codes: Array, space: ColourSpace) -> Array:
    """R'G'B' 0..1 of a colour space as R'G'B' 0..1 of BT.709, (..., 3); STANDARD is returned unchanged."""
    if space == STANDARD:
        return codes
    light = decoded(codes, space) @ primaries_matrix(space.primaries, "bt709").T
    if space.is_hdr:
        light = tone_mapped(light, space.peak)
    inside = into_gamut(light / REFERENCE_WHITE)
    return np.asarray(inside ** (1 / DISPLAY_GAMMA))


def decoded(codes: Array, space: ColourSpace) -> Array:
    """Codes as display light in cd/m², in the space's own primaries; white of SDR is REFERENCE_WHITE."""
    codes = np.clip(codes, 0, 1)
    match space.transfer:
        case "pq":
            return pq_to_light(codes)
        case "hlg":
            return hlg_to_light(codes)
        case "sdr":
            return np.asarray(REFERENCE_WHITE * codes**DISPLAY_GAMMA)


def pq_to_light(codes: Array) -> Array:
    """PQ's EOTF (SMPTE ST 2084): codes 0..1 to 0..10 000 cd/m²."""
    root = codes ** (1 / _M2)
    return np.asarray(PQ_PEAK * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1))


def light_to_pq(light: Array) -> Array:
    """The inverse of `pq_to_light`."""
    power = np.clip(light / PQ_PEAK, 0, 1) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


def hlg_to_light(codes: Array) -> Array:
    """HLG's EOTF for a display of the usual peak and black at 0: codes (..., 3) of BT.2020 to cd/m²."""
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((np.maximum(codes, 0.5) - _C) / _A) + _B) / 12)
    return np.asarray(USUAL_PEAK * (scene @ _BT2020_LUMINANCE)[..., None] ** (_HLG_GAMMA - 1) * scene)


def tone_mapped(light: Array, peak: float) -> Array:
    """Linear RGB up to a peak in cd/m² mapped to REFERENCE_WHITE, each colour scaled by its largest component.

    If scaled by luminance (BT.2390-8 names both), neon and sunsets would leave the gamut and lose colour.
    """
    largest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    return np.asarray(light * (eetf(largest, peak) / largest))


def eetf(light: Array, peak: float) -> Array:
    """BT.2390-8's curve: cd/m² up to `peak` to cd/m² up to REFERENCE_WHITE, black to black; values above the peak are white."""
    if peak <= REFERENCE_WHITE:
        return np.asarray(np.minimum(light, REFERENCE_WHITE))
    lightest, white = light_to_pq(np.array([peak, REFERENCE_WHITE]))
    most = white / lightest
    knee = 1.5 * most - 0.5
    code = np.minimum(light_to_pq(light) / lightest, 1)
    t = np.maximum(code - knee, 0) / (1 - knee)
    # a Hermite spline from the knee, with slope 1, to the peak, with slope 0
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    return np.where(code < knee, light, pq_to_light(spline * lightest))


def into_gamut(linear: Array) -> Array:
    """Linear BT.709 colours, white 1, also negative and above 1, as colours 0..1.

    First the brightness is reduced, for all components alike, so that a red light stays red; then colours near the gamut's edge and beyond are mixed with the
    grey of their luminance. Colours well inside stay as they are.
    """
    linear = linear / np.maximum(linear.max(axis=-1, keepdims=True), 1)
    luminance = (linear @ primaries_luminance("bt709"))[..., None]
    # saturation relative to the gamut's edge in this hue and luminance: 1 where the smallest component is 0
    share = 1 - linear.min(axis=-1, keepdims=True) / np.maximum(luminance, 1e-9)
    s = np.clip((share - _KEPT) / (_REACH - _KEPT), 0, 1)
    # slope 1 at the beginning, 0 at the end
    drawn = _KEPT + (1 - _KEPT) * (1 - (1 - s) ** ((_REACH - _KEPT) / (1 - _KEPT)))
    mapped = luminance + np.where(share > _KEPT, drawn / np.maximum(share, _KEPT), 1) * (linear - luminance)
    return np.asarray(np.clip(mapped, 0, 1))


def primaries_matrix(source: Primaries, target: Primaries) -> Array:
    """(3, 3): linear RGB of one set of primaries to linear RGB of another, both with white D65."""
    return np.asarray(np.linalg.solve(_to_xyz(target), _to_xyz(source)))


def primaries_luminance(primaries: Primaries) -> Array:
    """(3,): luminance of linear red, green and blue; sums to 1."""
    return np.asarray(_to_xyz(primaries)[1])


def _to_xyz(primaries: Primaries) -> Array:
    """(3, 3): linear RGB to CIE XYZ with the white's Y at 1 (SMPTE RP 177)."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in _CHROMATICITIES[primaries]]).T
    x, y = _WHITE
    return np.asarray(columns * np.linalg.solve(columns, np.array([x / y, 1, (1 - x - y) / y])))
