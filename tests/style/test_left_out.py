"""What of a template no plan takes over."""

import measured
from clipzy.style.apply import left_out
from clipzy.style.measurements import ActivePicture


def test_bars_and_captions_are_named():
    """A template with both has a word on both, one without has none."""
    whole = measured.video(active=None, has_captions=False)
    assert left_out(whole) is None
    both = measured.video(active=ActivePicture(0, 140, 1920, 800), has_captions=True)
    assert left_out(both) == (
        "not taken over from the template: the black bars around its 1920x800 picture and its captions"
    )


def test_a_stream_of_subtitles_counts():
    """Captions need not be in the picture."""
    video = measured.video(active=None, has_captions=False, facts=measured.facts(has_subtitle_stream=True))
    assert left_out(video) == "not taken over from the template: its captions"
