"""What is known of a source before it is read: how its pictures and sound are stored, and what decodes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame

from clipzy.media.accel import NVDEC, SWITCHED_OFF, DecoderChoice, choose_decoder, choose_fetching_decoder
from clipzy.media.colour.colour_spaces import STANDARD
from clipzy.media.colour.colour_tags import colour_space_of, peak_of
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.frame_rate import frame_rate_of
from clipzy.media.decoding.interlacing import may_interlace
from clipzy.media.decoding.packets import Damage, audible, container_duration, decoded, first_frame
from clipzy.media.decoding.sound_tracks import audio_stream
from clipzy.media.orientation import Orientation, orientation_of
from clipzy.media.rendering.deinterlace import is_combed
from clipzy.media.sound.sound_place import SPARE_S, place_of_sound
from clipzy.telemetry import log

# the formats that can be brought from NVDEC to the processors; directly into host memory only those of eight bits
FETCHABLE = {"yuv420p", "yuvj420p"}
LEAVING = FETCHABLE | {"yuv420p10le"}
KEPT_RATES = {44100, 48000}  # Hz; others become 48000


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a file before it is read. `zero`: container time of the first frame, second zero of the source."""

    path: Path
    zero: Fraction  # seconds
    longest: Fraction  # seconds; later stamps of the sound are not believed
    orientation: Orientation
    pixels: int  # of a picture
    pixel_aspect: Fraction | None  # width over height of a stored pixel, None if unknown
    frame_rate: Fraction  # usual, frames a second
    sample_rate: int | None  # Hz of the output's sound; None where there is no sound that can be decoded
    channels: int  # of the output's sound: 1 or 2, 0 where there is none that can be decoded
    downmixed: bool  # the source has more channels than that
    peak: float  # highest luminance in cd/m², if the pictures are PQ
    decoder: DecoderChoice  # of its pictures
    has_sound: bool  # whether or not it can be decoded
    combed: bool = False  # its pictures are interlaced, and deinterlaced as they are read
    transparent: bool = False  # by its container: VP8 and VP9 in WebM have transparency as pictures of its own, which their decoders leave out
    fetched: bool = False  # NVDEC decodes it into host memory

    @property
    def hardware(self) -> bool:
        """Whether its pictures are decoded on the GPU."""
        return self.decoder.name == NVDEC


def examine(path: Path, *, hardware: bool = False, fetched: bool = False) -> Source:
    """Decode the first picture and look at the sound; raises InvalidVideo or UnsupportedFormat.

    `hardware`: decode with NVDEC, if it takes this file; `fetched`: into host memory, for processing there.
    """
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        sound = None if audio is None else audio.codec_context
        if sound is not None and not (sound.channels and audible(sound.sample_rate)):
            sound = None  # a damaged header, whose sound cannot be decoded
        prepare_decoder(video.codec_context, threads=1)
        first = first_frame(container, video)
        channels = 0 if sound is None else sound.channels
        combed = (first.frame.interlaced_frame or may_interlace(video.codec_context)) and _shows_combs(path)
        return Source(
            path=path,
            zero=first.time,
            longest=Fraction(0) if sound is None else _longest(container, path),
            orientation=orientation_of(first.frame),
            pixels=first.frame.width * first.frame.height,
            pixel_aspect=video.sample_aspect_ratio,
            frame_rate=frame_rate_of(path, video),
            sample_rate=None if sound is None else sound.sample_rate if sound.sample_rate in KEPT_RATES else 48000,
            channels=min(channels, 2),
            downmixed=channels > 2,
            peak=peak_of(first.frame),
            decoder=_decoder_of(first.frame, combed=combed, fetched=fetched) if hardware else SWITCHED_OFF,
            has_sound=audio is not None,
            combed=combed,
            transparent=video.metadata.get("alpha_mode") == "1",
            fetched=fetched,
        )


def _longest(container: InputContainer, path: Path) -> Fraction:
    claimed = container_duration(container)
    if claimed:
        return claimed + SPARE_S
    # without a duration in the container the pictures tell, at the cost of reading the file
    with open_media(path) as unread:
        return place_of_sound(unread).longest


def _shows_combs(path: Path) -> bool:
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context)
        return is_combed(frame for _, frames in decoded(container, stream, Damage()) for frame in frames)


def _decoder_of(frame: VideoFrame, *, combed: bool, fetched: bool) -> DecoderChoice:
    """NVDEC if it is of use for such pictures; the log says why not."""
    choice = choose_fetching_decoder() if fetched else choose_decoder()
    fault = _unfit_for_gpu(frame, combed=combed, fetched=fetched) if choice.name == NVDEC else None
    if fault is None:
        return choice
    log.info("decoded on the CPU", reason=f"nvdec: {fault}")
    return DecoderChoice("cpu", f"nvdec: {fault}")


def _unfit_for_gpu(frame: VideoFrame, *, combed: bool, fetched: bool) -> str | None:
    fault = None
    if frame.format.name not in (FETCHABLE if fetched else LEAVING):
        fault = f"only 4:2:0 of 8 {'bits is fetched from' if fetched else 'and 10 bits leaves'} it"
    elif frame.width % 2 or frame.height % 2:
        fault = "surfaces of odd sizes are not told completely"
    elif combed or frame.interlaced_frame:
        fault = "interlaced pictures are made whole on the CPU"
    elif colour_space_of(frame) != STANDARD:
        fault = "HDR and wide gamuts are mapped on the CPU, which takes all bits of the pictures"
    return fault
