"""Before, after and the template beside each other."""

import json
from fractions import Fraction

import pytest

from clipzy.storage.artifacts import to_json
from clipzy.style.dna import ColorGrade
from clipzy.style.quality import KINDS, Profile, QualityReport, compare

ALL = frozenset(KINDS)


def report(wanted, before, after, sought=ALL, whose="template", **names):
    """Of profiles, as of a job with a template, or what else `whose` says."""
    return compare(
        wanted,
        before,
        after,
        compared_with="own" if wanted is None else whose,
        strength=1.0,
        sought=sought,
        measured_on={"loudness": "all of the sound"},
        **names,
    )


def only(found):
    """The report's one row."""
    (row,) = found.aspects
    return row


@pytest.mark.parametrize(
    ("template", "before", "after", "closed"),
    [
        (-14, -24, -14, 1.0),
        (-14, -24, -19, 0.5),
        (-14, -24, -24, 0.0),
        (-14, -24, -9, 0.5),
        (-14, -24, -29, -0.5),
        (-14, -14.3, -20, None),
        (-14, -24, None, None),
        (None, -24, -14, None),
    ],
    ids=["all", "half", "nothing", "too far", "away", "no distance", "silent now", "no template"],
)
def test_the_share_closed_is_that_of_the_distance_before(template, before, after, closed):
    """1 at the template, 0 where the footage was, negative beyond, None where there was nothing to close or nothing is known."""
    found = report(*(Profile(loudness_lufs=value) for value in (template, before, after)))
    assert only(found).closed == closed
    assert only(found).measured_on == "all of the sound"


def test_words_are_the_same_or_not():
    """A shape is reached or it is not."""
    wide, tall = Profile(aspect_ratio=Fraction(16, 9)), Profile(aspect_ratio=Fraction(9, 16))
    assert only(report(tall, wide, tall)).closed == 1
    assert only(report(tall, wide, wide)).closed == 0
    assert only(report(wide, wide, wide)).closed is None
    assert only(report(wide, wide, wide)).kept is True


def test_what_moved_away_is_warned_of():
    """In words with the three values; only of what was to come nearer."""
    profiles = Profile(cut_frequency=20.0), Profile(cut_frequency=12.0), Profile(cut_frequency=4.0)
    assert report(*profiles).warnings == ("the cut density moved away from the template's 20: 12 before, 4 after",)
    assert report(*profiles, sought=frozenset()).warnings == ()
    assert report(*profiles, whose="style").warnings == (
        "the cut density moved away from the style's 20: 12 before, 4 after",
    )


@pytest.mark.parametrize(
    ("template", "before", "after", "closed"),
    [((0.3, 80.0), (0.0, 190.0), (0.9, 5.0), 1.0), ((0.9, 5.0), (1.0, 0.0), (1.0, 0.0), None)],
    ids=["better than the template", "as good before"],
)
def test_more_cuts_on_beats_than_the_templates_are_as_good(template, before, after, closed):
    """And nobody is warned of them."""
    found = report(*(Profile(on_beat=share, beat_error_ms=error) for share, error in (template, before, after)))
    assert [row.closed for row in found.aspects] == [closed, closed]
    assert found.warnings == ()


def test_what_the_job_asks_for_by_name_is_not_called_the_templates():
    """Neither in the summary nor in a warning."""
    wanted, before = Profile(loudness_lufs=-14.0, frame_rate=60), Profile(loudness_lufs=-24.0, frame_rate=30)
    reached = report(wanted, before, wanted, asked=frozenset({"frame_rate"}))
    assert reached.summary == (
        "distance to the template closed: loudness 100 %; distance to what the job asked for closed: frame rate 100 %"
    )
    missed = report(wanted, before, Profile(loudness_lufs=-14.0, frame_rate=24), asked=frozenset({"frame_rate"}))
    assert missed.warnings == ("the frame rate moved away from the 60 asked for: 30 before, 24 after",)
    assert report(wanted, before, wanted).summary == (
        "distance to the template closed: loudness 100 %, frame rate 100 %"
    )


def test_figures_are_written_as_people_write_them():
    """No minus before a nought, and no powers of ten: where music begins late, cuts lie minutes from its beats."""
    a_little = report(Profile(loudness_lufs=-14.0), Profile(loudness_lufs=-24.0), Profile(loudness_lufs=-24.04))
    assert a_little.summary == "distance to the template closed: loudness 0 %"
    far = report(Profile(beat_error_ms=20.0), Profile(beat_error_ms=1234.0), Profile(beat_error_ms=145_250.0))
    assert far.warnings == (
        "the distance of cuts from beats moved away from the template's 20 ms: 1234 ms before, 145250 ms after",
    )


