"use client";

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { api, ask, type Schemas } from "@/shared/api/client";
import { problemText } from "@/shared/api/problem";
import { clearedText } from "./labels";

export type System = Schemas["SystemView"];
export type DeadLetter = Schemas["DeadLetterView"];

const AFRESH_MS = 5000;
const DEAD_LETTERS = ["dead-letters"] as const;
/** A call handles at most a thousand; one click makes no more calls than this. */
const CALLS_MAX = 50;

/** Refreshed while the page is visible. */
export function useSystem() {
  return useQuery({
    queryKey: ["system"],
    queryFn: () => ask(api.GET("/api/v1/system")),
    refetchInterval: AFRESH_MS,
  });
}

/**
 * The dead letters, read once for each count that the system reports, and on request: each look
 * takes them out of their queue for a moment, and brokers count that.
 */
export function useDeadLetters(total: number | null) {
  return useInfiniteQuery({
    queryKey: [...DEAD_LETTERS, total],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/dead-letters", {
          params: { query: pageParam ? { cursor: pageParam } : {} },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    enabled: total !== 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
}

export function useDeadLetter(dead_letter_id: string) {
  return useQuery({
    queryKey: [...DEAD_LETTERS, "one", dead_letter_id],
    queryFn: () =>
      ask(
        api.GET("/api/v1/dead-letters/{dead_letter_id}", { params: { path: { dead_letter_id } } }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

interface Clearing {
  verb: "requeue" | "drop";
  /** null: all. */
  ids: string[] | null;
}

interface Cleared {
  count: number;
  missing: number;
  stuck: number;
}

async function clearOnce({ verb, ids }: Clearing): Promise<Cleared & { left: number }> {
  const body: Schemas["DeadLetterChoice"] = ids ? { ids } : { all: true };
  if (verb === "requeue") {
    const it = await ask(api.POST("/api/v1/dead-letters/requeue", { body }));
    const { requeued: count, left } = it;
    return { count, left, missing: it.missing.length, stuck: it.stuck.length };
  }
  const it = await ask(api.POST("/api/v1/dead-letters/drop", { body }));
  return { count: it.dropped, left: it.left, missing: it.missing.length, stuck: 0 };
}

/** With `ids`: null it continues until none is left, or no more can be moved. */
async function clear(clearing: Clearing): Promise<Cleared> {
  const sum: Cleared = { count: 0, missing: 0, stuck: 0 };
  for (let call = 0; call < CALLS_MAX; call += 1) {
    const it = await clearOnce(clearing);
    sum.count += it.count;
    sum.missing = it.missing;
    sum.stuck = it.stuck;
    if (clearing.ids || it.left === 0 || it.count === 0) {
      break;
    }
  }
  return sum;
}

export function useClear() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: clear,
    onSuccess: (sum, { verb }) =>
      toast(clearedText(verb === "requeue" ? "requeued" : "dropped", sum)),
    onError: (problem) => toast.error(problemText(problem)),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["system"] });
      await queries.invalidateQueries({ queryKey: DEAD_LETTERS });
    },
  });
}
