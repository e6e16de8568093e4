/** What an import lets through of a campaign's file (`entities/campaign/export`). Pure. */

import { problemText } from "@/shared/api/problem";
import { texts } from "./texts";

/** Beneath what the API takes in one request. */
export const IMPORT_CHARS_MAX = 5_000_000;

type Document = Record<string, unknown>;

/** What belongs to the campaign that was, or would have an import send mail by itself. */
const LEFT_OUT = ["campaign_id", "contacts", "contact_file", "launch"] as const;

export type ReadImport =
  | { document: Document; leftOut: string[]; problem?: never }
  | { problem: string; document?: never; leftOut?: never };

/** The request that `text` asks for, or what keeps it from being one. The API judges the rest. */
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

/** The part of a request that is the flow, for the validator, which takes nothing else. */
export function flowOf(document: Document): Document {
  const keys = ["nodes", "connections", "zone", "layout", "viewport", "workflow", "start_node"];
  return Object.fromEntries(keys.filter((it) => it in document).map((it) => [it, document[it]]));
}

/** Where a finding is, as a person finds it in the file: "email-1 · configuration.subject". */
export function placeOf(it: { node_id?: string | null; field?: string | null }): string {
  return [it.node_id, it.field].filter(Boolean).join(" · ");
}
