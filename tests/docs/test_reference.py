"""What the pages say of routes, codes, settings, fields and commands is what the code has: nothing is missing, nothing is left over."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer.main
from pydantic import SecretStr

from clipzy.cli.app import app
from clipzy.cli.exit_codes import MEANINGS
from clipzy.errors import ConfigurationError, RequestError, StageError
from clipzy.jobs.lifecycle import BANDS, MOVES
from clipzy.settings import Settings
from clipzy.style.dna import PUT_ON_FOOTAGE
from clipzy.style.loudness import target_lufs
from clipzy.style.mix import OWN_STYLE_LUFS
from docs.blocks import DOCS, ROOT, pages

API = json.loads((ROOT / "clients" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = API["components"]["schemas"]
CONSOLE = ROOT / "service" / "clipzy" / "api" / "console" / "static"
METHODS = {"get", "post", "put", "patch", "delete"}


def page(name):
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def first_cells(table):
    """The code words in the first column of a table's rows."""
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def section(text, heading):
    """From a heading of any level to the next of the same or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


def codes(kind):
    """Every code below a class of errors, with its status."""
    below = {code: status for each in kind.__subclasses__() for code, status in codes(each).items()}
    return {kind.code: kind.status} | below


def test_the_fields_that_a_given_style_needs_are_told():
    """All of those in the table but the ones that are named below it, parts of parts too."""
    told = section(page("concepts.md"), "Style DNA")
    optional = re.search(r"only (.*?) may be\s+left out", told)
    assert optional
    needed = set(first_cells(told)) - set(re.findall(r"`(\w+)`", optional[1]))
    assert needed == set(SCHEMAS["StyleDNA"]["required"])
    kinds = [SCHEMAS[name] for name in ("ColorGrade", "AudioStyle", "Transition", "TextOverlay", "DetectedBeat")]
    left_out = {name for kind in kinds for name in kind["properties"].keys() - set(kind["required"])}
    assert left_out | {"version"} == set(re.findall(r"`(\w+)`", optional[1]))


def test_of_every_field_of_a_style_it_is_said_whether_it_is_put_on_footage():
    """In the table, and in the document both of answers and of requests; plans and looks are held to the same list by a test of their own."""
    rows = re.findall(
        r"^\| (`[^|]*) \|.*\| (applied to footage|described only)[^|]*\|$", page("concepts.md"), re.MULTILINE
    )
    told = {name: what for cells, what in rows for name in re.findall(r"`([^`]+)`", cells)}
    fields = SCHEMAS["StyleDNA"]["properties"]
    assert told == {name: "applied to footage" if name in PUT_ON_FOOTAGE else "described only" for name in fields}
    for properties in (fields, SCHEMAS["GivenStyle"]["properties"]):
        for name, what in told.items():
            assert what.capitalize() in properties[name]["description"], name


def test_the_console_says_the_same_of_a_style():
    """In two sentences: what is put on footage, and what is described only."""
    words = {
        "color_grade": "colours",
        "audio_style": "sound",
        "cut_frequency": "cuts",
        "primary_transition": "transitions",
        "zoom_usage": "zooms",
        "aspect_ratio": "shape",
        "frame_rate": "frame rate",
        "tempo_bpm": "tempo",
        "detected_beats": "beats",
        "music_genre": "genre",
        "motion_intensity": "motion",
        "text_overlays": "text",
    }
    said = re.search(
        r'"A job given this style (applies .*?)\. (.*?) are described only\."',
        (CONSOLE / "style" / "dna.js").read_text(),
    )
    assert said
    for name, word in words.items():
        assert (word in said[1], word in said[2].lower()) == (name in PUT_ON_FOOTAGE, name not in PUT_ON_FOOTAGE)


@pytest.mark.parametrize(("level", "lufs"), [(0.3182, -23), (0.7273, -14), (1, -8)])
def test_the_levels_that_are_named_are_those_loudnesses(level, lufs):
    """As the page and the document name them."""
    assert target_lufs(level) == pytest.approx(lufs, abs=0.01)
    assert f"{level} is \N{MINUS SIGN}{-lufs}" in page("concepts.md")
    assert "0.7273 is -14 LUFS" in SCHEMAS["AudioStyle"]["properties"]["normalization_level"]["description"]


def test_the_loudness_of_a_job_in_its_own_style_is_told():
    """Where jobs are told of, where the sound is, and in the document."""
    told = f"to \N{MINUS SIGN}{-OWN_STYLE_LUFS:g} LUFS"
    assert told in section(page("concepts.md"), "Jobs")
    assert told in page("rest.md")
    assert f"to {OWN_STYLE_LUFS:g} LUFS" in SCHEMAS["JobConfig"]["properties"]["audio"]["description"]


def test_every_route_has_its_heading():
    """In rest.md; one that is gone is gone from there."""
    routes = {f"{method.upper()} {path}" for path, ways in API["paths"].items() for method in ways if method in METHODS}
    assert set(re.findall(r"^### ([A-Z]+ /\S+)$", page("rest.md"), re.MULTILINE)) == routes


def test_every_code_of_the_api_has_its_row():
    """With the status that it is answered with."""
    framework = {"METHOD_NOT_ALLOWED": 405, "INTERNAL_ERROR": 500}
    table = page("rest.md").partition("\n## Errors\n")[2].partition("A job that fails")[0]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|", table, re.MULTILINE))
    assert {code: int(status) for code, status in rows.items()} == codes(RequestError) | framework


def test_the_document_lists_every_code():
    """Those of refused requests and those of failed jobs, as a list that may grow."""
    requests = SCHEMAS["ErrorDetail"]["properties"]["code"]
    jobs = SCHEMAS["JobError"]["properties"]["code"]
    assert set(requests["x-extensible-enum"]) == codes(RequestError).keys() | {"METHOD_NOT_ALLOWED", "INTERNAL_ERROR"}
    assert set(jobs["x-extensible-enum"]) == codes(StageError).keys() | {"INTERNAL_ERROR"}
    assert not {"enum", "const"} & (requests.keys() | jobs.keys())


def test_every_code_that_the_document_names_is_one_of_those():
    """An answer's examples are named by their codes."""
    answers = [
        answer for ways in API["paths"].values() for way in ways.values() for answer in way["responses"].values()
    ]
    named = {
        name for each in answers for name in each.get("content", {}).get("application/json", {}).get("examples", {})
    }
    assert named
    assert named <= set(first_cells(page("rest.md")))


