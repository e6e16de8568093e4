"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type Session = Schemas["BrowserSessionView"];

const SESSIONS = ["sessions"] as const;
const REFRESH_MS = 30_000;

export function useSessions() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: async ({ signal }) => (await ask(api.GET("/api/v1/sessions", { signal }))).sessions,
    refetchInterval: REFRESH_MS,
  });
}

export function useRevoke() {
  return useChange((sessionId: string) =>
    ask(
      api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: sessionId } } }),
    ),
  );
}

export function useRevokeOthers() {
  return useChange((_: undefined) => ask(api.POST("/api/v1/sessions/revoke-others")));
}

/** A change of the list, after which it is read again. */
function useChange<T, R>(change: (wanted: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: SESSIONS }),
  });
}
