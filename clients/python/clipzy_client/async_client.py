"""The asynchronous client, on asyncio; the same names as the blocking one's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from clipzy_client import calls
from clipzy_client.calls import AsUploaded, Config
from clipzy_client.downloads import fetch_artifacts, fetch_file
from clipzy_client.exchange import Exchange
from clipzy_client.following import OnChange, job_events, wait_for_job
from clipzy_client.models.health import Health
from clipzy_client.models.jobs import Artifact, Job, JobEvent, JobPage, JobResult, WebhookDelivery
from clipzy_client.models.videos import Video, VideoPage
from clipzy_client.multipart import OnProgress, VideoFile
from clipzy_client.pages import LARGEST_PAGE, each_entry
from clipzy_client.requests import DEFAULT_URL, RequestBuilder
from clipzy_client.settings import USUAL_POLLING, USUAL_RETRIES, USUAL_TIMEOUTS, Polling, Retries, Timeouts
from clipzy_client.transport import LIMITS, AsyncTransport


class AsyncVideos:
    """Uploads; `client.videos`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def upload(
        self,
        path: VideoFile,
        *,
        filename: str | None = None,
        template_video_id: str | None = None,
        webhook_url: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Video:
        """Send a video, streamed from its file. The template and the webhook are remembered for the jobs on it.

        `path`: or a file that is open for reading bytes, which is read from its start. `filename`: what the engine is told in
        place of the file's own name; it looks at the ending.

        `on_progress` begins anew where an upload is sent again: after 429, and where the connection broke or a 502, 503 or 504 came
        before the last byte had left, when the engine keeps nothing. After that byte both are raised (`ConnectionFailed`,
        `ServiceUnavailable`): the video may have arrived, and `list` tells.

        Raises:
            UnsupportedFormat, InvalidVideo, FileTooLarge, InsufficientStorage: the engine does not take it.
            OSError: the file cannot be read, changes its size while it is sent, or is a pipe or a device.
            ValueError: an open file is one of text, or has no name and no `filename` was given.
        """
        return await self._exchange.ask(calls.upload_video(path, filename, template_video_id, webhook_url, on_progress))

    async def get(self, video_id: str) -> Video:
        """What is known of a video."""
        return await self._exchange.ask(calls.get_video(video_id))

    async def list(self, *, page: int = 1, page_size: int = 10, video_ids: Sequence[str] | None = None) -> VideoPage:
        """One page of uploads, newest first; `video_ids`: of these, 100 at most, those that there are."""
        return await self._exchange.ask(calls.list_videos(page, page_size, video_ids))

    def iterate(
        self, *, video_ids: Sequence[str] | None = None, page_size: int = LARGEST_PAGE
    ) -> AsyncGenerator[Video, None]:
        """All uploads, or those of up to 100 ids, newest first, page by page as they are needed."""
        return each_entry(self._exchange, lambda page: calls.list_videos(page, page_size, video_ids), VideoPage.by_id)

    async def download(self, video_id: str, path: str | Path, *, on_progress: OnProgress | None = None) -> Path:
        """The file as it was sent, streamed to that file, where it is whole or not at all; a broken connection is gone on with.

        Raises:
            OSError: the file cannot be written.
        """
        return await fetch_file(self._exchange, calls.video_path(video_id), Path(path), on_progress)

    async def download_thumbnail(self, video_id: str, path: str | Path) -> Path:
        """A small picture of it, a JPEG, as `download` does it.

        Raises:
            NotFound: none can be made.
        """
        return await fetch_file(self._exchange, calls.thumbnail_path(video_id), Path(path), None)

    async def delete(self, video_id: str) -> None:
        """Delete a video with its file.

        Raises:
            VideoInUse: a job uses it.
        """
        await self._exchange.ask(calls.delete_video(video_id))


class AsyncJobs:
    """Jobs and their files; `client.jobs`."""

    def __init__(self, exchange: Exchange, timeouts: Timeouts, polling: Polling) -> None:
        self._exchange = exchange
        self._timeouts = timeouts
        self._polling = polling

    async def create(
        self,
        *,
        video_id: str | None = None,
        template_video_id: str | AsUploaded | None = AsUploaded.AS_UPLOADED,
        config: Config | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        priority: int | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Queue a job: footage in a template's style, in its own or in `config.style`; or a template alone, for its style.

        `template_video_id`: left out, the one that the footage was uploaded with, if any; None, none at all.
        `metadata`: your own data, given back as it came. `priority`: of the jobs that wait the lowest number begins first.
        `idempotency_key`: where your own process may die and ask again; without one each call has its own, for its retries.

        Raises:
            VideoNotFound, MissingField, InvalidRequest, IdempotencyConflict: there is no such job.
            JobAlreadyProcessing: the same work is queued or processing; `error.job_id` is that job.
            QueueFull: it still is after the retries.
        """
        return await self._exchange.ask(
            calls.create_job(
                video_id=video_id,
                template_video_id=template_video_id,
                config=config,
                webhook_url=webhook_url,
                metadata=metadata,
                priority=priority,
                idempotency_key=idempotency_key,
            )
        )

    async def get(self, job_id: str) -> Job:
        """How a job stands."""
        return await self._exchange.ask(calls.get_job(job_id))

    async def result(self, job_id: str) -> JobResult:
        """What has come of a job: the Style DNA as soon as it is known, the output once it is rendered.

        Raises:
            ResultNotReady: nothing yet.
        """
        return await self._exchange.ask(calls.job_result(job_id))

    async def list(
        self, *, page: int = 1, page_size: int = 10, status: str | None = None, video_id: str | None = None
    ) -> JobPage:
        """One page of jobs, newest first; `video_id`: those on it, or with it as their template."""
        return await self._exchange.ask(calls.list_jobs(page, page_size, status, video_id))

    def iterate(
        self, *, status: str | None = None, video_id: str | None = None, page_size: int = LARGEST_PAGE
    ) -> AsyncGenerator[Job, None]:
        """All jobs, newest first, page by page as they are needed."""
        return each_entry(
            self._exchange, lambda page: calls.list_jobs(page, page_size, status, video_id), JobPage.by_id
        )

    async def cancel(self, job_id: str) -> Job:
        """End a job; its work stops within seconds and leaves no output.

        Raises:
            JobNotCancellable: it has ended already.
        """
        return await self._exchange.ask(calls.cancel_job(job_id))

    async def delete(self, job_id: str) -> None:
        """Delete a job that has ended, with its files.

        Raises:
            JobAlreadyProcessing: it has not ended.
        """
        await self._exchange.ask(calls.delete_job(job_id))

    def events(self, job_id: str, *, last_event_id: str | None = None) -> AsyncGenerator[JobEvent, None]:
        """Each change of a job up to its end, over as many connections as it takes.

        Raises:
            ConnectionFailed: the engine stays away, or connections break one after the other, with no sign of life between.
        """
        return job_events(self._exchange, self._timeouts, job_id, last_event_id)

    async def wait(
        self,
        job_id: str,
        *,
        timeout_s: float | None = None,
        on_change: OnChange | None = None,
        follow: bool = False,
    ) -> Job:
        """The job when it has ended, in whichever way; `job.raise_unless_completed()` tells the good from the bad.

        It is looked at every 5 s for two minutes, then ever more rarely, down to every 30 s. `follow`: by its events in
        place of that, which tell every change at once; `timeout_s` is then kept to within 15 s. Where a proxy holds them back
        it goes on by looking.

        Raises:
            WaitTimedOut: `timeout_s` have passed; the job goes on.
        """
        return await wait_for_job(
            self._exchange,
            self._timeouts,
            self._polling,
            job_id,
            timeout_s=timeout_s,
            on_change=on_change,
            follow=follow,
        )

    async def webhook(self, job_id: str) -> WebhookDelivery:
        """How the delivery of a job's webhook went.

        Raises:
            NotFound: it has none, or has not ended.
        """
        return await self._exchange.ask(calls.job_webhook(job_id))

    async def artifacts(self, job_id: str) -> tuple[Artifact, ...]:
        """The files that a job's stages left, by name."""
        return (await self._exchange.ask(calls.list_artifacts(job_id))).artifacts

    async def read_artifact(self, job_id: str, name: str) -> bytes:
        """One of a job's files, in memory: for the small ones, such as plan.json.

        Raises:
            NotFound: it has none of that name.
        """
        return await self._exchange.content(calls.read_artifact(job_id, name))

    async def download(self, job_id: str, path: str | Path, *, on_progress: OnProgress | None = None) -> Path:
        """The rendered video, streamed to that file, where it is whole or not at all; a broken connection is gone on with.

        Raises:
            ResultNotReady: the job has not ended.
            NotFound: it has no output.
            OSError: the file cannot be written.
        """
        return await fetch_file(self._exchange, calls.output_path(job_id), Path(path), on_progress)

    async def download_artifact(
        self, job_id: str, name: str, path: str | Path, *, on_progress: OnProgress | None = None
    ) -> Path:
        """One of a job's files, as `download` does it."""
        return await fetch_file(self._exchange, calls.artifact_path(job_id, name), Path(path), on_progress)

    async def download_artifacts(self, job_id: str, folder: str | Path) -> tuple[Path, ...]:
        """All of a job's files, in a folder; their paths."""
        return await fetch_artifacts(self._exchange, job_id, Path(folder))


class AsyncClient:
    """The engine at a URL, asked by coroutines.

    `token`: of an engine that wants one. `http`: an `httpx.AsyncClient` of your own, for proxies and certificates. Its headers and
    cookies go with every request, its `auth` only without a token. It is not closed with this one.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        timeouts: Timeouts = USUAL_TIMEOUTS,
        retries: Retries = USUAL_RETRIES,
        polling: Polling = USUAL_POLLING,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Connect to nothing yet.

        Raises:
            ValueError: the URL is none of http or https, or holds a password; or the token is none that a header can hold.
        """
        builder = RequestBuilder(base_url, token, timeouts)
        self._http = httpx.AsyncClient(limits=LIMITS) if http is None else http
        self._is_ours = http is None
        self._exchange = Exchange(AsyncTransport(self._http), builder, retries)
        self.videos = AsyncVideos(self._exchange)
        self.jobs = AsyncJobs(self._exchange, timeouts, polling)

    async def health(self) -> Health:
        """How the engine is."""
        return await self._exchange.ask(calls.health())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._is_ours:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()
