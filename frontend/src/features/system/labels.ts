/** Labels for the system's states, times and sizes. Pure. */

import type { Schemas } from "@/shared/api/client";
import type { Hue } from "@/shared/ui/status";
import { texts } from "./texts";

type State = Schemas["SystemView"]["state"];
type Breaker = NonNullable<Schemas["SystemView"]["breaker"]>;

export const STATES: Record<State, { label: string; hue: Hue }> = {
  ok: { label: texts.ok, hue: "sent" },
  warning: { label: texts.warning, hue: "waiting" },
  failed: { label: texts.failed, hue: "failed" },
};

export const OVERALL: Record<State, string> = {
  ok: texts.allOk,
  warning: texts.someWarning,
  failed: texts.someFailed,
};

export const BREAKER: Record<Breaker["state"], { label: string; hue: Hue }> = {
  closed: { label: texts.closed, hue: "sent" },
  open: { label: texts.open, hue: "failed" },
  probing: { label: texts.probing, hue: "waiting" },
};

const REASONS: Record<string, string> = {
  rejected: texts.rejectedByWorkers,
  delivery_limit: texts.tooOften,
  expired: texts.waitedTooLong,
  maxlen: texts.queueFull,
};

/** The broker's own word if it is unknown. */
export function reasonOf(reason: string | null): string {
  return reason === null ? "–" : (REASONS[reason] ?? reason);
}

const KINDS: Record<string, string> = {
  send: texts.sendJob,
  resume: texts.resumeJob,
  run_job: texts.continueJob,
};

export function kindOf(kind: string | null): string {
  return kind === null ? texts.noJob : (KINDS[kind] ?? kind);
}

/** 250 → "250 ms", 1500 → "1.5 s", 90000 → "90 s". */
export function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : seconds(value / 1000);
}

/** 0.42 → "0.4 s", 90 → "90 s", 600 → "10 min", 7200 → "2 h". */
export function seconds(value: number): string {
  if (value < 120) {
    return `${value < 10 ? trimmed(value) : Math.round(value)} s`;
  }
  return value < 7200 ? `${Math.round(value / 60)} min` : `${trimmed(value / 3600)} h`;
}

/** A bound of the API's buckets: none means beyond the largest, an hour. */
export function within(bound_ms: number | null): string {
  return bound_ms === null ? texts.overAnHour : texts.within(milliseconds(bound_ms));
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1024 * 1024))} MB`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** The result of requeueing or dropping: every part that is not zero. */
export function clearedText(
  done: "requeued" | "dropped",
  it: { count: number; missing: number; stuck: number },
): string {
  const parts = [done === "requeued" ? texts.requeued(it.count) : texts.dropped(it.count)];
  if (it.stuck > 0) {
    parts.push(texts.stuck(it.stuck));
  }
  if (it.missing > 0) {
    parts.push(texts.missing(it.missing));
  }
  return `${parts.join("; ")}.`;
}
