/** Saves files to the browser's downloads. */
import { folded } from "./folded";

/** "Welcome, Ann!" becomes welcome-ann.json; a name without usable letters becomes
 * campaign.json. */
export function fileName(name: string, ending: "json" | "png"): string {
  const words = folded(name).match(/[a-z0-9]+/g) ?? [];
  return `${words.join("-").slice(0, 60) || "campaign"}.${ending}`;
}

export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
