"""Webhooks, from the transaction that ends a job to a real receiver on the loopback."""

import asyncio
import base64
import contextlib
import hmac
import itertools
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa
import structlog
from standardwebhooks.webhooks import Webhook

from api.receiver import receiving
from clipzy.errors import ConfigurationError, StorageUnavailable
from clipzy.jobs import deliveries, moves, webhooks
from clipzy.jobs.deliveries import Attempt, DeliveryStatus, delivery_of, take_due
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import JobError, new_job
from clipzy.jobs.store import Store
from clipzy.jobs.webhook_secrets import owners_secret
from clipzy.jobs.webhooks import WebhookSender
from clipzy.storage.database import open_database
from clipzy.storage.objects import open_objects
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import webhook_deliveries
from shaped import shape
from workshop import settings_in

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Office:
    """A store with jobs that end, and senders that tell of it."""

    def __init__(self, folder, **changes):
        plain = {"webhook_allowed_networks": "127.0.0.0/8", "webhook_backoff_s": 0.05}
        self.settings = settings_in(folder, **{**plain, **changes})
        shape(self.settings.resolved_database_url, upgrade)
        self.store = Store(open_database(self.settings.resolved_database_url))
        self.objects = open_objects(self.settings)

    def close(self):
        """Give the database back."""
        self.store.database.dispose()

    def processing(self, url, metadata=None, owner=None):
        """A job that is being processed."""
        job = new_job(template_video_id=None, video_id="vid_a", webhook_url=url)
        with self.store.database.begin() as connection:
            values = {"config": {}, "work_hash": job.job_id, "status": "queued", "progress_percent": 0}
            values |= {"artifacts": {}, "warnings": [], "attempt": 0, "lost_attempts": 0}
            values |= {"metadata": metadata or {}, "owner": owner}
            about = {
                name: getattr(job, name) for name in ("job_id", "video_id", "webhook_url", "created_at", "updated_at")
            }
            connection.execute(sa.insert(moves.jobs).values(**about, **values))
            assert moves.begin_stage(connection, job.job_id, Stage.VIDEO_ANALYSIS)
        return job.job_id

    def completed(self, url, owner=None):
        """A job that has completed with an output."""
        job_id = self.processing(url, owner=owner)
        self.move(moves.complete, job_id, moves.StageResult(), f"jobs/{job_id}/x/output.mp4")
        return job_id

    def move(self, move: Callable[..., bool], *arguments) -> bool:
        """Make a move in a transaction of its own."""
        with self.store.database.begin() as connection:
            return move(connection, *arguments)

    @contextmanager
    def sending(self, senders=1):
        """Senders at work."""
        stop = threading.Event()
        made = [WebhookSender(self.settings, self.store, self.objects) for _ in range(senders)]
        threads = [threading.Thread(target=sender.run, args=(stop,)) for sender in made]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(15)

    def ended(self, job_id, seconds=20.0):
        """The delivery once nothing more is to be done for it."""
        deadline = time.monotonic() + seconds
        while (found := delivery_of(self.store.database, job_id)).status is DeliveryStatus.PENDING:
            assert time.monotonic() < deadline, f"still {found}"
            time.sleep(0.02)
        return found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Look for deliveries often."""
    monkeypatch.setattr(webhooks, "LOOK_INTERVAL_S", 0.05)


@pytest.fixture(autouse=True)
def plain_log():
    """Traces without the values of every variable, which take seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def office(tmp_path):
    """An unsigned office."""
    office = Office(tmp_path)
    yield office
    office.close()


def test_a_completed_job_is_told_as_documented(office):
    """The payload has the documented fields, and the output's address."""
    with receiving() as receiver, office.sending():
        job_id = office.completed(receiver.url)
        office.ended(job_id)
    (body,) = receiver.bodies
    assert body.pop("processing_time_seconds") >= 0
    assert body.pop("output_video_url").startswith("file:///")
    assert body == {"job_id": job_id, "status": "completed", "progress_percent": 100}
    assert receiver.got[0][0]["content-type"] == "application/json"


def test_a_failed_job_is_told_with_its_error_and_without_an_output(office):
    """The receiver learns the stage, the sentence and the code."""
    with receiving() as receiver, office.sending():
        job_id = office.processing(receiver.url)
        office.move(moves.fail, job_id, JobError(Stage.RENDERING, "the disk is full", "PROCESSING_FAILED"))
        office.ended(job_id)
    (body,) = receiver.bodies
    assert body["status"] == "failed"
    assert body["error"] == {"stage": "rendering", "message": "the disk is full", "code": "PROCESSING_FAILED"}
    assert "output_video_url" not in body


