// Keeps the footage in step with the output: at each moment it shows what the output was made of.

import { cropAt } from "../timeline/crop-path.js";
import { clipAt, sourceTime } from "../timeline/model.js";

const DRIFT_PLAYING_S = 0.12; // less is not seen, and each correction stutters
const DRIFT_STILL_S = 0.01;
const FULL_SPEED_S = 0.5; // drift that is caught up with by speed alone within so long

/** Let `follower` follow the playhead through the plan's clips; `framed(crop)` is called when another crop is shown. */
export function keepInStep({ playhead, follower, clips, framed, signal }) {
  let shown = null;
  const follow = () => {
    const clip = clipAt(clips, playhead.time);
    if (clip !== shown || clip.path.length > 0) framed(cropAt(clip, sourceTime(clips, playhead.time) - clip.sourceStart));
    shown = clip;
    if (follower.readyState === 0 || follower.seeking) return;
    const wanted = Math.min(sourceTime(clips, playhead.time), follower.duration - 0.001);
    const drift = wanted - follower.currentTime;
    if (Math.abs(drift) > (playhead.isPlaying ? DRIFT_PLAYING_S : DRIFT_STILL_S)) follower.currentTime = wanted;
    else follower.playbackRate = playhead.isPlaying ? 1 + drift / FULL_SPEED_S / 2 : 1;
  };
  const state = () => {
    if (playhead.isPlaying)
      follower.play().catch(() => {}); // one that cannot be played says so by its own error
    else follower.pause();
    follow();
  };
  playhead.addEventListener("time", follow, { signal });
  playhead.addEventListener("state", state, { signal });
  follower.addEventListener("loadedmetadata", state, { signal }); // it may come when the playhead moves already
  follower.addEventListener("seeked", follow, { signal });
  follow();
}
