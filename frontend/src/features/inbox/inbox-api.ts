/**
 * The inbox of a test system: it has its own API, which a team's production system lacks.
 *
 * Parsed once at the boundary: anything that does not look like the inbox's response is rejected.
 */

import { sessionEnded, sessionHolds } from "@/shared/api/client";
import { noAnswer, refusal } from "@/shared/api/problem";
import { isFromApi, markReach } from "@/shared/api/reach";
import { texts } from "./texts";

export interface MailHead {
  id: number;
  receivedAt: string;
  from: string;
  to: string[];
  subject: string;
  sizeBytes: number;
}

export interface MailPage {
  mails: MailHead[];
  nextCursor: string | null;
  total: number;
}

export interface Mail extends MailHead {
  headers: { name: string; value: string }[];
  text: string | null;
  html: string | null;
  links: { url: string; text: string }[];
  raw: string;
  isRawCut: boolean;
}

const PLACE = "/inbox/api/messages";

/** Thrown if the system has no inbox because it sends real mail. */
export class NoInboxError extends Error {
  constructor() {
    super(texts.noInboxError);
  }
}

export function rawHref(id: number): string {
  return `${PLACE}/${id}/raw`;
}

export async function readPage(
  recipient: string,
  cursor: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<MailPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (recipient) {
    query.set("recipient", recipient);
  }
  if (cursor) {
    query.set("cursor", cursor);
  }
  const answer = await call(`${PLACE}?${query}`, { signal });
  if (!isRecord(answer) || !Array.isArray(answer.messages)) {
    throw new NoInboxError();
  }
  return {
    mails: answer.messages.filter(isRecord).map(headOf),
    nextCursor: textOrNull(answer.next_cursor),
    total: numberOf(answer.total),
  };
}

export async function readMail(id: number, signal: AbortSignal): Promise<Mail> {
  const answer = await call(`${PLACE}/${id}`, { signal });
  if (!isRecord(answer)) {
    throw new NoInboxError();
  }
  return {
    ...headOf(answer),
    headers: records(answer.headers).map((it) => ({ name: text(it.name), value: text(it.value) })),
    text: textOrNull(answer.text),
    html: textOrNull(answer.html),
    links: records(answer.links).map((it) => ({ url: text(it.url), text: text(it.text) })),
    raw: text(answer.raw),
    isRawCut: answer.raw_truncated === true,
  };
}

/** Returns how many there were. */
export async function emptyInbox(): Promise<number> {
  const answer = await call(PLACE, { method: "DELETE" });
  return isRecord(answer) ? numberOf(answer.deleted) : 0;
}

async function call(address: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(address, {
      ...init,
      credentials: "same-origin",
      headers: { "X-EmailBuilder": "1", Accept: "application/json" },
    });
  } catch (problem) {
    if (init.signal?.aborted) {
      throw problem;
    }
    markReach(false);
    throw noAnswer(texts.noAnswer);
  }
  markReach(isFromApi(response.status, response.headers.get("content-type")));
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) {
    sessionHolds();
    return answer;
  }
  if (response.status === 401) {
    sessionEnded();
  }
  if (response.status === 404 && address.startsWith(`${PLACE}?`)) {
    throw new NoInboxError();
  }
  throw refusal(answer, response.status);
}

type Document = Record<string, unknown>;

function isRecord(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function records(value: unknown): Document[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function headOf(it: Document): MailHead {
  return {
    id: numberOf(it.id),
    receivedAt: text(it.received_at),
    from: text(it.mail_from),
    to: Array.isArray(it.rcpt_to) ? it.rcpt_to.filter((one) => typeof one === "string") : [],
    subject: text(it.subject),
    sizeBytes: numberOf(it.size_bytes),
  };
}
