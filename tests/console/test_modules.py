"""The console's pure modules, run in the browser that runs them: held against the engine's own functions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from api.rest import STYLE
from clipzy.analysis.look.grade import grade
from clipzy.api.console.serving import ADDRESS
from clipzy.storage.artifacts import to_json
from clipzy.style.compare import difference
from clipzy.style.confidence import WEIGHTS
from clipzy.style.crop_path import CropPath
from clipzy.style.dna import AspectRatio, AudioStyle, ColorGrade, StyleDNA, Transition, TransitionType
from clipzy.style.plan import Clip, Crop, CropKey, EditPlan, OutputFormat, Slowed
from clipzy.style.time import Span
from source_moments import source_moments

OTHER = replace(
    STYLE,
    color_grade=ColorGrade(-30.0, 12.0, 40.0, -22.0, 5.0, 60.0),
    aspect_ratio=AspectRatio.WIDE,
    audio_style=AudioStyle(0.3, 4.0, 0.0, enhance_speech=True),
    cut_frequency=6.0,
    tempo_bpm=90.0,
    motion_intensity=90.0,
    primary_transition=Transition(TransitionType.DISSOLVE, 400),
    secondary_transition=Transition(TransitionType.CUT, 0),
)
# as the comparison names them: the engine's own names
ROWS = {
    "Cuts per minute": "cut_frequency",
    "Tempo, bpm": "tempo_bpm",
    "Most frequent transition": "primary_transition",
    "Next transition": "secondary_transition",
    "Motion": "motion_intensity",
    "Zooms": "zoom_usage",
    "Shape": "aspect_ratio",
    "Frames per second": "frame_rate",
    "Subtitles": "use_subtitles",
    "Loudness, 0 to 1": "audio_style.normalization_level",
    "Compression": "audio_style.compression_ratio",
    "Bass": "audio_style.bass_boost",
    "Speech enhanced": "audio_style.enhance_speech",
    "Music": "music_genre",
} | {name.capitalize(): f"color_grade.{name}" for name in to_json(ColorGrade, ColorGrade())}


@pytest.fixture(scope="module")
def run(browser, shared_service):
    """Runs a function of JavaScript on a module of the console and an argument."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(shared_service.url)

    def call(module, function, argument=None):
        code = f"async (argument) => ({function})(await import('/{ADDRESS}{module}'), argument)"
        return page.evaluate(code, argument)

    yield call
    context.close()


@pytest.mark.parametrize(
    "sliders", [(0, 0, 0), (55, 3, -46), (-80, -60, 70), (100, 100, 100)], ids=["neutral", "steep", "flat", "extreme"]
)
def test_the_tone_curve_is_the_engines(run, sliders):
    """What is drawn is what the sliders mean."""
    contrast, highlights, shadows = sliders
    lightness = np.linspace(0, 1, 21)
    lab = np.stack([lightness, np.zeros(21), np.zeros(21)], axis=1)
    expected = grade(lab, np.array([0, 0, 0, *sliders]) / 100)[:, 0].clip(0, 1)
    drawn = run(
        "style/tone.js",
        "({ graded }, [lightness, look]) => lightness.map((each) => graded(each, look))",
        [lightness.tolist(), {"contrast": contrast, "highlights": highlights, "shadows": shadows}],
    )
    assert drawn == pytest.approx(expected.tolist(), abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(STYLE, OTHER), (OTHER, STYLE), (OTHER, OTHER)], ids=["apart", "swapped", "same"])
def test_distances_are_the_engines(run, a, b):
    """Every field that the engine compares, as far apart as it says."""
    groups = run(
        "style/difference.js",
        "({ difference }, [a, b]) => difference(a, b)",
        [to_json(StyleDNA, a), to_json(StyleDNA, b)],
    )
    told = {ROWS[row["name"]]: row["distance"] for group in groups for row in group["rows"]}
    assert told == pytest.approx(difference(a, b))


PLAN = {
    "clips": [
        {"source": {"start": "2", "end": "7/2"}, "crop": {"x": 0, "y": 0, "width": 1, "height": 1}, "reason": "a"},
        {"source": {"start": "0", "end": "1"}, "crop": {"x": 0, "y": 0, "width": 0.5, "height": 0.5}, "reason": "b"},
    ]
}
FOOTAGE = {
    "measurements": {
        "video": {
            "facts": {"duration": "4"},
            "shots": [{"start": "0", "end": "5/2"}, {"start": "5/2", "end": "4"}],
            "color": {"shots": [{"shot": 1, "mean_color": "#102030"}]},
            "boundaries": [{"start": "5/2", "end": "5/2", "type": "cut", "confidence": 0.9}],
        },
        "audio": {
            "beats": [{"time_s": at, "downbeat": at == 3.0, "confidence": 1.0} for at in (0.5, 1.0, 1.5, 2.0, 3.0, 3.5)]
        },
        "motion": {"moves": []},
    }
}


