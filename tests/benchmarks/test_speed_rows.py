"""What the benchmarks of speed say of figures, and of what could not be measured."""

import json
import os
import time
from dataclasses import replace

import pytest

import report_changes
import report_speed
from scenarios import measuring, networks
from scenarios.measuring import Cost, Failed
from scenarios.rows import Row, by_peer, merged


def row(*values, ratios=(), less=True, subject="ours"):
    """A figure with these rounds."""
    peer = "theirs" if ratios else None
    return Row("1080p", subject, "ms", values, peer, tuple(ratios), less, scenario="decode")


def test_a_figure_is_the_median_of_its_rounds_and_its_ratio_that_of_each_round():
    """A round in which the machine was busy does not count more than any other."""
    figure = row(1.0, 9.0, 2.0, ratios=by_peer((1.0, 9.0, 2.0), (2.0, 18.0, 1.0)))
    assert figure.value == 2.0
    assert figure.ratio == 0.5


def test_a_row_comes_back_from_json_as_it_was():
    """What a report reads is what the scenario measured."""
    figure = row(1.25, 1.5, ratios=(0.5, 0.75))
    assert Row.read(json.loads(json.dumps(figure.written()))) == figure


def test_rounds_of_the_same_figure_become_one_row_and_failures_stay_apart():
    """A figure that failed once keeps the reason beside the rounds that worked."""
    failed = Row.missing("1080p", "ours", "no room")
    assert merged([row(1.0, ratios=(2.0,)), row(3.0, ratios=(4.0,)), failed]) == [
        row(1.0, 3.0, ratios=(2.0, 4.0)),
        failed,
    ]


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        (row(10.0, 11.0), row(14.0, 15.0), [True]),
        (row(10.0, 11.0), row(7.0, 7.5), [False]),
        (row(10.0, 14.0), row(13.5, 15.0), []),
        (row(10.0), row(11.5), []),
        (row(10.0, less=False), row(14.0, less=False), [False]),
        (row(10.0, less=False), row(7.0, less=False), [True]),
        (row(10.0, less=None), row(70.0, less=None), []),
        # the machine was three times as slow, for both
        (row(10.0, ratios=(1.0,)), row(30.0, ratios=(1.02,)), []),
        (row(10.0, ratios=(1.0,)), row(10.0, ratios=(1.5,)), [True]),
        (row(10.0), row(99.0, subject="another"), []),
    ],
    ids=["slower", "faster", "within", "a tenth", "more", "fewer", "no merit", "busy", "ratio", "new"],
)
def test_a_change_counts_where_the_ranges_do_not_touch(old, new, worse):
    """Ratios are compared before figures, and the direction that is bad is the figure's own."""
    assert [change.worse for change in report_changes.changes([old], [new])] == worse


def test_a_figure_that_is_no_longer_measured_is_told():
    """Of what was tried, or of a scenario that failed as a whole; what was not run has lost nothing."""
    before, failed = row(1.0), Row("1080p", "ours", "", (), note="no", scenario="decode")
    assert report_changes.lost([before], [failed]) == [before]
    assert report_changes.lost([before], [replace(failed, case="")]) == [before]
    assert report_changes.lost([before], [replace(before, case="720p"), replace(failed, scenario="lut")]) == []
    assert report_changes.lost([before], []) == []


def test_the_report_says_why_a_figure_is_missing(tmp_path):
    """A table in Markdown whose cells no text can break."""
    figures = {
        "machine": {"processor": "P", "cores": 2, "memory_gib": 4, "gpu": None, "system": "S"},
        "versions": {"python": "3", "av": None},
        "load_average": [1.0, 3.0],
        "rows": [row(1.0, 2.0, ratios=(0.5, 0.7)).written(), Row.missing("4k", "ours", "a | b").written()],
    }
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    text = report_speed.markdown(*report_speed.read(tmp_path / "figures.json"))
    assert "| 1080p | ours | 1.5 ms (1 to 2) | 0.60 times theirs (0.5 to 0.7) |  |" in text
    assert "| 4k | ours | not measured |  | a / b |" in text
    assert "2 cores, 4 GiB, no GPU" in text


