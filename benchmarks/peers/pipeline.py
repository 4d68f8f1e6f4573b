"""The job as a comparable API's documentation describes it, rebuilt from the libraries that it names.

Shots by PySceneDetect's ContentDetector, motion by OpenCV's Farneback flow of every fourth frame, beats by librosa, colours
by OpenCV frame by frame, x264. Where the documentation leaves something open we chose what is faster: ContentDetector shrinks the
frames as it does by default, the flow sees grey frames of 640 pixels, the sound is decoded by FFmpeg, the grade (mean and spread of each
L*a*b* channel moved to the template's, Reinhard et al. 2001) is one table a channel, of colours that are seen in the pass that the flow makes
anyway, and x264 codes whole frames side by side. It finds and makes less than our job does: no transitions, faces, text, composition, genre
or speech, and neither pacing nor framing nor sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FLOW_EVERY, FLOW_WIDTH = 4, 640
SAMPLE_RATE = 22050  # Hz, librosa's own
COLOURS_EVERY, COLOURS_SIZE = 16, (160, 90)  # frames, a multiple of FLOW_EVERY; pixels


def steps(template: Path, footage: Path, target: Path, options: dict[str, str]) -> dict[str, Callable[[], object]]:
    """The pipeline's steps by name, to be called in order, in processes of their own if need be; the last writes the target with those options of x264.

    What motion saw of the colours lies beside the target for the last.
    """
    sources = (template, footage)
    colours = [target.with_name(f"{target.stem}-{role}.npy") for role in ("template", "footage")]
    return {
        "shots": lambda: [shots(path) for path in sources],
        "beats": lambda: [beats(path) for path in sources],
        "motion": lambda: [motion(path, kept) for path, kept in zip(sources, colours, strict=True)],
        "rendering": lambda: render(footage, target, options, tables(*colours)),
    }


def preload() -> None:
    """Import the libraries and have librosa compile, as a service does once; the first call would pay for it otherwise."""
    import librosa
    import scenedetect  # noqa: F401  # loaded here, so that no step's time holds it

    librosa.beat.beat_track(y=np.random.default_rng(0).standard_normal(4 * SAMPLE_RATE), sr=SAMPLE_RATE)


def shots(path: Path) -> int:
    """PySceneDetect's ContentDetector over the whole file; the number of scenes."""
    from scenedetect import ContentDetector, SceneManager, open_video

    manager = SceneManager()
    manager.add_detector(ContentDetector())
    manager.detect_scenes(open_video(str(path)))
    return len(manager.get_scene_list())


def motion(path: Path, colours: Path) -> float:
    """Mean length of the flow from every fourth frame to the next fourth, in pixels of the small picture.

    `colours` receives mean and spread (2, 3) of the L*a*b* channels over some of those frames.
    """
    lengths, seen = [], []
    before: NDArray[np.uint8] | None = None
    for number, picture in enumerate(_pictures(path)):
        if number % FLOW_EVERY:
            continue
        scale = min(1.0, FLOW_WIDTH / picture.shape[1])
        small = cv2.resize(picture, None, fx=scale, fy=scale)
        if number % COLOURS_EVERY == 0:
            lab = cv2.cvtColor(cv2.resize(small, COLOURS_SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB)
            seen.append(lab.reshape(-1, 3))
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        if before is not None:
            flow = cv2.calcOpticalFlowFarneback(before, grey, None, 0.5, 3, 15, 3, 5, 1.2, 0)
            lengths.append(float(np.linalg.norm(flow, axis=2).mean()))
        before = grey
    pixels = np.concatenate(seen).astype(np.float64)
    np.save(colours, np.stack([pixels.mean(0), pixels.std(0)]))
    return float(np.mean(lengths)) if lengths else 0.0


def beats(path: Path) -> int:
    """Beats by librosa's tracker; their number."""
    import librosa

    _, frames = librosa.beat.beat_track(y=_mono(path), sr=SAMPLE_RATE)
    return len(frames)


def render(footage: Path, target: Path, options: dict[str, str], grade: NDArray[np.uint8]) -> None:
    """Every frame graded by OpenCV with those tables and encoded by x264; the sound is copied."""
    capture = cv2.VideoCapture(str(footage))
    rate = round(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    with av.open(str(footage)) as source, av.open(str(target), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.thread_type = "FRAME"  # as ours; PyAV's default, slices, takes longer
        pictures = source.streams.video[0]
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuv420p"
        sound = source.streams.audio[0] if source.streams.audio else None
        copied = output.add_stream_from_template(sound) if sound else None
        for packet in source.demux(sound) if sound else ():
            if packet.dts is not None:
                packet.stream = copied
                output.mux(packet)
        for picture in _pictures(footage):
            lab = cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB), grade)
            graded = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(graded, format="bgr24")))
        output.mux(stream.encode(None))


def _pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
    """All frames as OpenCV reads them, BGR (H, W, 3)."""
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            there, picture = capture.read()
            if not there:
                return
            yield picture
    finally:
        capture.release()


def _mono(path: Path) -> NDArray[np.float32]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    pieces: list[NDArray[np.float32]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


def tables(template: Path, footage: Path) -> NDArray[np.uint8]:
    """(1, 256, 3) for `cv2.LUT`, from what `motion` kept of both: each channel's mean and spread moved to the template's."""
    want, have = np.load(template), np.load(footage)
    codes = np.arange(256)[:, None]
    moved = (codes - have[0]) * (want[1] / np.maximum(have[1], 1e-6)) + want[0]
    return np.clip(np.round(moved), 0, 255).astype(np.uint8)[None]
