from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

import measured
from clipzy.style.apply import build_plan, little_kept
from clipzy.style.config import JobConfig, Quality
from clipzy.style.dna import AspectRatio, AudioStyle, Transition, TransitionType
from clipzy.style.measurements import Boundary, Loudness, SoundKind, SoundSpan, Subject
from clipzy.style.plan import WHOLE_PICTURE, Look
from clipzy.style.time import Span

DENSER = "compressed 1.5:1 (style 3.0, footage 2.0)"
TALL = measured.style(aspect_ratio=AspectRatio.TALL, frame_rate=24)


def plan(dna=TALL, config=None, **facts):
    """The plan for footage with these facts."""
    footage = measured.measurements(measured.video(facts=measured.facts(**facts)))
    return build_plan(dna, footage, config or JobConfig())


def test_the_style_reaches_the_whole_footage():
    """Its clips span the footage without a gap, cropped to the template's shape, with its look, at its frame rate."""
    made = plan()
    edges = [clip.source.start for clip in made.clips] + [made.clips[-1].source.end]
    assert (edges[0], edges[-1]) == (0, 40)
    assert [clip.source for clip in made.clips] == [Span(start, end) for start, end in pairwise(edges)]
    assert (made.output.width, made.output.height, made.output.frame_rate) == (608, 1080, Fraction(24))
    assert (made.looks, made.clips[0].look, made.clips[0].transition_in) == ((Look("lut.cube"),), "lut.cube", None)
    assert made.duration == 40


def test_reasons_can_be_read():
    """Every step says why."""
    assert plan().reasons == (
        "cropped from 1920x1080 to 9:16 around the middle, since no subject was found: the style is 9:16",
        "11 virtual cuts, 11 on beats: the style's 30 cuts per minute are 20 over this length, and the footage has 9",
        "cuts stay plain, like the style's",
        "no zooms added: the style has none",
        "24 fps instead of 30: the style's rate",
        "colours matched to the style with a look of strength 0.7",
        f"bass lifted by 2.4 dB (style 40, footage 20); {DENSER}; loudness changed from -14.0 to -13.5 LUFS",
        "608x1080 at medium quality: crf 23, preset veryfast",
    )


@pytest.mark.parametrize("has_video", [False, True], ids=["a style alone", "a template"])
@pytest.mark.parametrize("pacing", [True, "highlights"])
def test_what_is_taken_over_is_called_by_its_name(has_video, pacing):
    """The template's where there is one, the style's where it came without; in what the plan says and in what it warns of."""
    dna = measured.style(cut_frequency=60.0, zoom_usage=50.0, primary_transition=Transition(TransitionType.FADE, 5000))
    footage = measured.measurements(audio_analysis=measured.audio(beats=()))
    template = measured.video(boundaries=(Boundary(Fraction(8), Fraction(13), TransitionType.FADE, 0.9),))
    told, config = [], JobConfig(pacing=pacing)
    made = build_plan(dna, footage, config, template_video=template if has_video else None, warn=told.append)
    said = [*made.reasons, *told, *(clip.reason for clip in made.clips)]
    mine, other = ("template's", "style's") if has_video else ("style's", "template's")
    assert sum(mine in sentence for sentence in said) >= 3
    assert not any(other in sentence for sentence in said)
    [warning] = told
    assert warning.startswith(f"the {mine} fade is shortened to ")


@pytest.mark.parametrize(
    ("worn", "strength", "keeps"), [(0.7, 0.7, True), (0.7, 0.5, True), (0.7, 0.9, False), (0, 0.1, False)]
)
def test_footage_that_wears_the_templates_look_is_not_given_it_again(worn, strength, keeps):
    """Only a stronger one is put on."""
    config, template = JobConfig(strength=strength), measured.video()
    made = build_plan(measured.style(), measured.measurements(), config, template_video=template, worn=worn)
    assert (made.looks == ()) is keeps
    assert ("colours kept: the footage already wears the template's look at strength 0.7" in made.reasons) is keeps


def test_own_style_keeps_all_but_the_loudness():
    """Without a template colours, shape and frame rate are the footage's."""
    made = plan(None, frame_rate=Fraction(30000, 1001))
    assert (made.looks, made.clips[0].crop, made.clips[0].look) == ((), WHOLE_PICTURE, None)
    assert (made.output.width, made.output.height, made.output.frame_rate) == (1920, 1080, Fraction(30000, 1001))
    assert (made.audio.target_lufs, made.audio.compression_ratio, made.audio.bass_gain_db) == (-14.0, None, None)


