// What contrast, highlights and shadows do to lightness: the engine's own model (analysis/look/grade.py).

const PIVOT = 0.55;
const REACH = 0.11; // of the highlights' and the shadows' sliders

/** Lightness 0..1 after grading with a style's sliders, each -100..100. */
export function graded(lightness, { contrast, highlights, shadows }) {
  const slope = 2 ** (contrast / 100);
  const low = lightness < PIVOT;
  const reach = low ? lightness / PIVOT : (1 - lightness) / (1 - PIVOT);
  const curved = Math.max(reach, 1e-6) ** slope;
  const tone = low ? curved * PIVOT : 1 - curved * (1 - PIVOT);
  const upper = smooth((tone - 0.45) / 0.3) * smooth((1 - tone) / 0.22);
  const lower = smooth(tone / 0.22) * smooth((0.6 - tone) / 0.3);
  return Math.min(Math.max(tone + (REACH * (highlights * upper + shadows * lower)) / 100, 0), 1);
}

function smooth(x) {
  const t = Math.min(Math.max(x, 0), 1);
  return t * t * (3 - 2 * t);
}
