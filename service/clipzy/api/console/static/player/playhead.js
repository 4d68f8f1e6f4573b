// The position in a video: it tells its followers of each change, and any of them can move it.

/** Fires "time" on every frame that is shown, "state" when it starts or stops, and "seek" when somebody moves it. */
export class Playhead extends EventTarget {
  #video;
  #wanted = null; // seconds asked for while an earlier seek is still on its way

  constructor(video, signal) {
    super();
    this.#video = video;
    const listen = (event, action) => video.addEventListener(event, action, { signal });
    const tell = () => this.dispatchEvent(new Event("time"));
    const state = () => this.dispatchEvent(new Event("state"));
    for (const event of ["timeupdate", "loadedmetadata", "durationchange"]) listen(event, tell);
    for (const event of ["play", "pause", "ended"]) listen(event, state);
    listen("seeked", () => {
      if (this.#wanted !== null) this.#go(this.#wanted);
      tell();
    });
    listen("play", () => this.#beat(signal));
  }

  /** Seconds. */
  get time() {
    return this.#wanted ?? this.#video.currentTime;
  }

  get isPlaying() {
    return !this.#video.paused && !this.#video.ended;
  }

  /** Play, or stop playing. */
  toggle() {
    if (this.isPlaying) this.#video.pause();
    else this.#video.play().catch(() => {}); // a video that cannot be played says so by its own error
  }

  pause() {
    this.#video.pause();
  }

  /** Go to a time; of many that come while the video is busy the last one counts. */
  seek(time) {
    const end = Number.isFinite(this.#video.duration) ? this.#video.duration : time;
    const wanted = Math.min(Math.max(time, 0), end);
    if (this.#video.seeking) this.#wanted = wanted;
    else this.#go(wanted);
    this.dispatchEvent(new Event("time"));
    this.dispatchEvent(new Event("seek"));
  }

  #go(time) {
    this.#wanted = null;
    this.#video.currentTime = time;
  }

  #beat(signal) {
    const next = () => {
      this.dispatchEvent(new Event("time"));
      if (this.isPlaying && !signal.aborted) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }
}
