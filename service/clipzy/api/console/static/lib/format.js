// Numbers and times as people read them.

const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** "1:05" or, with tenths, "1:05.3"; hours where there are some. */
export function clock(seconds, tenths = false) {
  const unit = tenths ? 10 : 1;
  const whole = Math.floor(Math.max(seconds, 0) * unit + 1e-6);
  const total = Math.floor(whole / unit);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const text = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  return tenths ? `${text}.${whole % 10}` : text;
}

/** "8 s", "2 min 5 s", "1 h 10 min". */
export function duration(seconds) {
  if (seconds < 10) return `${round(seconds, 1)} s`;
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min${total % 60 ? ` ${total % 60} s` : ""}`;
  return `${Math.floor(total / 3600)} h ${Math.floor(total / 60) % 60} min`;
}

/** What is left of something, no more exact than anybody can know it. */
export function roughly(seconds) {
  if (seconds < 5) return "a few seconds";
  if (seconds < 60) return `about ${5 * Math.ceil(seconds / 5)} s`;
  return `about ${Math.ceil(seconds / 60)} min`;
}

/** "12.3 MB". */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
  return `${round(count / 1000 ** power, power > 1 && count / 1000 ** power < 100 ? 1 : 0)} ${units[power]}`;
}

/** "12.3 MB of 40 MB", or what has come alone where nobody knows how much there is. */
export function bytesOf(come, total) {
  return total ? `${bytes(come)} of ${bytes(total)}` : bytes(come);
}

/** "12 minutes ago", and the date once that says more. */
export function since(iso, now) {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return ago(Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return ago(Math.floor(seconds / 3600), "hour");
  return MOMENT.format(new Date(iso));
}

/** A moment in full. */
export function moment(iso) {
  return MOMENT.format(new Date(iso));
}

/** "+12", "-3", "0". */
export function signed(value) {
  const whole = Math.round(value);
  return whole > 0 ? `+${whole}` : whole < 0 ? `−${-whole}` : "0";
}

/** "87 %" of a share 0..1. */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** At most so many digits after the point. */
export function round(value, digits = 0) {
  return String(Number(value.toFixed(digits)));
}

/** "1 cut", "3 cuts". */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** A wire name for eyes: "ease-in-out", "video_analysis" become words. */
export function words(name) {
  return name.replaceAll(/[-_]/g, " ");
}

/** A text that begins a sentence. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Seconds or a rate as plans write them: "181/50" or "2". */
export function fraction(text) {
  const [above, below = "1"] = String(text).split("/");
  return Number(above) / Number(below);
}

function ago(count, unit) {
  return `${counted(count, unit)} ago`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
