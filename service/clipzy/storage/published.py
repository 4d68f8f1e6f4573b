"""Names of the files that jobs publish and that others ask for."""

from __future__ import annotations

STYLE = "style.json"  # by style_extraction: the job's Style DNA
PLAN = "plan.json"  # by style_application: the edit plan
OUTPUT = "output.mp4"  # by rendering
QUALITY = "quality.json"  # by rendering: the report on the output
