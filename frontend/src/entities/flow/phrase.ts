/** Short texts about a flow, in which names stand out. Pure. */
import { isolated } from "@/shared/bidi";

/** Text in which names stand out. */
export type Phrase = readonly (string | { readonly name: string })[];

export function plain(phrase: Phrase): string {
  return phrase.map((it) => (typeof it === "string" ? it : isolated(it.name))).join("");
}

/** Names in quotes, for lists, in which nothing can stand out. */
export function quoted(phrase: Phrase): string {
  return phrase.map((it) => (typeof it === "string" ? it : `“${it.name}”`)).join("");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
