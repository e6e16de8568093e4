// @ts-check
/**
 * Requests for the API, handed on to the backend as they come in: nothing is gathered, so that a
 * file of a gigabyte costs no more memory than a click.
 *
 * Next.js could do it by its rewrites, but keeps each body in memory and ends it after 10 MB.
 */
import { createProxyServer } from "httpxy";

/** How long the backend may say no word. */
export const IDLE_MS_MAX = 120_000;

/**
 * @param {URL} backend
 * @returns {import("node:http").RequestListener}
 */
export function makeHandOn(backend) {
  const proxy = createProxyServer({
    target: backend,
    changeOrigin: true,
    xfwd: true,
    proxyTimeout: IDLE_MS_MAX,
  });
  proxy.on("error", (problem, _request, response) => {
    if (response && "headersSent" in response && !response.headersSent) {
      refuse(response, "code" in problem && problem.code === "ETIMEDOUT");
    }
  });
  return (request, response) => {
    proxy.web(request, response).catch(() => response.destroy());
  };
}

/**
 * A problem (RFC 9457), as the API's own are.
 *
 * @param {import("node:http").ServerResponse} response
 * @param {boolean} isLate
 */
function refuse(response, isLate) {
  const status = isLate ? 504 : 502;
  const detail = isLate
    ? "The backend took too long to answer. Look whether it was done before you try again."
    : "The backend does not answer. It may be starting: try again in a moment.";
  const title = isLate ? "Too slow" : "No answer";
  const problem = { type: "about:blank", title, status, code: "backend_away", detail, errors: [] };
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify(problem));
}
