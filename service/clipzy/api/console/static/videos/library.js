// The uploaded videos, newest first: listed page by page, added to, deleted from. Those who show them are told of each change.

import { call } from "../api/client.js";
import { forget } from "../jobs/names.js";

const PAGE_SIZE = 12;

/** The list of uploads. */
export class Library extends EventTarget {
  videos = [];
  total = 0;
  /** Ids of those that were deleted meanwhile. */
  deleted = new Set();
  #page = 0;

  constructor(signal) {
    super();
    this.signal = signal;
  }

  /** Whether there are more than those that were read. */
  get hasMore() {
    return this.videos.length < this.total;
  }

  /** Read the next page. */
  async more() {
    const { videos, total } = await call(`videos?page=${this.#page + 1}&page_size=${PAGE_SIZE}`, {
      signal: this.signal,
    });
    this.total = total;
    const known = new Set(this.videos.map((video) => video.video_id)); // an upload meanwhile moves one to the next page
    this.videos.push(...videos.filter((video) => !known.has(video.video_id)));
    // after the last page the first: what was uploaded elsewhere meanwhile is there
    this.#page = (this.#page + 1) * PAGE_SIZE < total ? this.#page + 1 : 0;
    this.videos.sort((a, b) => Date.parse(b.uploaded_at) - Date.parse(a.uploaded_at));
    this.#tell();
  }

  /** The video of an id, read alone where its page was not. */
  async find(videoId) {
    const known = this.videos.find((video) => video.video_id === videoId);
    return known ?? call(`videos/${videoId}`, { signal: this.signal });
  }

  /** Take in a video that was just uploaded. */
  add(video) {
    if (this.videos.some((each) => each.video_id === video.video_id)) return; // its page was read meanwhile
    this.videos.unshift(video);
    this.total += 1;
    this.#tell();
  }

  /** Delete a video for good, unless somebody else has. */
  async remove(videoId) {
    await call(`videos/${videoId}`, { method: "DELETE" }).catch((error) => {
      if (error.code !== "VIDEO_NOT_FOUND") throw error;
    });
    this.miss(videoId);
  }

  /** Take note that a video is gone, deleted here or elsewhere. */
  miss(videoId) {
    if (this.deleted.has(videoId)) return;
    const before = this.videos.length;
    this.videos = this.videos.filter((video) => video.video_id !== videoId);
    this.deleted.add(videoId);
    forget(videoId);
    this.#page = Math.floor(this.videos.length / PAGE_SIZE); // what comes next has moved up
    if (this.videos.length < before) this.total -= 1;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
