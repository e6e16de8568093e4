/**
 * Actions that wait a moment before they are carried out, so that they can be undone.
 *
 * Nothing is sent to the server while an action waits, so closing the page undoes it as well.
 */

import { toast } from "sonner";
import { create } from "zustand";
import { problemText } from "@/shared/api/problem";
import { texts } from "./texts";

export const HELD_MS = 6000;

const useHeldStore = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

/** Campaigns about to be deleted or archived, which are no longer shown. */
export function useHeld(): ReadonlySet<string> {
  return useHeldStore((it) => it.ids);
}

function mark(id: string, isHeld: boolean): void {
  useHeldStore.setState(({ ids }) => {
    const next = new Set(ids);
    if (isHeld) {
      next.add(id);
    } else {
      next.delete(id);
    }
    return { ids: next };
  });
}

interface Held {
  id: string;
  /** "Welcome will be deleted". */
  message: string;
  act: () => Promise<unknown>;
}

/** Hides `id` at once and acts after `HELD_MS`; shows it again if undone or if acting fails. */
export function hold({ id, message, act }: Held): void {
  mark(id, true);
  const waiting = setTimeout(async () => {
    try {
      await act();
    } catch (problem) {
      toast.error(problemText(problem));
    } finally {
      mark(id, false);
    }
  }, HELD_MS);
  toast(message, {
    description: texts.undoFor(HELD_MS / 1000),
    duration: HELD_MS,
    action: {
      label: texts.undo,
      onClick: () => {
        clearTimeout(waiting);
        mark(id, false);
      },
    },
  });
}
