"""Logs as one event a line, whoever wrote them."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
import structlog

from clipzy.settings import Settings
from clipzy.telemetry import adopt_logger, configure_logging, log
from clipzy.telemetry.trace_context import TraceContext, within


@pytest.fixture
def logged(capsys):
    """Configures logging with these settings; then gives what was written to stderr so far."""

    def configure(**settings):
        configure_logging(Settings(_env_file=None, **settings))

        def lines():
            return capsys.readouterr().err.splitlines()

        return lines

    yield configure
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_log_line_is_one_json_object(logged):
    """With its event, level, time and what it was bound to, line breaks and all."""
    lines = logged()
    with structlog.contextvars.bound_contextvars(job_id="job_a"):
        log.info("stage ended", seconds=1.5, said="two\nlines", name="größe")
    (line,) = lines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["job_id"], event["seconds"]) == ("stage ended", "info", "job_a", 1.5)
    assert event["said"] == "two\nlines"
    assert event["timestamp"].endswith("Z")
    assert "größe" in line


def test_a_log_line_names_its_deployment(logged):
    """So that logs of several in one place can be told apart, libraries' lines too."""
    lines = logged(env="staging")
    log.info("stage ended")
    logging.getLogger("alembic").warning("at revision 3")
    assert [json.loads(line)["env"] for line in lines()] == ["staging", "staging"]


def test_libraries_log_in_the_same_form(logged):
    """What comes through the standard library has the same fields."""
    lines = logged()
    logging.getLogger("alembic").warning("at revision %s", "3")
    logging.getLogger("uvicorn.error").warning("ended [%d]", 3, extra={"color_message": "ended [\x1b[36m%d\x1b[0m]"})
    first, second = (json.loads(line) for line in lines())
    assert (first["event"], second["event"]) == ("at revision 3", "ended [3]")
    assert "color_message" not in second


def test_a_log_line_goes_to_what_is_stderr_by_then(logged, monkeypatch):
    """What was stderr when logging was configured may be closed."""
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    logged()
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    log.info("hello")
    assert json.loads(second.getvalue())["event"] == "hello"


def test_a_trace_is_part_of_its_line(logged):
    """The operator finds the cause under the job's id; no line of a trace stands alone."""
    lines = logged()
    try:
        raise ZeroDivisionError("what happened")
    except ZeroDivisionError:
        log.exception("stage failed")
    (line,) = lines()
    assert "ZeroDivisionError: what happened" in json.loads(line)["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("logger", [log, logging.getLogger("uvicorn.error")], ids=["ours", "a library's"])
def test_a_trace_shows_no_values(logged, form, logger):
    """What a variable holds may be a secret; the trace says where it was, in either form."""
    lines = logged(log_format=form)

    def stumble(authorization):
        return 1 / (len(authorization) - len(authorization))

    try:
        stumble("Bearer " + "s" * 9)
    except ZeroDivisionError:
        logger.exception("a request failed")
    told = "\n".join(lines())
    assert "ZeroDivisionError" in told
    assert "in stumble" in told
    assert "sssssssss" not in told


def test_a_library_with_a_handler_of_its_own_is_not_heard_twice(logged):
    """Its handler is taken away and its lines go our way."""
    lines = logged()
    library = logging.getLogger("dbos")
    library.addHandler(logging.StreamHandler())
    library.propagate = False
    adopt_logger("dbos")
    library.error("gone")
    assert [json.loads(line)["event"] for line in lines()] == ["gone"]


def test_what_the_queues_library_says_again_and_again_is_heard_once_in_a_while(logged, monkeypatch):
    """A database that is away makes its threads speak several times a second; what else they say is heard beside it."""
    now = [0.0]
    monkeypatch.setattr("clipzy.telemetry.logs.time.monotonic", lambda: now[0])
    logged()
    lines = logged()  # as when a stage's process is forked from one that logs already
    library = logging.getLogger("dbos")
    for second in range(70):
        now[0] = float(second)
        for thread in ("a", "b"):
            library.warning("the queue of %s failed at port %d", thread, second)
        if second == 5:
            library.error("something else")
    heard = [json.loads(line) for line in lines()]
    assert [(line["event"], line.get("held_back")) for line in heard] == [
        ("the queue of a failed at port 0", None),
        ("something else", None),
        ("the queue of a failed at port 30", 59),
        ("the queue of a failed at port 60", 59),
    ]


@pytest.mark.parametrize(("level", "heard"), [("INFO", 2), ("WARNING", 1), ("ERROR", 0)])
def test_the_level_decides_what_is_logged(logged, level, heard):
    """LOG_LEVEL is the lowest that is written."""
    lines = logged(log_level=level)
    log.debug("detail")
    log.info("news")
    log.warning("trouble")
    assert len(lines()) == heard


def test_the_console_format_is_for_eyes(logged):
    """No JSON, and no colours where nobody sees them."""
    lines = logged(log_format="console")
    log.info("worker is ready", worker="a-1")
    (line,) = lines()
    assert "worker is ready" in line
    assert "worker=a-1" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("sign", ["\x1b]0;title\x07", "\x9b2J", "\x08", "\r", "\x7f"], ids=repr)
def test_a_strangers_words_are_no_commands_to_a_terminal(logged, sign):
    """Such as the path of a request, which anybody may send; in what libraries say, too. They can be read all the same."""
    lines = logged(log_format="console")
    log.info("request", path=f"/größe/{sign}")
    logging.getLogger("uvicorn.error").warning("refused %s", sign)
    told = "".join(lines())
    assert sign[0] not in told
    assert told.count(repr(sign)[1:-1]) == 2
    assert "/größe/" in told


def test_configuring_twice_writes_once(logged):
    """As when a stage's process is forked from one that logs already."""
    logged()
    lines = logged()
    log.info("once")
    assert len(lines()) == 1


def test_a_line_carries_the_trace_that_it_belongs_to(logged):
    """Its ids, also in what libraries write; none where nobody traces."""
    lines = logged()
    context = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
    log.info("before")
    with within(context):
        log.info("inside")
        logging.getLogger("alembic").warning("inside")
    before, *inside = (json.loads(line) for line in lines())
    assert "trace_id" not in before
    assert [(line["trace_id"], line["span_id"]) for line in inside] == [(context.trace_id, context.span_id)] * 2
