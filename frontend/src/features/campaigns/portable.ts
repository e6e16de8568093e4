/** The parts of a campaign's file that an import uses (`entities/campaign/export`). Pure. */

import { problemText } from "@/shared/api/problem";
import { texts } from "./texts";

/** Below the API's limit for one request. */
export const IMPORT_CHARS_MAX = 5_000_000;

type Document = Record<string, unknown>;

/** Fields that belong to the old campaign, or with which an import would send mail by itself. */
const LEFT_OUT = ["campaign_id", "contacts", "contact_file", "launch"] as const;

export type ReadImport =
  | { document: Document; leftOut: string[]; problem?: never }
  | { problem: string; document?: never; leftOut?: never };

/** The request described by `text`, or the reason why it is not one. The API checks the rest. */
export function readImport(text: string): ReadImport {
  if (text.length > IMPORT_CHARS_MAX) {
    return {
      problem: texts.tooLarge,
    };
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (problem) {
    const why = problemText(problem);
    return { problem: texts.notJson(why) };
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    return {
      problem: texts.notAnObject,
    };
  }
  const document: Document = { ...read };
  const leftOut = LEFT_OUT.filter((key) => key in document);
  for (const key of leftOut) {
    delete document[key];
  }
  if (!("nodes" in document) && !("workflow" in document)) {
    return {
      problem: texts.noNodes,
    };
  }
  return { document, leftOut };
}

/** The flow in a request, for the validator, which accepts nothing else. */
export function flowOf(document: Document): Document {
  const keys = ["nodes", "connections", "zone", "layout", "viewport", "workflow", "start_node"];
  return Object.fromEntries(keys.filter((it) => it in document).map((it) => [it, document[it]]));
}

/** The place of a finding in the file, for people: "email-1 · configuration.subject". */
export function placeOf(it: { node_id?: string | null; field?: string | null }): string {
  return [it.node_id, it.field].filter(Boolean).join(" · ");
}
