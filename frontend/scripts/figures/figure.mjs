// @ts-check
/** Measured figures, and how they are shown. Pure. */

/**
 * @typedef {object} Figure
 * @property {string} part
 * @property {string} name
 * @property {string} unit
 * @property {number[]} values one per round or jump
 * @property {number} [wanted] the target; absent: for information only
 * @property {boolean} [isAtMost] `wanted` is the maximum instead of the minimum
 * @property {boolean} [isOfEach] every value must meet it, instead of their median
 * @property {string} [note]
 */

/** @typedef {Record<string, string>} Conditions */

/** @param {readonly number[]} values */
export function median(values) {
  const ordered = [...values].sort((one, other) => one - other);
  const middle = Math.floor(ordered.length / 2);
  const [low, high] = [ordered[middle - 1], ordered[middle]];
  if (high === undefined) {
    return Number.NaN;
  }
  return ordered.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high;
}

/** @param {Figure} figure */
function judged({ values, isAtMost, isOfEach }) {
  if (!isOfEach) {
    return median(values);
  }
  return isAtMost ? Math.max(...values) : Math.min(...values);
}

/** @param {Figure} figure */
export function isKept(figure) {
  const { wanted, isAtMost, values } = figure;
  if (values.length === 0) {
    return false;
  }
  if (wanted === undefined) {
    return true;
  }
  return isAtMost ? judged(figure) <= wanted : judged(figure) >= wanted;
}

/** @param {number} value */
function shown(value) {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1;
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** @param {Figure} figure */
function cells(figure) {
  const { part, name, unit, values, wanted, isAtMost, isOfEach, note } = figure;
  const range = `${shown(Math.min(...values))} – ${shown(Math.max(...values))}`;
  const sign = isAtMost ? "≤" : "≥";
  const asked = wanted === undefined ? "" : `${isOfEach ? "each " : ""}${sign} ${shown(wanted)}`;
  const verdict = wanted === undefined ? "" : isKept(figure) ? "ok" : "MISSED";
  return [part, name, `${shown(median(values))} ${unit}`, range, asked, verdict, note ?? ""];
}

const HEAD = ["part", "what", "median", "min – max", "wanted", "", "note"];
const IS_RIGHT = [false, false, true, true, true, false, false];

/**
 * @param {Conditions} conditions
 * @param {readonly Figure[]} figures
 */
export function toTable(conditions, figures) {
  const rows = [HEAD, ...figures.map(cells)];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return IS_RIGHT[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  const line = "-".repeat(Math.max(...lines.map((it) => it.length)));
  const told = Object.entries(conditions).map(([name, text]) => `${name.padEnd(12)}${text}`);
  return [...told, "", lines[0], line, ...lines.slice(1)].join("\n");
}

/**
 * @param {Conditions} conditions
 * @param {readonly Figure[]} figures
 */
export function toJson(conditions, figures) {
  const rows = figures.map((it) => ({ ...it, median: median(it.values), is_kept: isKept(it) }));
  return JSON.stringify({ conditions, figures: rows }, null, 2);
}
