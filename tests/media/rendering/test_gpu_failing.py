"""Where a GPU refuses a file, fails or is lost midway, processors decode it from its beginning: the same result, and a word about it.

Frames of processors pass for a GPU's here, since what matters is who is asked and what becomes of errors.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pynvml
import pytest
from av.video.reformatter import Colorspace
from torch.cuda import DeferredCudaCallError

import synth
from clipzy.errors import InvalidVideo
from clipzy.media import accel
from clipzy.media.accel import DecoderChoice, LeftToProcessors
from clipzy.media.colour.coding import coding_of
from clipzy.media.decoding import cuda_frames, decode, division, segments
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.division import Division, threads_of_each
from clipzy.media.decoding.packets import decoded
from clipzy.media.decoding.scaling import scaled
from clipzy.media.decoding.taps import MotionPairsTap, ShotFramesTap, open_motion_pairs, open_shot_frames
from clipzy.media.rendering import footage, readers
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import FrameReader
from clipzy.style.time import Span

CUDA_ERROR = "CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later\nCompile with…"


@pytest.fixture
def gpu(monkeypatch):
    """One that takes H.264 of 8 bits and 4:2:0; what opens a file for it can be replaced."""
    for module in (decode, footage):
        monkeypatch.setattr(module, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    for module in (decode, segments, readers):
        monkeypatch.setattr(module, "accelerated", lambda: None)
    monkeypatch.setattr(accel, "CUDA", "yuv420p")
    for module in (decode, segments):
        monkeypatch.setattr(module, "scaled", lambda asked, scalers, **_: scaled(asked, scalers, on_gpu=False))


@pytest.fixture
def path(tmp_path):
    """A hundred frames."""
    return synth.write_video(
        tmp_path / "clip.mkv", synth.numbered_frames(100, (320, 180)), options={"g": "10", "bf": "0"}
    )


def damage(path):
    """Noise in place of 3000 bytes in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(content)


def kept(path, folder, **options):
    """All that a pass gives."""
    summary = decode_pass(path, [ShotFramesTap(folder), MotionPairsTap(folder)], **options)
    opened = open_shot_frames(folder), open_motion_pairs(folder)
    arrays = [(each.pictures.tobytes(), each.ticks.tolist()) for each in opened]
    return arrays, summary.ticks.tolist(), summary.duration, summary.warnings, summary.decoder


@pytest.mark.usefixtures("gpu")
def test_a_file_that_it_takes_is_decoded_by_it(path, tmp_path):
    """To its end, and nothing is done twice."""
    assert kept(path, tmp_path / "gpu", hardware=True)[-1] == DecoderChoice("nvdec", "for a test")


@pytest.mark.usefixtures("gpu")
def test_damage_is_told_as_processors_find_it(path, tmp_path):
    """A GPU that is lost midway looks just like damage, and would cost the rest of the file: what it gave is thrown away."""
    damage(path)
    *by_processors, _ = kept(path, tmp_path / "cpu")
    *by_gpu, decoder = kept(path, tmp_path / "gpu", hardware=True)
    assert by_processors[3]
    assert by_gpu == by_processors
    assert decoder == DecoderChoice("cpu", "nvdec: it could not decode all of the file", failed=True)


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_fails_midway_costs_time_alone(path, tmp_path, monkeypatch):
    """Also where it is full; the progress never goes back, and the reason is CUDA's first line."""
    *by_processors, _ = kept(path, tmp_path / "cpu")
    seen, scaler = [], ShotFramesTap.scaler

    def failing(tap):
        scale = scaler(tap)

        def once(frame):
            seen.append(frame)
            if len(seen) == 40:
                raise RuntimeError(CUDA_ERROR)
            return scale(frame)

        return once

    monkeypatch.setattr(ShotFramesTap, "scaler", failing)
    told = []
    *by_gpu, decoder = kept(path, tmp_path / "gpu", report=told.append, hardware=True)
    assert by_gpu == by_processors
    assert decoder == DecoderChoice("cpu", "nvdec: it failed: CUDA error: unspecified launch failure", failed=True)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error"),
        DeferredCudaCallError("CUDA call failed lazily at initialization"),
        InvalidVideo("its container cannot be read"),
    ],
    ids=["torch", "torch at its start", "FFmpeg"],
)
def test_a_gpu_that_is_gone_when_the_file_is_opened_is_done_without(error, path, tmp_path, monkeypatch):
    """The file is not to blame, though FFmpeg says that it cannot be opened."""

    def gone():
        raise error

    monkeypatch.setattr(decode, "accelerated", gone)
    assert kept(path, tmp_path, hardware=True)[-1] == DecoderChoice("cpu", f"nvdec: it failed: {error}", failed=True)


