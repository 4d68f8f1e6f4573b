import pytest

import measured
from clipzy.style.compare import difference
from clipzy.style.dna import AspectRatio, ColorGrade, Transition, TransitionType

A = measured.style()


def test_the_same_style_has_no_distance():
    """A style is at distance 0 from itself in every field."""
    assert set(difference(A, A).values()) == {0.0}


@pytest.mark.parametrize(
    ("field", "changes", "distance"),
    [
        ("color_grade.temperature", {"color_grade": ColorGrade(temperature=-30, contrast=10)}, 0.25),
        ("aspect_ratio", {"aspect_ratio": AspectRatio.TALL}, 1.0),
        ("cut_frequency", {"cut_frequency": 15.0}, 0.5),
        ("cut_frequency", {"cut_frequency": 0.0}, 1.0),
        ("motion_intensity", {"motion_intensity": 60.0}, 0.2),
        ("tempo_bpm", {"tempo_bpm": None}, 1.0),
        ("tempo_bpm", {"tempo_bpm": 240.0}, 1.0),
        ("primary_transition", {"primary_transition": Transition(TransitionType.FADE, 500)}, 1.0),
        ("secondary_transition", {"secondary_transition": Transition(TransitionType.FADE, 500)}, 1.0),
        ("music_genre", {"music_genre": None}, 1.0),
    ],
)
def test_one_changed_field_is_the_only_distance(field, changes, distance):
    """A change shows in its own field by its size, the same both ways."""
    b = measured.style(**changes)
    there, back = difference(A, b), difference(b, A)
    assert there == back
    assert {field: pytest.approx(distance)} == {name: value for name, value in there.items() if value}


def test_a_longer_dissolve_is_a_small_distance():
    """Transitions of one kind differ by half the relative difference of their lengths."""
    short, long = (measured.style(primary_transition=Transition(TransitionType.DISSOLVE, ms)) for ms in (500, 1000))
    assert difference(short, long)["primary_transition"] == pytest.approx(0.25)
