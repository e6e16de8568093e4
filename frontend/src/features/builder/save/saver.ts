/**
 * Saves the draft: shortly after the last change, one request at a time, never over somebody else's
 * work.
 *
 * Invariant: every write names the revision on which it is based. A 412 is not a conflict if the
 * draft is still the one we saved last (a launch or a finished campaign counts as a change, too),
 * or one that we sent without getting an answer: the write is repeated on the new revision. After
 * any other 412, saving stops until a person decides.
 */

import { createStore, type StoreApi } from "zustand";
import type { Schemas } from "@/shared/api/client";
import { ApiError, isGone, isUnreached, problemText } from "@/shared/api/problem";
import { isAlike } from "@/shared/json";

export const SAVE_AFTER_MS = 800;
const RETRY_MS_MIN = 2_000;
const RETRY_MS_MAX = 30_000;
const ROUNDS_MAX = 3;
const UNANSWERED_MAX = 20;

/** A campaign without its flow; `is_published` only if an answer contained it. */
export type Campaign = Schemas["CampaignView"];
export type Finding = Schemas["FindingView"];

/** The API's version, as far as we know. */
export interface Kept {
  etag: string;
  campaign: Campaign;
  draft: unknown;
  /** New leads follow this draft. */
  isPublished: boolean;
}

export interface DraftApi {
  put: (draft: unknown, etag: string) => Promise<Kept & { findings: Finding[] }>;
  read: () => Promise<Kept>;
}

export type SaveState =
  | { readonly kind: "saved" }
  | { readonly kind: "waiting" }
  | { readonly kind: "saving" }
  /** No answer, a failing server, or signed out; retried automatically. */
  | { readonly kind: "offline" }
  /** The API refuses it; its message. */
  | { readonly kind: "refused"; readonly message: string }
  /** Somebody else changed the draft. */
  | { readonly kind: "conflict"; readonly theirs: Kept }
  /** Somebody deleted the campaign; whether something was unsaved. */
  | { readonly kind: "gone"; readonly isUnsaved: boolean };

export interface SaverState {
  readonly save: SaveState;
  readonly kept: Kept;
  readonly findings: readonly Finding[];
}

export interface Saver {
  readonly store: StoreApi<SaverState>;
  /** Reports that there is something new to save. */
  touch: (draft: unknown) => void;
  /** Saves unsaved changes at once. Resolves to whether everything is saved now. */
  flush: () => Promise<boolean>;
  /** Another write to the campaign, queued with the saving. */
  exclusively: <T>(work: () => Promise<{ kept: Partial<Kept>; result: T }>) => Promise<T>;
  /** After a conflict: overwrites theirs with ours. */
  overwrite: () => Promise<boolean>;
  /** After a conflict: takes theirs and discards ours. */
  yieldTo: (theirs: Kept) => void;
  /** News of the campaign from another source. */
  adopt: (campaign: Partial<Campaign>) => void;
  /**
   * Checks whether somebody else has changed the campaign, while nothing of ours is unsaved.
   * Resolves to theirs, which is now the saved version, if their flow differs from ours.
   */
  look: () => Promise<Kept | null>;
  /** Retries now: the API is back. */
  wake: () => void;
  /** The campaign no longer exists. */
  lose: () => void;
  stop: () => void;
}