@pytest.mark.usefixtures("gpu")
def test_a_file_that_cannot_be_opened_is_an_error_all_the_same(tmp_path):
    """Once the processors have tried."""
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom" + 200 * b"\0")
    with pytest.raises(InvalidVideo):
        decode_pass(tmp_path / "clip.mp4", [], hardware=True)


@pytest.mark.usefixtures("gpu")
def test_what_it_does_not_take_has_all_processors(path, monkeypatch):
    """As many decoders, of as many threads, as if there were no GPU: FFmpeg's own way back would have the GPU's few threads."""
    monkeypatch.setattr(accel, "CUDA", "cuda")
    monkeypatch.setattr(division, "available_processors", lambda: 16)
    monkeypatch.setattr(division, "GROUP_S", Fraction(1, 5))
    threads = []
    prepare = decode.prepare_decoder
    monkeypatch.setattr(decode, "prepare_decoder", lambda *a, **k: threads.append(a[1]) or prepare(*a, **k))
    summary = decode_pass(path, [], hardware=True)
    assert summary.decoder == DecoderChoice(
        "cpu", "nvdec: it does not take this file's coding, or has no room for it", failed=True
    )
    assert summary.division == Division(4, "16 processors, 4 a decoder, 1 files at once")
    assert threads == [8]


