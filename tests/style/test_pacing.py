"""Virtual cuts: as many as the template has, on beats, never too close, never in a transition."""

from dataclasses import replace
from fractions import Fraction
from itertools import cycle, islice, pairwise

import pytest

import measured
from clipzy.style import pacing
from clipzy.style.dna import MOST_CUTS_A_MINUTE, BeatBand, TransitionType
from clipzy.style.measurements import Beat, Boundary, SoundKind, SoundSpan
from clipzy.style.pacing import CLEAR_OF_TRANSITION, Take, paced, paced_within, takes_between
from clipzy.style.phrasing import SHORTEST, phrasing_of
from clipzy.style.time import Span, on_clock

SECONDS = Fraction(40)


def beats(period_s=0.5, count=80, begins_s=0.0):
    """Every fourth one a downbeat."""
    return tuple(Beat(begins_s + k * period_s, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(count))


def cut_up(cut_frequency, footage=None, music=(), boundaries=None, **phrasing):
    """The takes of footage of 40 s after pacing, and what was said."""
    video = footage or measured.video(shots=1)
    takes = takes_between(video.boundaries if boundaries is None else boundaries, SECONDS)
    changes, sound = phrasing.get("changes"), phrasing.get("sound")
    shown = phrasing.get("shown", Span(Fraction(0), Fraction(10)))
    ten = measured.facts(duration=Fraction(10))
    template = (
        None if changes is None else replace(measured.video(1, facts=ten), boundaries=tuple(changes), shots=(shown,))
    )
    theirs = phrasing.get("theirs", ())
    phrased = phrasing_of(measured.style(), template, sound, phrasing.get("seed", 0), theirs)
    return paced(takes, video, music, cut_frequency, phrased)


def starts(takes):
    """Where virtual cuts are made, in seconds."""
    return [float(take.span.start) for take in takes if take.virtual]


@pytest.mark.parametrize("music", [(), beats()], ids=["silence", "music"])
@pytest.mark.parametrize("cut_frequency", [3.0, 15.0, 30.0, 60.0])
def test_the_templates_density_is_reached(cut_frequency, music):
    """Cuts a minute, to the whole cut, with the footage covered from end to end."""
    takes, _ = cut_up(cut_frequency, music=music)
    assert len(takes) - 1 == round(cut_frequency * 40 / 60)
    assert (takes[0].span.start, takes[-1].span.end) == (0, SECONDS)
    assert all(one.span.end == next_one.span.start for one, next_one in pairwise(takes))


def test_of_more_cuts_than_there_is_room_for_as_many_are_made_as_there_is():
    """The most that a style may ask for."""
    takes, said = cut_up(MOST_CUTS_A_MINUTE)
    assert len(takes) == SECONDS / SHORTEST
    assert said.endswith("there is no room for more")


def test_cuts_fall_on_beats_and_rather_on_downbeats():
    """All of them where beats are close enough; more downbeats than chance would give."""
    takes, said = cut_up(24.0, music=beats())
    times = starts(takes)
    assert all(time * 2 == int(time * 2) for time in times)
    assert sum(time % 2 == 0 for time in times) > 0.5 * len(times)  # by chance a quarter
    assert said.startswith("16 virtual cuts, 16 on beats")
    assert {take.reason.rpartition(" ")[0] for take in takes if take.virtual} <= {
        "virtual cut on downbeat",
        "virtual cut on beat",
    }


def test_a_downbeat_draws_a_cut_from_a_quarter_of_the_distance_between_cuts_at_most():
    """Of cuts at 10, 20 and 30 s two go to a downbeat 2 s away, the other stays on its beat, 4 s from one."""
    takes, _ = cut_up(4.5, music=beats(period_s=2.0, count=20))
    assert starts(takes) == [8, 20, 32]


@pytest.mark.parametrize("period_s", [0.43, 0.5, 0.57, 0.667])
def test_a_template_that_is_cut_on_bars_gives_cuts_on_bars(period_s):
    """An even division drifts against the bars; so do the cuts of a template that keeps to beats only."""
    bars = [measured.cut_at(2 * number) for number in range(1, 5)]
    music = beats(period_s, round(40 / period_s))
    density = 0.8 * 60 / (4 * period_s)  # four for five bars

    def on_bars(theirs):
        times = starts(cut_up(density, music=music, changes=bars, theirs=theirs)[0])
        off = [abs(time / (4 * period_s) - round(time / (4 * period_s))) for time in times]
        return sum(each < 0.01 for each in off) / len(times)

    assert on_bars(beats(count=20)) == 1
    assert on_bars(beats(count=20, begins_s=0.5)) < 0.8


ON_BEATS = {"changes": [measured.cut_at(number) for number in range(1, 9)], "theirs": beats(count=20)}
"""A template of ten seconds, cut on each second beat."""


@pytest.mark.parametrize(
    ("period_s", "halves"), [(0.8, True), (0.75, False), (0.6, False), (0.5, False)], ids=["75", "80", "100", "120"]
)
def test_for_a_template_that_is_cut_on_beats_no_cut_lies_beside_the_beat(period_s, halves):
    """Of slower music some lie half way between two, where pieces are no shorter than an eye needs; what finds no place is left out."""
    music = beats(period_s, round(40 / period_s) + 1)
    takes, said = cut_up(115.0, music=music, **ON_BEATS)
    places = [2 * float(take.span.start) / period_s for take in takes if take.virtual]
    assert max(abs(place - round(place)) for place in places) < 1e-6
    whole, half = ([place for place in places if round(place) % 2 == odd] for odd in (0, 1))
    assert bool(half) is halves
    assert min(lengths(takes)) >= SHORTEST
    assert len(places) >= min(0.95 * 115 * 40 / 60, 40 / period_s - 2)
    assert said.startswith(f"{len(places)} virtual cuts, {len(whole)} on beats" + (", " if halves else ":"))
    assert sum("half way between beats" in take.reason for take in takes) == len(half)


def test_where_no_beats_run_cuts_lie_where_they_would_without():
    """Before music begins and in its pauses, also for a template that is cut on beats."""
    music = beats(0.5, 20, begins_s=20.0)
    takes, _ = cut_up(30.0, music=music, **ON_BEATS)
    assert len(takes) - 1 == 20
    assert sum(time < 20 for time in starts(takes)) >= 9


def test_a_dense_template_cuts_no_faster_than_eyes_follow():
    """Ten cuts a second are not made of anything; the sentence says so."""
    takes, said = cut_up(600.0)
    assert min(take.span.duration for take in takes) >= SHORTEST
    assert said.endswith("there is no room for more")


def test_a_slow_template_leaves_the_footages_cuts():
    """What the footage has is not taken away."""
    takes, said = cut_up(3.0, measured.video(shots=10))
    assert len(takes) == 10
    assert starts(takes) == []
    assert said == "cuts kept: the template's 3 cuts per minute are 2 over this length, and the footage has 9"


def test_long_takes_are_divided_first():
    """Takes of 30 s and of 10 s: of three cuts the long one gets three."""
    video = measured.video(shots=2, boundaries=(measured.cut_at(30),))
    takes, _ = cut_up(6.0, video)
    assert all(time < 30 for time in starts(takes))
    assert len(starts(takes)) == 3


def test_no_cut_is_made_in_a_transition():
    """Nor close to one; the dissolve stays inside of its take, and counts as a change."""
    dissolve = Boundary(Fraction(19), Fraction(21), TransitionType.DISSOLVE, 0.9)
    video = measured.video(shots=2, boundaries=(dissolve,))
    takes, said = cut_up(90.0, video, music=beats())
    clear = (dissolve.start - CLEAR_OF_TRANSITION, dissolve.end + CLEAR_OF_TRANSITION)
    assert not [time for time in starts(takes) if clear[0] < time < clear[1]]
    assert said.endswith("and the footage has 1")


def test_a_cut_leaves_a_piece_and_something_more_before_a_transition():
    """However many are wanted, and after it: the piece that ends in a dissolve is plain for as long as the shortest, and a little longer."""
    dissolve = Boundary(Fraction(19), Fraction(21), TransitionType.DISSOLVE, 0.9)
    takes, _ = cut_up(MOST_CUTS_A_MINUTE, measured.video(shots=2, boundaries=(dissolve,)))
    before = max(time for time in starts(takes) if time < 19)
    after = min(time for time in starts(takes) if time > 21)
    assert min(19 - before, after - 21) >= float(SHORTEST + CLEAR_OF_TRANSITION)


def test_a_cut_at_an_end_of_the_footage_divides_nothing():
    """There is no take before the first picture, nor after the last one."""
    takes = takes_between([measured.cut_at(at) for at in (0, 12, 40)], SECONDS)
    assert [take.span for take in takes] == [Span(Fraction(0), Fraction(12)), Span(Fraction(12), SECONDS)]


def test_as_many_cuts_as_the_template_has_are_kept():
    """There is nothing to add."""
    _, said = cut_up(3.0, measured.video(shots=3))
    assert said == "cuts kept: the template's 3 cuts per minute are 2 over this length, and the footage has 2"


def test_a_take_of_two_shortest_pieces_can_be_divided():
    """Into just these."""
    cuts = (measured.cut_at(2 * SHORTEST),)
    takes, _ = cut_up(MOST_CUTS_A_MINUTE, measured.video(shots=2, boundaries=cuts))
    assert [take.span.duration for take in takes[:2]] == [SHORTEST, SHORTEST]


@pytest.mark.parametrize("music", [(), beats()], ids=["silence", "music"])
def test_no_cut_is_made_where_the_picture_is_held_black(music):
    """Before a fade in and after a fade out: nobody would see it, and all that are wanted fit into what is shown."""
    fades = [Boundary(Fraction(a), Fraction(a + 1), TransitionType.FADE, 0.9) for a in (5, 34)]
    shown = Span(fades[0].end, fades[1].start)
    takes, said = cut_up(30.0, replace(measured.video(boundaries=tuple(fades)), shots=(shown,)), music, boundaries=())
    assert len(starts(takes)) == 20
    assert all(shown.start < time < shown.end for time in starts(takes))
    assert (takes[0].span.start, takes[-1].span.end) == (0, SECONDS)
    assert said.endswith("and the footage has 0")


def test_beats_too_far_away_draw_nothing():
    """Music with a beat every eight seconds: a cut is on one of them or where an even division puts it."""
    times = starts(cut_up(30.0, music=beats(8.0, 5))[0])
    even = [40 / 21 * number for number in range(1, 21)]
    drawn = [time for time in times if time % 8 == 0]
    assert drawn == [8.0, 16.0, 24.0, 32.0]
    assert {round(time, 6) for time in times} - set(drawn) <= {round(time, 6) for time in even}


@pytest.mark.parametrize("period_s", [0.45, 0.5, 0.57, 0.667])
@pytest.mark.parametrize("cut_frequency", [80.0, 90.0, 100.0, 120.0])
def test_no_cut_is_left_out_while_a_beat_is_free(period_s, cut_frequency):
    """Nor while there is room between two: one that came too near to the cut before goes there."""
    music = beats(period_s, round(40 / period_s))
    takes, said = cut_up(cut_frequency, music=music)
    edges = [take.span.start for take in takes] + [SECONDS]
    assert min(b - a for a, b in pairwise(edges)) >= SHORTEST - TICK
    if len(takes) - 1 < round(cut_frequency * 40 / 60):
        assert said.endswith("there is no room for more")
        assert max(b - a for a, b in pairwise(edges)) < 2 * SHORTEST
        assert all(min(abs(beat.time_s - edge) for edge in edges) < SHORTEST for beat in music)


@pytest.mark.parametrize(
    ("period_s", "begins_s", "cut_frequency"),
    [(0.667, 0.2, 95.0), (0.667, 0.3, 90.0), (0.6, 0.2, 100.0), (0.45, 0.0, 120.0)],
)
def test_a_density_that_beats_can_bear_is_reached(period_s, begins_s, cut_frequency):
    """Also where nearly each beat is wanted, in footage of four shots."""
    music = beats(period_s, int((40 - begins_s) / period_s), begins_s)
    takes, _ = cut_up(cut_frequency, measured.video(shots=4), music)
    assert len(takes) - 1 == round(cut_frequency * 40 / 60)


TEMPLATE = tuple(measured.cut_at(time) for time in (1, 4, 9))
"""Ten seconds in shots of one, three, five and one."""


def lengths(takes):
    """Of each take, in seconds."""
    return [take.span.duration for take in takes]


@pytest.mark.parametrize("seed", [0, 1, 6])
def test_without_beats_pieces_have_the_proportions_of_the_templates_shots(seed):
    """One after the other, again and again, from the one that the seed says."""
    takes, said = cut_up(15.0, changes=TEMPLATE, seed=seed)
    assert len(takes) == 11
    shares = list(islice(cycle([1, 3, 5, 1]), seed % 4, seed % 4 + 11))
    assert lengths(takes) == pytest.approx([40 * share / sum(shares) for share in shares])
    assert said.startswith("10 virtual cuts, without beats to lie on: ")


def test_one_cut_is_not_told_of_as_many():
    """As of a calm template."""
    assert cut_up(1.5)[1].startswith("1 virtual cut, ")


def test_what_a_template_holds_black_is_none_of_its_shots():
    """Two seconds before it fades in, and one after it has faded out: from fade to fade its shots are of one and a half, two and two and a half."""
    fades = [Boundary(Fraction(a), Fraction(b), TransitionType.FADE, 0.9) for a, b in ((2, 3), (8, 9))]
    changes = [fades[0], measured.cut_at(4), measured.cut_at(6), fades[1]]
    takes, _ = cut_up(3.0, changes=changes, shown=Span(fades[0].end, fades[1].start))
    assert lengths(takes) == [10, Fraction(40, 3), Fraction(50, 3)]


def test_of_short_shots_of_a_template_no_piece_becomes_too_short():
    """As many are made, as short as an eye can follow; what they take is missing from the long ones."""
    shots = [Fraction(k, 10) for k in range(1, 50)]
    takes, said = cut_up(90.0, changes=[measured.cut_at(time) for time in shots])
    assert len(takes) == 61
    assert min(lengths(takes)) >= SHORTEST - TICK
    assert max(lengths(takes)) > 2
    assert "no room" not in said


def test_beats_lead_where_there_are_any():
    """Whatever lengths the template's shots have."""
    assert cut_up(24.0, music=beats(), changes=TEMPLATE, sound=talk())[0] == cut_up(24.0, music=beats())[0]


TICK = Fraction(1, 10**6)
WORDS_S, PAUSE_S = 3.1, 0.4


def talk():
    """Somebody speaks for forty seconds and pauses every three and a half."""
    said = SoundSpan(Span(Fraction(0), SECONDS), SoundKind.SPEECH)
    starts = [Fraction(str(WORDS_S)) + k * Fraction(str(WORDS_S + PAUSE_S)) for k in range(11)]
    pauses = tuple(Span(start, start + Fraction(str(PAUSE_S))) for start in starts)
    return measured.audio(beats=(), sounds=(said,), pauses=pauses)


@pytest.mark.parametrize("changes", [None, TEMPLATE], ids=["even", "phrased"])
@pytest.mark.parametrize("cut_frequency", [12.0, 30.0])
def test_cuts_are_drawn_out_of_words_into_pauses(cut_frequency, changes):
    """Where one is within half of a piece; as many cuts are made, and each that lies in a pause says so."""
    spoken, _ = cut_up(cut_frequency, changes=changes, sound=talk())
    silent, _ = cut_up(cut_frequency, changes=changes)

    def in_pauses(takes):
        return [time for time in starts(takes) if time % (WORDS_S + PAUSE_S) > WORDS_S]

    assert len(spoken) == len(silent)
    assert len(in_pauses(spoken)) > 1.5 * len(in_pauses(silent))
    told = [float(take.span.start) for take in spoken if take.reason.endswith("where nobody speaks")]
    assert told == in_pauses(spoken)
    assert all(one.span.end == next_one.span.start for one, next_one in pairwise(spoken))


def test_at_most_a_cut_lies_in_a_pause():
    """Two that are drawn to one would leave a piece too short: the second keeps away."""
    takes, said = cut_up(140.0, sound=talk())
    assert min(lengths(takes)) >= SHORTEST - TICK
    assert len(takes) == 94
    assert said.split(": ")[0].endswith(" where nobody speaks")


def test_a_room_looks_at_its_own_beats_alone(monkeypatch):
    """Else an hour of many shots takes as many times the beats of the whole hour."""
    placed = []
    monkeypatch.setattr(pacing, "on_clock", lambda time: placed.append(time) or on_clock(time))
    music = beats(0.5, 400)
    shots = [Take(Span(Fraction(4 * k), Fraction(4 * k + 4)), virtual=False, reason="") for k in range(50)]
    paced_within(shots, music, 60.0, phrasing_of(measured.style(), None, None, 0, ()), on_output=False)
    assert 0 < len(placed) < 4 * len(music)
