// What a video is, in one line.

import { bytes, clock } from "../lib/format.js";

/** "1280 × 720 · 0:24 · 3.1 MB". */
export function facts({ metadata, file_size_bytes: size }) {
  return `${metadata.width} × ${metadata.height} · ${clock(metadata.duration_seconds)} · ${bytes(size)}`;
}