@pytest.mark.parametrize("end", [moves.cancel, moves.fail, moves.complete], ids=lambda move: move.__name__)
def test_the_callers_own_data_come_back(office, end):
    """Whatever the end, metadata are told as they were given; a job that has none tells of none."""
    ways = {moves.fail: [JobError(None, "broken", "PROCESSING_FAILED")], moves.complete: [moves.StageResult(), None]}
    own = {"order": 4711, "tags": ["a", "ü"], "deep": {"paid": None, "price": 1.5}}
    with receiving() as receiver, office.sending():
        for metadata in (own, None):
            job_id = office.processing(receiver.url, metadata)
            assert office.move(end, job_id, *ways.get(end, []))
            office.ended(job_id)
    told, silent = receiver.bodies
    assert told["metadata"] == own
    assert "metadata" not in silent


def test_a_job_without_a_webhook_is_told_to_nobody(office):
    """No address, no delivery."""
    assert delivery_of(office.store.database, office.completed(None)) is None


def test_a_transaction_that_fails_leaves_no_delivery(office):
    """The end of a job and its delivery are one."""
    job_id = office.processing("http://127.0.0.1:1/")
    with office.store.database.connect() as connection:
        moves.cancel(connection, job_id)
        connection.rollback()
    assert delivery_of(office.store.database, job_id) is None


def test_an_end_that_comes_too_late_is_not_told(office):
    """Of two ends that race one wins, and one is told."""
    with receiving() as receiver, office.sending():
        job_id = office.processing(receiver.url)
        assert office.move(moves.cancel, job_id)
        assert not office.move(moves.complete, job_id, moves.StageResult(), None)
        office.ended(job_id)
    assert [body["status"] for body in receiver.bodies] == ["cancelled"]


def test_the_signature_is_that_of_standard_webhooks(tmp_path):
    """A receiver verifies it with the library of the standard; a changed body does not pass."""
    office = Office(tmp_path, webhook_secret=SECRET)
    with receiving() as receiver, office.sending():
        office.ended(office.completed(receiver.url))
    headers, body = receiver.got[0]
    assert Webhook(SECRET).verify(body, headers)["status"] == "completed"
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(body.replace(b"completed", b"failed"), headers)
    office.close()


def test_each_owner_has_a_secret_of_his_own(tmp_path):
    """His receiver takes what is his, and nothing that is signed with another's secret or the operator's."""
    office = Office(tmp_path, webhook_secret=SECRET)
    with receiving() as receiver, office.sending():
        office.ended(office.completed(receiver.url, owner="ann"))
    headers, body = receiver.got[0]
    anns, bobs = owners_secret(SECRET, "ann"), owners_secret(SECRET, "bob")
    assert Webhook(anns).verify(body, headers)["status"] == "completed"
    for other in (bobs, SECRET):
        with pytest.raises(Exception, match="signature"):
            Webhook(other).verify(body, headers)
    office.close()


def test_an_owners_secret_stays_what_it_is():
    """Receivers keep it: by its definition in the documentation, whatever else changes."""
    key = hmac.digest(b"0123456789abcdef0123456789abcdef", b"clipzy webhook secret of owner:ann", "sha256")
    assert owners_secret(SECRET, "ann") == "whsec_" + base64.b64encode(key).decode()


def test_an_answer_other_than_2xx_is_retried_three_times_with_the_same_id(office):
    """Four requests in all, each with the same webhook-id; then the delivery has failed and says how."""
    with receiving(500, 404, 302, 503) as receiver, office.sending():
        found = office.ended(office.completed(receiver.url))
    assert found.status is DeliveryStatus.FAILED
    assert [attempt.status_code for attempt in found.log] == [500, 404, 302, 503]
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {found.delivery_id}


@pytest.mark.parametrize(("status", "taken"), [(199, False), (200, True), (299, True), (300, False), (None, False)])
def test_an_answer_of_2xx_takes_it(status, taken):
    """Every one of them, and no other; no answer least of all."""
    assert Attempt(datetime.now(UTC), 0.1, status, None).delivered == taken


def abandoned():
    """How many webhooks nobody took so far, as metrics tell it."""
    [told] = webhooks.WEBHOOKS_ABANDONED.collect()
    return next(sample.value for sample in told.samples if sample.name.endswith("_total"))


