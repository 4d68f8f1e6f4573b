"""The client in a real browser, from a page of another origin than the engine's."""

from __future__ import annotations

import base64
import os
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from clients.python.hands import OUTPUT, working

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
QUIET += ["--disable-sync", "--no-first-run"]

MAIN_JOB = """
async ([url, bytes]) => {
  const { Client, InvalidVideo, UnsupportedFormat, VideoNotFound } = await import("/browser.js");
  const client = new Client(url, { retries: { most: 0 }, polling: { firstS: 0.01 } });
  const file = new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], "clip.mp4");
  const sent = [];
  const video = await client.videos.upload(file, { onProgress: (done, total) => sent.push([done, total]) });
  const job = await client.jobs.create({ video_id: video.video_id });
  const seen = [];
  for await (const event of client.jobs.events(job.job_id)) seen.push(event.job.status);
  const polled = await client.jobs.wait(job.job_id);
  const output = await new Response(client.jobs.output(job.job_id)).text();
  const missing = await client.videos.get("vid_none").catch((error) => error);
  const refused = await client.videos.upload(new File(["no video"], "a.mp4")).catch((error) => error);
  const stop = new AbortController();
  const calledOff = await client.videos
    .upload(file, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) })
    .catch((error) => error.message);
  const mistake = await client.videos
    .upload(file, { onProgress: () => { throw new RangeError("of the page") } })
    .catch((error) => error.message);
  const nobody = await new Client("http://127.0.0.1:9", { retries: { most: 0 } }).videos.upload(file).catch((error) => error);
  return {
    sent, seen, polled: polled.status, output, calledOff, mistake, width: video.metadata.width,
    missing: missing instanceof VideoNotFound && missing.requestId,
    refused: (refused instanceof UnsupportedFormat || refused instanceof InvalidVideo) && refused.status,
    nobody: nobody.code,
  };
}
"""


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium; skips where there is none, but never in CI."""
    path = shutil.which("chromium")
    if path is None:
        why = "no chromium on this machine: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@contextmanager
def serving_files(folder):
    """A web server of that folder; its URL."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_main_job_in_a_browser(built, browser, own_service, clip):
    """Uploads with progress, jobs, events, downloads, errors and calling off: as in Node."""
    with serving_files(built / "dist") as origin, own_service(cors_origins=origin) as service, working(service):
        page = browser.new_page()
        page.goto(f"{origin}/browser.js")
        content = base64.b64encode(clip.read_bytes()).decode()
        found = page.evaluate(MAIN_JOB, [service.url, content])
        page.close()
    size = clip.stat().st_size
    assert (found["sent"][0], found["sent"][-1]) == ([0, size], [size, size])
    assert (found["seen"][-1], found["polled"], found["width"]) == ("completed", "completed", 160)
    assert found["output"].encode() == OUTPUT
    assert found["missing"].startswith("req_")
    assert found["refused"] == 422
    assert (found["calledOff"], found["mistake"], found["nobody"]) == ("enough", "of the page", "CONNECTION_FAILED")


STRANGER = """
async () => {
  const { Client, UnexpectedAnswer } = await import("/browser.js");
  const client = new Client(location.origin, { retries: { most: 0 } });
  const error = await client.videos.upload(new File(["a"], "a.mp4")).catch((reason) => reason);
  return [error.code, error.status, error instanceof UnexpectedAnswer];
}
"""


@pytest.mark.parametrize("status", [204, 205])
def test_an_upload_that_is_answered_without_a_body_has_an_end(built, browser, status):
    """As by a proxy that has thrown the answer away: it is none of the engine's."""
    with serving_files(built / "dist") as origin:
        page = browser.new_page()
        page.set_default_timeout(5000)
        page.goto(f"{origin}/browser.js")
        page.route("**/api/v1/videos/upload", lambda route: route.fulfill(status=status))
        assert page.evaluate(f"Promise.race([({STRANGER})(), new Promise((end) => setTimeout(end, 4000))])") == [
            *("UNEXPECTED_ANSWER", status, True)
        ]
        page.close()
