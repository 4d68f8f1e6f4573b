"""`clipzy styles diff`: two styles beside each other."""

import json
from dataclasses import replace

import pytest

from api.rest import STYLE, STYLE_JSON
from clipzy.storage.artifacts import to_json
from clipzy.style.compare import difference
from clipzy.style.dna import StyleDNA, Transition, TransitionType

OTHER = replace(
    STYLE,
    color_grade=replace(STYLE.color_grade, temperature=-87.5),
    primary_transition=Transition(TransitionType.DISSOLVE, 400),
    tempo_bpm=None,
)


@pytest.fixture
def files(tmp_path):
    """Two styles that differ in three fields."""
    (tmp_path / "a.json").write_text(json.dumps(STYLE_JSON))
    (tmp_path / "b.json").write_text(json.dumps(to_json(StyleDNA, OTHER)))
    return "a.json", "b.json"


def test_a_table_has_each_field_with_both_values(clipzy, files):
    """In words, with the distance, in 80 columns; how many differ is said below."""
    said = clipzy("styles", "diff", *files)
    assert said.code == 0, said.err
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in said.out.splitlines() if line}
    assert rows["color_grade.temperature"] == "12.5 -87.5 0.50 ▇▇▇▇▇"
    assert rows["primary_transition"] == "cut dissolve 400 ms 1.00 ▇▇▇▇▇▇▇▇▇▇"
    assert rows["tempo_bpm"] == "125.0 none 1.00 ▇▇▇▇▇▇▇▇▇▇"
    assert rows["use_subtitles"] == "no no 0.00"
    assert "3 of 20 fields differ" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_json_has_what_compare_measures(clipzy, files):
    """Each field's two values and their distance."""
    fields = clipzy("styles", "diff", *files, "--json").document["fields"]
    assert {name: each["distance"] for name, each in fields.items()} == difference(STYLE, OTHER)
    assert fields["primary_transition"]["b"] == {"type": "dissolve", "duration_ms": 400, "easing": "linear"}


@pytest.mark.usefixtures("files")
def test_styles_of_jobs_are_asked_for(clipzy, service):
    """Where an id stands in place of a file."""
    job_id = service.rendered(b"a video")
    said = clipzy("styles", "diff", "a.json", job_id)
    assert said.code == 0, said.err
    assert "0 of 20 fields differ" in said.out


@pytest.mark.parametrize(
    ("other", "code", "words"),
    [
        ("nothing.json", 3, "there is no file nothing.json"),
        ("plan.json", 2, "plan.json is not a Style DNA: color_grade: Field required"),
        ("broken.json", 2, "broken.json is not readable as a style"),
        ("binary.json", 2, "binary.json is not readable as a style"),
    ],
)
def test_what_is_no_style_is_told(clipzy, files, tmp_path, other, code, words):
    """In a sentence."""
    (tmp_path / "plan.json").write_text('{"clips": []}')
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    said = clipzy("styles", "diff", files[0], other)
    assert said.code == code
    assert words in said.err