def test_within_the_slack_nothing_is_warned_of():
    """Measurements scatter."""
    found = report(Profile(loudness_lufs=-14.0), Profile(loudness_lufs=-13.8), Profile(loudness_lufs=-14.6))
    assert found.warnings == ()


def test_in_the_footages_own_style_what_changed_unasked_is_warned_of():
    """Nothing is closed then; what was kept is told."""
    before = Profile(grade=ColorGrade(temperature=10), loudness_lufs=-30.0)
    after = Profile(grade=ColorGrade(temperature=30), loudness_lufs=-14.0)
    found = report(None, before, after, sought=frozenset({"loudness"}))
    rows = {row.name: row for row in found.aspects}
    assert all(row.closed is None for row in found.aspects)
    assert (rows["temperature"].kept, rows["tint"].kept, rows["loudness"].kept) == (False, True, False)
    assert found.warnings == ("temperature changed from 10 to 30, which the job did not ask for",)


def test_a_plans_file_is_held_against_the_plan():
    """Not against the footage, whose cuts and shape are what the plan changes; only its colours are to be kept."""
    before = Profile(grade=ColorGrade(temperature=10), cut_frequency=0.0, aspect_ratio=Fraction(16, 9), tempo_bpm=120.0)
    planned = Profile(cut_frequency=30.0, aspect_ratio=Fraction(9, 16), true_peak_dbtp=-1.0)
    after = Profile(
        grade=ColorGrade(temperature=10),
        cut_frequency=30.2,
        aspect_ratio=Fraction(9, 16),
        tempo_bpm=90.0,
        true_peak_dbtp=-9.0,
    )
    assert report(None, before, after, sought=frozenset(), planned=planned).warnings == ()
    after = Profile(
        grade=ColorGrade(temperature=30),
        cut_frequency=35.0,
        aspect_ratio=Fraction(16, 9),
        true_peak_dbtp=1.5,
    )
    assert report(None, before, after, sought=frozenset(), planned=planned).warnings == (
        "temperature changed from 10 to 30, which the job did not ask for",
        "the true peak is 1.5 dBTP, but the plan says -1 dBTP",
        "the cut density is 35, but the plan says 30",
        "the shape is 16:9, but the plan says 9:16",
    )


def test_planned_cuts_that_nobody_sees_are_no_departure():
    """Those between pictures that are alike."""
    found = report(None, Profile(), Profile(cut_frequency=20.0), planned=Profile(cut_frequency=30.0))
    assert found.warnings == ()


def test_colours_of_a_part_of_the_footage_are_not_called_changed():
    """What was left out or cropped away had others; the values are told all the same."""
    before, after = (Profile(grade=ColorGrade(temperature=each)) for each in (30, 10))
    found = report(None, before, after, sought=frozenset(), of_more=frozenset({"temperature"}))
    row = next(row for row in found.aspects if row.name == "temperature")
    assert (row.before, row.after, row.kept) == (30, 10, None)
    assert found.warnings == ()


def test_what_nobody_knows_has_no_row():
    """A silent video's report says nothing of loudness."""
    found = report(Profile(frame_rate=24), Profile(frame_rate=30), Profile(frame_rate=24))
    assert [row.name for row in found.aspects] == ["frame_rate"]


def test_a_report_is_json():
    """Numbers as numbers, words as words."""
    found = report(Profile(frame_rate=24, aspect_ratio=Fraction(16, 9)), Profile(frame_rate=30), Profile(frame_rate=24))
    told = json.loads(json.dumps(to_json(QualityReport, found)))
    assert [row["template"] for row in told["aspects"]] == ["16:9", 24]


@pytest.mark.parametrize(
    ("wanted", "before", "after", "told"),
    [
        ((4, 3, 25), (4, 3, 25), (16, 9, 24), [("4:3", "4:3", "16:9", False), (25, 25, 24, False)]),
        ((1920, 800, 25), (1920, 1080, 30), (1920, 804, 25), [("2.4:1", "16:9", "2.4:1", 1), (25, 30, 25, 1)]),
    ],
    ids=["moved away", "reached"],
)
def test_real_shapes_and_rates_are_told(wanted, before, after, told):
    """None is rounded to what a style names: 4:3 is no 16:9, and 25 no 24; two shapes that are one to the eye have one name."""
    profiles = [
        Profile(aspect_ratio=Fraction(w, h), frame_rate=Fraction(rate)) for w, h, rate in (wanted, before, after)
    ]
    found = report(*profiles)
    for row, (template, was, now, reached) in zip(found.aspects, told, strict=True):
        assert (row.template, row.before, row.after) == (template, was, now)
        assert bool(row.closed) is bool(reached)
    assert bool(found.warnings) is (after[0] == 16)


