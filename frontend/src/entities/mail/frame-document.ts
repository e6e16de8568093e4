/**
 * A mail's page, made ready for a frame without scripts: its links open beside it.
 *
 * The frame's sandbox is what keeps it harmless; the policy says it once more and lets pictures
 * come, the tracking pixel among them, as they would for the reader this page plays. Pure.
 */

const POLICY =
  "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src data:; media-src *; form-action 'none'";

/** As mail programs show what says nothing of its looks. */
const PLAIN = "body{margin:20px 32px;font:14px/1.5 Arial,sans-serif}";

/** No `allow-scripts`, no `allow-same-origin`: what is in a mail cannot act on this page. */
export const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

export function frameDocument(html: string): string {
  const head =
    `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
    '<base target="_blank"><meta name="referrer" content="no-referrer">' +
    `<style>${PLAIN}</style>`;
  return `<!doctype html>${head}${withoutOwnBase(html)}`;
}

/** A `<base>` of the mail's own would take its links elsewhere, or into the frame. */
function withoutOwnBase(html: string): string {
  return html.replace(/<!doctype[^>]*>/i, "").replace(/<base\b[^>]*>/gi, "");
}

/** Where one may be led by a link in a mail. */
export function isWebLink(url: string): boolean {
  return /^https?:\/\//i.test(url.trim());
}
