"""Stage 5: the style meets the footage: the look as a table, and the edit plan."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.slider_look import slider_look
from clipzy.errors import StageError
from clipzy.inference.client import Inference
from clipzy.inference.specs import LOOK_TRANSFER
from clipzy.media.cube import write_cube
from clipzy.media.timeline import write_timelines
from clipzy.stages.context import PUBLISH, Role, StageContext
from clipzy.stages.measured import colours, measurements
from clipzy.stages.style_extraction import extracted_style
from clipzy.storage.artifacts import load_json, save_json
from clipzy.style.apply import build_plan, check_fits
from clipzy.style.measurements import Measurements
from clipzy.style.plan import EditPlan

PLAN, TIMELINE, DECISIONS, LOOK_TABLES = "plan.json", "timeline.otio", "timeline.edl", "looks.npz"

Table = NDArray[np.float32]


def run(context: StageContext) -> None:
    """Publish `plan.json`, the same for editors as `timeline.otio` and `timeline.edl`, and, where colours change, its looks (`lut.cube`)."""
    footage = measurements(context, Role.FOOTAGE)
    own_style = context.source(Role.TEMPLATE) is None and context.config.style is None
    plan = context.config.plan
    if plan is None:
        plan = build_plan(extracted_style(context), footage, context.config, own_style=own_style)
    else:
        try:
            check_fits(plan, footage.video)
        except ValueError as exc:
            raise StageError(str(exc)) from exc
    context.report(0.2)
    published = context.folder / PUBLISH
    published.mkdir()
    tables = {look.name: _table(context, footage) for look in plan.looks}
    np.savez(context.folder / LOOK_TABLES, **tables)
    for name, table in tables.items():
        write_cube(table, published / name)
    source = context.source(Role.FOOTAGE)
    assert source is not None  # a job without footage ends before this stage
    facts = footage.video.facts
    write_timelines(plan, source.path.name, facts, published / TIMELINE, published / DECISIONS)
    save_json(published / PLAN, plan)
    context.report(1.0)


def planned(context: StageContext) -> tuple[EditPlan, dict[str, Table]]:
    """The plan of this job's style_application, and its looks by their names, (33, 33, 33, 3) float32 by [blue, green, red]."""
    folder = context.earlier["style_application"]
    plan = load_json(folder / PUBLISH / PLAN, EditPlan)
    with np.load(folder / LOOK_TABLES) as tables:
        return plan, dict(tables)


def _table(context: StageContext, footage: Measurements) -> Table:
    """From the colours of both videos; by the sliders' difference where the style came without a video."""
    if context.config.style is not None:
        return slider_look(context.config.style.color_grade, footage.video.color.grade, context.config.strength)
    return _transferred(
        context.inference, colours(context, Role.FOOTAGE), colours(context, Role.TEMPLATE), context.config.strength
    )


def _transferred(inference: Inference, footage: Table, template: Table, strength: float) -> Table:
    answer = inference.infer(
        LOOK_TRANSFER,
        {"footage": footage[None], "template": template[None], "strength": np.array([[strength]], np.float32)},
    )
    return cast(Table, answer["look"]).squeeze(0)
