/** A place in the list, as people type or paste it. Pure. */

/** "12,345", "12 345", "12.345", "#12345": all the same place; larger numbers give the last
 * place. */
export function placeTyped(typed: string, places: number): number | null {
  const digits = typed
    .trim()
    .replace(/^#/, "")
    .replaceAll(/[\s.,'’_]/g, "");
  if (!/^\d+$/.test(digits)) {
    return null;
  }
  const place = Number(digits);
  return place >= 1 && places >= 1 ? Math.min(place, places) : null;
}
