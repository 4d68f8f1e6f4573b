"""Stage 3: how the camera and the subject move, from the pairs of frames that the decode pass kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.edges import pixels_within
from clipzy.analysis.motion import measure_motion
from clipzy.inference.client import Inference
from clipzy.inference.specs import CAMERA_MOTION
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import SHORTEST_SIDE_PX
from clipzy.media.decoding.taps import MotionPairs, MotionPairsTap, open_motion_pairs
from clipzy.stages.context import Source, StageContext
from clipzy.stages.hardware import tell_decoder
from clipzy.stages.measured import MOTION, VIDEO, frames_folder, measured_video
from clipzy.stages.shares import Report, part
from clipzy.stages.sources import measure_sources
from clipzy.style.measurements import MotionAnalysis
from clipzy.telemetry import observations

DECODED = 0.5  # of the progress of one source, where its frames have to be decoded again

Floats = NDArray[np.float32]


def run(context: StageContext) -> None:
    """Analyse the motion of every source, one after the other, for the network keeps all processors busy; leaves `<role>.json`."""
    measure_sources(context, MotionAnalysis, MOTION, _analyse, at_once=1)


def _analyse(context: StageContext, source: Source, report: Report) -> MotionAnalysis:
    folder = frames_folder(context.earlier[VIDEO], source.role)
    if not folder.exists():
        # the pictures were analysed by another job, and its frames are gone
        folder, report = _decode_again(context, source, report)
    pairs, video = open_motion_pairs(folder), measured_video(context, source.role)
    height, width = pairs.pictures.shape[2:]
    # bars stand still: with them the motion of the picture would seem less than it is
    columns, rows = pixels_within(video.picture_edges, (width, height), SHORTEST_SIDE_PX)
    pairs = replace(pairs, pictures=pairs.pictures[..., rows, columns])
    answers = ask(context.inference, pairs, report)
    return measure_motion(
        answers["similarity"],
        answers["confidence"][:, 0],
        answers["flow_magnitude"][:, 0],
        answers["residual_magnitude"][:, 0],
        pair_times=pairs.times_s.tolist(),
        pair_intervals=pairs.intervals_s.tolist(),
        size=(columns.stop - columns.start, rows.stop - rows.start),
        shots=video.shots,
    )


def _decode_again(context: StageContext, source: Source, report: Report) -> tuple[Path, Report]:
    folder = frames_folder(context.folder, source.role)
    summary = decode_pass(
        source.path,
        [MotionPairsTap(folder)],
        part(report, 0, DECODED),
        hardware=context.hardware_decoding,
        all_units=context.all_decoding_units,
        expected=measured_video(context, source.role).facts.duration,
    )
    tell_decoder(context, source.role, summary.decoder)
    return folder, part(report, DECODED, 1)


def ask(inference: Inference, pairs: MotionPairs, report: Report = lambda _share: None) -> dict[str, Floats]:
    """The network's answers for all pairs, in the order of its outputs; see `specs.CAMERA_MOTION`."""
    found: dict[str, list[Floats]] = {
        spec.name: [np.zeros((0, *spec.shape), np.float32)] for spec in CAMERA_MOTION.outputs
    }
    for at in range(0, len(pairs.pictures), CAMERA_MOTION.max_batch_size):
        batch = np.ascontiguousarray(pairs.pictures[at : at + CAMERA_MOTION.max_batch_size])
        for name, answer in inference.infer(CAMERA_MOTION, {"pairs": batch}).items():
            found[name].append(cast(Floats, answer))
        observations.saw_frames(MOTION, len(batch))
        report((at + len(batch)) / len(pairs.pictures))
    return {name: np.concatenate(answers) for name, answers in found.items()}
