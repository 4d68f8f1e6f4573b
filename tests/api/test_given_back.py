"""Every plan that the engine makes is taken back as it came, whatever the clock, rate and length of the footage; numbers without end are not."""

import copy
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from pydantic import ValidationError

import measured
from clipzy.analysis.cuts.shots import shots_between
from clipzy.api.schemas import config as asked
from clipzy.api.schemas import plan as wire
from clipzy.settings import Settings
from clipzy.storage.artifacts import from_json, to_json
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import AspectRatio, BeatBand, Transition, TransitionType
from clipzy.style.given_plan import check_fits, check_soundtrack
from clipzy.style.measurements import (
    FASTEST_RATE,
    SLOWEST_RATE,
    Beat,
    Boundary,
    Measurements,
    SoundKind,
    SoundSpan,
    Subject,
)
from clipzy.style.plan import LONGEST_SIDE, EditPlan
from clipzy.style.time import Span

# the tick of a clock, and the rate of its pictures
CLOCKS = {
    "30": (Fraction(1, 15360), Fraction(30)),
    "NTSC": (Fraction(1, 30000), Fraction(30000, 1001)),
    "a telephone's": (Fraction(1, 90000), Fraction(30)),
    "AVI of a capture": (Fraction(333667, 10_000_000), Fraction(10_000_000, 333_667)),
    "WebM": (Fraction(1, 1000), Fraction(24000, 1001)),
    "Matroska to the nanosecond": (Fraction(1, 10**9), Fraction(60000, 1001)),
    "MP4's finest": (Fraction(1, 2**31 - 1), Fraction(60)),
    "odd": (Fraction(1, 1_999_999_973), Fraction(19001, 634)),
    "stills": (Fraction(3), Fraction(1, 3)),
    "slowest": (Fraction(1001), SLOWEST_RATE),
    "fastest": (Fraction(1, 1000), FASTEST_RATE),
}
LENGTHS_S = (3, 47, 47, 4 * 3600)


def spans(rng, duration, kind):
    """Some stretches of sound, in order and apart."""
    edges = sorted(Fraction(rng.randrange(1, 16000 * int(duration) + 2), 16000) for _ in range(12))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(SoundSpan(Span(start, end), kind) for start, end in pairs if start < end)


def sound(rng, duration, **changes):
    """Music with uneven beats, and speech with pauses."""
    step, off = rng.uniform(0.3, 0.9), rng.uniform(0, 0.03)
    count = min(int(float(duration) / step), 300)
    beats = tuple(Beat(k * step + rng.random() * off, 0.8, BeatBand.BASS, k % 4 == 0) for k in range(count))
    speech = spans(rng, duration, SoundKind.SPEECH)
    thirds = ((each.span.start, each.span.duration / 3) for each in speech)
    pauses = tuple(Span(start + third, start + 2 * third) for start, third in thirds if third)
    plain = {"beats": beats if rng.random() < 0.6 else (), "sounds": speech, "pauses": pauses}
    return measured.audio(**(plain | {"duration_s": float(duration)} | changes))


def footage(rng, tick, rate, length_s):
    """A video on a clock: cuts and dissolves on its frames, somebody who walks through it."""
    step = max(1, round(1 / rate / tick))
    count = max(2, int(length_s / (step * tick)))
    duration = count * step * tick
    size = rng.choice([(1920, 1080), (1080, 1920), (16, 16), (256, 16)])
    facts = measured.facts(width=size[0], height=size[1], duration=duration, frame_rate=rate, frame_count=count)
    ends = Fraction(0)
    boundaries = []
    for at in sorted(rng.sample(range(1, count), min(count - 1, rng.choice([0, 3, 12])))):
        start = at * step * tick
        lasts = rng.choice([0, 0, 5]) * step * tick
        if start > ends and start + lasts < duration:
            ends = start + lasts
            boundaries.append(
                Boundary(start, ends, TransitionType.DISSOLVE if lasts else TransitionType.CUT, rng.uniform(0.5, 1))
            )
    times = [k * 0.5 for k in range(min(200, int(2 * duration)))]
    walker = tuple(Subject(t, x, 0.3, x + 0.1, 0.6, 0.9, is_face=True) for t in times for x in [abs(t % 18 - 9) / 10])
    video = replace(
        measured.video(facts=facts),
        boundaries=tuple(boundaries),
        shots=shots_between(boundaries, duration),
        subjects=walker if rng.random() < 0.5 else (),
    )
    return Measurements(video, sound(rng, duration), measured.motion())


def choices(rng):
    """Of a job."""
    pacing = rng.choice([True, "highlights"])
    return JobConfig(
        pacing=pacing,
        target_duration_seconds=rng.choice([None, 7.3, 100 / 3]) if pacing == "highlights" else None,
        audio=rng.choice([True, "template", "mix"]),
        aspect_ratio=rng.choice([None, AspectRatio.TALL]),
        max_height=rng.choice([None, 1080]),
        min_height=rng.choice([None, 144]),
    )


