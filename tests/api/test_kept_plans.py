"""Plans that people have kept stay plans: `kept_plans/` has some of each version of their format, named by it.

A change for which one of them would have to be edited makes another format: raise `VERSION` of `clipzy.style.plan` and `version` of
`clipzy.api.schemas.plan`, and keep plans of the new version there. To a full one new fields are added, and nothing else is ever changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.rest import data, error
from clipzy.storage.artifacts import from_json, to_json
from clipzy.style.plan import VERSION, EditPlan

KEPT = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "kept_plans").glob("*.json")}
OF_TODAY = sorted(name for name in KEPT if name.partition("-")[0] == VERSION)


def submit(service, plan):
    """Ask for a job with that plan."""
    body = {"video_id": service.add_video(), "template_video_id": service.add_video(), "config": {"plan": plan}}
    return service.client.post("/api/v1/jobs", json=body)


def differences(kept, found, where=""):
    """Where what was kept is another now; what is new beside it is none."""
    if isinstance(kept, dict) and isinstance(found, dict):
        return [each for name in kept for each in differences(kept[name], found.get(name), f"{where}.{name}")]
    if isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        pairs = enumerate(zip(kept, found, strict=True))
        return [each for place, pair in pairs for each in differences(*pair, f"{where}.{place}")]
    return [] if kept == found else [where]


def test_plans_of_this_version_are_kept():
    """One from its first day, with no word of what came later, and one with all that there is in it: they are the guard of the format."""
    assert [f"{VERSION}-first", f"{VERSION}-full"] == OF_TODAY


@pytest.mark.parametrize("name", OF_TODAY)
def test_a_kept_plan_is_taken_and_means_what_it_meant(service, name):
    """Whatever the engine has learned since: nothing that it says is refused, dropped or changed."""
    job_id = data(submit(service, KEPT[name]))["job_id"]
    taken = to_json(EditPlan, service.store.get_job(job_id).config.plan)
    assert differences(KEPT[name], taken) == []


def test_what_the_full_one_has_is_all_there_is():
    """Else what it lacks could become another thing unseen: a new field is added to it."""
    plan = KEPT[f"{VERSION}-full"]
    assert differences(to_json(EditPlan, from_json(EditPlan, plan)), plan) == []


def test_a_plan_from_before_there_were_several_looks_is_refused_as_old(service):
    """It says the same version as those of today: it is known by its one look."""
    first = KEPT["1-first"]
    old = {name: value for name, value in first.items() if name != "looks"} | {"look": "lut.cube"}
    old["clips"] = [{**clip, "look": True} for clip in first["clips"]]
    refused = error(submit(service, old), 422, "VALIDATION_ERROR")
    (field,) = refused["fields"]
    assert field["field"] == "config.plan"
    assert "made by an older version of the engine" in field["message"]
