"""What a person should know of the file that comes out: where it may not play, and what of the footage's file is not in it."""

from __future__ import annotations

from clipzy.style.config import LEAST_HEIGHT, JobConfig
from clipzy.style.measurements import VideoFacts
from clipzy.style.plan import OutputFormat

MOST_PLAYED = 4096  # pixels a side that the H.264 decoders of phones and graphics cards take


def hard_to_play(output: OutputFormat, config: JobConfig) -> str | None:
    """Told of pictures that are too large for most decoders in hardware; None where the job sets the height itself."""
    longest, sets_height = max(output.width, output.height), {config.max_height, config.min_height} != {None}
    if longest <= MOST_PLAYED or sets_height:
        return None
    lines = max(LEAST_HEIGHT, output.height * MOST_PLAYED // longest // 2 * 2)
    return (
        f"the output is {output.width}x{output.height}: most phones and graphics cards play H.264 of up to {MOST_PLAYED} pixels a side; "
        f"set config.max_height to {lines} or less for a file that plays everywhere"
    )


def not_carried(facts: VideoFacts) -> str | None:
    """Told of a subtitle track, which does not reach the output."""
    return "the footage's subtitle track is not in the output" if facts.has_subtitle_stream else None
