/** How the system's states, times and sizes are said. Pure. */
import type { Schemas } from "@/shared/api/client";
import type { Hue } from "@/shared/ui/status";

type State = Schemas["SystemView"]["state"];
type Breaker = NonNullable<Schemas["SystemView"]["breaker"]>;

export const STATES: Record<State, { word: string; hue: Hue }> = {
  ok: { word: "Works", hue: "sent" },
  warning: { word: "Look at it", hue: "waiting" },
  failed: { word: "Fails", hue: "failed" },
};

export const OVERALL: Record<State, string> = {
  ok: "All works",
  warning: "Something to look at",
  failed: "Something fails",
};

export const BREAKER: Record<Breaker["state"], { word: string; hue: Hue }> = {
  closed: { word: "Closed", hue: "sent" },
  open: { word: "Open", hue: "failed" },
  probing: { word: "Probing", hue: "waiting" },
};

const REASONS: Record<string, string> = {
  rejected: "No worker could use it",
  delivery_limit: "It came back too often",
  expired: "It waited too long",
  maxlen: "Its queue was full",
};

/** The broker's own word where it is one that people never saw yet. */
export function reasonOf(reason: string | null): string {
  return reason === null ? "–" : (REASONS[reason] ?? reason);
}

const KINDS: Record<string, string> = {
  send: "Send an e-mail",
  resume: "Resume a lead",
  run_job: "Continue a job",
};

export function kindOf(kind: string | null): string {
  return kind === null ? "No job at all" : (KINDS[kind] ?? kind);
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
  return bound_ms === null ? "over an hour" : `within ${milliseconds(bound_ms)}`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1024 * 1024))} MB`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** What requeueing or dropping came to, every part of it that is not nothing. */
export function clearedText(
  done: "requeued" | "dropped",
  it: { count: number; missing: number; stuck: number },
): string {
  const verb = done === "requeued" ? "put back" : "thrown away";
  const parts = [`${it.count} ${verb}`];
  if (it.stuck > 0) {
    parts.push(`${it.stuck} came from no queue we know, and can only be thrown away`);
  }
  if (it.missing > 0) {
    parts.push(`${it.missing} gone already, or in somebody else's hands`);
  }
  return `${parts.join("; ")}.`;
}