def test_what_was_measured_lies_where_the_output_shows_it(run):
    """Shots and beats of the footage on the output's axis: cut as the plan cuts, in its order."""
    model = run("timeline/model.js", "({ ofOutput }, [plan, footage]) => ofOutput(plan, footage)", [PLAN, FOOTAGE])
    assert model["duration"] == 2.5
    assert [(clip["start"], clip["end"], clip["isWhole"]) for clip in model["clips"]] == [
        (0, 1.5, True),
        (1.5, 2.5, False),
    ]
    assert [(shot["start"], shot["end"], shot["colour"]) for shot in model["shots"]] == [
        (0, 0.5, None),
        (0.5, 1.5, "#102030"),
        (1.5, 2.5, None),
    ]
    assert [(beat["time"], beat["downbeat"]) for beat in model["beats"]] == [(0, False), (1, True), (2, False)]


def test_the_beats_are_those_of_the_sound_that_is_heard(run):
    """A soundtrack's: the template's, where its stretches lie, up to the output's end; none where nothing is known of it."""
    stretches = [{"template": {"start": "0", "end": "3/2"}}, {"template": {"start": "1/2", "end": "3"}}]
    plan = {**PLAN, "soundtrack": {"stretches": stretches}}
    call = (
        "({ ofOutput }, [plan, footage, template]) => ofOutput(plan, footage, template).beats.map((beat) => beat.time)"
    )
    assert run("timeline/model.js", call, [plan, None, FOOTAGE]) == [0.5, 1.0, 1.5, 2.0]
    assert run("timeline/model.js", call, [plan, FOOTAGE, None]) == []


def test_the_footage_is_sought_where_the_output_came_from(run):
    """Within each clip, at its edge, and at the end."""
    sought = run(
        "timeline/model.js",
        "({ placed, sourceTime }, plan) => [0, 1, 1.5, 2, 2.5, 9].map((time) => sourceTime(placed(plan), time))",
        PLAN,
    )
    assert sought == [2, 3, 0, 0.5, 1, 1]


def test_the_footage_is_slow_beside_a_cut_that_it_is_slowed_for(run):
    """As the engine slows it, throughout both clips."""
    crop, dissolve = Crop(0, 0, 1, 1), Transition(TransitionType.DISSOLVE, 400)
    clips = (
        Clip(Span(Fraction(2), Fraction(5)), crop, None, None, ""),
        Clip(Span(Fraction(9), Fraction(12)), crop, None, dissolve, "", slowed=Slowed(Fraction(1), Fraction(3, 2))),
    )
    output = OutputFormat(64, 36, Fraction(25), "h264", 23, "veryfast", 96)
    plan = EditPlan(clips, (), None, output, ())
    moments = [Fraction(k, 20) for k in range(120)]
    sought = run(
        "timeline/model.js",
        "({ placed, sourceTime }, [plan, times]) => times.map((time) => sourceTime(placed(plan), time))",
        [to_json(EditPlan, plan), [float(moment) for moment in moments]],
    )
    assert sought == pytest.approx([float(instant) for instant in source_moments(plan, moments)], abs=1e-9)
    assert max(abs(there - 2 - float(at)) for there, at in zip(sought[:60], moments[:60], strict=True)) > 0.1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000], ids=lambda size: f"{size} at a time")
def test_events_are_read_however_they_are_cut(run, size):
    """Comments, several lines of data, line ends of three kinds and what is none, a letter of more than one byte; a last one cut off is no event."""
    stream = ': hello\n\nid: a\nretry: 50\ndata: {"x":\ndata: "é\u2028"}\n\r\nevent: y\r\ndata:two\r\n\r\nid: b\rdata: 3\r\rdata: cut'
    events = run(
        "api/event-stream.js",
        """async ({ events }, [bytes, size]) => {
            const pieces = [];
            for (let at = 0; at < bytes.length; at += size) pieces.push(new Uint8Array(bytes.slice(at, at + size)));
            const body = new ReadableStream({
              start(controller) { for (const piece of pieces) controller.enqueue(piece); controller.close(); },
            });
            const found = [];
            for await (const event of events(body)) found.push([event.id, event.retry, event.data]);
            return found;
        }""",
        [list(stream.encode()), size],
    )
    assert events == [["a", 50, '{"x":\n"é\u2028"}'], ["a", 50, "two"], ["b", 50, "3"]]


