/** Names in right-to-left scripts, within our left-to-right sentences. */

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * `text`, isolated so that the text around it keeps its place (UAX #9: first strong isolate). For
 * plain strings; in elements, `<bdi>` does the same.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
