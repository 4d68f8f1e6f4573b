"""What a template has that no plan takes over."""

from __future__ import annotations

from clipzy.style.measurements import VideoAnalysis


def left_out(template: VideoAnalysis) -> str | None:
    """A sentence on what is seen in the template and not made in the footage; None where there is nothing of the kind.

    What is not even measured, as grain and vignettes, is not spoken of.
    """
    things = []
    if template.active is not None:
        things.append(f"the black bars around its {template.active.width}x{template.active.height} picture")
    if template.has_captions or template.facts.has_subtitle_stream:
        things.append("its captions")
    return f"not taken over from the template: {' and '.join(things)}" if things else None
