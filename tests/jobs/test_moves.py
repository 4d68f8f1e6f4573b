"""The one writer of status, on a real database: compare-and-set, progress, what a stage brings."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clipzy.jobs import moves
from clipzy.jobs.lifecycle import MOVES, Stage, Status
from clipzy.jobs.moves import StageResult
from clipzy.jobs.records import Job, JobError, new_job
from clipzy.jobs.store import Store
from clipzy.storage.tables import jobs

ERROR = JobError(Stage.RENDERING, "it broke", "PROCESSING_FAILED")
MOVE = {
    Status.PROCESSING: lambda connection, job_id: moves.begin_stage(connection, job_id, Stage.RENDERING),
    Status.COMPLETED: lambda connection, job_id: moves.complete(connection, job_id, StageResult(), None),
    Status.FAILED: lambda connection, job_id: moves.fail(connection, job_id, ERROR),
    Status.CANCELLED: moves.cancel,
}
WAY = {
    Status.QUEUED: [],
    Status.PROCESSING: [Status.PROCESSING],
    Status.COMPLETED: [Status.PROCESSING, Status.COMPLETED],
    Status.FAILED: [Status.PROCESSING, Status.FAILED],
    Status.CANCELLED: [Status.CANCELLED],
}
PAIRS = list(itertools.product(Status, MOVE))


def queued(store: Store) -> Job:
    """A job that names no video of the store; only the row matters here."""
    job = new_job(video_id="vid_a")
    with store.database.begin() as connection:
        connection.execute(
            sa.insert(jobs).values(
                job_id=job.job_id, config={}, work_hash=job.job_id, status="queued", progress_percent=0,
                created_at=job.created_at, updated_at=job.updated_at, artifacts={}, warnings=[], attempt=0,
                lost_attempts=0,
            )
        )  # fmt: skip
    return job


def do(store: Store, move, *arguments):
    """One move in a transaction of its own."""
    with store.database.begin() as connection:
        return move(connection, *arguments)


@pytest.mark.parametrize(("current", "to"), PAIRS, ids=[f"{current}-{to}" for current, to in PAIRS])
def test_every_pair_of_statuses(store, current, to):
    """A move that the table allows is made, any other leaves the row as it was; a stage may begin while processing."""
    job = queued(store)
    for step in WAY[current]:
        assert do(store, MOVE[step], job.job_id)
    before = store.get_job(job.job_id)
    moved = do(store, MOVE[to], job.job_id)
    after = store.get_job(job.job_id)
    next_stage = (current, to) == (Status.PROCESSING, Status.PROCESSING)
    assert moved == (to in MOVES[current] or next_stage)
    assert after.status is (to if moved else current)
    if not moved:
        assert before == after


def test_a_completed_job_is_at_100_in_no_stage(store):
    """The last stage's files, the output and the status become visible together."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    do(store, moves.finish_stage, job.job_id, Stage.VIDEO_ANALYSIS, StageResult(["dark"], {"a.json": "k/a.json"}))
    do(store, moves.complete, job.job_id, StageResult(["dark", "short"], {"output.mp4": "k/o"}), "k/o")
    done = store.get_job(job.job_id)
    assert (done.progress_percent, done.current_stage, done.output_key) == (100, None, "k/o")
    assert done.artifacts == {"a.json": "k/a.json", "output.mp4": "k/o"}
    assert done.warnings == ("dark", "short")
    assert done.processing_time_seconds == pytest.approx((done.completed_at - done.started_at).total_seconds())


@pytest.fixture
def clock(monkeypatch):
    """The moments that the database's clock shows, a second apart, one for each move."""
    moments = [datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(seconds=number) for number in range(9)]
    told = iter(moments)
    monkeypatch.setattr(moves, "database_time", lambda _connection: next(told))
    return moments


def test_every_change_of_a_job_says_when_it_was(store, clock):
    """`updated_at` is the last one's moment, `started_at` stays that of the first stage, and the end is that of the last."""
    job = queued(store)
    result = StageResult()
    steps = [
        lambda: do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS),
        lambda: do(store, moves.report_progress, job.job_id, 0, 10),
        lambda: do(store, moves.finish_stage, job.job_id, Stage.VIDEO_ANALYSIS, result),
        lambda: do(store, moves.begin_stage, job.job_id, Stage.AUDIO_ANALYSIS),
        lambda: do(store, moves.complete, job.job_id, result, None),
    ]
    for moment, step in zip(clock, steps, strict=False):
        assert step()
        now = store.get_job(job.job_id)
        assert (now.updated_at, now.started_at) == (moment, clock[0])
    assert (now.completed_at, now.processing_time_seconds) == (clock[4], 4.0)


def test_a_job_that_never_began_took_no_time(store, clock):
    """It ends when it is cancelled."""
    job = queued(store)
    assert do(store, moves.cancel, job.job_id)
    ended = store.get_job(job.job_id)
    assert (ended.updated_at, ended.completed_at) == (clock[0], clock[0])
    assert (ended.started_at, ended.processing_time_seconds) == (None, None)


