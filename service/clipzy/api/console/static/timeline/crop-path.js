// Where a moving crop is: the engine's own curve (`clipzy.style.crop_path`), so that the footage is framed as the output is.

import { fraction } from "../lib/format.js";

/** The crop of a placed clip so many seconds after its start. */
export function cropAt({ crop, path }, sinceStart) {
  if (path.length === 0) return crop;
  const times = [0, ...path.map(({ at }) => fraction(at))];
  const crops = [crop, ...path.map((key) => key.crop)];
  const index = times.findLastIndex((time) => time <= sinceStart);
  if (index < 0) return crop;
  if (index === times.length - 1) return crops[index];
  const [x, y, width] = ["x", "y", "width"].map((edge) =>
    between(
      times,
      crops.map((each) => each[edge]),
      index,
      sinceStart,
    ),
  );
  return inside(x, y, width, crop.height / crop.width);
}

function between(times, values, index, time) {
  const length = times[index + 1] - times[index];
  const share = (time - times[index]) / length;
  const left = 1 - share;
  const [leaves, comes] = [slope(times, values, index), slope(times, values, index + 1)];
  return (
    values[index] * left * left * (1 + 2 * share) +
    values[index + 1] * share * share * (3 - 2 * share) +
    length * leaves * share * left * left -
    length * comes * share * share * left
  );
}

/** The weighted harmonic mean of the slopes beside a key; none at the ends, and none where the way turns. */
function slope(times, values, index) {
  if (index === 0 || index === times.length - 1) return 0;
  const one = times[index] - times[index - 1];
  const two = times[index + 1] - times[index];
  const before = (values[index] - values[index - 1]) / one;
  const after = (values[index + 1] - values[index]) / two;
  return before * after <= 0 ? 0 : (3 * (one + two)) / ((2 * two + one) / before + (two + 2 * one) / after);
}

function inside(x, y, wanted, shape) {
  const width = Math.min(wanted, 1, 1 / shape);
  const height = Math.min(width * shape, 1);
  const edge = (start, side) => Math.min(Math.max(start, 0), 1 - side);
  return { x: edge(x, width), y: edge(y, height), width, height };
}
