"""The file that a command writes: what it may not replace, and how it comes to be there."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.rest import STYLE_JSON
from clipzy.cli.failures import CommandFailed
from clipzy.cli.output_file import check_writable, write_output
from clipzy.cli.output_name import check_ending

READ = [
    (["{0}", "{1}", "-o", "{0}"], "{0}"),
    (["{0}", "{1}", "-o", "link.mp4"], "{1}"),
    (["{1}", "--own-style", "-o", "{1}"], "{1}"),
    (["style.json", "{1}", "--only", "plan", "-o", "style.json"], "style.json"),
    (["{0}", "-o", "./config.json", "--config", "config.json"], "config.json"),
    (["{0}", "{1}", "--plan", "plan.json", "--only", "plan", "-o", "plan.json"], "plan.json"),
]
IDS = ["template", "linked-footage", "own-style", "style", "config", "plan"]


@pytest.fixture
def files(clip, other_clip, tmp_path):
    """Makes arguments of those with places for both clips; beside them lie a style, a plan, a config, and a link to the second clip."""
    for name in ("style.json", "plan.json", "config.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "link.mp4").symlink_to(other_clip)
    return lambda text: text.format(clip, other_clip)


@pytest.mark.parametrize(("arguments", "read"), READ, ids=IDS)
def test_submit_does_not_write_over_what_it_reads(clipzy, service, files, arguments, read):
    """Nothing is sent, and every file stays as it was."""
    before = service.store.list_videos(1, 1).total
    said = clipzy("submit", *map(files, arguments), "--json")
    assert said.code == 2
    assert said.document["error"]["code"] == "OVERWRITES_INPUT"
    assert f"would overwrite the input {files(read)}" in said.document["error"]["message"]
    assert service.store.list_videos(1, 1).total == before


@pytest.mark.parametrize(("arguments", "read"), READ[:5], ids=IDS[:5])
def test_run_does_not_write_over_what_it_reads(clipzy, files, tmp_path, arguments, read):
    """Nor begins any work."""
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON))
    said = clipzy("run", *map(files, arguments))
    assert said.code == 2
    assert f"would overwrite the input {files(read)}" in said.err
    assert not (tmp_path / "data").exists()


def test_run_does_not_write_its_artifacts_over_what_it_reads(clipzy, files, tmp_path):
    """A style that lies in their folder, under the name that the job's own will have."""
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON))
    said = clipzy("run", "style.json", files("{1}"), "-o", "out.mp4", "--artifacts", ".")
    assert said.code == 2
    assert "style.json would overwrite the input style.json" in said.err


@pytest.mark.parametrize("command", ["run", "submit"])
def test_a_folder_is_no_file_to_write_and_is_told_before_the_work(clipzy, service, files, tmp_path, command):
    """Also where it is called as one."""
    (tmp_path / "folder.mp4").mkdir()
    before = service.store.list_videos(1, 1).total
    said = clipzy(command, files("{0}"), files("{1}"), "-o", "folder.mp4")
    assert said.code == 2
    assert "folder.mp4 is a folder" in said.err
    assert "name the file to write" in said.err
    assert service.store.list_videos(1, 1).total == before
    assert not (tmp_path / "data").exists()


def test_what_is_written_is_there_whole(tmp_path):
    """In the place of what was there, with nothing beside it; a link stays one."""
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "out.json", tmp_path / "out.json"
    target.write_text("an older one")
    link.symlink_to(target)
    check_writable(link)
    write_output(link, [b"a", b"b"])
    assert link.is_symlink()
    assert target.read_bytes() == b"ab"
    assert [each.name for each in target.parent.iterdir()] == ["out.json"]


@pytest.mark.parametrize("letter", ["x", "é"], ids=ascii)
def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path, letter):
    """255 bytes; the file that is written beside it has room for a name of its own."""
    path = tmp_path / f"{letter * (251 // len(letter.encode()))}.mp4"
    check_writable(path)
    write_output(path, [b"a"])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_name_too_long_is_told_before_the_work(tmp_path):
    """By the system's own word."""
    with pytest.raises(CommandFailed, match="File name too long"):
        check_writable(tmp_path / f"{'x' * 252}.mp4")


def test_what_comes_in_part_leaves_what_was_there(tmp_path):
    """And nothing beside it; the file that was named is the one that is told of."""

    def pieces():
        yield b"a"
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.json"
    path.write_text("an older one")
    with pytest.raises(CommandFailed, match=r"out\.json cannot be written: No space left on device"):
        write_output(path, pieces())
    assert path.read_text() == "an older one"
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]


def test_a_pipe_stays_one_and_is_given_the_bytes(tmp_path):
    """As a device is."""
    pipe = tmp_path / "out.json"
    os.mkfifo(pipe)
    check_writable(pipe)
    with ThreadPoolExecutor() as reader:
        read = reader.submit(pipe.read_bytes)
        write_output(pipe, [b"a", b"b"])
        assert read.result(20) == b"ab"
    assert pipe.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_has_several_names(capfd, name):
    """Whatever it leads to, a file too, of which nothing is replaced."""
    os.write(1, b"before\n")
    check_writable(Path(name))
    check_ending(Path(name), ".mp4", "an mp4")
    write_output(Path(name), [b"a ", b"video"])
    assert capfd.readouterr().out == "before\na video"
