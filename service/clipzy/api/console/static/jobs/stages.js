// The six stages of a job, in order: their names, what they do in plain words, and where in the progress they lie.

/** `band`: first and last percent; `share`: of a job's usual time, to tell how long is left. */
export const STAGES = [
  { key: "video_analysis", name: "Watch", does: "shots, colours, faces, text", band: [1, 20], share: 0.28 },
  { key: "audio_analysis", name: "Listen", does: "beats, tempo, loudness, speech", band: [21, 35], share: 0.14 },
  { key: "motion_analysis", name: "Track motion", does: "camera moves, zooms", band: [36, 55], share: 0.17 },
  { key: "style_extraction", name: "Read the style", does: "the Style DNA", band: [56, 65], share: 0.01 },
  { key: "style_application", name: "Plan the edit", does: "cuts, framing, colour table", band: [66, 85], share: 0.03 },
  { key: "rendering", name: "Render", does: "the new video", band: [86, 99], share: 0.37 },
];

/** The stage of a name on the wire; undefined for none. */
export function stageOf(key) {
  return STAGES.find((stage) => stage.key === key);
}

/** The stages that a job runs: what has no footage, or is not to be rendered, ends with its style or its plan. */
export function stagesOf(job, lastStage = null) {
  const last = lastStage ?? (job.video_id ? "rendering" : "style_extraction");
  return STAGES.slice(0, STAGES.findIndex((stage) => stage.key === last) + 1);
}

/** How much of a stage is done, 0..1. */
export function within(stage, percent) {
  const [first, last] = stage.band;
  return Math.min(Math.max((percent - first) / (last - first), 0), 1);
}

/** How much of a job's usual time is behind it, 0..1. */
export function timeShare(stages, percent) {
  const total = stages.reduce((sum, stage) => sum + stage.share, 0);
  return stages.reduce((sum, stage) => sum + stage.share * within(stage, percent), 0) / total;
}
