// Estimates how long a job still takes: by its pace in the present stage, or by that of the whole job until that is known.

import { engineNow } from "../api/clock.js";
import { stageOf, timeShare, within } from "./stages.js";

const ENOUGH = 0.15; // of a stage, or of the job, before its pace says anything

/** Remembers when stages were seen to begin; `left(job, stages, now)` in seconds, null where it cannot be guessed. */
export class TimeLeft {
  #stage = null;
  #since = 0;
  #from = 0;

  /** Milliseconds of the engine's clock in, seconds out. */
  left(job, stages, now = engineNow()) {
    const stage = stageOf(job.current_stage);
    if (!stage || !job.started_at) return null;
    const done = within(stage, job.progress_percent);
    if (stage.key !== this.#stage) [this.#stage, this.#since, this.#from] = [stage.key, now, done];
    const behind = timeShare(stages, job.progress_percent);
    const moved = done - this.#from;
    const total = stages.reduce((sum, each) => sum + each.share, 0);
    if (moved >= ENOUGH) return (((now - this.#since) / moved / stage.share) * total * (1 - behind)) / 1000;
    if (behind < ENOUGH) return null;
    return ((now - Date.parse(job.started_at)) / 1000 / behind) * (1 - behind);
  }
}
