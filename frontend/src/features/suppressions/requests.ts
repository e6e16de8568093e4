"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { contentTypeOf, isWorkbook } from "@/shared/file-kind";

export type Suppression = Schemas["SuppressionView"];
export type Removal = Schemas["SuppressionRemovalView"];
export type Report = Schemas["SuppressionsReportView"];

export const EXPORT_PATH = "/api/v1/suppressions/export.csv";

const PAGE = 100;
const LISTS = ["suppressions"] as const;

export function useSuppressions(search: string) {
  return useInfiniteQuery({
    queryKey: [...LISTS, "list", search],
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/api/v1/suppressions", {
          params: { query: { search, after: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_after,
    placeholderData: (before) => before,
  });
}

export function useRemovals() {
  return useInfiniteQuery({
    queryKey: [...LISTS, "removals"],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/suppressions/removals", {
          params: { query: { limit: PAGE, ...(pageParam ? { before: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_before,
  });
}

/** A change of the list, after which everything that shows it is read again. */
function useChange<T, R>(change: (wanted: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: LISTS }),
  });
}

export function useAdd() {
  return useChange((body: Schemas["SuppressionAddition"]) =>
    ask(api.POST("/api/v1/suppressions", { body })),
  );
}

export function useRemove() {
  return useChange((body: Schemas["SuppressionChoice"]) =>
    ask(api.POST("/api/v1/suppressions/remove", { body })),
  );
}

/** The browser reads the file while it sends it. */
export function useImport() {
  return useChange(async ({ body, name }: { body: Blob; name: string }) =>
    ask(
      api.POST("/api/v1/suppressions/import", {
        params: { query: { source: sourceOf(name) } },
        headers: { "Content-Type": contentTypeOf(await isWorkbook(body)) },
        body: body as unknown as string,
        bodySerializer: (it) => it as unknown as Blob,
      }),
    ),
  );
}

const SOURCE_CHARS_MAX = 300;

/** A file's name as the API accepts it: one line, of a bounded length. */
export function sourceOf(name: string): string {
  return name.replace(/\p{Cc}+/gu, " ").slice(0, SOURCE_CHARS_MAX);
}
