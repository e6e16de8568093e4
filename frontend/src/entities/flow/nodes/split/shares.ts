/** A split's branches and their shares. Pure. */
import { isRecord, listOf, numberOf, textOf } from "@/shared/json";
import type { Configuration } from "../../document";
import { capital } from "../../phrase";

/** Shares of a split's branches, 0 to 1, by port. */
export function sharesOf(settings: Configuration): ReadonlyMap<string, number> {
  const branches = listOf(settings.branches).filter(isRecord);
  const weights = branches.map((it) => Math.max(0, numberOf(it.weight, 0)));
  const sum = weights.reduce((total, it) => total + it, 0);
  return new Map(
    branches.map((it, place) => [textOf(it.port), sum > 0 ? (weights[place] ?? 0) / sum : 0]),
  );
}

/** What people call a branch: its label, otherwise its port. */
export function branchName(settings: Configuration, port: string): string {
  const branch = listOf(settings.branches)
    .filter(isRecord)
    .find((it) => it.port === port);
  return textOf(branch?.label).trim() || capital(port);
}

/** "50 %", "33.3 %": the label of a split's edge. */
export function shareText(share: number): string {
  const rounded = Math.round(share * 1000) / 10;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(1)} %`;
}
