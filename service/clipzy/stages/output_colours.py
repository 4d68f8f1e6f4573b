"""Part of stage 6: the colours of the rendered file, and how far they, and those of the footage, are from the template's."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np

from clipzy.analysis.edges import Shares
from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.look.colour import measure_colour
from clipzy.analysis.look.colour_distance import colour_distance
from clipzy.analysis.look.colour_samples import ColourSamples, colour_samples
from clipzy.analysis.look.shown_colours import colours_behind
from clipzy.stages.context import Role, StageContext
from clipzy.stages.measured import colours, measurements
from clipzy.stages.output_pictures import OutputPictures
from clipzy.style.dna import ColorGrade
from clipzy.style.plan import EditPlan
from clipzy.style.shown import playing
from clipzy.style.time import Span


def output_colours(
    context: StageContext, plan: EditPlan, shots: Sequence[Span], seen: OutputPictures, picture: Shares
) -> tuple[ColorGrade, float | None, float | None]:
    """The output's sliders; and how far the colours of the footage, and those of the output, are from the template's, None without a template.

    A picture counts for as long as the output shows what it stands for, as in an analysis of the output. Of the footage only the colours behind these
    pictures count: else the choice of pictures would look like a change. `picture`: the edges within which it lies, as the footage's black bars are known: in
    colours that a look has changed they would not be found.
    """
    bars = Bars.beside(picture, *seen.pictures.shape[1:3])
    times, shots = [float(moment) for moment in seen.times], seen.standing_for(shots)
    # NumPy and OpenCV do most of each without the GIL
    with ThreadPoolExecutor(2, "colours") as pool:
        measure = pool.submit(measure_colour, seen.pictures, times, shots, bars)
        if context.template is None:
            return measure.result().grade, None, None
        template = colours(context, Role.TEMPLATE).of()
        drawn = colour_samples(seen.pictures, sample_times=times, shots=shots, bars=bars)
        now = pool.submit(lambda: colour_distance(drawn.of(), template))
        before = colour_distance(_behind(context, plan, drawn, seen.times).of(), template)
        return measure.result().grade, before, now.result()


def _behind(context: StageContext, plan: EditPlan, drawn: ColourSamples, times: Sequence[Fraction]) -> ColourSamples:
    """The footage's colours behind those drawn of the output, whose pictures are of these times."""
    video = measurements(context, Role.FOOTAGE).video
    moments, which = np.unique(drawn.moments, return_inverse=True)
    exact = {float(at): at for at in times}
    shown = playing(plan, [exact[moment] for moment in moments])
    seconds = np.bincount(which, drawn.seconds).tolist()
    return colours_behind(colours(context, Role.FOOTAGE), video.shots, shown, seconds)
