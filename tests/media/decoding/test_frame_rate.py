"""The usual frame rate by time stamps: that of the pictures while they move."""

import random
from fractions import Fraction
from itertools import accumulate

import av
import pytest

import synth
from clipzy.media.decoding.frame_rate import Stamps, usual_frame_rate
from clipzy.media.decoding.probe import probe
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.render import render
from clipzy.style.extract import nearest_rate
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
CLOCKS = [Fraction(1, 90000), Fraction(1, 1000), Fraction(1, 600)]


def even(rate, count, start=0):
    """Stamps at a constant rate, in seconds."""
    return [start + number / Fraction(rate) for number in range(count)]


def steps(grid, lengths, count=300):
    """Stamps on a grid, so many of its points apart, over and over."""
    return list(accumulate((Fraction(lengths[n % len(lengths)], grid) for n in range(count)), initial=Fraction(0)))


def scattered(rate, deviation_s):
    """Stamps about those of a rate."""
    random_ = random.Random(5)
    return sorted(at + Fraction(random_.gauss(0, deviation_s)) for at in even(rate, 600))


def lossy(rate, share):
    """Stamps at a rate of which some are missing, here and there."""
    random_ = random.Random(5)
    return [at for at in even(rate, 600) if random_.random() > share]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@pytest.mark.parametrize(
    ("times", "rate"),
    [
        (even(60, 120) + even(60, 120, 8), 60),
        ([at for k in range(4) for at in even(60, 60, 4 * k)], 60),
        (even(NTSC, 150) + even(NTSC, 150, 60), NTSC),
        (even(FILM, 150) + even(FILM, 150, 60), FILM),
        ([at for number, at in enumerate(even(30, 303)) if number not in {60, 150, 240}], 30),
        (lossy(30, 0.1), 30),
        (steps(60, (1, 16)), 60),
        (steps(60, (3, 2)), 24),
        (steps(60, (2, 3, 3, 2)), 24),
        (steps(30, (1, 1, 1, 2)), 24),
        (steps(60, (1, 1, 1, 1, 2)), 50),
        (steps(60, (3, 2), 150) + [10 + at for at in steps(60, (3, 2), 150)], 24),
        (scattered(30, 0.001), 30),
        (scattered(30, 0.003), 30),
        (scattered(60, 0.002), 60),
        (even(60, 600) + even(24, 240, 10), 60),
    ],
    ids=[
        "a pause", "three pauses", "a pause of NTSC", "a pause of film", "lost pictures", "many lost pictures", "bursts", "telecine",
        "advanced telecine", "film on 30", "PAL on 60", "telecine and a pause", "a phone's", "a jittery phone's", "60 of a phone", "two takes",
    ],
)  # fmt: skip
def test_the_rate_is_that_of_pictures_that_move(times, rate, clock):
    """Whatever pauses and losses there are, and however the clock rounds; and it is told that the rate varies."""
    assert usual_frame_rate([round(at / clock) for at in times], clock) == (rate, True)


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_steps_all_over_have_their_mean_rate_or_a_faster_one(clock):
    """Pictures that come in heaps are no faster for it, and slides are slow."""
    random_ = random.Random(5)
    for times, least, most in [
        (accumulate(Fraction(random_.uniform(0.01, 0.1)) for _ in range(600)), 17, 19),
        (accumulate(Fraction(random_.uniform(5, 60)) for _ in range(30)), 0.02, 0.05),
        (steps(1000, (1, 65)), 30, 31),
        ([second + at for second in range(10) for at in (*even(30, 15), *even(20, 10, 0.5))], 25, 30),
    ]:
        ticks = [round(at / clock) for at in times]
        rate, varies = usual_frame_rate(ticks, clock)
        assert varies
        assert least <= rate <= most
        assert rate >= (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * clock) * Fraction(998, 1000)


def test_every_picture_of_a_recording_with_a_pause_is_rendered(tmp_path):
    """At the rate that is told of it, which is the style's too, in its own style."""
    times = even(60, 90) + even(60, 90, 4)
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(180, (96, 54)), times=times, rate=Fraction(60))
    facts = probe(source).facts
    assert (facts.frame_rate, nearest_rate(facts.frame_rate), facts.frame_count) == (60, 60, 180)
    assert facts.duration == Fraction(11, 2)
    clip = Clip(Span(Fraction(0), facts.duration), WHOLE_PICTURE, None, None, "")
    output = OutputFormat(96, 54, facts.frame_rate, "h264", 16, "ultrafast", 160)
    report = render(EditPlan((clip,), (), None, output, ()), source, {}, tmp_path / "o.mp4")
    assert (report.frames, report.duration, report.warnings) == (330, facts.duration, ())
    with av.open(str(tmp_path / "o.mp4")) as made:
        shown = [synth.read_index(frame.to_ndarray(format="gray")) for frame in made.decode(video=0)]
    assert shown == [*range(89), *[89] * 151, *range(90, 180)]


@pytest.mark.parametrize(
    ("times", "rate"), [(even(25, 20), 25), (steps(60, (1, 15), 40), 60)], ids=["constant", "bursts"]
)
def test_footage_is_read_at_its_usual_rate(times, rate, tmp_path):
    """By which it is told how far apart two pictures may be that are blended."""
    frames = synth.numbered_frames(len(times), (96, 54))
    assert examine(synth.write_video(tmp_path / "s.mp4", frames, times=times)).frame_rate == rate


@pytest.mark.parametrize(
    ("ticks", "kept"),
    [
        ([120, 40, 80, 240, 160, 200], [120, 240, 160, 200]),
        ([120, 160, 200, 0, 40, 80], [120, 160, 200, 0, 40, 80]),
        ([120], [120]),
    ],
    ids=["an open group", "a clock that begins anew", "one picture"],
)
def test_only_what_leads_up_to_the_first_picture_is_left_out(ticks, kept):
    """In coding order; else a file joined of two would be taken for its first part, and pass as short enough."""
    stamps = Stamps(list(ticks))
    stamps.leave_out_before(120)
    assert stamps.ticks == kept