@pytest.mark.parametrize(("last", "lost"), [(500, 1), (200, 0)])
def test_a_webhook_that_nobody_took_is_counted_as_abandoned(office, last, lost):
    """After its last attempt; one that is taken by that is not."""
    before = abandoned()
    with receiving(500, 500, 500, last) as receiver, office.sending():
        found = office.ended(office.completed(receiver.url))
    assert len(found.log) == 4
    assert abandoned() - before == lost


def test_a_receiver_that_recovers_gets_it_once_more(office):
    """After a 500 comes a 200, and nothing after that."""
    with receiving(500, 200) as receiver, office.sending():
        found = office.ended(office.completed(receiver.url))
        time.sleep(0.5)
    assert found.status is DeliveryStatus.DELIVERED
    assert len(receiver.got) == 2


def test_pauses_grow_fourfold_with_jitter(office):
    """5, 20 and 80 seconds at most, half of that at least."""
    sender = WebhookSender(office.settings.model_copy(update={"webhook_backoff_s": 5.0}), office.store, office.objects)
    for attempts, longest in ((1, 5), (2, 20), (3, 80)):
        pauses = [sender._pause_s(attempts) for _ in range(200)]
        assert longest / 2 <= min(pauses) < max(pauses) <= longest
        assert max(pauses) - min(pauses) > longest / 4


def test_retry_after_is_honoured(office):
    """A receiver that asks for a second gets it."""
    with receiving(503, 200, headers={"retry-after": "1"}) as receiver, office.sending():
        found = office.ended(office.completed(receiver.url))
    first, second = (attempt.at for attempt in found.log)
    assert second - first > timedelta(seconds=0.95)


@pytest.mark.parametrize(("asked_s", "least_s", "most_s"), [(0.0, 2.5, 5.0), (1.0, 2.5, 5.0), (60.0, 60.0, 60.0)])
def test_a_receiver_can_ask_for_more_time_and_not_for_less(office, monkeypatch, asked_s, least_s, most_s):
    """The pause that grows from attempt to attempt is the least there is."""
    sender = WebhookSender(office.settings.model_copy(update={"webhook_backoff_s": 5.0}), office.store, office.objects)
    office.completed("http://10.0.0.1/")
    [delivery] = take_due(office.store.database, 1)
    pauses = []
    monkeypatch.setattr(webhooks, "record", lambda *_, retry_in_s: pauses.append(retry_in_s))
    asyncio.run(sender._write_down(delivery, Attempt(datetime.now(UTC), 0.1, 503, None), asked_s))
    assert least_s <= pauses[0] <= most_s


def in_seconds(seconds):
    """A date of HTTP that is so far away."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "asked_s"),
    [
        ("7", 7),
        ("9" * 400, 300),
        ("soon", 0),
        ("-5", 0),
        ("Sun, 99 Nov 2026 08:49:37 GMT", 0),
        ("Sun, 06 Nov 2044 08:49:37 +9999", 0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        ("Mon, 01 Jan 2024 00:00:00 +999999999999999999", 0),
        ("Fri, 06 Nov 2015 08:49:37 GMT", 0),
        ("Tue, 06 Nov 2165 08:49:37 GMT", 300),
    ],
    ids=["number", "huge", "words", "negative", "day", "zone", "year", "long zone", "past", "far away"],
)
def test_retry_after_is_five_minutes_at_most(header, asked_s):
    """And nothing, where it says nothing that can be read."""
    assert webhooks._retry_after_s([(b"Retry-After", header.encode())]) == asked_s


@pytest.mark.parametrize(("zone", "ahead_s"), [(" GMT", 0), ("", 0), (" +0100", 3600)])
def test_retry_after_may_be_a_date(zone, ahead_s):
    """As HTTP has it; of another zone it is that zone's."""
    header = in_seconds(200 + ahead_s).replace(" GMT", zone)
    assert 100 < webhooks._retry_after_s([(b"Retry-After", header.encode())]) <= 200


def test_a_receiver_that_hangs_has_its_time_and_no_more(office, monkeypatch):
    """The limit covers the whole attempt; the log says why."""
    monkeypatch.setattr(webhooks, "ANSWER_TIMEOUT_S", 0.3)
    with receiving(delay_s=1.0) as receiver, office.sending():
        found = office.ended(office.completed(receiver.url))
    assert found.status is DeliveryStatus.FAILED
    assert all("no answer within" in attempt.error for attempt in found.log)
    assert all(attempt.seconds < 0.9 for attempt in found.log)


