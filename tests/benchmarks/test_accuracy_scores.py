"""What counts as right in the benchmarks of shots and of texts."""

from pathlib import Path

from captions import Answer, Text, false, found, repeated
from edits import Annotated, TrueBoundary
from shots import score

from clipzy.style.dna import TransitionType

CUT, DISSOLVE = TransitionType.CUT, TransitionType.DISSOLVE
EDIT = Annotated(Path("edit.mp4"), 25, (TrueBoundary(100, 100, CUT), TrueBoundary(200, 220, DISSOLVE)))


def text(words):
    """One that stands for two seconds."""
    return Text(words, 0, 50, (0.5, 0.8), 0.07, (255, 255, 255), boxed=False)


def test_what_is_found_as_it_is_has_no_miss():
    """Each boundary once, of its own type and length."""
    told = score([(100, 100), (200, 220)], [CUT, DISSOLVE], EDIT)
    assert told.overall.f1 == 1
    assert (told.cut_types, told.types, told.lengths, told.misses) == ((1, 1), (1, 1), (0.0,), ())


def test_a_boundary_told_as_another_kind_is_found_and_named():
    """A cut taken for a dissolve no less than a dissolve taken for a cut."""
    told = score([(90, 110), (210, 210)], [DISSOLVE, CUT], EDIT)
    assert told.overall.f1 == 1
    assert (told.cut_types, told.types) == ((0, 1), (0, 1))
    assert told.misses == (
        "edit.mp4: cut 100..100 taken for dissolve",
        "edit.mp4: dissolve 200..220 taken for cut",
    )


def test_a_detector_that_tells_no_types_is_held_to_none():
    """Only what it misses, and what it finds where there is nothing, is named."""
    told = score([(101, 101), (150, 150)], (), EDIT)
    assert (told.overall.hits, told.overall.found, told.overall.true) == (1, 2, 2)
    assert told.misses == ("edit.mp4: missed dissolve 200..220", "edit.mp4: false cut (150, 150)")


def test_a_text_told_twice_is_found_once_and_told_again_once():
    """Neither a second find nor a false one."""
    texts = (text("Morning river"), text("Quiet street"))
    answer = Answer(("Morning river", "Morning nver", "Quiet street", "Nothing"), captions=True)
    assert found(answer, texts) == (2, 2)
    assert false(answer, texts) == (1, 4)
    assert repeated(answer, texts) == (1, 4)
    assert repeated(Answer((), captions=False), texts) == (0, 1)
