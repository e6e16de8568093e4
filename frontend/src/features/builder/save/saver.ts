/**
 * Keeps the draft saved: a while after the last change, one request at a time, never over
 * somebody else's work.
 *
 * Invariant: every write names the revision it was made on. A 412 whose draft is still the one we
 * saved last is no conflict (a launch or a finished campaign counts as a change, too), nor is one
 * whose draft we sent and never heard of: the write is repeated on the new revision. Any other 412
 * stops until a person decides.
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

/** A campaign without its flow; `is_published` only as far as an answer told. */
export type Campaign = Schemas["CampaignView"];
export type Finding = Schemas["FindingView"];

/** What the API has, as far as we know. */
export interface Kept {
  etag: string;
  campaign: Campaign;
  draft: unknown;
  /** New leads walk this draft. */
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
  /** No answer, a server in trouble, or signed out; tried again by itself. */
  | { readonly kind: "offline" }
  /** The API will not have it; its message. */
  | { readonly kind: "refused"; readonly message: string }
  /** Somebody else changed the draft. */
  | { readonly kind: "conflict"; readonly theirs: Kept }
  /** Somebody deleted the campaign; whether something was not saved before. */
  | { readonly kind: "gone"; readonly isUnsaved: boolean };

export interface SaverState {
  readonly save: SaveState;
  readonly kept: Kept;
  readonly findings: readonly Finding[];
}

export interface Saver {
  readonly store: StoreApi<SaverState>;
  /** There is something new to save. */
  touch: (draft: unknown) => void;
  /** Saves at once what is not saved. Resolves to whether all is saved now. */
  flush: () => Promise<boolean>;
  /** Another write to the campaign, in line with the saving. */
  exclusively: <T>(work: () => Promise<{ kept: Partial<Kept>; result: T }>) => Promise<T>;
  /** After a conflict: ours over theirs. */
  overwrite: () => Promise<boolean>;
  /** After a conflict: theirs, ours is given up. */
  yieldTo: (theirs: Kept) => void;
  /** News of the campaign that came by another way. */
  adopt: (campaign: Partial<Campaign>) => void;
  /**
   * Asks whether somebody else has changed the campaign meanwhile, while nothing of ours is unsaved.
   * Resolves to theirs, now kept, where their flow is another than ours.
   */
  look: () => Promise<Kept | null>;
  /** Tries again now: the API is back. */
  wake: () => void;
  /** The campaign is no longer there. */
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
        return null; // Something was changed here while we asked: saving it will tell.
      }
      const { kept } = store.getState();
      store.setState({ kept: theirs });
      return isAlike(theirs.draft, kept.draft) ? null : theirs;
    } catch (problem) {
      if (isGone(problem)) {
        lose();
      }
      return null; // What is down tells of itself, when something is asked of it in earnest.
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

/** Nothing of ours is wrong: it is only not the moment. Signed out is for a while, too. */
function isPassing(problem: unknown): boolean {
  return (
    !(problem instanceof ApiError) ||
    problem.status === 0 ||
    problem.status === 401 ||
    problem.status === 429 ||
    problem.status >= 500
  );
}