@pytest.mark.parametrize(
    ("shape", "size", "said"),
    [
        (AspectRatio.WIDE, (270, 480), "only 32% of the footage's 270x480 picture is kept, as 270x152: "),
        (AspectRatio.TALL, (1920, 1080), None),
        (AspectRatio.SQUARE, (1920, 1080), None),
        (AspectRatio.TALL, (640, 480), None),
        (AspectRatio.WIDE, (1920, 1080), None),
    ],
    ids=["upright to lying", "lying to upright", "to a square", "from 4:3", "the same"],
)
def test_a_crop_to_lying_that_leaves_less_than_a_third_is_told(shape, size, said):
    """With what there is to do about it; not where the job names a shape, or keeps the whole picture or its own style."""
    style, video = (
        measured.style(aspect_ratio=shape),
        measured.video(facts=measured.facts(width=size[0], height=size[1])),
    )
    told = little_kept(style, None, video, JobConfig())
    assert told is None if said is None else told.startswith(f"{said}the style is {shape}; set config.aspect_ratio")
    for config in (JobConfig(aspect_ratio=shape), JobConfig(framing=False)):
        assert little_kept(style, None, video, config) is None
    assert little_kept(None, None, video, JobConfig()) is None


@pytest.mark.parametrize(
    ("config", "size"),
    [
        (JobConfig(framing=False), (1920, 1080)),
        (JobConfig(aspect_ratio=AspectRatio.SQUARE), (1080, 1080)),
        (JobConfig(framing=False, aspect_ratio=AspectRatio.SQUARE), (1080, 1080)),
        (JobConfig(max_height=720), (406, 720)),
        (JobConfig(framing=False, max_height=144), (256, 144)),
        (JobConfig(min_height=1920), (1080, 1920)),
        (JobConfig(framing=False, min_height=1440), (2560, 1440)),
    ],
    ids=["switched-off", "asked-for", "asked-for-wins", "limited", "kept-and-limited", "enlarged", "kept-and-enlarged"],
)
def test_the_caller_rules_the_frame(config, size):
    """The framing switch, the aspect ratio and the height of the job win over the style's."""
    output = plan(config=config).output
    assert size == (output.width, output.height)


def test_a_plan_says_that_it_enlarges():
    """From which size, and that it was asked for."""
    made = plan(config=JobConfig(min_height=1920))
    assert "1080x1920, enlarged from 608x1080 (requested by the job), at medium quality: " in "\n".join(made.reasons)


@pytest.mark.parametrize(
    "config", [JobConfig(color=False), JobConfig(strength=0.0)], ids=["switch-off", "strength-zero"]
)
def test_colours_can_be_kept(config):
    """No look where the colour switch is off or its strength is nothing."""
    made = plan(config=config)
    assert (made.looks, made.clips[0].look) == ((), None)


@pytest.mark.parametrize(
    ("own", "variable", "config", "written"),
    [
        (Fraction(24000, 1001), False, JobConfig(), Fraction(24000, 1001)),
        (Fraction(24000, 1001), True, JobConfig(), Fraction(24)),
        (Fraction(30), False, JobConfig(), Fraction(24)),
        (Fraction(24), False, JobConfig(frame_rate=60), Fraction(60)),
        (Fraction(60000, 1001), False, JobConfig(frame_rate=60), Fraction(60000, 1001)),
    ],
    ids=["ntsc-kept", "variable-made-even", "video-to-film", "asked-for", "asked-for-ntsc"],
)
def test_frame_rate_is_the_styles_unless_it_is_the_same_to_the_eye(own, variable, config, written):
    """The style's or the job's frame rate is written, save that 23.976 is not turned into 24."""
    assert written == plan(config=config, frame_rate=own, variable_frame_rate=variable).output.frame_rate


@pytest.mark.parametrize("style", [measured.style(), None], ids=["a style", "own style"])
def test_frames_are_not_blended_across_the_footages_own_cuts(style):
    """There a clip ends; without blending all is one. Two shots were seen at once in one to two frames at each."""
    config = JobConfig(frame_rate=60, pacing=False, framing=False, motion=False, transitions=False, frame_blending=True)
    video = measured.video()
    made = [
        build_plan(style, measured.measurements(video), each).clips
        for each in (config, replace(config, frame_blending=False))
    ]
    assert [clip.source for clip in made[0]] == list(video.shots)
    assert len(made[1]) == 1


@pytest.mark.parametrize(
    ("wanted", "own", "variable", "blends"),
    [(24, 30, False, True), (30, 30, False, False), (30, 30, True, True), (None, 60, False, True)],
    ids=["another rate", "the same", "a variable one", "the template's"],
)
def test_frames_are_blended_where_it_is_asked_for_and_the_rate_changes(wanted, own, variable, blends):
    """Nowhere else, and the reason says so."""
    config = JobConfig(frame_rate=wanted, frame_blending=True)
    made = plan(config=config, frame_rate=Fraction(own), variable_frame_rate=variable)
    assert made.output.frame_blending is blends
    assert any("are blended" in reason for reason in made.reasons) is blends
    assert not plan(config=JobConfig(frame_rate=wanted), frame_rate=Fraction(own)).output.frame_blending


