/**
 * Undo and redo over immutable documents.
 *
 * Invariant: at most `STEPS_MAX` steps back; a new step clears the redo list. Steps of one burst (a
 * drag, typing in one field) are one step.
 */
export const STEPS_MAX = 200;
/** A pause in typing that ends a burst. */
export const BURST_MS = 1_500;

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** The burst and the time of the last step. */
  readonly burst: { readonly name: string; readonly atMs: number } | null;
}

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [], burst: null };
}

/** `burst`: the name of the current action; steps with the same name in quick succession are
 * one. */
export function stepped<T>(
  history: History<T>,
  next: T,
  burst: string | null,
  nowMs: number,
): History<T> {
  if (next === history.present) {
    return history;
  }
  const isSame =
    burst !== null && history.burst?.name === burst && nowMs - history.burst.atMs < BURST_MS;
  const past = isSame ? history.past : [...history.past, history.present].slice(-STEPS_MAX);
  return {
    past,
    present: next,
    future: [],
    burst: burst === null ? null : { name: burst, atMs: nowMs },
  };
}

export function undone<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1);
  if (previous === undefined) {
    return history;
  }
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    burst: null,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) {
    return history;
  }
  return { past: [...history.past, history.present], present: next, future, burst: null };
}
