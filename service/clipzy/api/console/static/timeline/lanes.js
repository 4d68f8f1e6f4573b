// The lanes of a timeline as SVG, in a picture 1000 wide whose width is the whole duration.

import { svg } from "../lib/dom.js";

const WIDTH = 1000;

/** A lane: what it is called, how high it is in pixels, and its picture. */
function lane(name, height, ...content) {
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
      style: { height: `${height}px` },
    },
    content,
  );
  return { name, height, picture };
}

/** The planned clips, and between them the transitions as wedges that close where the new clip begins. */
export function clipsLane({ clips, duration }) {
  const x = scale(duration);
  const boxes = clips.map((clip, index) =>
    rect(x(clip.start), 2, x(clip.end) - x(clip.start), 24, {
      class: `clip ${clip.isWhole ? "" : "closer"}`,
      "data-clip": index,
    }),
  );
  const edges = clips.slice(1).map((clip) => line(x(clip.start), 0, 28, "cut"));
  const wedges = clips
    .filter((clip) => clip.transition)
    .map((clip) => {
      const reach = clip.transition.duration_ms / 2000;
      const [from, to] = [x(clip.start - reach), x(clip.start + reach)];
      return svg("path", { class: "wedge", d: `M${from} 2L${to} 26L${to} 2L${from} 26Z` });
    });
  return lane("Cuts", 28, boxes, wedges, edges);
}

/** Shots in their mean colour. */
export function shotsLane({ shots, transitions = [], duration }) {
  const x = scale(duration);
  const boxes = shots.map((shot) => {
    const style = shot.colour ? { fill: shot.colour } : {};
    return rect(x(shot.start), 2, x(shot.end) - x(shot.start), 20, { class: "shot", style });
  });
  const soft = transitions
    .filter(({ start, end }) => end > start)
    .map(({ start, end }) =>
      svg("path", { class: "wedge", d: `M${x(start)} 2L${x(end)} 22L${x(end)} 2L${x(start)} 22Z` }),
    );
  const edges = shots.slice(1).map((shot) => line(x(shot.start), 0, 24, "edge"));
  return lane("Shots", 24, boxes, soft, edges);
}

/** Beats as ticks; a bar's first one is longer and in another colour. */
export function beatsLane({ beats, duration }) {
  const x = scale(duration);
  const ticks = beats.map((beat) =>
    line(x(beat.time), beat.downbeat ? 2 : 9, 20, beat.downbeat ? "beat down" : "beat"),
  );
  return lane("Beats", 22, ticks);
}

/** The waveform: [[low, high], …], evenly spread. */
export function soundLane(peaks) {
  const middle = 28;
  const x = (index) => (index / (peaks.length - 1)) * WIDTH;
  const y = (value) => middle - value * (middle - 2);
  const above = peaks.map(([, high], index) => `${x(index).toFixed(1)} ${y(Math.max(high, 0.01)).toFixed(1)}`);
  const below = peaks.map(([low], index) => `${x(index).toFixed(1)} ${y(Math.min(low, -0.01)).toFixed(1)}`).reverse();
  return lane("Sound", 2 * middle, svg("path", { class: "wave", d: `M${above.join("L")}L${below.join("L")}Z` }));
}

/** Camera moves: what stands still is pale. */
export function movesLane({ moves, duration }) {
  const x = scale(duration);
  const boxes = moves.map((move) =>
    rect(x(move.start), 6, Math.max(x(move.end) - x(move.start) - 1, 1), 8, {
      class: move.kind === "static" ? "move still" : "move",
    }),
  );
  return lane("Camera", 20, boxes);
}

function scale(duration) {
  return (time) => Number(((time / duration) * WIDTH).toFixed(2));
}

function rect(x, y, width, height, props) {
  return svg("rect", { x, y, width: Math.max(width, 0.5), height, ...props });
}

function line(x, from, to, name) {
  return svg("line", { x1: x, x2: x, y1: from, y2: to, class: name });
}
