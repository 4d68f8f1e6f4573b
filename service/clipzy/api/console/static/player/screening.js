// The result on its stage, with all that happens in it below.

import { h } from "../lib/dom.js";
import { fraction } from "../lib/format.js";
import { beatsLane, clipsLane, shotsLane, soundLane } from "../timeline/lanes.js";
import { clipAt, ofOutput } from "../timeline/model.js";
import { peaks } from "../timeline/peaks.js";
import { timeline } from "../timeline/timeline.js";
import { wipePlayer } from "./wipe.js";

/** The section. `footage`, `template`: analyses, or null; `files`: those of the job; `beside`: what stands next to the picture. */
export async function screening({ job, names, plan, footage, template, files, beside, signal }) {
  const model = ofOutput(plan, footage, template);
  const isThere = names[job.video_id] !== undefined;
  const [poster, waveform] = await Promise.all([files.address("poster.jpg"), files.address("waveform.png")]);
  const wave = waveform && (await peaks(waveform));
  const { clips, duration } = model;
  const paths = { before: isThere ? `videos/${job.video_id}/file` : null, after: `jobs/${job.job_id}/output` };
  const player = wipePlayer({ paths, poster, clips, size: plan.output, duration, signal });
  const lanes = [clipsLane(model)];
  if (model.shots.length) lanes.push(shotsLane(model));
  if (model.beats.length) lanes.push(beatsLane(model));
  if (wave) lanes.push(soundLane(wave));
  const line = timeline({
    label: "Time in the result",
    duration,
    lanes,
    marks: clips.slice(1).map((clip) => clip.start),
    frame: 1 / fraction(plan.output.frame_rate),
    tell: (time) => {
      const clip = clipAt(clips, time);
      return `Clip ${clips.indexOf(clip) + 1} of ${clips.length}: ${clip.reason || "unchanged"}`;
    },
    playhead: player.playhead,
    signal,
  });
  const section = h(
    "section",
    { class: "screening", "aria-label": "Result" },
    h("div", { class: "screen" }, player.element, line),
    h("div", { class: "beside" }, beside),
  );
  section.addEventListener("keydown", (event) => spaceToggles(event, player.playhead));
  return section;
}

function spaceToggles(event, playhead) {
  if (event.key !== " " || event.target.closest("button, input, a, summary, [role=slider]:not(.divider)")) return;
  event.preventDefault();
  playhead.toggle();
}