def test_every_code_of_a_failed_job_has_its_row():
    """Of stages, and of the engine itself."""
    table = page("rest.md").partition("A job that fails")[2]
    assert ConfigurationError.code not in table
    assert set(first_cells(table)) == codes(StageError).keys() | {"INTERNAL_ERROR"}


def test_every_choice_for_a_job_has_its_row():
    """With its default where it has one."""
    text = section(page("rest.md"), "POST /api/v1/jobs")
    assert set(first_cells(text)) == SCHEMAS["JobConfig"]["properties"].keys()
    for name, default in re.findall(r"^\| (`[^|]+) \| `([^`]+)` \|", text, re.MULTILINE):
        for each in re.findall(r"`(\w+)`", name):
            known = SCHEMAS["JobConfig"]["properties"][each]["default"]
            assert default == (known if isinstance(known, str) else json.dumps(known)), each


def test_every_field_of_the_style_has_its_row():
    """In concepts.md, in no particular order."""
    assert set(first_cells(section(page("concepts.md"), "Style DNA"))) == SCHEMAS["StyleDNA"]["properties"].keys()


def test_stages_and_states_are_those_of_the_code():
    """With the share of the progress that each stage has."""
    text = page("concepts.md")
    rows = re.findall(r"^\| `(\w+)` \| (\d+)\W(\d+) \|", section(text, "Stages"), re.MULTILINE)
    assert [(name, int(first), int(last)) for name, first, last in rows] == [
        (stage.value, *band) for stage, band in BANDS.items()
    ]
    assert all(f"`{status}`" in section(text, "Jobs") for status in MOVES)


def setting_row(name):
    """The row of the settings table that a setting should have."""
    field = Settings.model_fields[name]
    default = "" if isinstance(field.default, SecretStr) else field.default
    if isinstance(default, Path) and default.is_absolute():
        default = default.name  # beside the code
    shown = f"`{default}`" if str(default) else ""
    return f"| `{name.upper()}` | {shown} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name):
    """Name, default and meaning as they stand in the code."""
    assert setting_row(name) in page("settings.md")


def test_settings_that_are_gone_have_no_row():
    """Each stands there once."""
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \|", page("settings.md"), re.MULTILINE)
    assert sorted(rows) == sorted(name.upper() for name in Settings.model_fields)


def commands(command, name="clipzy"):
    """Every command below this one, with its full name."""
    if hasattr(command, "commands"):
        for each in command.commands.values():
            yield from commands(each, f"{name} {each.name}")
    else:
        yield name, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_command_has_its_section():
    """And no other."""
    assert set(re.findall(r"^### (clipzy .+)$", page("command-line.md"), re.MULTILINE)) == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_told_of(name):
    """In its command's section; and an option that is told of exists."""
    options = {text for option in COMMANDS[name].params if option.param_type_name == "option" for text in option.opts}
    told = set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", section(page("command-line.md"), name)))
    assert told >= options - {"--help", "-h"}
    assert told <= options | {"--json", "-o", "-n", "-w"}


def test_what_the_console_is_said_to_show_it_shows():
    """By the words that stand on its controls."""
    words = re.findall(r"\*([A-Z][^*]+)\*", section(page("quickstart.md"), "In the browser"))
    code = "".join(path.read_text(encoding="utf-8") for path in CONSOLE.rglob("*.js"))
    assert len(words) >= 4
    assert not [word for word in words if f'"{word}"' not in code]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_every_file_that_is_named_is_there(path):
    """In the repository, by its path from the top."""
    named = set(
        re.findall(r"`((?:benchmarks|clients|docs|helm|service|tests)/[\w./-]+)`", path.read_text(encoding="utf-8"))
    )
    assert not [each for each in named if "NAME" not in each and not (ROOT / each).exists()]


MODULES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in ("benchmarks", "clients/python", "model_repository", "service", "tests")
    for path in (ROOT / folder).rglob("*.py")
]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_every_module_that_is_named_is_there(path):
    """By the end of its path, as where a page names several of one folder."""
    named = set(re.findall(r"`([\w/]+\.py)`", path.read_text(encoding="utf-8")))
    assert not [each for each in named if "NAME" not in each and not any(one.endswith(f"/{each}") for one in MODULES)]


def test_exit_codes_are_those_of_the_code():
    """With their meanings."""
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", section(page("command-line.md"), "Exit codes"), re.MULTILINE))
    assert {int(code): meaning for code, meaning in rows.items()} == {0: "done", **MEANINGS}
