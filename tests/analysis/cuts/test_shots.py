"""Boundaries from network probabilities and the frames' own differences."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.differences import is_blink, same_detail
from clipzy.analysis.cuts.shots import find_boundaries, shots_between
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary, DipColor, Direction

TICK = Fraction(1, 25)


def silent(n):
    """What the network says of a video without boundaries."""
    return np.full(n, 0.01, np.float32), np.full(n, 0.02, np.float32)


def find(clip, one_hot=None, many_hot=None, **how):
    """Boundaries of a clip, with these probabilities or with none at all from the network."""
    frames = scenes.as_bytes(clip)
    quiet = silent(len(frames))
    probabilities = (quiet[0] if one_hot is None else one_hot, quiet[1] if many_hot is None else many_hot)
    return find_boundaries(*probabilities, frames, np.arange(len(frames) + 1), TICK, **how)


def cuts_at(n, *places, off=0):
    """Network answers for cuts before the frames given, `off` frames late."""
    one_hot, many_hot = silent(n)
    for place in places:
        one_hot[place - 1 + off] = 0.9
        many_hot[place - 1 + off] = 0.8
    return one_hot, many_hot


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_cuts_are_exact_although_the_network_is_off_by_two_frames(off):
    """The step between frames decides where a cut lies."""
    clip = np.concatenate([scenes.shot(k, 30) for k in range(4)])
    found = find(clip, *cuts_at(120, 30, 60, 90, off=off))
    assert [b.start / TICK for b in found] == [30, 60, 90]
    assert all(b.start == b.end and b.type is TransitionType.CUT and b.confidence >= 0.85 for b in found)


def test_cut_the_network_missed_is_found_when_unmistakable():
    """A lone step many times the usual one is a cut whatever the network says, less surely."""
    found = find(np.concatenate([scenes.shot(1, 40), scenes.shot(2, 40)]))
    assert [Fraction(40, 25)] == [b.start for b in found]
    assert 0.4 < found[0].confidence < 0.95


def test_cut_between_flat_pictures_of_one_brightness_is_found():
    """Drawn scenes and pages of text whose greys are alike, at a cut that the network does not see."""
    blue, yellow = (np.tile(np.array(colour) / 255, (30, 27, 48, 1)) for colour in ((40, 60, 200), (250, 220, 60)))
    blue[:, 8:18, 6:20], yellow[:, 8:18, 16:30] = 1.0, 0.0
    (found,) = find(np.concatenate([blue, yellow]))
    assert (found.start / TICK, found.type) == (30, TransitionType.CUT)


def test_steady_shot_has_no_boundary():
    """A drifting camera is no boundary."""
    assert find(scenes.shot(5, 120, drift=0.3)) == ()


def test_moving_subject_is_no_boundary():
    """A bright block that crosses the picture is no boundary, though the network takes it for a slow one."""
    clip = scenes.shot(5, 120, drift=0.0)
    for k in range(40, 80):
        left = k - 40
        clip[k, 8:20, left : left + 9] = 0.95
    many_hot = silent(120)[1]
    many_hot[52:64] = 0.7
    assert find(clip, many_hot=many_hot) == ()


@pytest.mark.parametrize("length", [1, 2, 3])
def test_flash_is_not_a_cut(length):
    """One to three bright frames after which the picture returns part no shots."""
    clip = scenes.shot(7, 90)
    clip[40 : 40 + length] = 0.15 * clip[40 : 40 + length] + 0.85
    assert find(clip, *cuts_at(90, 40, 40 + length)) == ()


@pytest.mark.parametrize("level", [0.0, 1.0], ids=["black", "white"])
@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("at_end", [False, True], ids=["start", "end"])
def test_a_blink_that_a_file_cuts_off_is_not_a_cut(at_end, length, level):
    """One to three frames of one colour at either end of a file are no shot; four, and another picture there, are one."""
    edge = 90 - length if at_end else length

    def with_end(frames):
        clip = scenes.shot(7, 90)
        clip[slice(edge, None) if at_end else slice(edge)] = frames
        return clip

    assert find(with_end(level), *cuts_at(90, edge)) == ()
    assert find(with_end(level)) == ()
    (found,) = find(with_end(0.7 * scenes.shot(9, 90)[:length]), *cuts_at(90, edge))
    assert found.start / TICK == edge
    long = with_end(level)
    long[slice(86, None) if at_end else slice(4)] = level
    (found,) = find(long, *cuts_at(90, 86 if at_end else 4))
    assert found.start / TICK == (86 if at_end else 4)


BLINKS = {
    "black": lambda clip: 0 * clip,
    "darker": lambda clip: 0.15 * clip,
    "red": lambda clip: clip * [0.5, 0.1, 0.1] + [0.4, 0, 0],
}


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("blink", BLINKS.values(), ids=BLINKS)
def test_a_blink_is_not_a_cut(blink, length):
    """One to three frames of one colour, or of the same picture in another light, after which it returns."""
    clip = scenes.shot(7, 120)
    for start in (40, 54):
        clip[start : start + length] = blink(clip[start : start + length])
    assert find(clip, *cuts_at(120, 40, 40 + length, 54, 54 + length)) == ()
    assert find(clip) == ()


@pytest.mark.parametrize("length", [2, 3])
def test_shots_that_alternate_quickly_are_no_blinks(length):
    """Frames of another picture between two of one are a shot, however short."""
    clip = scenes.shot(7, 90)
    clip[40 : 40 + length] = 0.7 * scenes.shot(9, 90)[40 : 40 + length]
    assert not is_blink(scenes.as_bytes(clip), 40)
    assert not is_blink(scenes.as_bytes(clip), 40 + length)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_negative_is_a_blink(length):
    """Of the picture before and after it; not where another shot follows."""
    clip = scenes.shot(7, 90)
    clip[40 : 40 + length] = 1 - clip[40 : 40 + length]
    assert is_blink(scenes.as_bytes(clip), 40)
    assert is_blink(scenes.as_bytes(clip), 40 + length)
    clip[40 + length :] = scenes.shot(9, 90)[40 + length :]
    assert not is_blink(scenes.as_bytes(clip), 40)


def test_black_between_two_shots_parts_them():
    """However short."""
    clip = np.concatenate([scenes.shot(7, 40), np.zeros((3, 27, 48, 3)), scenes.shot(8, 40)])
    found = find(clip, *cuts_at(83, 40, 43))
    assert len(found) >= 1
    assert Fraction(40, 25) <= found[0].start <= Fraction(43, 25)


def test_bright_insert_of_another_picture_ends_in_another_shot():
    """White frames between two different shots still part them."""
    clip = np.concatenate([scenes.shot(7, 40), np.full((2, 27, 48, 3), 0.97), scenes.shot(8, 40)])
    found = find(clip, *cuts_at(82, 40, 42))
    assert len(found) >= 1
    assert Fraction(40, 25) <= found[0].start <= Fraction(42, 25)


@pytest.mark.parametrize("during", [8, 20])
def test_dissolve_seen_by_the_network_gets_its_extent(during):
    """The network marks only the middle; the fit finds both ends within two frames."""
    clip, last_old, first_new = scenes.edit("dissolve", during=during)
    one_hot, many_hot = silent(len(clip))
    many_hot[last_old + during // 2 : first_new - during // 3] = 0.8
    one_hot[last_old + during // 2] = 0.6
    (found,) = find(clip, one_hot, many_hot)
    assert found.type == TransitionType.DISSOLVE
    assert abs(found.start / TICK - (last_old + 1)) <= 2
    assert abs(found.end / TICK - first_new) <= 2
    assert found.confidence > 0.6


@pytest.mark.parametrize("kind", ["wipe-right", "wipe-up", "slide-left", "slide-down", "circle"])
def test_transition_the_network_is_blind_to_is_found(kind):
    """Wipes, slides and circles are found without any hint of the network."""
    clip, last_old, first_new = scenes.edit(kind, before=60, during=14, after=60)
    (found,) = find(clip)
    assert {"wipe": TransitionType.WIPE, "slide": TransitionType.SLIDE, "circle": TransitionType.CIRCLE}[
        kind.split("-")[0]
    ] == found.type
    assert abs(found.start / TICK - (last_old + 1)) <= 2
    assert abs(found.end / TICK - first_new) <= 2


def test_stretches_looked_at_side_by_side_are_seen_as_in_turn():
    """In threads the same boundaries are found, to the last bit."""
    kinds = ("dissolve", "wipe-up", "slide-left", "circle")
    clip = np.concatenate([scenes.edit(kind, seed=seed)[0] for seed, kind in enumerate(kinds)])
    many_hot = silent(len(clip))[1]
    many_hot[42:50] = 0.9
    in_turn = find(clip, many_hot=many_hot)
    with ThreadPoolExecutor(4) as pool:
        assert find(clip, many_hot=many_hot, each=pool.map) == in_turn
    assert len(in_turn) > len(kinds)


def test_fade_out_and_in_is_one_boundary():
    """A fade to black that holds and comes back parts two shots once."""
    clip, last_old, _ = scenes.edit("fade-black", before=50, during=11, after=50)
    middle = last_old + 6
    clip = np.concatenate([clip[:middle], np.zeros((8, 27, 48, 3)), clip[middle:]])
    many_hot = silent(len(clip))[1]
    many_hot[last_old + 1 : last_old + 5] = many_hot[last_old + 15 : last_old + 19] = 0.9
    (found,) = find(clip, many_hot=many_hot)
    assert found.type == TransitionType.FADE
    assert abs(found.start / TICK - 50) <= 2
    assert abs(found.end / TICK - 69) <= 2


@pytest.mark.parametrize("length", [5, 9])
def test_light_that_stays_for_a_while_is_not_a_cut(length):
    """The same detail before and after a step says that only the light has changed, however long it stays."""
    clip = scenes.shot(7, 90)
    clip[40 : 40 + length] = 1 - (1 - clip[40 : 40 + length]) * 0.3
    assert find(clip, *cuts_at(90, 40, 40 + length)) == ()


def test_jump_within_one_set_is_a_cut():
    """The ground stays where it was, the subject is elsewhere at once: the network's cut stands."""
    clip = np.tile(scenes.picture(7, detail=1.0), (90, 1, 1, 1))
    clip[:45, 6:24, 8:20] -= 0.2
    clip[45:, 4:22, 24:36] -= 0.2
    assert same_detail(scenes.as_bytes(clip), 44, 45)
    assert [b.start / TICK for b in find(clip, *cuts_at(90, 45))] == [45]


