// How the engine is, in the bar: asked for now and then while somebody looks.

import { call } from "./api/client.js";
import { counted } from "./lib/format.js";

const ASK_MS = 30_000;
const WORDS = {
  healthy: "Engine ready",
  degraded: "Networks loading",
  unhealthy: "Engine not ready",
  away: "Engine not reachable",
};

/** Keep that element saying how the engine is. */
export function watchEngine(element) {
  const look = async () => {
    if (document.hidden) return;
    const { state, title } = await asked();
    if (element.dataset.state === state && element.title === title) return;
    element.dataset.state = state;
    if (element.textContent !== WORDS[state]) element.textContent = WORDS[state]; // or a screen reader says it again
    element.title = title;
  };
  look();
  setInterval(look, ASK_MS);
  document.addEventListener("visibilitychange", look);
}

async function asked() {
  try {
    const health = await call("health");
    const waiting = counted(health.jobs_queued ?? 0, "job");
    const away = Object.keys(health.networks).filter((name) => !health.networks[name]);
    const title = `Clipzy ${health.version}, ${waiting} waiting${away.length ? `; without ${away.join(", ")}` : ""}`;
    return { state: health.status, title };
  } catch (error) {
    return { state: error.status === 503 ? "unhealthy" : "away", title: error.message };
  }
}
