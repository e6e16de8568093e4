/** The attributes of contacts that the table shows beside its own columns. Pure. */
import type { Lead } from "./lead-book";

export const ATTRIBUTE_COLUMNS_MAX = 3;
const ROWS_LOOKED_AT = 50;
const SHOWN_AT_FIRST = 2;

/** The names that the first leads have, in order of appearance. */
export function attributeNames(leads: Iterable<Lead | null | undefined>): string[] {
  const names = new Set<string>();
  let looked = 0;
  for (const lead of leads) {
    if (looked >= ROWS_LOOKED_AT) {
      break;
    }
    if (lead) {
      looked += 1;
      for (const name of Object.keys(lead.attributes)) {
        names.add(name);
      }
    }
  }
  return [...names];
}

/** `stored`: as written by `written`, or empty if nothing was ever chosen. */
export function chosenColumns(stored: string, names: readonly string[]): string[] {
  if (stored === "") {
    return names.slice(0, SHOWN_AT_FIRST);
  }
  try {
    const chosen: unknown = JSON.parse(stored);
    if (Array.isArray(chosen)) {
      return chosen
        .filter((name): name is string => typeof name === "string")
        .slice(0, ATTRIBUTE_COLUMNS_MAX);
    }
  } catch {
    // Unreadable: treated as if nothing had been chosen.
  }
  return names.slice(0, SHOWN_AT_FIRST);
}

/** Adds or removes `name`; a fourth replaces the first. */
export function toggled(chosen: readonly string[], name: string): string[] {
  return chosen.includes(name)
    ? chosen.filter((it) => it !== name)
    : [...chosen, name].slice(-ATTRIBUTE_COLUMNS_MAX);
}

export function written(chosen: readonly string[]): string {
  return JSON.stringify(chosen);
}
