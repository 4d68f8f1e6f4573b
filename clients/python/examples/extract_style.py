"""A template alone: its Style DNA as JSON, and how far it can be trusted.

`python extract_style.py TEMPLATE`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
"""

from __future__ import annotations

import os
import sys

from clipzy_client import Client


def main(template: str) -> None:
    """Upload it, wait for its style, print that."""
    with Client(os.environ.get("CLIPZY_URL", "http://localhost:8000"), token=os.environ.get("CLIPZY_TOKEN")) as client:
        video = client.videos.upload(template)
        job = client.jobs.create(template_video_id=video.video_id)
        client.jobs.wait(job.job_id, follow=True).raise_unless_completed()
        style = client.jobs.result(job.job_id).style_json
        if style is None:
            raise SystemExit("the engine found no style")
        print(style.model_dump_json(indent=2))
        if style.extraction_confidence < 0.6:
            print("doubtful: the template is short, inconsistent or of low quality", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
