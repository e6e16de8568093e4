// @ts-check
/**
 * Forwards requests for the API to the backend as a stream: nothing is buffered, so that a file of
 * a gigabyte needs no more memory than a click.
 *
 * Next.js's rewrites could do this, but they keep each body in memory and cut it off after 10 MB.
 */
import { createProxyServer } from "httpxy";

/** How long the backend may be silent. */
export const IDLE_MS_MAX = 120_000;

/** The request has not reached anybody. */
const UNREACHED = new Set(["ECONNREFUSED", "EHOSTUNREACH", "EAI_AGAIN", "ENOTFOUND"]);

/** Problems (RFC 9457), like the API's own. */
const AWAY = {
  title: "No answer",
  status: 502,
  code: "backend_away",
  detail: "The backend does not answer. It may be starting: try again in a moment.",
};
const BROKEN_OFF = {
  ...AWAY,
  detail:
    "The backend broke off, or took too long to answer. Look whether it was done before you try again.",
};
const NO_INBOX = {
  title: "No inbox",
  status: 404,
  code: "no_inbox",
  detail: "This system has no inbox: its mail goes to the world.",
};

/**
 * @param {URL} target
 * @param {{ isInbox?: boolean }} [of] An inbox exists only on systems for trying it out.
 * @returns {import("node:http").RequestListener}
 */
export function makeHandOn(target, { isInbox = false } = {}) {
  const proxy = createProxyServer({
    target,
    changeOrigin: true,
    xfwd: true,
    proxyTimeout: IDLE_MS_MAX,
  });
  proxy.on("error", (failure, _request, response) => {
    if (response && "headersSent" in response && !response.headersSent) {
      const code = "code" in failure ? String(failure.code) : "";
      const problem = UNREACHED.has(code) ? AWAY : BROKEN_OFF;
      refuse(response, isInbox && code === "ENOTFOUND" ? NO_INBOX : problem);
    }
  });
  return (request, response) => {
    proxy.web(request, response).catch(() => response.destroy());
  };
}

/** As the backend gives its own answers (`safe_headers.py`). */
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * @param {import("node:http").ServerResponse} response
 * @param {typeof AWAY} problem
 */
function refuse(response, problem) {
  response.writeHead(problem.status, {
    "content-type": "application/problem+json",
    ...SAFE_HEADERS,
  });
  response.end(JSON.stringify({ type: "about:blank", ...problem, errors: [] }));
}
