"""From a style and the footage's measurements to an edit plan, each step with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.active_picture import Window, whole_window, window_of
from clipzy.style.camerawork import Framed, clips_of, framed, told_aim, told_room, with_zooms
from clipzy.style.config import TEMPLATES_SOUND, JobConfig, Quality
from clipzy.style.cropped_away import LITTLE_KEPT
from clipzy.style.dna import StyleDNA, TransitionType
from clipzy.style.doubling import Doubling
from clipzy.style.highlights import Heard, best_takes
from clipzy.style.joining import joined
from clipzy.style.lasting import time_wanted
from clipzy.style.laying import laid, soundtrack, unusable
from clipzy.style.leeway import Slowable
from clipzy.style.looks import Wardrobe, told, wardrobe
from clipzy.style.measurements import AudioAnalysis, Measurements, VideoAnalysis
from clipzy.style.mix import kept_chain, own_style_chain, soundtrack_chain, style_chain
from clipzy.style.mixture import Portion, mixture_of
from clipzy.style.pacing import Take, paced, takes_between
from clipzy.style.phrasing import Phrasing, phrasing_of
from clipzy.style.picture_format import (
    KEEPS_OWN,
    PictureFormat,
    format_of,
    output_rate,
    shape_name,
    steady_rate,
    wanted_shape,
    why_shape_kept,
)
from clipzy.style.plan import AudioChain, Clip, Crop, EditPlan, OutputFormat
from clipzy.style.reframe import RATIOS, Frame, reframe
from clipzy.style.sound_edges import with_edges
from clipzy.style.soundtrack import Soundtrack, heard_beats


@dataclass(frozen=True, slots=True)
class Encoding:
    """x264's constant rate factor and preset, and the sound's bit rate."""

    crf: int
    preset: str
    audio_kbps: int


# x264: 6 steps of crf double the size; 23 is its default, 18 cannot be told from the source by most eyes
ENCODINGS = {
    Quality.LOW: Encoding(28, "veryfast", 128),
    Quality.MEDIUM: Encoding(23, "veryfast", 192),
    Quality.HIGH: Encoding(18, "medium", 256),
}
VIDEO_CODEC = "h264"


def build_plan(
    style: StyleDNA | None,
    footage: Measurements,
    config: JobConfig,
    *,
    template_video: VideoAnalysis | None = None,
    template_sound: AudioAnalysis | None = None,
    worn: float = 0.0,
    warn: Callable[[str], None] = lambda _: None,
) -> EditPlan:
    """Plan what happens to which span of the footage.

    Args:
        style: to take on. None keeps the footage's own: colours, cuts, shape and frame rate; the sound is normalised.
        footage: measured.
        config: the caller's choices: its aspect ratio, frame rate and height win over the style's, its switches turn aspects off.
        template_video: the style's video, None where it came without one. Its colours say whether the footage's shots share a look, its changes of
            shot how often it uses which transition; footage whose shape and frame rate the style would name as it names this video's keeps them.
        template_sound: of the style's video, for a job that wants to hear it; the footage's is heard where it cannot be (see `sound_missing`).
        worn: the strength of this style's look that the footage has already, 0..1.
        warn: is told what of the style the plan is far from.
    """
    whose = "style" if template_video is None else "template"
    changes = None if template_video is None else template_video.changes
    shown = None if template_video is None else format_of(template_video)
    mixture = None if style is None else mixture_of(style, changes)
    facts = footage.video.facts
    frame, window, cropping, because = _framing(style, shown, footage.video, config)
    rate, timing = output_rate(style, shown, facts, config)
    blends = config.frame_blending and (facts.variable_frame_rate or rate != steady_rate(facts))
    music = _music(template_sound, facts.duration, config)
    longest = _longest(style, facts.duration, config)
    stretches = () if music is None else laid(music, longest)
    beats = footage.audio.beats if music is None else heard_beats(stretches, music.beats)
    is_heard = music is None or config.audio == "mix"
    theirs = () if template_sound is None else template_sound.beats
    phrasing = phrasing_of(style, template_video, footage.audio if is_heard else None, config.seed, theirs)
    heard = Heard(beats, on_output=music is not None, footage=is_heard)
    takes, pacing = _takes(style, footage, config, heard, phrasing, whose=whose)
    if music is not None and _length(takes) > longest:  # where no best moments could be chosen
        stretches = laid(music, _length(takes))
    wears, colouring = _looks(style, footage.video, template_video, takes, config, worn=worn, whose=whose)
    shots, zooming = _shots(takes, frame.crop, style, window.measured(footage), config, whose=whose)
    is_gradual = any(portion.transition.type is not TransitionType.CUT for portion in mixture or ())
    parted = clips_of(shots, wears, at_cuts=blends or (config.transitions and is_gradual))
    framed_clips = [(window.placed(clip), is_virtual) for clip, is_virtual in parted]
    slowable = Slowable(footage, is_heard=is_heard)
    clips, joining, far = _joined(framed_clips, footage, slowable, mixture, config, whose=whose)
    for sentence in far:
        warn(sentence)
    track = None if music is None else soundtrack(stretches, music, footage.audio, clips, mixed=is_heard)
    sound = _sound(style, footage.audio, track, clips, config)
    output = _output(frame, rate, blends, config)
    lacking = None if template_video is None else left_out(template_video)
    return EditPlan(
        clips=clips,
        looks=wears.looks,
        audio=sound,
        output=output,
        reasons=(
            f"{cropping}{told_aim(shots, frame.crop)}: {because}",
            f"{pacing}{told_room(takes, shots)}",
            joining,
            zooming,
            f"{timing}; new frames are blended from their neighbours" if blends else timing,
            colouring,
            "no sound: the footage has none" if sound is None else sound.reason,
            f"{_told_size(frame)} at {config.quality} quality: crf {output.crf}, preset {output.preset}",
            *([] if lacking is None else [lacking]),
        ),
        soundtrack=track,
    )


def sound_missing(template: AudioAnalysis | None, duration: Fraction, config: JobConfig) -> str | None:
    """Why the template's sound, which the job wants, is not heard in an output of so many seconds; None where it is, or is not wanted."""
    if config.audio not in TEMPLATES_SOUND:
        return None
    return "there is no template" if template is None else unusable(template, duration)


