// What lies where on a timeline, in seconds: pure functions of the plan and of what was measured.

import { fraction } from "../lib/format.js";

/** The clips of a plan on the output's axis. `knots`: times of the output and of the footage, between which a clip runs evenly. */
export function placed(plan) {
  let start = 0;
  return plan.clips.map((clip, index) => {
    const [sourceStart, sourceEnd] = [fraction(clip.source.start), fraction(clip.source.end)];
    const { crop, crop_path: path = [], reason, transition_in: transition } = clip;
    const isWhole = [crop, ...path.map((key) => key.crop)].every(({ width, height }) => width > 0.999 && height > 0.999);
    const end = start + sourceEnd - sourceStart;
    const [head, tail] = [slowing(clip), slowing(plan.clips[index + 1])];
    const knots = [
      [start - head.half, sourceStart],
      [start + head.after, sourceStart + head.after],
      [end - tail.before, sourceEnd - tail.before],
      [end + tail.half, sourceEnd],
    ];
    const found = { start, end, sourceStart, sourceEnd, crop, path, isWhole, reason, knots };
    start = end;
    return { ...found, transition: transition && transition.type !== "cut" ? transition : null };
  });
}

/** Seconds that are slowed on either side of the cut into a clip, and half of the transition that they make room for. */
function slowing(clip) {
  if (!clip?.slowed) return { before: 0, after: 0, half: 0 };
  const { before_s: before, after_s: after } = clip.slowed;
  return { before: fraction(before), after: fraction(after), half: clip.transition_in.duration_ms / 2000 };
}

/** The clip that is shown at a time of the output; the last one from its end on. */
export function clipAt(clips, time) {
  return clips.find((clip) => time < clip.end) ?? clips.at(-1);
}

/** When the footage shows what the output shows at a time. */
export function sourceTime(clips, time) {
  const { end, knots } = clipAt(clips, time);
  const at = Math.min(time, end);
  const next = knots.find(([output]) => at < output) ?? knots.at(-1);
  const last = knots.findLast(([output]) => output <= at) ?? knots[0];
  const share = next[0] > last[0] ? (at - last[0]) / (next[0] - last[0]) : 0;
  return last[1] + share * (next[1] - last[1]);
}

/**
 * The output's timeline: `clips`, the footage's `shots` where the output shows them, and the `beats` that are heard: the footage's, or
 * the template's where the plan has a soundtrack. `footage`, `template`: their analyses, or null.
 */
export function ofOutput(plan, footage, template = null) {
  const clips = placed(plan);
  const own = footage ? ofVideo(footage) : { shots: [], beats: [] };
  const shots = clips.flatMap((clip) =>
    own.shots
      .filter((shot) => shot.start < clip.sourceEnd && shot.end > clip.sourceStart)
      .map((shot) => ({
        ...shot,
        start: clip.start + Math.max(shot.start, clip.sourceStart) - clip.sourceStart,
        end: clip.start + Math.min(shot.end, clip.sourceEnd) - clip.sourceStart,
      })),
  );
  const duration = clips.at(-1).end;
  const beats = plan.soundtrack
    ? heard(stretches(plan.soundtrack), template ? ofVideo(template).beats : [])
    : heard(clips, own.beats);
  return { duration, clips, shots, beats: beats.filter((beat) => beat.time < duration) };
}

/** The stretches of a soundtrack on the output's axis. */
function stretches({ stretches: all }) {
  let start = 0;
  return all.map(({ template }) => {
    const [sourceStart, sourceEnd] = [fraction(template.start), fraction(template.end)];
    const found = { start, sourceStart, sourceEnd };
    start += sourceEnd - sourceStart;
    return found;
  });
}

/** Beats of a source on the output's axis, where pieces of it lie. */
function heard(pieces, beats) {
  return pieces.flatMap((piece) =>
    beats
      .filter((beat) => beat.time >= piece.sourceStart && beat.time < piece.sourceEnd)
      .map((beat) => ({ ...beat, time: piece.start + beat.time - piece.sourceStart })),
  );
}

/** A measured video's own timeline: `shots` with their mean colour, `transitions` between them, `beats`, camera `moves`. */
export function ofVideo({ measurements: { video, audio, motion } }) {
  const colours = new Map(video.color.shots.map((each) => [each.shot, each.mean_color]));
  const shots = video.shots.map((shot, index) => ({ ...span(shot), colour: colours.get(index) ?? null }));
  const transitions = video.boundaries.map((boundary) => ({
    ...span(boundary),
    type: boundary.type,
    confidence: boundary.confidence,
  }));
  const beats = audio.beats.map((beat) => ({
    time: beat.time_s,
    downbeat: beat.downbeat,
    confidence: beat.confidence,
  }));
  const moves = motion.moves.map((move) => ({ ...span(move.span), kind: move.kind, confidence: move.confidence }));
  return { duration: fraction(video.facts.duration), shots, transitions, beats, moves };
}

/** Moments to label an axis with, about one in so many of `most`. */
export function ticks(duration, most) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((each) => duration / each <= most) ?? steps.at(-1);
  return { step, times: Array.from({ length: Math.floor(duration / step + 1e-6) + 1 }, (_, index) => index * step) };
}

function span({ start, end }) {
  return { start: fraction(start), end: fraction(end) };
}