def test_row_of_flashes_is_not_a_fade():
    """The light between two flashes of one picture is no dip between two shots."""
    clip = scenes.shot(7, 120)
    for start in (40, 44, 49):
        clip[start : start + 2] = 1 - (1 - clip[start : start + 2]) * 0.25
    many_hot = silent(120)[1]
    many_hot[39:52] = 0.7
    assert find(clip, many_hot=many_hot) == ()


@pytest.mark.parametrize("seed", [3, 5])
def test_flashes_while_the_camera_runs_on_are_no_fade(seed):
    """Though what is seen before the first has left the picture after the last."""
    wide = scenes.picture(seed, 27, 48 * 8, detail=2)
    clip = np.stack([0.4 * wide[:, 2 * k : 2 * k + 48] for k in range(100)])
    for start in (40, 44):
        clip[start : start + 2] = 1 - (1 - clip[start : start + 2]) * 0.15
    many_hot = silent(100)[1]
    many_hot[39:47] = 0.7
    assert find(clip, many_hot=many_hot) == ()


def test_camera_that_pans_on_is_no_slide():
    """A pan at an even speed pushes one picture out and the next one in, and is one shot."""
    wide = scenes.picture(3, 27, 48 * 6)
    clip = np.stack([wide[:, k : k + 48] for k in range(0, 240, 2)])
    assert find(clip) == ()