@pytest.mark.parametrize(
    ("processors", "at_once", "threads"), [(2, 1, 3), (16, 1, 8), (64, 1, 8), (64, 4, 8), (16, 4, 5)]
)
def test_a_gpus_decoder_has_few_threads(processors, at_once, threads, monkeypatch):
    """Each takes one of its 32 surfaces, of which a file may want half by itself: with 16 threads such files fail."""
    monkeypatch.setattr(division, "available_processors", lambda: processors)
    assert threads_of_each(at_once, 1920 * 1080 * 3 // 2, on_gpu=True) == threads


@pytest.mark.usefixtures("gpu")
def test_a_gpus_decoder_has_few_threads_whatever_the_caller_asks_for(path, monkeypatch):
    """Many would leave it without surfaces; processors have what they are asked to have."""
    threads = []
    prepare = decode.prepare_decoder
    monkeypatch.setattr(decode, "prepare_decoder", lambda *a, **k: threads.append(a[1]) or prepare(*a, **k))
    for hardware in (True, False):
        decode_pass(path, [], threads=17, hardware=hardware)
    assert threads == [8, 17]


@pytest.mark.usefixtures("gpu")
def test_damage_met_in_rendering_is_left_to_processors(path):
    """Pictures that a lost GPU owes would be missing from the output."""
    source = examine(path, hardware=True)
    assert source.hardware
    damage(path)
    with FrameReader(source) as reader, pytest.raises(LeftToProcessors, match="could not decode all"):
        list(reader.frames(Span(Fraction(0), Fraction(4))))


def begin_fetching(monkeypatch):
    """From here on a GPU brings what it decodes into host memory, with chroma in pairs as NVDEC has it."""

    def in_pairs(*args):
        for position, frames in decoded(*args):
            yield position, [frame.reformat(format="nv12") for frame in frames]

    monkeypatch.setattr(footage, "choose_fetching_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    monkeypatch.setattr(readers, "fetching", lambda: None)
    monkeypatch.setattr(readers, "decoded", in_pairs)


def read(source):
    """All that is told of every frame; FFmpeg's decoder calls pictures of full range yuvj420p."""
    told = [
        "pts",
        "time_base",
        "duration",
        "interlaced_frame",
        "color_range",
        "colorspace",
        "color_trc",
        "color_primaries",
    ]
    with FrameReader(source) as reader:
        return [
            (
                at,
                frame.format.name.replace("j", ""),
                frame.to_ndarray().tobytes(),
                coding_of(frame),
                [getattr(frame, name) for name in told],
            )
            for at, frame in reader.frames(Span(Fraction(0), Fraction(4)))
        ]


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("colorspace", [Colorspace.ITU709, Colorspace.ITU601], ids=["BT.709", "BT.601"])
def test_what_is_fetched_is_what_processors_decode(full_range, colorspace, tmp_path, monkeypatch):
    """To the bit, with its times and the tags of its colours."""
    path = synth.write_video(
        tmp_path / "clip.mp4", synth.numbered_frames(20, (322, 182)), colorspace=colorspace, full_range=full_range
    )
    by_processors = read(examine(path))
    begin_fetching(monkeypatch)
    source = examine(path, hardware=True, fetched=True)
    assert source.hardware
    assert read(source) == by_processors


def test_damage_met_in_what_is_fetched_is_left_to_processors(path, monkeypatch):
    """As where pictures stay on the GPU."""
    begin_fetching(monkeypatch)
    source = examine(path, hardware=True, fetched=True)
    damage(path)
    with FrameReader(source) as reader, pytest.raises(LeftToProcessors, match="could not decode all"):
        list(reader.frames(Span(Fraction(0), Fraction(4))))


def test_what_ffmpeg_decodes_in_its_place_is_left_to_all_processors(path, monkeypatch):
    """Where NVDEC does not take a file FFmpeg decodes by itself, with the few threads that NVDEC wants."""
    monkeypatch.setattr(footage, "choose_fetching_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    monkeypatch.setattr(readers, "fetching", lambda: None)
    source = examine(path, hardware=True, fetched=True)
    with FrameReader(source) as reader, pytest.raises(LeftToProcessors, match="does not take this file's coding"):
        list(reader.frames(Span(Fraction(0), Fraction(4))))


def test_ten_bits_are_decoded_by_processors_where_pictures_are_fetched(tmp_path, monkeypatch):
    """All of them are kept so."""
    monkeypatch.setattr(footage, "choose_fetching_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36)), pixel_format="yuv420p10le")
    choice = examine(path, hardware=True, fetched=True).decoder
    assert choice == DecoderChoice("cpu", "nvdec: only 4:2:0 of 8 bits is fetched from it")


def test_a_machine_without_a_gpu_fetches_nothing(monkeypatch):
    """And says why, without torch."""
    monkeypatch.setattr("clipzy.machine.gpu.absence", lambda: "no NVIDIA GPU")
    assert accel.choose_fetching_decoder.__wrapped__() == DecoderChoice("cpu", "nvdec: no NVIDIA GPU")
    monkeypatch.setattr("clipzy.machine.gpu.absence", lambda: None)
    found = accel.choose_fetching_decoder.__wrapped__()  # a driver that shows a GPU which cannot be opened
    assert found.name == "nvdec" or found.reason.startswith("nvdec: ")


@pytest.mark.parametrize("pixels", ["yuv422p", "yuv444p", "yuv422p10le"])
def test_formats_that_cannot_leave_it_are_rendered_from_processors(pixels, tmp_path, monkeypatch):
    """NVDEC decodes HEVC in 4:4:4, newer ones 4:2:2 too; torch is handed neither."""
    monkeypatch.setattr(footage, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36)), pixel_format=pixels)
    choice = examine(path, hardware=True).decoder
    assert choice == DecoderChoice("cpu", "nvdec: only 4:2:0 of 8 and 10 bits leaves it")


@pytest.mark.parametrize(
    "error",
    [
        AssertionError("Torch not compiled with CUDA enabled"),
        ImportError("libcudart.so.13: cannot open"),
        OSError("libnvcuvid"),
        DeferredCudaCallError("CUDA call failed lazily at initialization with error: GPU is lost"),
    ],
    ids=["torch without CUDA", "torch that is broken", "library that is missing", "GPU that cannot be read"],
)
def test_a_torch_that_cannot_use_the_gpu_is_a_reason_and_no_failure(error, monkeypatch):
    """The driver may show a GPU to a torch that was built for processors."""

    def broken():
        raise error

    monkeypatch.setattr(accel, "may_decode_on_gpu", lambda: None)
    monkeypatch.setattr(cuda_frames, "nvdec", broken)
    monkeypatch.setattr(accel, "_tiny_video", lambda: None)
    assert accel.choose_decoder.__wrapped__() == DecoderChoice("cpu", f"nvdec: {error}")


@pytest.mark.parametrize(("device", "reason"), [("nvidiactl", None), ("absent", "no NVIDIA GPU: ")])
def test_a_container_without_nvml_may_have_a_gpu(device, reason, tmp_path, monkeypatch):
    """Where `utility` is not among what it was granted of the driver, only its device tells."""

    def missing():
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    (tmp_path / "nvidiactl").touch()
    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    monkeypatch.setattr("clipzy.machine.gpu.NVIDIA_DEVICE", tmp_path / device)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    found = accel.may_decode_on_gpu()
    assert found == reason if reason is None else found.startswith(reason)