def made(rng, tick, rate, length_s):
    """A plan of the engine's for footage on that clock, in its own style or in another video's; and what it was made of."""
    shots, config = footage(rng, tick, rate, length_s), choices(rng)
    template = sound(rng, Fraction(rng.randrange(100_000, 2_000_000), 44_100))
    style = measured.style(
        cut_frequency=rng.choice([7.0, 31.0, 77.7]) * min(1.0, 90 / float(shots.video.facts.duration)),
        zoom_usage=rng.choice([0.0, 60.0]),
        primary_transition=Transition(TransitionType.DISSOLVE, rng.choice([333, 1001])),
    )
    own = rng.random() < 0.2
    plan = build_plan(None if own else style, shots, config, template_sound=None if own else template)
    check_fits(plan, shots.video)
    check_soundtrack(plan.soundtrack, template)
    return plan, shots.video.facts, config


@pytest.mark.parametrize(("tick", "rate"), CLOCKS.values(), ids=CLOCKS)
def test_an_engines_own_plan_is_taken_back_as_it_came(tick, rate):
    """It is the same plan, to the last fraction: of seconds or of hours, divided evenly or on beats, with every kind of number in it."""
    rng = random.Random(5)
    for length_s in LENGTHS_S:
        plan, facts, config = made(rng, tick, rate, length_s)
        given = to_json(EditPlan, plan)
        taken = wire.EditPlan.model_validate(given).model_dump(mode="json")
        assert taken == given
        assert from_json(EditPlan, taken) == plan
        if config.pacing != "highlights":
            assert plan.duration == facts.duration


@pytest.mark.parametrize("size", [(LONGEST_SIDE, 512), (512, LONGEST_SIDE)], ids=["wide", "tall"])
def test_a_plan_of_the_largest_footage_is_taken_back(size):
    """Which `MAX_DIMENSION_PX` can allow: an output is as large as its footage."""
    Settings(max_dimension_px=max(size))
    facts = measured.facts(width=size[0], height=size[1])
    plan = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    assert (plan.output.width, plan.output.height) == size
    wire.EditPlan.model_validate(to_json(EditPlan, plan))


def test_a_given_plan_is_made_the_engines_own_but_once():
    """That of a long one takes more than a second: what checks it and what stores it get the same."""
    plan = build_plan(None, measured.measurements(), JobConfig())
    config = asked.JobConfig.model_validate({"plan": to_json(EditPlan, plan)})
    assert config.plan is not None
    assert config.to_domain() == JobConfig(plan=plan)
    assert config.to_domain().plan is config.plan.to_domain()


def test_virtual_cuts_make_no_fractions_of_their_own():
    """However many pieces a take is divided into, their edges lie on one clock, and no piece is lost to rounding."""
    video = measured.video(1, facts=measured.facts(duration=Fraction(17981 * 1001, 30000)))
    footage = Measurements(video, measured.audio(beats=()), measured.motion())
    plan = build_plan(measured.style(cut_frequency=15.0), footage, JobConfig())
    edges = [clip.source.end for clip in plan.clips]
    assert len(edges) == 151
    assert edges[-1] == video.facts.duration
    assert all(705_600_000 % edge.denominator == 0 for edge in edges)


PLAN = to_json(EditPlan, build_plan(None, measured.measurements(measured.video(1)), JobConfig()))


def test_fractions_whose_sums_grow_without_end_are_refused():
    """Each is small enough, but all of them share no denominator that anybody could reckon with; hundreds of usual ones do."""
    plan = copy.deepcopy(PLAN)
    clip = plan["clips"][0]
    plan["clips"] = [{**clip, "source": {"start": f"1/{2**30 + odd}", "end": "1"}} for odd in range(1, 4001, 2)]
    with pytest.raises(ValidationError, match="too many different denominators"):
        wire.EditPlan.model_validate(plan)
    plan["clips"] = [{**clip, "source": {"start": f"1/{parts}", "end": "2"}} for parts in range(1, 1001)]
    assert len(wire.EditPlan.model_validate(plan).clips) == 1000


@pytest.mark.parametrize(
    ("end", "words"),
    [("1/2147483648", "at most 2147483647"), ("1000000000", "less than a thousand million"), ("1" * 16, "pattern")],
)
def test_numbers_beyond_all_clocks_are_refused(end, words):
    """No container counts in finer parts of a second, and no video lasts so long."""
    plan = copy.deepcopy(PLAN)
    plan["clips"][0]["source"]["end"] = end
    with pytest.raises(ValidationError, match=words):
        wire.EditPlan.model_validate(plan)


@pytest.mark.parametrize(("rate", "is_one"), [("1/1001", True), ("1/1002", False), ("1000", True), ("1001", False)])
def test_rates_are_those_of_footage(rate, is_one):
    """All that footage may have, which its own style keeps, and no others."""
    plan = {**PLAN, "output": {**PLAN["output"], "frame_rate": rate}}
    if is_one:
        assert wire.EditPlan.model_validate(plan).output.frame_rate == rate
    else:
        with pytest.raises(ValidationError, match="frame_rate of 1/1001 to 1000"):
            wire.EditPlan.model_validate(plan)