def little_kept(
    style: StyleDNA | None, template: PictureFormat | None, video: VideoAnalysis, config: JobConfig
) -> str | None:
    """What a person should know of a crop to the style's lying shape that leaves less than a third; None where more is left, or the job names a shape.

    A crop to an upright shape is what upright templates are for, and as high as the footage (see `cropped_away`).

    `style`: None for the footage's own. `template`: shape and rate of its video, None where it came without one.
    """
    if config.aspect_ratio is not None or style is None:
        return None
    frame, window, *_ = _framing(style, template, video, config)
    kept = frame.crop.width * frame.crop.height
    if kept >= LITTLE_KEPT or frame.crop.height == 1:
        return None
    return (
        f"only {kept:.0%} of the footage's {window.width}x{window.height} picture is kept, as {frame.width}x{frame.height}: "
        f"{wanted_shape(style, template)[1]}; set config.aspect_ratio for another shape, or config.framing to false to keep the whole picture"
    )


def left_out(template: VideoAnalysis) -> str | None:
    """A sentence on what is seen in the template and not made in the footage; None where there is nothing of the kind.

    What is not even measured, as grain and vignettes, is not spoken of.
    """
    things = []
    if template.active is not None:
        things.append(f"the black bars around its {template.active.width}x{template.active.height} picture")
    if template.has_captions or template.facts.has_subtitle_stream:
        things.append("its captions")
    return f"not taken over from the template: {' and '.join(things)}" if things else None


def _music(template: AudioAnalysis | None, duration: Fraction, config: JobConfig) -> AudioAnalysis | None:
    """The template's sound where it is heard, None where the footage's alone is."""
    is_heard = config.audio in TEMPLATES_SOUND and sound_missing(template, duration, config) is None
    return template if is_heard else None


def _longest(style: StyleDNA | None, duration: Fraction, config: JobConfig) -> Fraction:
    """Seconds that the output of footage of that duration is to last at most."""
    if config.pacing != "highlights":
        return duration
    return min(duration, time_wanted(style, config.target_duration_seconds))


def _length(takes: Sequence[Take]) -> Fraction:
    return sum((take.span.duration for take in takes), Fraction(0))


def _takes(
    style: StyleDNA | None, footage: Measurements, config: JobConfig, heard: Heard, phrasing: Phrasing, *, whose: str
) -> tuple[tuple[Take, ...], str]:
    if config.pacing == "highlights":
        target = config.target_duration_seconds
        return best_takes(style, footage, heard, target, transitions=config.transitions, phrasing=phrasing, whose=whose)
    video = footage.video
    takes = takes_between(video.changes, video.facts.duration)
    if style is None:
        return takes, f"cuts kept: {KEEPS_OWN}"
    if not config.pacing:
        return takes, "cuts kept: pacing is switched off"
    return paced(takes, video, heard.beats, style.cut_frequency, phrasing, whose=whose)