@pytest.mark.parametrize("status", [200, 409])
def test_an_answer_that_breaks_off_is_told_in_words(run, status):
    """As the form of a job tells of any other error; whatever was begun, it can be sent again."""
    told = run(
        "api/client.js",
        """async ({ call }, [status, submission]) => {
            const { refusal } = await import(submission);
            const real = window.fetch;
            window.fetch = async () => {
              let pulled = 0;
              const pull = (body) => (pulled++ ? body.error(new TypeError("network error")) : body.enqueue(new Uint8Array(9)));
              return new Response(new ReadableStream({ pull }), { status });
            };
            try {
              return await call("jobs");
            } catch (error) {
              return refusal(error, document.createElement("form")).textContent;
            } finally {
              window.fetch = real;
            }
        }""",
        [status, f"/{ADDRESS}jobs/submission.js"],
    )
    assert told == "The connection broke before the response was complete."


def test_numbers_and_times_are_as_people_say_them(run):
    """Units, rounding, minus signs."""
    told = run(
        "lib/format.js",
        """(format) => [
            format.clock(65), format.clock(65.39, true), format.clock(3725), format.clock(0.3, true),
            format.duration(4.23), format.duration(75), format.duration(4000), format.bytes(999), format.bytes(1234567),
            format.bytes(123456789), format.signed(-3.4), format.signed(0.2), format.fraction("30000/1001").toFixed(2),
            format.counted(1, "cut"), format.counted(2, "cut"), format.roughly(3), format.roughly(41), format.roughly(61),
            format.bytesOf(1234567, 40000000), format.bytesOf(999, null),
        ]""",
    )
    assert told == [
        *("1:05", "1:05.3", "1:02:05", "0:00.3", "4.2 s", "1 min 15 s", "1 h 6 min", "999 B", "1.2 MB"),
        *("123 MB", "\N{MINUS SIGN}3", "0", "29.97", "1 cut", "2 cuts", "a few seconds", "about 45 s", "about 2 min"),
        *("1.2 MB of 40 MB", "999 B"),
    ]


def test_what_is_announced_at_once_is_all_said(run):
    """No message takes another one's place; one that is said already is not said twice."""
    told = run(
        "lib/say.js",
        """({ announce }) => {
            for (const text of ["Cancelled", "Loaded", "Loaded"]) announce(text);
            return [...document.getElementById("announcer").children].map((each) => each.textContent);
        }""",
    )
    assert told[-2:] == ["Cancelled", "Loaded"]


def test_time_left_follows_the_pace_of_the_stage(run):
    """Nothing is guessed at first; then by the job's pace, and once a stage has moved by its own."""
    told = run(
        "jobs/time-left.js",
        """async ({ TimeLeft }, stages) => {
            const { STAGES } = await import(stages);
            const at = (key, percent) => ({ current_stage: key, progress_percent: percent, started_at: "2026-01-01T00:00:00Z" });
            const start = Date.parse("2026-01-01T00:00:00Z");
            const guess = new TimeLeft();
            return [
              guess.left(at("video_analysis", 1), STAGES, start + 1000),
              guess.left(at("rendering", 86), STAGES, start + 63_000),
              guess.left(at("rendering", 92), STAGES, start + 163_000),
            ];
        }""",
        f"/{ADDRESS}jobs/stages.js",
    )
    assert told[0] is None
    assert told[1] == pytest.approx(37, abs=1)
    assert told[2] == pytest.approx(100 * 7 / 6, rel=0.02)


@pytest.mark.parametrize(("ahead", "told"), [(0, 0), (900, 0), (-900, 0), (600_000, 600_000), (-600_000, -600_000)])
def test_times_are_the_engines_where_the_clocks_differ(run, ahead, told):
    """A difference that may be no more than the way of an answer is none."""
    found = run(
        "api/clock.js",
        """({ heard, engineNow }, ahead) => {
            const at = (milliseconds) => heard(new Response("", { headers: { Date: new Date(Date.now() + milliseconds).toUTCString() } }));
            at(0);
            at(ahead);
            return engineNow() - Date.now();
        }""",
        ahead,
    )
    assert found == pytest.approx(told, abs=1100)


