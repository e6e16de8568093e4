/**
 * Uploads a contact file to the API directly from disk: the browser reads it while sending.
 *
 * It uses XMLHttpRequest, because fetch does not report how much of a body has been sent.
 */

import { type Schemas, sessionEnded } from "@/shared/api/client";
import { noAnswer, refusal } from "@/shared/api/problem";
import { contentTypeOf } from "@/shared/file-kind";
import type { Source } from "./choose";
import { type Decisions, queryOf } from "./policy";
import { texts } from "./texts";

interface Uploading {
  job: Promise<Schemas["JobView"]>;
  abort: () => void;
}

const BROKEN_OFF = texts.connectionLost;

export function uploadContacts(
  campaignId: string,
  source: Source,
  decisions: Decisions,
  onProgress: (sentBytes: number) => void,
): Uploading {
  const request = new XMLHttpRequest();
  const job = new Promise<Schemas["JobView"]>((resolve, reject) => {
    const path = `/api/v1/campaigns/${encodeURIComponent(campaignId)}/contacts`;
    request.open("POST", `${path}${queryOf(decisions)}`);
    request.setRequestHeader("Content-Type", contentTypeOf(source.isWorkbook));
    request.setRequestHeader("X-EmailBuilder", "1");
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onerror = () => reject(noAnswer(BROKEN_OFF));
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 202 && isJob(answer)) {
        resolve(answer);
      } else {
        if (request.status === 401) {
          sessionEnded();
        }
        reject(refusal(answer, request.status));
      }
    };
    request.send(source.body);
  });
  return { job, abort: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isJob(answer: unknown): answer is Schemas["JobView"] {
  return typeof answer === "object" && answer !== null && "job_id" in answer;
}