def test_slide_between_moving_shots_is_found():
    """Both shots drift on during the slide, so that no model explains all; that it moves evenly tells it from chance."""
    clip, last_old, first_new = scenes.edit("slide-left", before=60, during=20, after=60, drift=0.15)
    (found,) = find(clip)
    assert found.type is TransitionType.SLIDE
    assert abs(found.start / TICK - (last_old + 1)) <= 2
    assert abs(found.end / TICK - first_new) <= 2


def test_step_at_the_end_of_a_slide_is_no_cut():
    """The network takes the last step of a slide, after which all stands still, for a cut."""
    clip, last_old, first_new = scenes.edit("slide-left", before=60, during=14, after=60, drift=0.0)
    (found,) = find(clip, *cuts_at(len(clip), first_new))
    assert found.type is TransitionType.SLIDE
    assert abs(found.start / TICK - (last_old + 1)) <= 2
    assert abs(found.end / TICK - first_new) <= 2


def panned(seed, frames, speed):
    """A camera that pans over a random picture, at so many pixels a frame."""
    wide, out = scenes.picture(seed, 27, 48 + 60, detail=2), []
    for k in range(frames):
        part, low = np.modf(speed * k)
        low = int(low)
        out.append((1 - part) * wide[:, low : low + 48] + part * wide[:, low + 1 : low + 49])
    return np.stack(out)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("told", [False, True], ids=["unseen", "seen"])
