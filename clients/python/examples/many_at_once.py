"""One template, many pieces of footage, at once: the asynchronous client.

`python many_at_once.py TEMPLATE FOLDER FOOTAGE...`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from clipzy_client import AsyncClient, ClipzyError

UPLOADS_AT_ONCE = 3


async def main(template: str, folder: str, *footage: str) -> None:
    """Style each in a task of its own; one that fails does not hold the others up."""
    url = os.environ.get("CLIPZY_URL", "http://localhost:8000")
    async with AsyncClient(url, token=os.environ.get("CLIPZY_TOKEN")) as client:
        template_id = (await client.videos.upload(template)).video_id
        free = asyncio.Semaphore(UPLOADS_AT_ONCE)
        await asyncio.gather(*(style(client, template_id, Path(each), Path(folder), free) for each in footage))


async def style(client: AsyncClient, template_id: str, footage: Path, folder: Path, free: asyncio.Semaphore) -> None:
    """One piece of footage, from its file to the output's."""
    try:
        async with free:
            video = await client.videos.upload(footage)
        job = await client.jobs.create(video_id=video.video_id, template_video_id=template_id)
        (await client.jobs.wait(job.job_id, follow=True)).raise_unless_completed()
        print(await client.jobs.download(job.job_id, folder / f"{footage.stem}.styled.mp4"))
    except ClipzyError as error:
        print(f"{footage}: {error} ({error.code}, request {error.request_id})", file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