def _shots(
    takes: Sequence[Take],
    crop: Crop,
    style: StyleDNA | None,
    footage: Measurements,
    config: JobConfig,
    *,
    whose: str,
) -> tuple[list[Framed], str]:
    """The takes with their framing, and a sentence on the zooms."""
    shots = framed(takes, crop, footage.video)
    if style is None:
        return shots, f"no zooms added: {KEEPS_OWN}"
    if not config.motion:
        return shots, "no zooms added: motion is switched off"
    return with_zooms(shots, style.zoom_usage, footage.motion.moves, config.seed, whose=whose)


def _joined(
    clips_and_cuts: Sequence[tuple[Clip, bool]],
    footage: Measurements,
    slowable: Slowable,
    mixture: Sequence[Portion] | None,
    config: JobConfig,
    *,
    whose: str,
) -> tuple[tuple[Clip, ...], str, tuple[str, ...]]:
    clips, virtual = zip(*clips_and_cuts, strict=True)
    if mixture is None:
        return clips, f"transitions kept: {KEEPS_OWN}", ()
    if not config.transitions:
        return clips, "transitions kept: transitions are switched off", ()
    return joined(clips, virtual, footage.video, mixture, slowable, doubling=Doubling(footage), whose=whose)


def _framing(
    style: StyleDNA | None, template: PictureFormat | None, video: VideoAnalysis, config: JobConfig
) -> tuple[Frame, Window, str, str]:
    """The crop within a window of the footage, that window, what is done in words, and why."""
    facts = video.facts
    if config.aspect_ratio is not None:
        target, because = RATIOS[config.aspect_ratio], "requested by the job"
        window, bars = window_of(video, target)
        why_kept = None
    elif style is None or not config.framing:
        frame = reframe(facts.width, facts.height, None, config.max_height, config.min_height)
        kept = f"{facts.width}x{facts.height} picture kept whole"
        return frame, whole_window(facts), kept, KEEPS_OWN if style is None else "framing is switched off"
    else:
        target, because = wanted_shape(style, template)
        window, bars = window_of(video, target)
        why_kept = why_shape_kept(Fraction(window.width, window.height), style, template)
    shape = target if why_kept is None else None
    frame = reframe(window.width, window.height, shape, config.max_height, config.min_height)
    size = f"{window.width}x{window.height}"
    if frame.crop.width == frame.crop.height == 1:
        why = why_kept or f"already {shape_name(target)} ({because})"
        return frame, window, f"{bars}{size} picture kept whole", why
    return frame, window, f"{bars}cropped from {size} to {shape_name(target)}", because


def _looks(
    style: StyleDNA | None,
    video: VideoAnalysis,
    template: VideoAnalysis | None,
    takes: Sequence[Take],
    config: JobConfig,
    *,
    worn: float,
    whose: str,
) -> tuple[Wardrobe, str]:
    """What the takes wear, and a sentence on it."""
    if style is None:
        return Wardrobe(), f"colours kept: {KEEPS_OWN}"
    if not config.color:
        return Wardrobe(), "colours kept: color is switched off"
    if config.strength == 0:
        return Wardrobe(), "colours kept: strength is 0"
    if worn >= config.strength:
        return Wardrobe(), f"colours kept: the footage already wears the {whose}'s look at strength {worn:g}"
    wears = wardrobe(video, None if template is None else template.color).shown([take.span.start for take in takes])
    return wears, told(wears.looks, config.strength, whose)


def _output(frame: Frame, rate: Fraction, blends: bool, config: JobConfig) -> OutputFormat:
    encoding = ENCODINGS[config.quality]
    return OutputFormat(
        width=frame.width,
        height=frame.height,
        frame_rate=rate,
        video_codec=VIDEO_CODEC,
        crf=encoding.crf,
        preset=encoding.preset,
        audio_bitrate_kbps=encoding.audio_kbps,
        frame_blending=blends,
    )


def _told_size(frame: Frame) -> str:
    size = f"{frame.width}x{frame.height}"
    return (
        f"{size}, enlarged from {frame.kept[0]}x{frame.kept[1]} (requested by the job)," if frame.is_enlarged else size
    )


def _sound(
    style: StyleDNA | None, sound: AudioAnalysis, track: Soundtrack | None, clips: Sequence[Clip], config: JobConfig
) -> AudioChain | None:
    if not config.audio:
        chain = kept_chain(sound)
    elif style is None:
        chain = own_style_chain(sound)
    elif track is None:
        chain = style_chain(style.audio_style, sound, of_music=style.music_genre is not None)
    else:
        chain = soundtrack_chain(style.audio_style, sound, track, of_music=style.music_genre is not None)
    plays = sound.present and (track is None or track.footage_gain_db is not None)
    return chain if chain is None or not plays else with_edges(chain, clips, sound)