@pytest.mark.parametrize(
    ("count", "told"),
    [(12, None), (13, "And 1 more."), (300, "And 288 more.")],
)
def test_texts_that_are_not_shown_are_told_of(run, count, told):
    """Captions come by the hundred: twelve are shown."""
    overlay = {"content": "HELLO", "size": 0.1, "color": "#ffffff", "start_ms": 0, "duration_ms": 100}
    card = run(
        "style/cards.js",
        "({ textCard }, style) => [...textCard(style).querySelectorAll('li, p')].map((each) => each.textContent)",
        {"text_overlays": [overlay] * count, "use_subtitles": False},
    )
    assert len(card) == 12 + (told is not None)
    assert card[-1] == told or told is None


def test_every_part_of_the_confidence_has_a_name_and_says_what_it_takes(run):
    """All that the engine tells of, in its order."""
    parts = run("style/confidence.js", "({ PARTS }) => Object.entries(PARTS)")
    assert [key for key, _ in parts] == list(WEIGHTS)
    for _, (name, hint) in parts:
        assert name[0].isupper()
        assert len(hint) > len(name)


def test_what_a_measure_means_is_written_beside_it(run):
    """Not in a tooltip alone, which touch and keyboard do not reach."""
    told = run(
        "style/meters.js",
        "({ slider, bar }) => [slider('Tint', -3, 'green', 'magenta'), bar('Length', 0.5, 'long enough'), bar('Other', 1, null)]"
        ".map((each) => [...each.children].map((part) => part.textContent))",
    )
    minus = "\N{MINUS SIGN}3"
    assert told == [["Tint", minus, "green to magenta"], ["Length", "50 %", "long enough"], ["Other", "100 %"]]


@pytest.mark.parametrize("duration", [1, 10, 14, 30, 3600, 7205])
def test_the_labels_of_a_time_axis_lie_on_it_side_by_side(run, duration):
    """The last one too, however near to the end its tick is, on phones and large screens."""
    told = run(
        "timeline/timeline.js",
        """async ({ timeline }, duration) => {
            const playhead = Object.assign(new EventTarget(), { time: 0 });
            const given = { label: "Time", duration, lanes: [], marks: [], frame: 0.04, tell: () => "", playhead };
            const line = timeline({ ...given, signal: new AbortController().signal });
            const frame = document.createElement("div");
            frame.append(line);
            document.body.append(frame);
            const found = [];
            for (const width of [300, 328, 400, 700, 1100]) {
              frame.style.setProperty("width", `${width}px`);
              for (let wait = 0; wait < 2; wait += 1) await new Promise(requestAnimationFrame);
              const axis = line.querySelector(".axis");
              const edges = [...axis.children].map((label) => label.getBoundingClientRect());
              const { left, right } = axis.getBoundingClientRect();
              found.push([left, ...edges.flatMap((edge) => [edge.left, edge.right]), right]);
            }
            frame.remove();
            return found;
        }""",
        duration,
    )
    for edges in told:
        assert len(edges) >= 6
        assert edges == pytest.approx(sorted(edges), abs=0.6)


def test_a_moving_crop_is_where_the_engine_puts_it(run):
    """At every moment of its clip, before it and after it; one that does not move stays."""
    places = [(0.0, 0.1, 0.5), (0.3, 0.1, 0.5), (0.35, 0.3, 0.4), (0.1, 0.2, 0.6), (0.4, 0.4, 0.6)]
    crops = [Crop(x, y, width, width) for x, y, width in places]
    keys = tuple(CropKey(at, crop) for at, crop in zip(map(Fraction, ("1/2", "2", "7/2", "4")), crops[1:], strict=True))
    clip = Clip(Span(Fraction(3), Fraction(8)), crops[0], None, None, "", keys)
    times = np.linspace(-1, 6, 57).tolist()
    plan = {"clips": [to_json(Clip, clip), to_json(Clip, replace(clip, crop_path=()))]}
    page = run("timeline/model.js", "({ placed }, plan) => placed(plan)", plan)
    found = run(
        "timeline/crop-path.js",
        "({ cropAt }, [clip, times]) => times.map((time) => cropAt(clip, time))",
        [page[0], times],
    )
    for time, crop in zip(times, found, strict=True):
        assert list(crop.values()) == pytest.approx(list(to_json(Crop, CropPath(clip)(time)).values()), abs=1e-9)
    assert run("timeline/crop-path.js", "({ cropAt }, clip) => cropAt(clip, 2)", page[1]) == to_json(Crop, crops[0])