def test_work_in_a_child_has_its_own_cost_and_result():
    """Processor time and memory are the child's, however much the parent has used."""

    def work():
        held = b"x" * (64 << 20)
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        return len(held), os.getpid()

    (size, pid), cost = measuring.in_child(work)
    assert size == 64 << 20
    assert pid != os.getpid()
    assert 0.09 < cost.cpu_s < 5
    assert cost.peak_mib > 64


@pytest.mark.parametrize(
    ("work", "said"),
    [(lambda: 1 / 0, "ZeroDivisionError"), (lambda: os._exit(3), "ended with status 3")],
    ids=["raises", "dies"],
)
def test_work_that_fails_in_a_child_says_how(work, said, capfd):
    """The reason comes back, and nothing hangs."""
    with pytest.raises(Failed, match=said):
        measuring.in_child(work)
    capfd.readouterr()


def test_side_by_side_turns_the_order_round_every_second_round():
    """So that what comes first is not always the same."""
    called = []
    costs = measuring.side_by_side({name: lambda name=name: called.append(name) for name in "ab"}, 3)
    assert called == ["a", "b", "b", "a", "a", "b"]
    assert [len(spent) for spent in costs.values()] == [3, 3]


def test_costs_become_rows_by_the_peer():
    """Milliseconds a frame where there are many, and no ratio for the peer itself."""
    costs = {"peer": [Cost(1.0, 2.0)], "ours": [Cost(3.0, 3.0)]}
    rows = list(measuring.cost_rows("case", costs, "peer", each=100, unit="ms/frame"))
    assert [(r.subject, r.unit, r.values, r.ratios) for r in rows] == [
        ("peer", "ms/frame", (10.0,), ()),
        ("peer", "CPU ms/frame", (20.0,), ()),
        ("ours", "ms/frame", (30.0,), (3.0,)),
        ("ours", "CPU ms/frame", (30.0,), (1.5,)),
    ]


@pytest.mark.parametrize(
    ("most", "full", "sizes"),
    [(8, False, (1, 4, 8)), (64, False, (1, 8, 64)), (16, True, (1, 2, 4, 8, 16)), (12, True, (1, 2, 4, 8, 12))],
)
def test_batches_span_what_a_network_takes(most, full, sizes):
    """From one to the largest."""
    assert networks.batches(most, full=full) == sizes


def test_plots_are_drawn_of_what_was_measured(tmp_path):
    """As PNG, each where there is something to show; a figure that could not be measured spoils none."""
    pytest.importorskip("matplotlib", reason="make bench installs it")
    rows = [
        *(Row("1080p, 30 s", stage, "s", (3.0,), scenario="whole_job") for stage in ("video_analysis", "rendering")),
        *(Row(f"faces, batch {batch}", "in process, cpu", "ms", (9.0,), scenario="networks") for batch in (1, 4)),
        *(
            Row(
                f"faces, {count} at once",
                "calls",
                "1/s",
                (9.0,),
                "faces, 1 at once",
                (1.0,),
                False,
                scenario="concurrency",
            )
            for count in (1, 2)
        ),
        Row("1080p, 8 s", "bare PyAV", "ms/frame", (9.0,), scenario="decode"),
        *(Row.missing("4k", name, "no room") for name in ("whole job", "calls")),
    ]
    drawn = report_speed.plots(rows, tmp_path)
    assert [path.name for path in drawn] == ["whole_job.png", "networks.png", "callers.png", "frames.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
    assert report_speed.plots([Row.missing("4k", "ours", "no room")], tmp_path) == []


def test_doors_of_a_network_turn_round_every_second_round_too(monkeypatch):
    """As all that is measured side by side."""
    asked = []
    monkeypatch.setattr(networks, "PAUSE_S", 0.0)
    monkeypatch.setattr(networks, "CALLS_S", 0.0)
    works = {name: lambda name=name: asked.append(name) for name in ("here", "there")}
    found = networks._milliseconds(works, 3, batch=1)
    assert asked == ["here", "there", "there", "here", "here", "there"]
    assert [len(values) for values in found.values()] == [3, 3]
