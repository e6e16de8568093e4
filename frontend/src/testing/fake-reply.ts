/** Replies of the API in memory. */
import { problemOf } from "./fake-answers";

export interface Reply {
  status: number;
  type: string;
  body: string;
  etag?: string;
}

export function json(body: unknown, etag?: string): Reply {
  const reply = { status: 200, type: "application/json", body: JSON.stringify(body) };
  return etag === undefined ? reply : { ...reply, etag };
}

export function refused(status: number, code: string, detail: string): Reply {
  const body = JSON.stringify(problemOf(status, code, detail));
  return { status, type: "application/problem+json", body };
}