def test_nobody_at_the_address_is_a_failure_and_not_the_end_of_the_sender(office):
    """Connections are refused; the next job is told all the same."""
    with receiving() as receiver, office.sending():
        lost = office.ended(office.completed("http://127.0.0.1:1/"))
        office.ended(office.completed(receiver.url))
    assert lost.status is DeliveryStatus.FAILED
    assert len(receiver.got) == 1


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.2 bastion\r\n\r\n", b"x" * 200_000])
def test_what_speaks_at_an_address_is_not_told(office, banner):
    """An owner learns that it was no answer in HTTP, and not what the operator's network answers."""

    class Other(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):  # nobody listens any longer
                self.request.recv(1 << 16)
                self.request.sendall(banner)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with office.sending():
            found = office.ended(office.completed(f"http://127.0.0.1:{server.server_address[1]}/"))
        server.shutdown()
    assert {attempt.error for attempt in found.log} <= {
        "the receiver gave no answer in HTTP",
        "the connection failed: ReadError",
    }


def test_a_private_address_is_never_called(tmp_path):
    """Without the operator's leave the receiver on this machine hears nothing."""
    office = Office(tmp_path, webhook_allowed_networks="")
    with receiving() as receiver, office.sending():
        found = office.ended(office.completed(receiver.url.replace("127.0.0.1", "localhost")))
    assert receiver.got == []
    assert all("has no public address" in attempt.error for attempt in found.log)
    assert {attempt.seconds for attempt in found.log} == {0.0}  # a lookup's time would tell that the name is there
    office.close()


def test_a_redirect_is_not_followed(office):
    """It counts as an answer that is not 2xx."""
    with receiving() as other, receiving(302, headers={"location": other.url}) as receiver, office.sending():
        office.ended(office.completed(receiver.url))
        assert other.got == []


def test_many_deliveries_on_two_senders_arrive_once_each(office):
    """Each delivery is taken by one sender alone."""
    with receiving() as receiver:
        jobs = [office.completed(receiver.url) for _ in range(60)]
        with office.sending(senders=2):
            for job_id in jobs:
                office.ended(job_id)
    assert sorted(body["job_id"] for body in receiver.bodies) == sorted(jobs)


def test_a_sender_that_is_late_writes_nothing_down(office, monkeypatch):
    """Its delivery is another's by then, who may have had an answer already."""
    job_id = office.completed("https://example.com/")
    monkeypatch.setattr(deliveries, "LEASE", timedelta(0))
    (late,) = take_due(office.store.database, 1)
    (other,) = take_due(office.store.database, 1)
    attempt = deliveries.Attempt(datetime.now(UTC), 1.0, 200, None)
    deliveries.record(office.store.database, other, attempt, retry_in_s=0.0)
    told = delivery_of(office.store.database, job_id)
    deliveries.record(office.store.database, late, replace(attempt, status_code=500), retry_in_s=0.0)
    deliveries.put_back(office.store.database, late)
    assert delivery_of(office.store.database, job_id) == told
    assert told.status is DeliveryStatus.DELIVERED


def test_a_delivery_whose_sender_died_is_due_again_after_its_lease(office, monkeypatch):
    """Taken and never recorded, it is sent by the next one."""
    monkeypatch.setattr(deliveries, "LEASE", timedelta(seconds=2.0))
    with receiving() as receiver:
        job_id = office.completed(receiver.url)
        assert len(take_due(office.store.database, 10)) == 1
        assert take_due(office.store.database, 10) == ()
        with office.sending():
            found = office.ended(job_id)
    assert found.attempts == 2
    assert len(receiver.got) == 1


def test_a_deleted_job_is_told_to_nobody(office):
    """Its delivery goes with it."""
    job_id = office.completed("http://127.0.0.1:1/")
    office.store.delete_job(job_id)
    with office.store.database.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(webhook_deliveries)) == 0


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!!", "!"])
def test_a_secret_that_is_none_is_refused_at_the_start(secret, tmp_path):
    """The operator is told which setting is wrong."""
    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRET"):
        WebhookSender(settings_in(tmp_path, webhook_secret=secret), None, None)


