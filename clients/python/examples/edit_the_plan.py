"""The plan before the pixels: a job that ends with its edit plan, which is changed and given back to be rendered.

`python edit_the_plan.py TEMPLATE FOOTAGE OUTPUT`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
"""

from __future__ import annotations

import json
import os
import sys

from clipzy_client import Client


def main(template: str, footage: str, output: str) -> None:
    """Ask for the plan, take every crop out of it, and have it rendered."""
    with Client(os.environ.get("CLIPZY_URL", "http://localhost:8000"), token=os.environ.get("CLIPZY_TOKEN")) as client:
        style_of, video = client.videos.upload(template).video_id, client.videos.upload(footage).video_id
        planned = client.jobs.create(video_id=video, template_video_id=style_of, config={"render": "plan"})
        client.jobs.wait(planned.job_id, follow=True).raise_unless_completed()
        plan = json.loads(client.jobs.read_artifact(planned.job_id, "plan.json"))
        for clip in plan["clips"]:
            clip["crop"] = {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}
            clip["crop_path"] = []  # nor does any of them move
        rendered = client.jobs.create(video_id=video, template_video_id=style_of, config={"plan": plan})
        client.jobs.wait(rendered.job_id, follow=True).raise_unless_completed()
        print(f"{client.jobs.download(rendered.job_id, output)}: {len(plan['clips'])} clips, none of them cropped")


if __name__ == "__main__":
    main(*sys.argv[1:])