def test_unmistakable_cut_is_kept_beside_what_looks_like_a_transition(seed, told):
    """The moving shot before it, which the network doubts, is explained as a gradual transition that ends with the cut."""
    clip = np.concatenate([panned(seed, 60, 0.5), panned(seed + 50, 30, 0.5)])
    one_hot, many_hot = silent(len(clip))
    many_hot[44:57] = 0.8
    if told:
        one_hot[59] = many_hot[59] = 0.9
    (found,) = find(clip, one_hot, many_hot)
    assert (found.start / TICK, found.type) == (60, TransitionType.CUT)


@pytest.mark.parametrize(("kind", "color"), [("fade-black", DipColor.BLACK), ("fade-white", DipColor.WHITE)])
def test_a_fade_says_what_it_goes_through(kind, color):
    """Black or white."""
    clip, last_old, first_new = scenes.edit(kind, before=50, during=11, after=50)
    many = silent(len(clip))[1]
    many[last_old:first_new] = 0.9
    (found,) = find(clip, many_hot=many)
    assert (found.type, found.dips_to) == (TransitionType.FADE, color)


@pytest.mark.parametrize(
    ("kind", "direction"),
    [
        ("wipe-right", Direction.RIGHT),
        ("wipe-up", Direction.UP),
        ("slide-left", Direction.LEFT),
        ("slide-down", Direction.DOWN),
    ],
)
def test_wipes_and_slides_say_which_way_they_go(kind, direction):
    """And the other way round where the video is turned by half a circle; what has no direction has none."""
    clip, last_old, first_new = scenes.edit(kind, before=50, during=11, after=50)
    many = silent(len(clip))[1]
    many[last_old:first_new] = 0.9
    opposite = dict(zip(["left", "right", "up", "down"], ["right", "left", "down", "up"], strict=True))
    for seen, way in ((clip, direction), (clip[:, ::-1, ::-1], opposite[direction])):
        (found,) = find(seen, many_hot=many)
        assert (found.type, found.direction) == (kind.split("-")[0], way)


def test_a_dissolve_goes_no_way():
    """Nor does any other transition that is the same all over the picture."""
    clip, last_old, first_new = scenes.edit("dissolve", before=50, during=11, after=50)
    many = silent(len(clip))[1]
    many[last_old:first_new] = 0.9
    (found,) = find(clip, many_hot=many)
    assert (found.type, found.direction) == (TransitionType.DISSOLVE, None)


