/**
 * A mail's page, prepared for a frame without scripts: its links open in a new tab.
 *
 * The frame's sandbox keeps it harmless. The policy repeats this and permits pictures, including
 * the tracking pixel, as for the reader whom this page imitates. Pure.
 */

const POLICY =
  "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src data:; media-src *; form-action 'none'";

/** The look that mail programs give to unstyled text, on the white that the frame has. */
const PLAIN =
  ":root{color-scheme:only light!important}body{margin:20px 32px;font:14px/1.5 Arial,sans-serif}";

/** No `allow-scripts`, no `allow-same-origin`: a mail cannot act on this page. */
export const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

export function frameDocument(html: string): string {
  const head =
    `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
    '<base target="_blank"><meta name="referrer" content="no-referrer">' +
    `<style>${PLAIN}</style>`;
  return `<!doctype html>${head}${withoutOwnBase(html)}`;
}

/** The mail's own `<base>` would lead its links elsewhere, or into the frame. */
function withoutOwnBase(html: string): string {
  return html.replace(/<!doctype[^>]*>/i, "").replace(/<base\b[^>]*>/gi, "");
}

/** Whether a link in a mail may be followed. */
export function isWebLink(url: string): boolean {
  return /^https?:\/\//i.test(url.trim());
}
