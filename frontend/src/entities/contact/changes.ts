/** What a person changed in the form of a contact. Pure. */
import type { Schemas } from "@/shared/api/client";

export type Contact = Schemas["ContactRead"];
type Value = Contact["attributes"][string];

/** By attribute; those that were not touched are missing. */
export type Typed = Readonly<Record<string, string>>;

export function written(value: Value | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** The attributes to send. A number or an answer stays one if what was typed is one; an empty field
 * removes its attribute. */
export function changesOf(
  known: Contact["attributes"],
  typed: Typed,
): Record<string, Exclude<Value, undefined>> {
  const changes: Record<string, Exclude<Value, undefined>> = {};
  for (const [name, text] of Object.entries(typed)) {
    const before = known[name];
    if (text !== written(before)) {
      changes[name] = taken(text, before);
    }
  }
  return changes;
}

function taken(text: string, before: Value | undefined): Exclude<Value, undefined> {
  const trimmed = text.trim();
  if (trimmed === "") {
    return null;
  }
  if (typeof before === "boolean" && (trimmed === "true" || trimmed === "false")) {
    return trimmed === "true";
  }
  if (typeof before === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(trimmed)) {
    return Number(trimmed);
  }
  return text;
}
