"""Names, dtypes and shapes of every network's tensors; tested against each config.pbtxt.

All shapes are given without the leading batch dimension, -1 where the size varies from call to call.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor: `dtype` as Triton spells it (UINT8, FP32), `shape` without the batch dimension."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One network as the outside sees it."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    max_batch_size: int


SHOT_BOUNDARY = ModelSpec(
    "shot_boundary",
    # 27x48 RGB is what TransNetV2 was trained on (arXiv 2008.04838)
    inputs=(TensorSpec("frames", "UINT8", (-1, 27, 48, 3)),),
    # probability per frame: `one_hot` the last frame before a boundary, `many_hot` every frame inside a transition
    outputs=(TensorSpec("one_hot", "FP32", (-1,)), TensorSpec("many_hot", "FP32", (-1,))),
    max_batch_size=8,
)
CAMERA_MOTION = ModelSpec(
    "camera_motion",
    # pairs of grey frames (first, second), any size up to about 320x320
    inputs=(TensorSpec("pairs", "UINT8", (2, -1, -1)),),
    outputs=(
        # similarity about the picture's centre: dx, dy (pixels of the input), log zoom (> 0 magnifies), roll (radians, clockwise)
        TensorSpec("similarity", "FP32", (4,)),
        TensorSpec("confidence", "FP32", (1,)),  # weight of the consensus, 0..1
        TensorSpec("flow_magnitude", "FP32", (1,)),  # mean length of the dense flow, pixels of the input
        TensorSpec("residual_magnitude", "FP32", (1,)),  # the same after taking the camera's motion out
    ),
    max_batch_size=64,
)
BEATS = ModelSpec(
    "beats",
    inputs=(TensorSpec("audio", "FP32", (-1,)),),  # mono, 22 050 Hz, -1..1
    # 50 frames a second; probabilities of (beat that is no downbeat, downbeat, neither)
    outputs=(TensorSpec("activations", "FP32", (-1, 3)),),
    max_batch_size=8,
)
MUSIC_TAGS = ModelSpec(
    "music_tags",
    inputs=(TensorSpec("audio", "FP32", (-1,)),),  # mono, 16 000 Hz, -1..1
    # one row per 3 s patch; probabilities of the 50 MSD and 50 MTT tags (clipzy.networks.music_tags names them)
    outputs=(TensorSpec("msd", "FP32", (-1, 50)), TensorSpec("mtt", "FP32", (-1, 50))),
    max_batch_size=8,
)
AUDIO_EVENTS = ModelSpec(
    "audio_events",
    inputs=(TensorSpec("audio", "FP32", (-1,)),),  # mono, 16 000 Hz, -1..1
    outputs=(TensorSpec("events", "FP32", (-1, 3)),),  # 100 frames a second; speech, singing, music
    max_batch_size=8,
)
VOICE_ACTIVITY = ModelSpec(
    "voice_activity",
    inputs=(TensorSpec("audio", "FP32", (-1,)),),  # mono, 16 000 Hz, -1..1
    outputs=(TensorSpec("speech", "FP32", (-1,)),),  # one probability per window of 512 samples
    max_batch_size=2,  # a row may be ten minutes, 38 MB
)
FACES = ModelSpec(
    "faces",
    inputs=(TensorSpec("pictures", "UINT8", (-1, -1, 3)),),  # RGB, any size; faces from 24 pixels up are found
    # per picture 16 rows of (left, top, right, bottom in its pixels, probability), the surest first; zeros where none is left
    outputs=(TensorSpec("faces", "FP32", (16, 5)),),
    max_batch_size=16,
)
LOOK_TRANSFER = ModelSpec(
    "look_transfer",
    inputs=(
        TensorSpec("footage", "FP32", (-1, 3)),  # sRGB colour samples, 0..1
        TensorSpec("template", "FP32", (-1, 3)),
        TensorSpec("strength", "FP32", (1,)),  # 0 keeps the footage's colours, 1 takes the template's
        TensorSpec("surfaces", "FP32", (-1, 2, 3)),  # pairs of the footage's colours that lie together in its pictures
    ),
    outputs=(TensorSpec("look", "FP32", (33, 33, 33, 3)),),  # [blue, green, red, rgb]: red varies fastest, as in .cube
    max_batch_size=8,
)

MODELS = {
    spec.name: spec
    for spec in (SHOT_BOUNDARY, CAMERA_MOTION, FACES, BEATS, MUSIC_TAGS, AUDIO_EVENTS, VOICE_ACTIVITY, LOOK_TRANSFER)
}