def test_one_delivery_that_cannot_be_sent_holds_up_no_other(office):
    """Whatever the library makes of a URL, and whatever goes wrong with one: it fails alone, four times, and is over."""
    with receiving() as receiver, office.sending():
        bad = office.processing("https://example.com/\u00e9")  # older engines took such a URL
        office.move(moves.cancel, bad)
        good = office.completed(receiver.url)
        assert office.ended(good).status is DeliveryStatus.DELIVERED
    assert delivery_of(office.store.database, bad).log[0].error == "the URL cannot be called: TypeError"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path):
    """An unsigned office on either database."""
    on_file = request.param == "sqlite"
    office = Office(tmp_path, database_url="" if on_file else request.getfixturevalue("postgres_database"))
    yield office
    office.close()


def test_a_delivery_that_fails_before_it_is_sent_ends_as_others_do(either):
    """A row of which this version cannot read what is told, as a later one may have left: four attempts with growing pauses, written down, and over."""
    with receiving() as receiver, either.sending():
        bad = either.processing(receiver.url)
        unread = sa.update(moves.jobs).where(moves.jobs.c.job_id == bad).values(origin={"request_id": ["of tomorrow"]})
        with either.store.database.begin() as connection:
            connection.execute(unread)
        either.move(moves.cancel, bad)
        good = either.ended(either.completed(receiver.url))
        found = either.ended(bad)
    assert (good.status, found.status) == (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)
    assert [attempt.error for attempt in found.log] == ["the engine could not send it: ValidationError"] * 4
    pauses = [later.at - earlier.at for earlier, later in itertools.pairwise(found.log)]
    assert all(pause > timedelta(seconds=least) for pause, least in zip(pauses, (0.025, 0.1, 0.4), strict=True))
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    "log", [[{"at": "2026-01-01T00:00:00Z", "ms": 12}], {"at": 1}, 7], ids=["attempts", "object", "number"]
)
def test_a_delivery_that_cannot_be_read_holds_up_no_other(either, log):
    """A row as a later version may write it: it waits, at no cost, for a worker that can read it, and the others are sent."""
    with receiving() as receiver:
        unread, sent = either.completed(receiver.url), either.completed(receiver.url)
        this = webhook_deliveries.c.job_id == unread
        with either.store.database.begin() as connection:
            connection.execute(sa.update(webhook_deliveries).where(this).values(log=log))
        with either.sending():
            assert either.ended(sent).status is DeliveryStatus.DELIVERED
    with either.store.database.begin() as connection:
        row = connection.execute(sa.select(webhook_deliveries).where(this)).one()
    assert (row.status, row.attempts, row.log) == ("pending", 0, log)
    assert row.due_at > row.created_at + timedelta(minutes=9)


def test_a_delivery_under_which_senders_die_is_given_up(either, monkeypatch):
    """Taken four times and never recorded: the fifth taker sends nothing and writes down why."""
    monkeypatch.setattr(deliveries, "LEASE", timedelta(0))
    with receiving() as receiver:
        job_id = either.completed(receiver.url)
        for _ in range(deliveries.MOST_ATTEMPTS):
            assert len(take_due(either.store.database, 1)) == 1
        monkeypatch.setattr(deliveries, "LEASE", timedelta(seconds=30))
        with either.sending():
            found = either.ended(job_id)
        assert receiver.got == []
    assert found.status is DeliveryStatus.FAILED
    assert [attempt.error for attempt in found.log] == [webhooks.LOST]


def test_our_own_outage_costs_a_receiver_no_attempt(either, monkeypatch):
    """Twice the storage is away, then the first attempt delivers; after a day of it the delivery is given up like any other."""
    away = [True] * 2
    url = either.objects.url

    def signed(key):
        if "ages" in key or (away and away.pop()):
            raise StorageUnavailable("the object storage does not answer")
        return url(key)

    monkeypatch.setattr(either.objects, "url", signed)
    monkeypatch.setattr(deliveries, "LEASE", timedelta(seconds=1.0))
    with receiving() as receiver, either.sending():
        found = either.ended(either.completed(receiver.url))
        assert (found.status, found.attempts) == (DeliveryStatus.DELIVERED, 1)
        old = either.processing(receiver.url)
        with either.store.database.begin() as connection:
            assert moves.complete(connection, old, moves.StageResult(), "jobs/ages/output.mp4")
            aged = found.created_at - timedelta(days=2)
            of_it = webhook_deliveries.c.job_id == old
            connection.execute(sa.update(webhook_deliveries).where(of_it).values(created_at=aged))
        given_up = either.ended(old)
    assert given_up.status is DeliveryStatus.FAILED
    assert [attempt.error for attempt in given_up.log] == [f"{webhooks.UNSENT}: StorageUnavailable"] * 4
    assert len(receiver.got) == 1


