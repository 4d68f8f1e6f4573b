// What was measured of the template, on its own time axis, beside the template itself.

import { h } from "../lib/dom.js";
import { counted, fraction, words } from "../lib/format.js";
import { plainPlayer } from "../player/wipe.js";
import { beatsLane, movesLane, shotsLane } from "./lanes.js";
import { ofVideo } from "./model.js";
import { timeline } from "./timeline.js";

/** The part of the page; without the video where that was deleted. */
export function templateEvidence({ job, names, measured, signal }) {
  const videoId = job.template_video_id ?? job.video_id;
  if (names[videoId] === undefined) return null;
  const model = ofVideo(measured);
  const { facts } = measured.measurements.video;
  const player = plainPlayer({ path: `videos/${videoId}/file`, size: facts, duration: model.duration, signal });
  const lanes = [shotsLane(model)];
  if (model.beats.length) lanes.push(beatsLane(model));
  if (model.moves.length) lanes.push(movesLane(model));
  const line = timeline({
    label: `Time in ${names[videoId]}`,
    duration: model.duration,
    lanes,
    marks: model.shots.slice(1).map((shot) => shot.start),
    frame: 1 / fraction(facts.frame_rate),
    tell: (time) => told(model, time),
    playhead: player.playhead,
    signal,
  });
  return h(
    "div",
    { class: "evidence" },
    player.element,
    h("div", { class: "evidence-line" }, line, h("p", { class: "small" }, counts(model))),
  );
}

function told({ shots, moves }, time) {
  const index = shots.findIndex((shot) => time < shot.end);
  const move = moves.find((each) => time >= each.start && time < each.end);
  const shot = index < 0 ? "End" : `Shot ${index + 1} of ${shots.length}`;
  return move ? `${shot}, camera: ${words(move.kind)}` : shot;
}

function counts({ shots, transitions, beats }) {
  const soft = transitions.filter((each) => each.type !== "cut").length;
  const parts = [
    counted(shots.length, "shot"),
    counted(transitions.length - soft, "cut"),
    counted(soft, "other transition"),
  ];
  if (beats.length) parts.push(counted(beats.length, "beat"));
  return `Found here: ${parts.join(", ")}.`;
}