def test_a_difference_that_is_none_in_this_file_is_not_warned_of():
    """Half a change in ten seconds is three a minute: there is no nearer whole number of changes."""
    profiles = Profile(cut_frequency=8.02), Profile(cut_frequency=8.0), Profile(cut_frequency=6.0)
    assert report(*profiles).warnings
    spared = report(*profiles, slack={"cut_frequency": 3.0})
    assert spared.warnings == ()
    assert only(spared).closed is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(0.0, 20.0, True), (0.0, 0.0, False), (20.0, 20.0, False), (40.0, 20.0, False), (20.0, 40.0, True)],
    ids=["one too many", "none", "one before", "nearer", "two too many"],
)
def test_too_many_changes_are_told_in_a_short_file_too(before, after, told):
    """Of six a minute there is none in three seconds: half a change more or less is none, and a whole one is."""
    profiles = (Profile(cut_frequency=each) for each in (6.0, before, after))
    assert bool(report(*profiles, slack={"cut_frequency": 10.0}).warnings) is told


@pytest.mark.parametrize(
    ("template", "before", "after", "told"),
    [(0.9, None, 0.3, True), (0.9, 0.3, 0.4, True), (0.9, None, 0.6, False), (0.3, None, 0.1, False)],
    ids=["nothing before", "hardly more", "mostly", "no template cut to beats"],
)
def test_cuts_that_miss_the_beats_of_the_templates_sound_are_told_where_it_is_heard(template, before, after, told):
    """Less than half as many as its own lie on them."""
    profiles = [Profile(on_beat=each) for each in (template, before, after)]
    words = (
        f"only {after:.0%} of the cuts are on beats of the template's sound, where {template:.0%} of its own cuts are"
    )
    words = words.replace("%", " %")
    assert report(*profiles).warnings == ((words,) if told else ())
    assert report(*profiles, sought=ALL - {"tempo"}).warnings == ()
    assert report(*profiles, sought=ALL - {"on_beat"}).warnings == ()


@pytest.mark.parametrize(
    ("before", "after", "strength", "told"),
    [(5.3, 4.8, 0.7, True), (5.3, 2.0, 0.7, False), (5.3, 4.3, 0.3, False), (1.5, 1.4, 0.7, False)],
    ids=["hardly nearer", "as much as was asked for", "little was asked for", "hardly a distance"],
)
def test_a_look_that_closes_little_of_what_was_asked_for_is_warned_of(before, after, strength, told):
    """Less than half of its strength, where the distance can be seen."""
    found = compare(
        Profile(look_distance=0.0),
        Profile(look_distance=before),
        Profile(look_distance=after),
        compared_with="template",
        strength=strength,
        sought=ALL,
        measured_on={},
    )
    expected = (
        "the look closed only 9 % of the distance to the template's at a strength of 70 %: "
        "it may be held back to keep surfaces even and noise low, or the template may show colours that the footage has nothing for"
    )
    assert list(found.warnings) == [expected] * told


@pytest.mark.parametrize(
    ("template", "after", "strength", "told"),
    [(-94.0, -38.0, 0.7, True), (-94.0, -90.0, 0.7, False), (-70.0, -38.0, 0.7, False), (-94.0, -38.0, 0.4, False)],
    ids=["coloured", "grey", "pale template", "little was asked for"],
)
def test_colours_that_stay_under_a_template_of_hardly_any_are_told(template, after, strength, told):
    """A person sees black and white there, and the look takes it for a film in colour."""
    wanted, before, now = (Profile(grade=ColorGrade(saturation=value)) for value in (template, 8.0, after))
    found = compare(
        wanted, before, now, compared_with="template", strength=strength, sought=frozenset({"look"}), measured_on={}
    )
    expected = (
        "the output keeps colours (saturation -38) under a template of hardly any (-94): "
        "some colours of its own show that the template is not in black and white"
    )
    assert list(found.warnings) == [expected] * told


@pytest.mark.parametrize(
    ("after", "strength", "told"),
    [
        (
            (35, 10),
            1.0,
            "27 % of the distance to the style's highlights, 0 % of the distance to the style's shadows, at a strength of 100 %",
        ),
        ((60, 60), 1.0, None),
        ((35, 35), 0.5, None),
    ],
    ids=["hardly nearer", "near", "little was asked for"],
)
def test_a_style_without_a_video_that_is_not_reached_is_warned_of(after, strength, told):
    """By the sliders that its look was to bring there, in one sentence; a slider that was near has none."""
    wanted, before, now = (
        Profile(grade=ColorGrade(temperature=8, highlights=highlights, shadows=shadows))
        for highlights, shadows in ((76, 90), (20, 12), after)
    )
    found = compare(wanted, before, now, compared_with="style", strength=strength, sought=ALL, measured_on={})
    assert [warning.startswith(f"the look closed only {told}") for warning in found.warnings] == [True] * (
        told is not None
    )