def test_what_is_told_anew_takes_the_place_of_all_before(store):
    """Nothing stays of what another version's stages had found: neither sentence nor file, and progress does not go back."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.STYLE_EXTRACTION)
    old = StageResult(["dark"], {"a.json": "k/a.json", "old.json": "k/old.json"}, {"version": "1.0"})
    do(store, moves.finish_stage, job.job_id, Stage.STYLE_EXTRACTION, old)
    new = StageResult(["short"], {"a.json": "l/a.json"}, {"version": "2.0"}, anew=True, withdrawn=["dark"])
    do(store, moves.finish_stage, job.job_id, Stage.STYLE_EXTRACTION, new)
    done = store.get_job(job.job_id)
    assert (done.warnings, done.artifacts, done.style_json) == (("short",), {"a.json": "l/a.json"}, {"version": "2.0"})
    assert done.progress_percent == 65


def test_a_failed_job_keeps_its_progress_and_tells_why(store):
    """Progress stands where it was, the error names stage, message and code."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.RENDERING)
    do(store, moves.fail, job.job_id, ERROR)
    failed = store.get_job(job.job_id)
    assert (failed.progress_percent, failed.current_stage, failed.error) == (86, None, ERROR)


def test_progress_never_goes_back(store):
    """Less than what was reached is not written, nor the same again, nor anything from an attempt that is not the newest."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    attempt, lost = do(store, moves.claim_attempt, job.job_id)
    assert (attempt, lost) == (1, 0)
    assert do(store, moves.report_progress, job.job_id, attempt, 10)
    assert not any(do(store, moves.report_progress, job.job_id, attempt, percent) for percent in (9, 10))
    assert do(store, moves.claim_attempt, job.job_id) == (2, 1)
    assert not do(store, moves.report_progress, job.job_id, attempt, 15)
    assert store.get_job(job.job_id).progress_percent == 10
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    assert store.get_job(job.job_id).progress_percent == 10


def test_attempts_that_ended_in_good_order_are_not_lost(store):
    """Only a worker's death counts: neither a finished stage nor a worker that was asked to stop."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    do(store, moves.claim_attempt, job.job_id)
    do(store, moves.finish_stage, job.job_id, Stage.VIDEO_ANALYSIS, StageResult())
    assert do(store, moves.claim_attempt, job.job_id) == (2, 0)
    do(store, moves.give_back_attempt, job.job_id, 2)
    assert do(store, moves.claim_attempt, job.job_id) == (3, 0)
    assert do(store, moves.claim_attempt, job.job_id) == (4, 1)


def test_an_attempt_that_is_given_back_leaves_the_lost_ones_before_it(store):
    """A stage under which workers died is not forgiven because a worker stopped in good order in between."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    for attempt, lost in ((1, 0), (2, 1), (3, 2)):
        assert do(store, moves.claim_attempt, job.job_id) == (attempt, lost)
    do(store, moves.give_back_attempt, job.job_id, 3)
    assert do(store, moves.claim_attempt, job.job_id) == (4, 2)
    assert not do(store, moves.give_back_attempt, job.job_id, 3)  # a newer one has begun
    assert do(store, moves.claim_attempt, job.job_id) == (5, 3)


def test_an_attempt_that_was_not_lost_cannot_be_given_back(store):
    """Such as that of a stage which ended as its worker was told to stop: it counts for none of those to come."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    do(store, moves.claim_attempt, job.job_id)
    do(store, moves.finish_stage, job.job_id, Stage.VIDEO_ANALYSIS, StageResult())
    assert not do(store, moves.give_back_attempt, job.job_id, 1)
    assert do(store, moves.claim_attempt, job.job_id) == (2, 0)


def test_a_cancelled_job_takes_nothing_more(store):
    """What a worker brings too late is refused."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.VIDEO_ANALYSIS)
    do(store, moves.cancel, job.job_id)
    late = StageResult(["late"], {"late.json": "k"}, {"version": "1.0"})
    assert do(store, moves.claim_attempt, job.job_id) is None
    assert not do(store, moves.finish_stage, job.job_id, Stage.VIDEO_ANALYSIS, late)
    assert not do(store, moves.complete, job.job_id, late, "k")
    cancelled = store.get_job(job.job_id)
    assert (
        cancelled.status, cancelled.warnings, cancelled.artifacts, cancelled.style_json
    ) == (Status.CANCELLED, (), {}, None)  # fmt: skip


def test_of_many_who_end_a_job_one_does(store):
    """Cancel, fail and complete at the same moment: exactly one succeeds, and its status stays."""
    job = queued(store)
    do(store, moves.begin_stage, job.job_id, Stage.RENDERING)
    ends = [Status.CANCELLED, Status.FAILED, Status.COMPLETED] * 3
    barrier, won = threading.Barrier(len(ends)), []

    def end(status: Status) -> None:
        barrier.wait()
        if do(store, MOVE[status], job.job_id):
            won.append(status)

    threads = [threading.Thread(target=end, args=(status,)) for status in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.get_job(job.job_id).status] == won