@pytest.mark.parametrize(
    ("quality", "encoding"),
    [
        (Quality.LOW, (28, "veryfast", 128)),
        (Quality.MEDIUM, (23, "veryfast", 192)),
        (Quality.HIGH, (18, "medium", 256)),
    ],
)
def test_quality_sets_the_encoding(quality, encoding):
    """Three qualities, three settings of the encoder."""
    output = plan(config=JobConfig(quality=quality)).output
    assert encoding == (output.crf, output.preset, output.audio_bitrate_kbps)


def test_audio_switch_keeps_the_sound():
    """With the audio switch off no step touches the sound."""
    chain = plan(config=JobConfig(audio=False)).audio
    assert (chain.bass_gain_db, chain.compression_ratio, chain.target_lufs) == (None, None, None)


@pytest.mark.parametrize(("genre", "ratio"), [("electronic", 2.0), (None, 4.0)])
@pytest.mark.parametrize("audio", [True, "mix"])
def test_a_voice_takes_little_of_the_dynamics_of_music(genre, ratio, audio):
    """With its own sound alone and under the template's; a style without a genre is not known to be of music."""
    style = measured.style(music_genre=genre, audio_style=AudioStyle(0.75, 8.0, 0.0, False))
    spoken = SoundSpan(Span(Fraction(2), Fraction(20)), SoundKind.SPEECH)
    voice = measured.audio(compression_ratio=1.0, music_ratio=0.0, speech_ratio=0.45, sounds=(spoken,))
    footage = measured.measurements(audio_analysis=voice)
    chain = build_plan(style, footage, JobConfig(audio=audio), template_sound=measured.audio()).audio
    assert chain.compression_ratio == ratio


@pytest.mark.parametrize("style", [None, TALL], ids=["own style", "a style"])
def test_footage_without_sound_has_no_chain(style):
    """No sound stream, no audio chain."""
    silent = measured.audio(present=False, loudness=Loudness(None, None, None))
    made = build_plan(style, measured.measurements(audio_analysis=silent), JobConfig())
    assert (made.audio, made.reasons[6]) == (None, "no sound: the footage has none")


@pytest.mark.parametrize("size", [(1080, 1920), (607, 1079), (17, 9), (3, 3), (2, 2)], ids=str)
def test_any_footage_gets_a_plan(size):
    """Vertical, odd and tiny pictures all get an even output with a crop inside the picture."""
    output = plan(width=size[0], height=size[1]).output
    assert (output.width % 2, output.height % 2) == (0, 0)


def test_the_same_inputs_make_the_same_plan():
    """Planning leaves nothing to chance."""
    assert plan() == plan()


def test_pacing_changes_the_framing_and_leaves_nothing_out():
    """Each virtual cut goes closer or back again, at the face of the take; the crops keep the output's shape."""
    seen = tuple(Subject(k + 0.5, 0.6, 0.2, 0.7, 0.5, 0.99, is_face=True) for k in range(40))
    footage = measured.measurements(measured.video(shots=2, subjects=seen))
    made = build_plan(measured.style(cut_frequency=12.0), footage, JobConfig())
    assert len(made.clips) == 8  # the footage's own cut goes from wide to wide, and needs no clip
    assert made.duration == 40
    widths = [round(clip.crop.width, 3) for clip in made.clips]
    assert widths[:3] == [1.0, 0.714, 1.0]
    close = next(clip for clip in made.clips if clip.crop.width < 1)
    assert close.crop.x <= 0.6
    assert close.crop.x + close.crop.width >= 0.7
    assert close.reason.startswith("virtual cut on ")
    assert close.reason.endswith(", closer on the face")


@pytest.mark.parametrize(
    ("style", "config"),
    [(measured.style(cut_frequency=120.0), JobConfig(pacing=False)), (None, JobConfig())],
    ids=["switch", "own style"],
)
def test_cuts_can_be_kept(style, config):
    """One clip, for nothing changes between its takes."""
    made = plan(style, config)
    assert len(made.clips) == 1
    assert made.reasons[1].startswith("cuts kept: ")


def test_a_crop_follows_what_each_take_is_of():
    """Of two takes one has its subject on the left, the other on the right: a clip each, aimed at it."""
    left = tuple(Subject(k + 0.5, 0.1, 0.3, 0.2, 0.6, 0.9, is_face=True) for k in range(20))
    right = tuple(Subject(k + 0.5, 0.8, 0.3, 0.9, 0.6, 0.9, is_face=True) for k in range(20, 40))
    footage = measured.measurements(measured.video(shots=2, subjects=left + right))
    first, second = build_plan(TALL, footage, JobConfig(pacing=False)).clips
    assert first.crop.x == 0
    assert first.crop.x + first.crop.width > 0.2
    assert second.crop.x < 0.8
    assert second.crop.x + second.crop.width == pytest.approx(1.0, abs=0.01)