export function createSaver(
  drafts: DraftApi,
  kept: Kept,
  findings: readonly Finding[] = [],
): Saver {
  const store = createStore<SaverState>()(() => ({ save: { kind: "saved" }, kept, findings }));
  let unsaved: { draft: unknown } | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let retryMs = RETRY_MS_MIN;
  /** Drafts sent since the last answer: one of them may have been saved. */
  let unanswered: unknown[] = [];
  let line: Promise<unknown> = Promise.resolve();

  const isStopped = () => ["conflict", "gone"].includes(store.getState().save.kind);
  const lose = () => {
    clear();
    show({ kind: "gone", isUnsaved: unsaved !== null });
  };
  const show = (save: SaveState) => store.setState({ save });
  const schedule = (ms: number) => {
    clear();
    timer = setTimeout(() => void flush(), ms);
  };
  const clear = () => {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
    }
  };
  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = line.then(work);
    line = turn.catch(() => undefined);
    return turn;
  };

  async function saveOnce(draft: unknown): Promise<Kept | null> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const base = store.getState().kept;
      try {
        const { findings: found, ...answer } = await drafts.put(draft, base.etag);
        store.setState({ kept: answer, findings: found });
        unanswered = [];
        return null;
      } catch (problem) {
        if (isUnreached(problem)) {
          unanswered = [...unanswered, draft].slice(-UNANSWERED_MAX);
        }
        if (!(problem instanceof ApiError && problem.status === 412)) {
          throw problem;
        }
      }
      const theirs = await drafts.read();
      if (![base.draft, ...unanswered].some((it) => isAlike(theirs.draft, it))) {
        return theirs;
      }
      store.setState({ kept: theirs });
    }
    return drafts.read();
  }

  async function save(): Promise<boolean> {
    const wanted = unsaved;
    if (!wanted || isStopped()) {
      return wanted === null;
    }
    show({ kind: "saving" });
    try {
      const theirs = await saveOnce(wanted.draft);
      if (theirs) {
        show({ kind: "conflict", theirs });
        return false;
      }
    } catch (problem) {
      if (isGone(problem)) {
        lose();
      } else if (isPassing(problem)) {
        show({ kind: "offline" });
        schedule(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      } else {
        show({ kind: "refused", message: problemText(problem) });
      }
      return false;
    }
    retryMs = RETRY_MS_MIN;
    if (unsaved === wanted) {
      unsaved = null;
      show({ kind: "saved" });
      return true;
    }
    show({ kind: "waiting" });
    schedule(SAVE_AFTER_MS);
    return false;
  }

  async function look(): Promise<Kept | null> {
    const isQuiet = () => store.getState().save.kind === "saved";
    if (!isQuiet()) {
      return null;
    }
    try {
      const theirs = await drafts.read();
      if (!isQuiet()) {
        return null; // Something changed here during the request: saving will reveal a conflict.
      }
      const { kept } = store.getState();
      store.setState({ kept: theirs });
      return isAlike(theirs.draft, kept.draft) ? null : theirs;
    } catch (problem) {
      if (isGone(problem)) {
        lose();
      }
      return null; // If the server is down, the next real request will show it.
    }
  }

  async function flush(): Promise<boolean> {
    clear();
    return inLine(save);
  }

  return {
    store,
    touch: (draft) => {
      unsaved = { draft };
      if (store.getState().save.kind === "gone") {
        lose();
      }
      if (isStopped()) {
        return;
      }
      if (store.getState().save.kind !== "saving") {
        show({ kind: "waiting" });
      }
      schedule(SAVE_AFTER_MS);
    },
    flush,
    exclusively: (work) =>
      inLine(async () => {
        const { kept: news, result } = await work().catch((problem) => {
          if (isGone(problem)) {
            lose();
          }
          throw problem;
        });
        store.setState((it) => ({ kept: { ...it.kept, ...news } }));
        return result;
      }),
    overwrite: async () => {
      const { save: state } = store.getState();
      if (state.kind === "conflict") {
        store.setState({ kept: state.theirs, save: { kind: "waiting" } });
      }
      return flush();
    },
    yieldTo: (theirs) => {
      unsaved = null;
      clear();
      store.setState({ kept: theirs, save: { kind: "saved" } });
    },
    adopt: (campaign) =>
      store.setState((it) => ({
        kept: { ...it.kept, campaign: { ...it.kept.campaign, ...campaign } },
      })),
    look: () => inLine(look),
    wake: () => {
      if (store.getState().save.kind === "offline") {
        retryMs = RETRY_MS_MIN;
        void flush();
      }
    },
    lose,
    stop: clear,
  };
}

/** Our data is not at fault, so it is retried later. Being signed out is temporary, too. */
function isPassing(problem: unknown): boolean {
  return (
    !(problem instanceof ApiError) ||
    problem.status === 0 ||
    problem.status === 401 ||
    problem.status === 429 ||
    problem.status >= 500
  );
}
