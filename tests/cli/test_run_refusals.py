import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["style.json", "-o", "out.mp4"], "a style needs footage"),
        (["{0}", "{1}", "-o", "out.json"], "the output is an mp4"),
        (["{0}", "{1}", "-o", "out.mp4", "--only", "plan"], "the output is a json"),
        (["{1}", "--own-style", "-o", "out.mp4", "--sound", "mix"], "config.audio 'mix' needs a template"),
        (["{0}", "{1}", "-o", "out.mp4", "--plan", "style.json"], "plan.clips: is required"),
        (["{0}", "{1}", "-o", "out.mp4", "--sound", "mix", "--without", "audio"], "--without audio"),
        (["{0}", "nothing.mp4", "-o", "out.mp4"], "there is no file nothing.mp4"),
    ],
    ids=["style-alone", "no-mp4", "no-json", "no-template", "no-plan", "contradiction", "no-file"],
)
def test_run_refuses_what_cannot_be_done_before_any_work(clipzy, clip, other_clip, tmp_path, arguments, words):
    """In a sentence that names it; nothing is written."""
    (tmp_path / "style.json").write_text("{}")
    done = clipzy("run", *(each.format(clip, other_clip) for each in arguments))
    assert done.code in {2, 3}
    assert words in " ".join(done.err.replace("│", " ").split())
    assert not list(tmp_path.glob("out.*"))


def test_a_misspelled_setting_is_told_once(clipzy, clip, tmp_path, monkeypatch):
    """Also where the log speaks."""
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    (tmp_path / ".env").write_text("RETENTION_DAY=7\n")
    said = " ".join(clipzy("run", clip, clip, "-o", "out.json").err.split())
    assert said.count("RETENTION_DAY in .env is not a setting") == 1
