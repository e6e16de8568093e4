/** Why leads failed, and why they are not retried, in words. Pure. */
import { texts } from "./texts";

const OBSTACLES: Readonly<Record<string, string>> = {
  suppressed: texts.suppressed,
  in_circles: texts.inCircles,
  not_refused: texts.notRefused,
  flow_unusable: texts.flowUnusable,
};

/** Of a count or a job's report, which has other things besides: "3 not retried: suppressed". */
export function obstacleTexts(counted: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(OBSTACLES).flatMap(([obstacle, why]) => {
    const leads = counted[obstacle];
    return typeof leads === "number" && leads > 0 ? [texts.notRetried(leads, why)] : [];
  });
}

const REASONS: Readonly<Record<string, string>> = {
  rejected: texts.rejected,
  template: texts.template,
  poison: texts.poison,
};

export function reasonText(reason: string): string {
  return REASONS[reason] ?? reason;
}
