"""The peers that figures are told beside: they do what they are said to do, and nothing holds them back."""

import itertools
import os

import av
import cv2
import numpy as np
import pytest

from peers import bare, pipeline
from scenarios import encode
from scenarios.media import write
from scenarios.options import SIZES

SETTINGS = {"preset": "ultrafast", "crf": "20", "g": "30"}
SIZE = SIZES["180p"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A second of made video with sound."""
    return write(tmp_path_factory.mktemp("peers") / "clip.mp4", 1.0, SIZE)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Half a second in dark blue and black stripes."""
    path = tmp_path_factory.mktemp("peers") / "template.mp4"
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    picture[::2, :, 2] = 130
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for _ in range(15):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def colours(path):
    """Mean of each L*a*b* channel over all frames."""
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return np.mean([cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).reshape(-1, 3).mean(0) for picture in pictures], axis=0)


def rebuilt(template, clip, target):
    """The pipeline's last two steps, which need neither librosa nor PySceneDetect."""
    steps = pipeline.steps(template, clip, target, SETTINGS)
    for name in ("motion", "rendering"):
        steps[name]()
    return target


def test_the_rebuilt_peer_grades_every_frame_towards_the_template(template, clip, tmp_path):
    """With the sound as it was."""
    target = rebuilt(template, clip, tmp_path / "graded.mp4")
    assert bare.decode(target) == bare.decode(clip) == 30
    wanted, before, after = colours(template), colours(clip), colours(target)
    assert np.abs(after - wanted).max() < 0.3 * np.abs(before - wanted).max()
    with av.open(str(target)) as output, av.open(str(clip)) as source:
        assert output.streams.audio[0].duration == source.streams.audio[0].duration


def test_the_rebuilt_peer_reads_each_file_no_more_often_than_its_steps_need(template, clip, tmp_path, monkeypatch):
    """Motion reads both once, rendering reads the footage: colours are seen on the way."""
    read = []
    pictures = pipeline._pictures
    monkeypatch.setattr(pipeline, "_pictures", lambda path: read.append(path) or pictures(path))
    rebuilt(template, clip, tmp_path / "graded.mp4")
    assert read == [template, clip, clip]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="x264 takes one thread here")
@pytest.mark.parametrize("peer", ["rebuilt peer", "bare transcode", "bare x264"])
def test_peers_code_whole_frames_side_by_side(template, clip, tmp_path, peer):
    """As our encoder does: slices, which PyAV has by itself, take longer. x264 writes into its output how it worked."""
    target = tmp_path / "coded.mp4"
    if peer == "rebuilt peer":
        rebuilt(template, clip, target)
    elif peer == "bare transcode":
        bare.transcode(clip, target, "libx264", SETTINGS)
    else:
        with av.open(str(clip)) as container:
            encode._bare(target, list(itertools.islice(container.decode(video=0), 30)), SETTINGS)
    assert b"sliced_threads=0" in target.read_bytes()
