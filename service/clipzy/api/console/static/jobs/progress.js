// A job on its way: percent, time left, and the stages with the present one filling up.

import { h, replace, unseen } from "../lib/dom.js";
import { roughly } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { announce } from "../lib/say.js";
import { stageOf, stagesOf, within } from "./stages.js";
import { TimeLeft } from "./time-left.js";

/** The view as {element, update(job), line(connected)}; `lastStage`: where the job ends, null where that follows from its videos. */
export function progressView(lastStage, onCancel) {
  const timeLeft = new TimeLeft();
  const figure = h("span", { class: "percent" });
  const left = h("span", { class: "left" });
  const bar = h("progress", { max: 100, value: 0, "aria-label": "Progress of the job" });
  const steps = h("ol", { class: "steps" });
  const broken = h("p", { class: "small warn", role: "status" }); // there from the start, or what it says would not be told
  const cancel = h("button", { type: "button", on: { click: () => onCancel(cancel) } }, "Cancel");
  const head = h("div", { class: "progress-head" }, figure, left, cancel);
  const element = h("section", { class: "card progress", "aria-label": "Progress" }, head, bar, steps, broken);
  let told = "";
  const line = (connected) => {
    const word = connected ? "" : "Connection lost; trying again…";
    if (broken.textContent !== word) broken.textContent = word;
  };
  const update = (job) => {
    const stages = stagesOf(job, lastStage);
    const seconds = timeLeft.left(job, stages);
    figure.textContent = `${job.progress_percent} %`;
    left.textContent =
      waiting(job) ?? (seconds === null ? "estimating the time left" : `${roughly(seconds)} left`);
    bar.value = job.progress_percent;
    replace(
      steps,
      stages.map((stage) => step(stage, job)),
    );
    const now = spoken(job);
    if (now !== told) announce(now);
    told = now;
  };
  return { element, update, line };
}

function waiting(job) {
  return job.status === "queued" ? "waiting for a free worker" : null;
}

function step(stage, job) {
  const [first, last] = stage.band;
  const isNow = job.current_stage === stage.key;
  const isDone = !isNow && job.progress_percent >= last;
  const state = isDone ? "done" : isNow ? "now" : "ahead";
  const share = isDone ? 1 : isNow ? within(stage, Math.max(job.progress_percent, first)) : 0;
  return h(
    "li",
    { data: { state }, "aria-current": isNow ? "step" : null, style: { "--share": share } },
    h("span", { class: "step-mark" }, isDone ? icon("check") : null),
    h(
      "span",
      { class: "step-about" },
      h("strong", {}, stage.name, unseen(isDone ? " (done)" : "")),
      h("span", { class: "small" }, stage.does),
    ),
    h("span", { class: "step-bar", "aria-hidden": "true" }),
  );
}

/** What a screen reader says: each stage, and each fifth of the way. */
function spoken(job) {
  const stage = stageOf(job.current_stage);
  if (!stage) return waiting(job) ?? "Working";
  return `${stage.name}, over ${20 * Math.floor(job.progress_percent / 20)} percent`;
}