def test_dip_whose_halves_are_seen_apart_is_one_boundary():
    """Quickly to white and slowly back, without a held colour between: one fade."""
    old, new = scenes.shot(1, 60, drift=0.02), scenes.shot(2, 60, drift=0.02)
    out = [old[50 + k] * (1 - p) + p for k, p in enumerate((0.3, 0.7, 0.97))]
    back = [new[k] * p + (1 - p) for k, p in enumerate(np.linspace(0.08, 0.95, 14))]
    clip = np.concatenate([old[:50], out, back, new[14:]])
    many_hot = silent(len(clip))[1]
    many_hot[50:53] = many_hot[57:66] = 0.8
    (found,) = find(clip, many_hot=many_hot)
    assert found.type is TransitionType.FADE
    assert abs(found.start / TICK - 50) <= 2
    assert abs(found.end / TICK - 67) <= 2


def test_times_come_from_the_frames_not_from_a_rate():
    """With a variable frame rate a cut lies at its frame's own start, exactly."""
    clip = scenes.as_bytes(np.concatenate([scenes.shot(1, 30), scenes.shot(2, 30)]))
    times = np.cumsum(np.concatenate([[0], np.tile([3003, 1501, 4504], 20)]))
    (found,) = find_boundaries(*cuts_at(60, 30), clip, times, Fraction(1, 90_000))
    assert Fraction(int(times[30]), 90_000) == found.start == found.end


@pytest.mark.parametrize("n", [0, 1])
def test_video_of_one_frame_has_no_boundary(n):
    """Nothing can change in less than two frames."""
    clip = np.zeros((n, 27, 48, 3), np.uint8)
    assert find_boundaries(*silent(n), clip, np.arange(n + 1), TICK) == ()


def test_lengths_must_agree():
    """Probabilities for another number of frames are refused."""
    with pytest.raises(ValueError, match="60 frames need"):
        find_boundaries(*silent(59), np.zeros((60, 27, 48, 3), np.uint8), np.arange(61), TICK)


def boundary(start, end):
    """A sure dissolve."""
    return Boundary(Fraction(start), Fraction(end), TransitionType.DISSOLVE, 1.0)


def test_shots_are_the_pure_stretches():
    """Cuts part shots without a gap, transitions belong to none, and stretches of no length vanish."""
    found = shots_between([boundary(0, 1), boundary(2, 2), boundary(3, 4), boundary(4, 5)], Fraction(7))
    assert [(s.start, s.end) for s in found] == [(1, 2), (2, 3), (5, 7)]


def test_video_without_boundaries_is_one_shot():
    """The whole is one shot."""
    assert [(s.start, s.end) for s in shots_between([], Fraction(3))] == [(0, 3)]


def test_boundary_outside_the_video_is_refused():
    """A boundary after the end is a mistake of the caller."""
    with pytest.raises(ValueError, match="within the video"):
        shots_between([boundary(3, 4)], Fraction(3))


@pytest.mark.parametrize("length", [1, 2])
def test_a_cut_with_a_picture_of_one_or_two_frames_in_it_is_found(length):
    """Its two steps are alike, so neither stands out beside the other."""
    clip = np.concatenate([scenes.shot(1, 40), scenes.shot(2, length), scenes.shot(3, 40)])
    one_hot, many_hot = silent(80 + length)
    one_hot[39 : 40 + length], many_hot[38 : 41 + length] = 0.8, 0.8
    (found,) = find(clip, one_hot, many_hot)
    assert found.start == found.end
    assert 40 <= found.start / TICK <= 40 + length


@pytest.mark.parametrize("length", [1, 2])
def test_a_picture_of_one_or_two_frames_within_a_shot_parts_none(length):
    """A damaged frame, after which the same picture returns, though the network is sure."""
    clip = scenes.shot(1, 90, drift=0.05)
    clip[40 : 40 + length] = scenes.shot(2, length)
    one_hot, many_hot = silent(90)
    one_hot[39 : 40 + length], many_hot[38 : 41 + length] = 0.8, 0.8
    assert find(clip, one_hot, many_hot) == ()