def test_receivers_that_hang_hold_up_nobody_else(office, monkeypatch):
    """However many wait for one that never answers, another is told at once: no host has more than five of the places."""
    monkeypatch.setattr(webhooks, "ANSWER_TIMEOUT_S", 5.0)
    with receiving(delay_s=3.0) as tarpit, receiving() as receiver:
        for _ in range(2 * webhooks.AT_ONCE):
            office.completed(tarpit.url)
        with office.sending():
            time.sleep(0.5)
            began = time.monotonic()
            assert office.ended(office.completed(receiver.url)).status is DeliveryStatus.DELIVERED
            assert time.monotonic() - began < 2.0
            assert len(tarpit.got) == deliveries.MOST_FOR_ONE


def test_an_owner_whose_receivers_hang_holds_up_no_other_owner(either, monkeypatch):
    """Each of his has a host of its own: he has five of the places, and the others theirs."""
    monkeypatch.setattr(webhooks, "ANSWER_TIMEOUT_S", 5.0)
    with ExitStack() as open_receivers:
        tarpits = [open_receivers.enter_context(receiving(delay_s=3.0)) for _ in range(30)]
        receiver = open_receivers.enter_context(receiving())
        for tarpit in tarpits:
            either.completed(tarpit.url, owner="mallory")
        with either.sending():
            time.sleep(0.5)
            began = time.monotonic()
            for owner in ("alice", "bob"):
                told = either.ended(either.completed(receiver.url, owner=owner))
                assert told.status is DeliveryStatus.DELIVERED
            assert time.monotonic() - began < 2.0
            assert sum(len(tarpit.got) for tarpit in tarpits) == deliveries.MOST_FOR_ONE


def test_what_is_taken_is_shared_out(either):
    """By owner and by host, what is under way among it; the oldest first; jobs without an owner are one another's no limit."""
    for number in range(12):
        either.completed(f"http://10.0.0.{number}/", owner="alice")
    either.completed("http://10.0.1.1/", owner="bob")
    for number in range(7):
        either.completed(f"http://10.0.2.1/{number}")
        either.completed(f"http://10.0.3.{number}/")
    first = take_due(either.store.database, 10)
    assert [each.owner for each in first[:6]] == ["alice"] * 5 + ["bob"]
    second = take_due(either.store.database, 30, first)
    assert "alice" not in {each.owner for each in second}
    hosts = Counter(each.host for each in (*first, *second))
    assert hosts.pop("10.0.2.1") == deliveries.MOST_FOR_ONE
    assert sum(name.startswith("10.0.3.") for name in hosts) == 7
    rest = take_due(either.store.database, 30)
    assert Counter(each.owner or each.host for each in rest) == {"alice": 5, "10.0.2.1": 2}


def test_what_has_waited_longest_is_taken_first(either):
    """By when it was due, whichever job ended first."""
    late, early = (either.completed(f"http://10.0.0.{number}/") for number in (1, 2))
    due = datetime.now(UTC) - timedelta(minutes=1)
    with either.store.database.begin() as connection:
        mine = webhook_deliveries.c.job_id == early
        connection.execute(sa.update(webhook_deliveries).where(mine).values(due_at=due))
    assert [[each.job_id for each in take_due(either.store.database, 1)] for _ in range(2)] == [[early], [late]]


@pytest.mark.parametrize("known", [True, False], ids=["by this version", "by an older one"])
def test_a_host_with_more_than_is_looked_at_holds_up_no_other(either, monkeypatch, known):
    """However many are due to one that hangs, the next look sees past all of them; an older version has not written down their hosts."""
    monkeypatch.setattr(deliveries, "LOOK_AHEAD", 20)
    for number in range(30 if known else 14):
        either.completed(f"http://10.0.2.1/{number}")
    if not known:
        with either.store.database.begin() as connection:
            connection.execute(sa.update(webhook_deliveries).values(host=None))
    either.completed("http://10.0.3.1/")
    first = take_due(either.store.database, 5)
    assert Counter(each.host for each in first) == {"10.0.2.1": deliveries.MOST_FOR_ONE}
    assert [each.host for each in take_due(either.store.database, 30, first)] == ["10.0.3.1"]
