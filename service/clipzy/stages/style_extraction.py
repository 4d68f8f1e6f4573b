"""Stage 4: what was measured becomes the Style DNA; a template-only job ends here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from clipzy.stages.context import PUBLISH, Role, StageContext
from clipzy.stages.measured import measurements
from clipzy.storage.artifacts import load_json, save_json
from clipzy.storage.published import STYLE
from clipzy.style.confidence import doubt, extraction_confidence
from clipzy.style.dna import StyleDNA
from clipzy.style.extract import extract
from clipzy.style.measurements import Measurements
from clipzy.style.rhythm import CutRhythm, cut_rhythm

ANALYSIS = "analysis.json"


@dataclass(frozen=True, slots=True)
class AnalysedVideo:
    """One video of the job: all its measurements, and the confidence of its style with its parts, 0..1 each."""

    measurements: Measurements
    rhythm: CutRhythm
    confidence: float
    confidence_parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Contents of `analysis.json`; None for a video that the job does not have."""

    template: AnalysedVideo | None
    footage: AnalysedVideo | None


def run(context: StageContext) -> None:
    """Publish `analysis.json`, and `style.json`: the style that the job gives, else the template's, else the footage's own."""
    found = {source.role: measurements(context, source.role) for source in context.sources}
    of = found.get(Role.TEMPLATE) or found[Role.FOOTAGE]
    style = context.config.style or extract(of, created_at=_now())
    analysed = {role: _analysed(measured) for role, measured in found.items()}
    own = analysed.get(Role.TEMPLATE) or analysed[Role.FOOTAGE]
    doubtful = None if context.config.style else doubt(own.confidence, own.confidence_parts)
    if doubtful is not None:
        context.warn(f"the {Role.TEMPLATE if Role.TEMPLATE in found else Role.FOOTAGE}'s style {doubtful}")
    context.report(0.5)
    save_json(context.folder / PUBLISH / ANALYSIS, Analysis(analysed.get(Role.TEMPLATE), analysed.get(Role.FOOTAGE)))
    save_json(context.folder / PUBLISH / STYLE, style)
    context.report(1.0)


def extracted_style(context: StageContext) -> StyleDNA:
    """The style that this job's style_extraction published."""
    return load_json(context.earlier["style_extraction"] / PUBLISH / STYLE, StyleDNA)


def _analysed(found: Measurements) -> AnalysedVideo:
    rhythm = cut_rhythm(found.video.changes, found.audio.beats)
    return AnalysedVideo(found, rhythm, *extraction_confidence(found))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
