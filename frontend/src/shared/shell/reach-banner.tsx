"use client";

import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { api } from "@/shared/api/client";
import { useReach } from "@/shared/api/reach";

const LOOK_AGAIN_MS = 3000;

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

function useIsOnline(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => window.navigator.onLine,
    () => true,
  );
}

/** A thin line while the API does not answer; it looks by itself whether it does again. */
export function ReachBanner() {
  const isOnline = useIsOnline();
  const isReachable = useReach((it) => it.isReachable);
  const queries = useQueryClient();
  useEffect(() => {
    if (isReachable || !isOnline) {
      return;
    }
    const looking = setInterval(() => {
      // What comes of it is told to `useReach` by the client.
      void api.GET("/api/v1/session").catch(() => undefined);
    }, LOOK_AGAIN_MS);
    return () => {
      clearInterval(looking);
      if (useReach.getState().isReachable) {
        void queries.invalidateQueries();
      }
    };
  }, [isReachable, isOnline, queries]);
  return (
    <div role="status">
      {isOnline && isReachable ? null : (
        <p className="flex items-center gap-2 bg-failed-soft px-4 py-1 text-dense text-failed sm:px-8">
          <CloudOff size={14} aria-hidden className="shrink-0" />
          {isOnline
            ? "The server does not answer. What you see may be old; this line goes when it answers again."
            : "You are offline. What you see may be old; it goes on when you are back."}
        </p>
      )}
    </div>
  );
}
